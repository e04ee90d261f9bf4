package descriptor

import "math/bits"

// reader reads numbers bit by bit, the highest first. Behind the end it reads
// zeros and remembers that.
type reader struct {
	b   []byte
	at  int // in bits
	bad bool
}

// bits reads n bits, 16 at most: f(n) of the specification.
func (r *reader) bits(n int) uint16 {
	if r.at+n > 8*len(r.b) {
		r.bad = true
		return 0
	}
	v := uint16(0)
	for range n {
		v = v<<1 | uint16(r.b[r.at/8]>>(7-r.at%8)&1)
		r.at++
	}
	return v
}

func (r *reader) flag() bool { return r.bits(1) != 0 }

// below reads a number that is smaller than n: ns(n) of the specification.
func (r *reader) below(n int) int {
	width := bits.Len(uint(n))
	short := 1<<width - n
	v := int(r.bits(width - 1))
	if v < short {
		return v
	}
	return v<<1 - short + int(r.bits(1))
}
