package session

import (
	"encoding/binary"
	"errors"
	"math"
)

// ErrFormat is the error of every parser here: the bytes are not what they
// should be. It deliberately does not repeat them.
var ErrFormat = errors.New("session: malformed")

// errTooLong is the error of encoders whose input does not fit its field.
var errTooLong = errors.New("session: field too long")

// maxVec is the longest field that a 2-byte length can precede.
const maxVec = math.MaxUint16

// writer appends fields in network byte order. A field that does not fit its
// length marks the writer as failed instead of being cut.
type writer struct {
	b      []byte
	failed bool
}

func (w *writer) u8(v uint8)   { w.b = append(w.b, v) }
func (w *writer) u16(v uint16) { w.b = binary.BigEndian.AppendUint16(w.b, v) }
func (w *writer) u32(v uint32) { w.b = binary.BigEndian.AppendUint32(w.b, v) }
func (w *writer) u64(v uint64) { w.b = binary.BigEndian.AppendUint64(w.b, v) }
func (w *writer) raw(v []byte) { w.b = append(w.b, v...) }

func (w *writer) flag(v bool) {
	if v {
		w.u8(1)
	} else {
		w.u8(0)
	}
}

// fixed writes v, which must have n bytes.
func (w *writer) fixed(v []byte, n int) {
	if len(v) != n {
		w.failed = true
	}
	w.raw(v)
}

// vec writes v after its length as 2 bytes.
func (w *writer) vec(v []byte) {
	if len(v) > maxVec {
		w.failed = true
		return
	}
	w.u16(uint16(len(v)))
	w.raw(v)
}

func (w *writer) text(v string) { w.vec([]byte(v)) }

// count writes the number of elements that follow as 2 bytes.
func (w *writer) count(n int) {
	if n > maxVec {
		w.failed = true
		return
	}
	w.u16(uint16(n))
}

// bytes returns what was written, or an error when a field did not fit.
func (w *writer) bytes() ([]byte, error) {
	if w.failed {
		return nil, errTooLong
	}
	return w.b, nil
}

// reader takes fields from the front of untrusted bytes. After the first fault
// every read returns zero values; end reports the fault. Whatever it returns is
// a copy, and it never allocates more than its input holds.
type reader struct {
	rest   []byte
	failed bool
}

// take returns the next n bytes without a copy, nil after a fault.
func (r *reader) take(n int) []byte {
	if r.failed || n < 0 || n > len(r.rest) {
		r.failed = true
		return nil
	}
	out := r.rest[:n:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) u8() uint8 {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) u16() uint16 {
	if b := r.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (r *reader) u32() uint32 {
	if b := r.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (r *reader) u64() uint64 {
	if b := r.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// flag reads one byte that must be 0 or 1, so that every value has one encoding.
func (r *reader) flag() bool {
	v := r.u8()
	if v > 1 {
		r.failed = true
	}
	return v == 1
}

// fixed returns a copy of the next n bytes.
func (r *reader) fixed(n int) []byte {
	b := r.take(n)
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, n), b...)
}

// vec returns a copy of a field of at most limit bytes, nil for an empty one.
func (r *reader) vec(limit int) []byte {
	n := int(r.u16())
	if n > limit {
		r.failed = true
	}
	if r.failed || n == 0 {
		return nil
	}
	return r.fixed(n)
}

func (r *reader) text(limit int) string { return string(r.vec(limit)) }

// count reads a number of elements of at least size bytes each that follow.
func (r *reader) count(limit, size int) int {
	n := int(r.u16())
	if r.failed || n > limit || n > len(r.rest)/size {
		r.failed = true
		return 0
	}
	return n
}

// end reports whether everything was well formed and nothing is left over.
func (r *reader) end() error {
	if r.failed || len(r.rest) != 0 {
		return ErrFormat
	}
	return nil
}
