package mls

import "bytes"

// Proposal types (RFC 9420 section 17.4).
const (
	proposalAdd          uint16 = 1
	proposalUpdate       uint16 = 2
	proposalRemove       uint16 = 3
	proposalPSK          uint16 = 4
	proposalReInit       uint16 = 5
	proposalExternalInit uint16 = 6
	proposalExtensions   uint16 = 7

	lastDefaultProposal = proposalExtensions
)

// Proposal is a change of the group that a commit may carry (RFC 9420 section
// 12.1). The zero value is none and is refused.
type Proposal struct {
	kind       uint16
	add        *PublicKeyPackage
	update     *leafNode
	remove     LeafIndex
	psk        *pskID
	reInit     *reInit
	kemOutput  []byte // ExternalInit
	extensions []Extension
}

// reInit is what follows a group that ends (RFC 9420 section 12.1.5).
type reInit struct {
	groupID    []byte
	version    uint16
	suite      CipherSuite
	extensions []Extension
}

// Add proposes to add the holder of a KeyPackage.
func Add(kp *PublicKeyPackage) Proposal { return Proposal{kind: proposalAdd, add: kp} }

// Remove proposes to remove a member.
func Remove(leaf LeafIndex) Proposal { return Proposal{kind: proposalRemove, remove: leaf} }

// PSK proposes to mix an external pre-shared key into the next epoch.
func PSK(id []byte) Proposal {
	return Proposal{kind: proposalPSK, psk: &pskID{kind: pskExternal, id: bytes.Clone(id)}}
}

// ResumptionPSK proposes to mix in the resumption PSK of an earlier epoch of
// this group; members that do not have it any more cannot follow.
func ResumptionPSK(epoch uint64) Proposal {
	return Proposal{kind: proposalPSK, psk: &pskID{kind: pskResumption, usage: usageApplication, epoch: epoch}}
}

// SetExtensions proposes the extensions of the GroupContext, all of them.
func SetExtensions(extensions []Extension) Proposal {
	return Proposal{kind: proposalExtensions, extensions: cloneExtensions(extensions)}
}

// ReInit proposes to end the group in favour of another (RFC 9420 section 11.2).
func ReInit(groupID []byte, c CipherSuite, extensions []Extension) Proposal {
	return Proposal{kind: proposalReInit, reInit: &reInit{
		groupID: bytes.Clone(groupID), version: protocolVersion, suite: c, extensions: cloneExtensions(extensions),
	}}
}

func (p *Proposal) encode(e *encoder) {
	e.uint16(p.kind)
	switch p.kind {
	case proposalAdd:
		p.add.encode(e)
	case proposalUpdate:
		p.update.encode(e)
	case proposalRemove:
		e.uint32(uint32(p.remove))
	case proposalPSK:
		p.psk.encode(e)
	case proposalReInit:
		e.vector(p.reInit.groupID)
		e.uint16(p.reInit.version)
		e.uint16(uint16(p.reInit.suite))
		encodeExtensions(e, p.reInit.extensions)
	case proposalExternalInit:
		e.vector(p.kemOutput)
	case proposalExtensions:
		encodeExtensions(e, p.extensions)
	}
}

// decodeProposal reads a Proposal. One of an unknown type has no length of its
// own, so that nothing after it can be read.
func decodeProposal(d *decoder) *Proposal {
	p := &Proposal{kind: d.uint16()}
	switch p.kind {
	case proposalAdd:
		p.add = decodeKeyPackage(d)
	case proposalUpdate:
		p.update = decodeLeaf(d)
	case proposalRemove:
		p.remove = LeafIndex(d.uint32())
	case proposalPSK:
		p.psk = decodePSK(d)
	case proposalReInit:
		p.reInit = &reInit{
			groupID: d.vector(), version: d.uint16(), suite: CipherSuite(d.uint16()), extensions: decodeExtensions(d),
		}
	case proposalExternalInit:
		p.kemOutput = d.vector()
	case proposalExtensions:
		p.extensions = decodeExtensions(d)
	default:
		d.spoil()
	}
	return p
}

// needsPath reports whether a commit with such a proposal must have an update
// path (RFC 9420 section 17.4).
func (p *Proposal) needsPath() bool {
	switch p.kind {
	case proposalAdd, proposalPSK, proposalReInit:
		return false
	}
	return true
}

// complete checks what a caller made and fills in what only the group knows.
func (p *Proposal) complete(s *suite, groupID []byte) (*Proposal, error) {
	filled := *p
	switch p.kind {
	case proposalAdd:
		if p.add == nil {
			return nil, fail(ErrProposals, "no key package")
		}
	case proposalPSK:
		psk := *p.psk
		psk.nonce = random(s.hashSize)
		if psk.kind == pskResumption {
			psk.groupID = groupID
		}
		filled.psk = &psk
	case proposalExtensions:
		return &filled, checkExtensions(p.extensions)
	case proposalReInit:
		return &filled, checkExtensions(p.reInit.extensions)
	case proposalRemove, proposalUpdate, proposalExternalInit:
	default:
		return nil, fail(ErrProposals, "not made by one of the functions for it")
	}
	return &filled, nil
}
