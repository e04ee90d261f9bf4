package wire

import (
	"encoding/binary"
	"errors"
)

// maxGroupID bounds the group id of an MLS message; RFC 9420 sets no bound.
const maxGroupID = 255

// Values of the first fields of an MLSMessage (RFC 9420, section 6).
const (
	mlsVersion10    = 1
	mlsPublic       = 1
	mlsPrivate      = 2
	mlsGroupInfo    = 4
	varintTwoBytes  = 1 << 6
	varintFourBytes = 1 << 14
)

// SenderType says who sent a PublicMessage (RFC 9420, section 6).
type SenderType uint8

// The types of sender. A PrivateMessage hides its sender: SenderUnknown.
const (
	SenderUnknown           SenderType = 0
	SenderMember            SenderType = 1
	SenderExternal          SenderType = 2
	SenderNewMemberProposal SenderType = 3
	SenderNewMemberCommit   SenderType = 4
)

// ContentType says what a framed message carries (RFC 9420, section 6).
type ContentType uint8

// The types of content.
const (
	ContentApplication ContentType = 1
	ContentProposal    ContentType = 2
	ContentCommit      ContentType = 3
)

// Handshake is what a delivery service reads of an MLS message: nothing that
// says what the message does.
type Handshake struct {
	Group   []byte // a part of what was parsed
	Epoch   uint64 // in which it was sent; a commit leads to the next
	Sender  SenderType
	Leaf    uint32 // of a SenderMember
	Private bool   // a PrivateMessage
	Type    ContentType
}

var errHandshake = errors.New("not an MLS message with the expected header")

// ParseHandshake reads the header of an MLSMessage with a PublicMessage or a
// PrivateMessage in it (RFC 9420, sections 6.2 and 6.3), and not what follows.
func ParseHandshake(b []byte) (Handshake, error) {
	r := headerReader{rest: b}
	version, format := r.uint16(), r.uint16()
	h := Handshake{Group: r.vector(), Epoch: r.uint64()}
	switch {
	case version != mlsVersion10:
		return Handshake{}, errHandshake
	case format == mlsPublic:
		h.Sender = SenderType(r.uint8())
		if h.Sender == SenderMember || h.Sender == SenderExternal {
			h.Leaf = r.uint32()
		}
		r.vector() // authenticated data
		h.Type = ContentType(r.uint8())
	case format == mlsPrivate:
		h.Private = true
		h.Type = ContentType(r.uint8())
	default:
		return Handshake{}, errHandshake
	}
	known := h.Sender <= SenderNewMemberCommit && h.Private == (h.Sender == SenderUnknown) &&
		h.Type >= ContentApplication && h.Type <= ContentCommit
	if r.failed || !known || len(h.Group) == 0 || len(h.Group) > maxGroupID {
		return Handshake{}, errHandshake
	}
	return h, nil
}

// ParseGroupInfo reads group and epoch of an MLSMessage with a GroupInfo in it
// (RFC 9420, sections 8.1 and 12.4.3), and not what follows.
func ParseGroupInfo(b []byte) (group []byte, epoch uint64, err error) {
	r := headerReader{rest: b}
	version, format := r.uint16(), r.uint16()
	inner := r.uint16()
	r.uint16() // cipher suite
	group, epoch = r.vector(), r.uint64()
	fits := version == mlsVersion10 && inner == mlsVersion10 && format == mlsGroupInfo
	if r.failed || !fits || len(group) == 0 || len(group) > maxGroupID {
		return nil, 0, errHandshake
	}
	return group, epoch, nil
}

// headerReader takes fields off the front. After the first that is not there it
// has failed and returns zeros.
type headerReader struct {
	rest   []byte
	failed bool
}

func (r *headerReader) take(n int) []byte {
	if r.failed || n > len(r.rest) {
		r.failed = true
		return nil
	}
	b := r.rest[:n:n]
	r.rest = r.rest[n:]
	return b
}

func (r *headerReader) uint8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *headerReader) uint16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *headerReader) uint32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *headerReader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// vector reads a variable-size vector, whose length must be in its shortest form
// (RFC 9420, section 2.1.2).
func (r *headerReader) vector() []byte {
	first := r.uint8()
	size := int(first & 0x3f)
	switch first >> 6 {
	case 1:
		size = size<<8 | int(r.uint8())
		r.failed = r.failed || size < varintTwoBytes
	case 2:
		size = size<<24 | int(r.uint8())<<16 | int(r.uint16())
		r.failed = r.failed || size < varintFourBytes
	case 3:
		r.failed = true
	}
	return r.take(size)
}
