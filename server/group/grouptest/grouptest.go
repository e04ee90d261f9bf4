// Package grouptest makes MLS messages for tests of the delivery service: a true
// header (RFC 9420, section 6) and after it nothing that any device could use.
package grouptest

import "encoding/binary"

// filler stands for all that the server does not read.
const filler = "opaque to the server"

func message(format byte) []byte { return []byte{0, 1, 0, format} }

func framed(b []byte, group string, epoch uint64) []byte {
	b = append(b, byte(len(group)))
	b = append(b, group...)
	return binary.BigEndian.AppendUint64(b, epoch)
}

// Commit returns a member's commit for an epoch. The group's name has at most 63
// bytes.
func Commit(group string, epoch uint64, leaf uint32) []byte {
	b := append(framed(message(1), group, epoch), 1)
	b = binary.BigEndian.AppendUint32(b, leaf)
	return append(append(b, 0, 3), filler...)
}

// External returns the commit by which an outsider joins.
func External(group string, epoch uint64) []byte {
	return append(append(framed(message(1), group, epoch), 4, 0, 3), filler...)
}

// Proposal returns a member's proposal.
func Proposal(group string, epoch uint64, leaf uint32) []byte {
	b := append(framed(message(1), group, epoch), 1)
	b = binary.BigEndian.AppendUint32(b, leaf)
	return append(append(b, 0, 2), filler...)
}

// Private returns an encrypted message of a type of content.
func Private(group string, epoch uint64, content byte) []byte {
	return append(append(framed(message(2), group, epoch), content, 0), filler...)
}

// Info returns a GroupInfo.
func Info(group string, epoch uint64) []byte {
	b := append(message(4), 0, 1, 0xf0, 0xd1)
	return append(framed(b, group, epoch), filler...)
}
