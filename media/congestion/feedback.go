// Package congestion measures what a path carries and how fast to send on it:
// transport-wide feedback in both directions
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), an estimate from delay
// trend, loss and probes after draft-ietf-rmcat-gcc-02, and a token bucket for
// pacing.
//
// What a server forwards comes in steps, and is often less than a path carries. So
// the estimate rises by itself only while it is used, and otherwise by probes:
// padding for a few milliseconds at twice the rate. All times
// are nanoseconds of one monotonic clock, given by the caller.
package congestion

import "encoding/binary"

// Units of the draft, 3.1: arrival times are in ticks, reference times in steps.
const (
	tick = 250e3
	step = 64e6
)

// Status symbols of the draft, 3.1.1.
const (
	notReceived = 0
	smallDelta  = 1
	largeDelta  = 2
)

// Reports walks the packet statuses of one feedback message.
type Reports struct {
	chunks []byte
	deltas []byte
	at     int64 // arrival of the packet before
	seq    uint16
	left   int // statuses not yet returned

	symbols uint16 // of the current chunk, next one at the top
	bits    uint8  // per symbol; 0 for a run
	inChunk int
}

// OpenReports reads the control information of a feedback message (the draft,
// 3.1), and false when its chunks or deltas do not fill what it announces.
func OpenReports(fci []byte) (Reports, bool) {
	if len(fci) < 8 {
		return Reports{}, false
	}
	reference := int64(int32(binary.BigEndian.Uint32(fci[4:])) >> 8)
	r := Reports{
		seq:    binary.BigEndian.Uint16(fci),
		left:   int(binary.BigEndian.Uint16(fci[2:])),
		at:     reference * step,
		chunks: fci[8:],
	}
	// The deltas begin behind the chunks, so the chunks are walked once for their
	// number and for the octets of deltas they ask for.
	scan, need := r, 0
	for range r.left {
		symbol, ok := scan.symbol()
		if !ok {
			return Reports{}, false
		}
		need += deltaSize(symbol)
	}
	r.deltas = scan.chunks
	return r, len(r.deltas) >= need
}

func deltaSize(symbol uint16) int {
	switch symbol {
	case smallDelta:
		return 1
	case largeDelta:
		return 2
	}
	return 0
}

// Announced returns how many statuses a message says it has: what reading it
// costs, for its octets do not tell.
func Announced(fci []byte) int {
	if len(fci) < 4 {
		return 0
	}
	return int(binary.BigEndian.Uint16(fci[2:]))
}

// Next returns the next packet's number and, when it was received, its arrival
// on the receiver's clock. ok is false at the end.
func (r *Reports) Next() (seq uint16, at int64, received, ok bool) {
	if r.left == 0 {
		return 0, 0, false, false
	}
	symbol, ok := r.symbol()
	if !ok {
		return 0, 0, false, false
	}
	r.left--
	seq = r.seq
	r.seq++
	switch symbol {
	case smallDelta:
		r.at += int64(r.deltas[0]) * tick
	case largeDelta:
		r.at += int64(int16(binary.BigEndian.Uint16(r.deltas))) * tick
	default:
		return seq, 0, false, true
	}
	r.deltas = r.deltas[deltaSize(symbol):]
	return seq, r.at, true, true
}

// symbol takes the next status from the chunks (the draft, 3.1.3 and 3.1.4).
func (r *Reports) symbol() (uint16, bool) {
	for r.inChunk == 0 {
		if len(r.chunks) < 2 {
			return 0, false
		}
		chunk := binary.BigEndian.Uint16(r.chunks)
		r.chunks = r.chunks[2:]
		switch {
		case chunk&0x8000 == 0: // run length: one symbol, 13 bits of count
			r.bits, r.symbols, r.inChunk = 0, chunk>>13&3, int(chunk&0x1fff)
		case chunk&0x4000 == 0: // vector of 14 one-bit symbols
			r.bits, r.symbols, r.inChunk = 1, chunk<<2, 14
		default: // vector of 7 two-bit symbols
			r.bits, r.symbols, r.inChunk = 2, chunk<<2, 7
		}
	}
	r.inChunk--
	if r.bits == 0 {
		return r.symbols, true
	}
	symbol := r.symbols >> (16 - r.bits)
	r.symbols <<= r.bits
	return symbol, true
}
