package mls

import "encoding/binary"

// encoder builds the presentation language of RFC 9420 section 2.1.
type encoder struct{ buf []byte }

func (e *encoder) uint8(v uint8)   { e.buf = append(e.buf, v) }
func (e *encoder) uint16(v uint16) { e.buf = binary.BigEndian.AppendUint16(e.buf, v) }
func (e *encoder) uint32(v uint32) { e.buf = binary.BigEndian.AppendUint32(e.buf, v) }
func (e *encoder) uint64(v uint64) { e.buf = binary.BigEndian.AppendUint64(e.buf, v) }
func (e *encoder) raw(b []byte)    { e.buf = append(e.buf, b...) }

// Largest values of the three forms of a length (RFC 9420 section 2.1.2).
const (
	maxLength1 = 1<<6 - 1
	maxLength2 = 1<<14 - 1
	maxLength4 = 1<<30 - 1
)

// appendLength writes a variable-size vector's length in its shortest form.
func appendLength(b []byte, n int) []byte {
	switch {
	case n <= maxLength1:
		return append(b, uint8(n))
	case n <= maxLength2:
		return binary.BigEndian.AppendUint16(b, uint16(n)|0x4000)
	default:
		return binary.BigEndian.AppendUint32(b, uint32(n)|0x80000000)
	}
}

// vector writes opaque<V>.
func (e *encoder) vector(b []byte) {
	e.buf = appendLength(e.buf, len(b))
	e.buf = append(e.buf, b...)
}

// nested writes a vector of whatever fill writes.
func (e *encoder) nested(fill func()) {
	start := len(e.buf)
	fill()
	size := len(e.buf) - start
	var head [4]byte
	length := appendLength(head[:0], size)
	e.buf = append(e.buf, length...)
	copy(e.buf[start+len(length):], e.buf[start:start+size])
	copy(e.buf[start:], length)
}

// optional writes the presence octet of optional<T>.
func (e *encoder) optional(present bool) {
	if present {
		e.uint8(1)
	} else {
		e.uint8(0)
	}
}

func (e *encoder) uint16s(values []uint16) {
	e.buf = appendLength(e.buf, 2*len(values))
	for _, v := range values {
		e.uint16(v)
	}
}

// decoder reads the same. The first fault sticks: everything after it is zero
// and done or ok say so. What it returns are parts of the input, not copies.
type decoder struct {
	rest []byte
	bad  bool
}

func decode(b []byte) *decoder { return &decoder{rest: b} }

func (d *decoder) spoil() {
	d.bad, d.rest = true, nil
}

// take returns the next n bytes.
func (d *decoder) take(n int) []byte {
	if n < 0 || n > len(d.rest) {
		d.spoil()
		return nil
	}
	b := d.rest[:n:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) uint8() uint8 {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uint16() uint16 {
	if b := d.take(2); b != nil {
		return binary.BigEndian.Uint16(b)
	}
	return 0
}

func (d *decoder) uint32() uint32 {
	if b := d.take(4); b != nil {
		return binary.BigEndian.Uint32(b)
	}
	return 0
}

func (d *decoder) uint64() uint64 {
	if b := d.take(8); b != nil {
		return binary.BigEndian.Uint64(b)
	}
	return 0
}

// length reads a vector's length; only the shortest form is valid.
func (d *decoder) length() int {
	first := d.uint8()
	v := int(first & 0x3f)
	switch first >> 6 {
	case 0:
		return v
	case 1:
		v = v<<8 | int(d.uint8())
		if v <= maxLength1 {
			d.spoil()
		}
	case 2:
		v = v<<8 | int(d.uint8())
		v = v<<16 | int(d.uint16())
		if v <= maxLength2 {
			d.spoil()
		}
	default:
		d.spoil()
	}
	return v
}

// vector reads opaque<V>.
func (d *decoder) vector() []byte {
	n := d.length()
	if d.bad {
		return nil
	}
	return d.take(n)
}

// nested reads a vector element by element: each is called until its end.
func (d *decoder) nested(each func(*decoder)) {
	inner := &decoder{rest: d.vector(), bad: d.bad}
	for !inner.bad && len(inner.rest) > 0 {
		each(inner)
	}
	if inner.bad {
		d.spoil()
	}
}

// optional reads the presence octet of optional<T>.
func (d *decoder) optional() bool {
	v := d.uint8()
	if v > 1 {
		d.spoil()
	}
	return v == 1
}

func (d *decoder) uint16s() []uint16 {
	var values []uint16
	d.nested(func(d *decoder) { values = append(values, d.uint16()) })
	return values
}

// done returns ErrDecode unless everything was read without a fault.
func (d *decoder) done() error {
	if d.bad || len(d.rest) != 0 {
		return ErrDecode
	}
	return nil
}
