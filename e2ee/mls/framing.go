package mls

import "crypto"

// contentType is what a message does (RFC 9420 section 6).
type contentType uint8

const (
	contentApplication contentType = 1
	contentProposal    contentType = 2
	contentCommit      contentType = 3
)

// senderType says who made a message (RFC 9420 section 6).
type senderType uint8

const (
	senderMember            senderType = 1
	senderExternal          senderType = 2
	senderNewMemberProposal senderType = 3
	senderNewMemberCommit   senderType = 4
)

// framedContent is FramedContent (RFC 9420 section 6).
type framedContent struct {
	groupID     []byte
	epoch       uint64
	sender      senderType
	leaf        LeafIndex // of a member; the number of an external sender
	aad         []byte
	kind        contentType
	application []byte
	proposal    *Proposal
	commit      *commitContent
}

func (c *framedContent) encode(e *encoder) {
	e.vector(c.groupID)
	e.uint64(c.epoch)
	e.uint8(uint8(c.sender))
	if c.sender == senderMember || c.sender == senderExternal {
		e.uint32(uint32(c.leaf))
	}
	e.vector(c.aad)
	e.uint8(uint8(c.kind))
	c.encodeBody(e)
}

func (c *framedContent) encodeBody(e *encoder) {
	switch c.kind {
	case contentApplication:
		e.vector(c.application)
	case contentProposal:
		c.proposal.encode(e)
	case contentCommit:
		c.commit.encode(e)
	}
}

func decodeContent(d *decoder) *framedContent {
	c := &framedContent{groupID: d.vector(), epoch: d.uint64(), sender: senderType(d.uint8())}
	switch c.sender {
	case senderMember, senderExternal:
		c.leaf = LeafIndex(d.uint32())
	case senderNewMemberProposal, senderNewMemberCommit:
	default:
		d.spoil()
	}
	c.aad = d.vector()
	c.kind = contentType(d.uint8())
	c.decodeBody(d)
	return c
}

func (c *framedContent) decodeBody(d *decoder) {
	switch c.kind {
	case contentApplication:
		c.application = d.vector()
	case contentProposal:
		c.proposal = decodeProposal(d)
	case contentCommit:
		c.commit = decodeCommit(d)
	default:
		d.spoil()
	}
}

// authenticated is AuthenticatedContent (RFC 9420 section 6).
type authenticated struct {
	format       wireFormat
	content      *framedContent
	signature    []byte
	confirmation []byte // confirmation_tag of a commit
}

// encode writes AuthenticatedContent, which a proposal's reference is taken of.
func (a *authenticated) encode(e *encoder) {
	e.uint16(uint16(a.format))
	a.content.encode(e)
	a.encodeAuth(e)
}

func (a *authenticated) bytes() []byte {
	var e encoder
	a.encode(&e)
	return e.buf
}

// encodeAuth writes FramedContentAuthData (RFC 9420 section 6.1).
func (a *authenticated) encodeAuth(e *encoder) {
	e.vector(a.signature)
	if a.content.kind == contentCommit {
		e.vector(a.confirmation)
	}
}

func (a *authenticated) decodeAuth(d *decoder) {
	a.signature = d.vector()
	if a.content.kind == contentCommit {
		a.confirmation = d.vector()
	}
}

// toBeSigned is FramedContentTBS (RFC 9420 section 6.1) in a group's context.
func (a *authenticated) toBeSigned(context []byte) *encoder {
	e := &encoder{}
	e.uint16(protocolVersion)
	e.uint16(uint16(a.format))
	a.content.encode(e)
	if a.content.sender == senderMember || a.content.sender == senderNewMemberCommit {
		e.raw(context)
	}
	return e
}

// membershipTag is the tag of a member's PublicMessage (RFC 9420 section 6.2).
func (a *authenticated) membershipTag(s *suite, key, context []byte) []byte {
	e := a.toBeSigned(context)
	a.encodeAuth(e)
	return s.mac(key, e.buf)
}

func (a *authenticated) sign(s *suite, key crypto.Signer, context []byte) (err error) {
	a.signature, err = s.sign(key, "FramedContentTBS", a.toBeSigned(context).buf)
	return err
}

func (a *authenticated) verify(s *suite, public, context []byte) error {
	return s.verify(public, "FramedContentTBS", a.toBeSigned(context).buf, a.signature)
}

// publicMessage frames a as PublicMessage; the tag is empty unless a member sent it.
func (a *authenticated) publicMessage(tag []byte) []byte {
	var e encoder
	a.content.encode(&e)
	a.encodeAuth(&e)
	if a.content.sender == senderMember {
		e.vector(tag)
	}
	return message(wirePublic, e.buf)
}

// decodePublic reads the body of a PublicMessage and its membership tag.
func decodePublic(d *decoder) (a *authenticated, tag []byte, err error) {
	a = &authenticated{format: wirePublic, content: decodeContent(d)}
	if d.bad {
		return nil, nil, ErrDecode
	}
	a.decodeAuth(d)
	if a.content.sender == senderMember {
		tag = d.vector()
	}
	return a, tag, d.done()
}
