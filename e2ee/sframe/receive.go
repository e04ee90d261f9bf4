package sframe

import "time"

// ReceiveMode is what happens to frames that are not sealed. Sealed ones are
// opened or dropped in every mode.
type ReceiveMode uint8

// The modes of receiving; Sealed is the zero value.
const (
	Sealed   ReceiveMode = iota // dropped
	Grace                       // pass for a moment, of those who were there before
	ClearToo                    // pass
)

// Receive is the session's decision for all frames from now on.
type Receive struct {
	Mode  ReceiveMode
	Until time.Time // Grace: its end; it is cut to 2 s
	From  []string  // Grace: the participants who were present at the switch
}

// Owner is who sent a frame, and what it shows.
type Owner struct {
	Participant string
	Kind        Kind
}

// Incoming is a frame as it came.
type Incoming struct {
	Track uint32 // the timeline that Time belongs to: another number, another one
	Bound Owner  // whose it is as the server says; believed for clear frames only
	Codec Codec
	Time  uint32 // the RTP timestamp
	Data  []byte
}

// Opened is a frame that may be played.
type Opened struct {
	Owner  Owner
	Sealed bool
	Data   []byte
}

// SetReceive takes the session's decision. Grace is to be had only from ClearToo,
// and a running one is never prolonged, nor does it pass anybody whom it has not
// passed before.
func (r *Ring) SetReceive(now time.Time, d Receive) {
	switch {
	case d.Mode != Grace:
		r.receive = d.Mode
	case r.receive == Sealed:
	default:
		if r.receive == ClearToo {
			r.graceUntil, r.graceSince = now.Add(GraceFor), 0
			if e := r.newest(); e != nil {
				r.graceSince = e.arrival
			}
			for _, p := range r.people {
				p.sealed = [kinds]bool{}
			}
		}
		if d.Until.Before(r.graceUntil) {
			r.graceUntil = d.Until
		}
		from := make(map[string]bool, len(d.From))
		for _, p := range d.From {
			from[p] = r.receive == ClearToo || r.graceFrom[p]
		}
		r.receive, r.graceFrom = Grace, from
	}
}

// Open says what is played in place of a frame: appended to dst when it was
// sealed, the frame itself otherwise. Its errors are Refusals; on Held the caller
// keeps the frame (see Waiting) and tries again after the next epoch.
func (r *Ring) Open(now time.Time, dst []byte, f Incoming) (Opened, error) {
	r.expire(now)
	if !Marked(f.Data) {
		if !r.clearPasses(now, f.Bound) {
			return Opened{}, Clear
		}
		return Opened{Owner: f.Bound, Data: f.Data}, nil
	}
	metadata := r.metadata[f.Codec]
	body, err := f.Codec.Unwrap(r.sealed[:0], f.Data)
	if err != nil || metadata == nil {
		return Opened{}, Malformed
	}
	if f.Codec == H264 {
		r.sealed = body[:0] // keep what Unwrap grew
	}
	h, n, err := ParseHeader(body)
	id, ok := ParseKID(h.KID)
	if err != nil || !ok || h.Counter > maxCounter || len(body) < n+tagSize {
		return Opened{}, Malformed
	}
	e, owner, err := r.owner(id)
	if err != nil {
		return Opened{}, err
	}
	c, p := e.cell(id), r.people[owner.Participant]
	s, key, err := c.find(now, e, id, p)
	if err != nil {
		return Opened{}, err
	}
	if s != nil && !s.window.Fresh(h.Counter) {
		return Opened{}, Replay
	}
	data, err := key.open(dst, h.Counter, metadata, body, n)
	if err != nil {
		return Opened{}, Forged
	}
	if s == nil {
		s = c.prove(key, id, p)
	}
	if !s.window.Accept(h.Counter, f.Track, f.Time) {
		clear(data[len(dst):])
		return Opened{}, Order
	}
	p.opened[id.Kind] = max(p.opened[id.Kind], e.arrival)
	p.sealed[id.Kind] = true
	return Opened{Owner: owner, Sealed: true, Data: data}, nil
}

// clearPasses decides on a frame that is not sealed.
func (r *Ring) clearPasses(now time.Time, from Owner) bool {
	switch r.receive {
	case ClearToo:
		return true
	case Grace:
		if from.Kind >= kinds || now.After(r.graceUntil) || !r.graceFrom[from.Participant] {
			return false
		}
		p := r.people[from.Participant]
		if p == nil {
			return len(r.epochs) == 0 // removed, or no tree yet
		}
		opened := p.opened[from.Kind]
		return !p.sealed[from.Kind] && (opened == 0 || opened < r.graceSince)
	default:
		return false
	}
}

// owner finds the epoch and the sender of a KID, as far as its frames are welcome.
func (r *Ring) owner(id ID) (*epoch, Owner, error) {
	newest := r.newest()
	e := r.byField(id.Epoch)
	if e == nil {
		if newest == nil || int8(id.Epoch-uint8(newest.number)) > 0 {
			return nil, Owner{}, Held
		}
		return nil, Owner{}, UnknownEpoch
	}
	leaf := uint32(id.Leaf)
	if leaf == e.self {
		return nil, Owner{}, Own
	}
	name, ok := e.leaves[leaf]
	if !ok {
		return nil, Owner{}, UnknownLeaf
	}
	if current, ok := newest.leaves[leaf]; !ok || current != name {
		return nil, Owner{}, Removed
	}
	if r.people[name].opened[id.Kind] > e.arrival {
		return nil, Owner{}, Old
	}
	return e, Owner{Participant: name, Kind: id.Kind}, nil
}

// find returns the key of an instance, with its stream when it is proven.
func (c *cell) find(now time.Time, e *epoch, id ID, p *person) (*stream, *Key, error) {
	if c.proven != nil {
		if id.Instance < c.proven.instance {
			return nil, nil, OldInstance
		}
		if id.Instance == c.proven.instance {
			return c.proven, c.proven.key, nil
		}
	}
	kid := id.KID()
	slot := &c.candidate
	if p.proven && id.Instance == p.known {
		slot = &c.expected
	}
	for _, k := range [...]*Key{c.expected, c.candidate} {
		if k != nil && k.kid == kid {
			return nil, k, nil
		}
	}
	if slot == &c.candidate && !p.afford(now) {
		return nil, nil, Busy
	}
	key, err := e.key(id)
	if err != nil {
		return nil, nil, Forged
	}
	*slot = key
	return nil, key, nil
}

// prove makes the key of a frame that authenticated the only one of its sender.
func (c *cell) prove(key *Key, id ID, p *person) *stream {
	c.proven, c.expected, c.candidate = &stream{key: key, instance: id.Instance}, nil, nil
	if !p.proven || id.Instance > p.known {
		p.proven, p.known = true, id.Instance
	}
	return c.proven
}

// afford takes the price of a derivation from the participant's credit.
func (p *person) afford(now time.Time) bool {
	from := p.busy
	if from.Before(now) {
		from = now
	}
	if until := from.Add(derivationCost); until.Sub(now) <= derivationCredit {
		p.busy = until
		return true
	}
	return false
}
