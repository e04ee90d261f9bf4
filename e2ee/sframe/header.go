package sframe

import "errors"

// MaxHeader is the longest header, in bytes: the configuration byte, a KID and a
// counter of eight bytes each (RFC 9605, 4.3).
const MaxHeader = 17

// ErrShort is returned for bytes that end before the header or the tag does.
var ErrShort = errors.New("sframe: too short")

// Header is the clear part of an SFrame ciphertext (RFC 9605, 4.3).
type Header struct {
	KID     uint64
	Counter uint64
}

// AppendHeader appends h in its shortest form.
func AppendHeader(dst []byte, h Header) []byte {
	at := len(dst)
	dst = append(dst, 0)
	config := byte(0)
	if h.KID < 8 {
		config |= byte(h.KID) << 4
	} else {
		n := width(h.KID)
		config |= 0x80 | byte(n-1)<<4
		dst = appendInt(dst, h.KID, n)
	}
	if h.Counter < 8 {
		config |= byte(h.Counter)
	} else {
		n := width(h.Counter)
		config |= 0x08 | byte(n-1)
		dst = appendInt(dst, h.Counter, n)
	}
	dst[at] = config
	return dst
}

// headerSize is how many bytes AppendHeader appends.
func headerSize(h Header) int {
	n := 1
	if h.KID >= 8 {
		n += width(h.KID)
	}
	if h.Counter >= 8 {
		n += width(h.Counter)
	}
	return n
}

// ParseHeader reads the header at the beginning of b and returns its length.
func ParseHeader(b []byte) (h Header, n int, err error) {
	if len(b) == 0 {
		return Header{}, 0, ErrShort
	}
	config := b[0]
	n = 1
	if h.KID, n, err = field(b, n, config>>4); err != nil {
		return Header{}, 0, err
	}
	if h.Counter, n, err = field(b, n, config&0x0f); err != nil {
		return Header{}, 0, err
	}
	return h, n, nil
}

// field reads one of the two numbers: four bits of the configuration byte say the
// number itself or, with the top one set, how many bytes less one follow.
func field(b []byte, at int, bits byte) (v uint64, next int, err error) {
	if bits&8 == 0 {
		return uint64(bits), at, nil
	}
	next = at + int(bits&7) + 1
	if next > len(b) {
		return 0, 0, ErrShort
	}
	for _, x := range b[at:next] {
		v = v<<8 | uint64(x)
	}
	return v, next, nil
}

// width is how many bytes v needs, at least one.
func width(v uint64) int {
	n := 1
	for v >>= 8; v > 0; v >>= 8 {
		n++
	}
	return n
}

func appendInt(dst []byte, v uint64, n int) []byte {
	for i := n - 1; i >= 0; i-- {
		dst = append(dst, byte(v>>(8*i)))
	}
	return dst
}
