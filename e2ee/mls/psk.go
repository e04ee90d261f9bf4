package mls

import "bytes"

// PSK types and the usages of resumption PSKs (RFC 9420 section 8.4).
const (
	pskExternal   = 1
	pskResumption = 2

	usageApplication = 1
	usageReInit      = 2
	usageBranch      = 3
)

// pskID is PreSharedKeyID (RFC 9420 section 8.4).
type pskID struct {
	kind    uint8
	id      []byte // external
	usage   uint8  // resumption, like the next two
	groupID []byte
	epoch   uint64
	nonce   []byte
}

func (p *pskID) encode(e *encoder) {
	e.uint8(p.kind)
	if p.kind == pskExternal {
		e.vector(p.id)
	} else {
		e.uint8(p.usage)
		e.vector(p.groupID)
		e.uint64(p.epoch)
	}
	e.vector(p.nonce)
}

func decodePSK(d *decoder) *pskID {
	p := &pskID{kind: d.uint8()}
	switch p.kind {
	case pskExternal:
		p.id = d.vector()
	case pskResumption:
		p.usage, p.groupID, p.epoch = d.uint8(), d.vector(), d.uint64()
		if p.usage < usageApplication || p.usage > usageBranch {
			d.spoil()
		}
	default:
		d.spoil()
	}
	p.nonce = d.vector()
	return p
}

func (p *pskID) equal(o *pskID) bool {
	return p.kind == o.kind && p.usage == o.usage && p.epoch == o.epoch &&
		bytes.Equal(p.id, o.id) && bytes.Equal(p.groupID, o.groupID) && bytes.Equal(p.nonce, o.nonce)
}

// pskSecret is psk_secret (RFC 9420 section 8.4); lookup returns nil for what it
// does not know.
func (s *suite) pskSecret(ids []*pskID, lookup func(*pskID) []byte) ([]byte, error) {
	secret := make([]byte, s.hashSize)
	zero := make([]byte, s.hashSize)
	for i, id := range ids {
		psk := lookup(id)
		if psk == nil {
			return nil, ErrPSK
		}
		var label encoder
		id.encode(&label)
		label.uint16(uint16(i))
		label.uint16(uint16(len(ids)))
		extracted := s.extract(zero, psk)
		input := s.expand(extracted, "derived psk", label.buf, s.hashSize)
		mixed := s.extract(input, secret)
		erase(extracted, input, secret)
		secret = mixed
	}
	return secret, nil
}

// externalPSKs lists the ids of the external ones in order.
func externalPSKs(ids []*pskID) [][]byte {
	var list [][]byte
	for _, id := range ids {
		if id.kind == pskExternal {
			list = append(list, bytes.Clone(id.id))
		}
	}
	return list
}
