package audit

import (
	"bytes"
	"encoding/binary"
	"iter"
)

// signature finds the start of a key frame or of a stream's header in the clear:
// whoever has one can decode what follows. The constant shells around sealed
// frames look alike to a packetizer and are left out.
type signature struct {
	what string
	rare []byte                  // what to search for
	back int                     // bytes of the frame before it
	span int                     // bytes that fits needs from the frame's start
	fits func(frame []byte) bool // frame has at least span bytes
}

var signatures = []signature{
	// RFC 6386, 9.1: frame tag, start code, width, height.
	{"VP8 key frame", []byte{0x9d, 0x01, 0x2a}, 3, 11, vp8Key},
	// VP9 bitstream, 6.2: frame marker, profile 0, key frame, sync code.
	{"VP9 key frame", []byte{0x49, 0x83, 0x42}, 1, 4, vp9Key},
	// H.264 Annex B: a sequence parameter set.
	{"H.264 parameter set", []byte{0, 0, 0, 1, 0x67}, 0, 24, h264SPS},
	// AV1, 5.3 and 5.5: a sequence header OBU with a size, then a frame.
	{"AV1 sequence header", []byte{0x0a}, 0, 20, av1Sequence},
}

// The shells, up to where sealed data begins.
var (
	vp8Shell  = []byte{0x10, 0x00, 0x00, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}
	av1Shell  = []byte{0x0a, 0x0a, 0, 0, 0, 0x0c, 0xc4, 0xff, 0x67, 0, 0x68, 2}
	h264Shell = []byte{0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f}
)

func vp8Key(f []byte) bool {
	if bytes.HasPrefix(f, vp8Shell) {
		return false
	}
	// In memory the beginning of a shell may be overwritten.
	if bytes.Equal(f[3:10], vp8Shell[3:]) && startsSealed(f[10]) {
		return false
	}
	tag := uint32(f[0]) | uint32(f[1])<<8 | uint32(f[2])<<16
	key, version, shown, first := tag&1 == 0, tag>>1&7, tag>>4&1, tag>>5
	width, height := binary.LittleEndian.Uint16(f[6:]), binary.LittleEndian.Uint16(f[8:])
	// Meetings send neither upscaled pictures nor first partitions of 64 KiB; without
	// these bounds noise in a few hundred megabytes of memory would pass for a frame.
	return key && version <= 3 && shown == 1 && first > 0 && first < 1<<16 &&
		plausible(int(width)) && plausible(int(height))
}

// startsSealed reports whether b can begin a sealed frame of a camera or a screen
// (RFC 9605, 4.3): their key ids take four to six bytes; the counter is in the
// byte itself as long as it is below eight, else it has at most six bytes.
func startsSealed(b byte) bool {
	long, id, counter := b&0x80 != 0, b>>4&7, b&0xf
	return long && id >= 3 && id <= 5 && (counter < 8 || counter-8 <= 5)
}

func vp9Key(f []byte) bool { return f[0]&0b1111_1100 == 0b1000_0000 }

func h264SPS(f []byte) bool {
	if bytes.HasPrefix(f, h264Shell) && bytes.Contains(f, []byte{0, 0, 0, 1, 0x68}) {
		return false // the shell's sets follow each other within 24 bytes
	}
	switch f[5] { // profile_idc
	case 66, 77, 88, 100, 110, 122, 244:
	default:
		return false
	}
	level := f[7]
	return f[6]&3 == 0 && level >= 9 && level <= 62 // reserved_zero_2bits, level_idc
}

func av1Sequence(f []byte) bool {
	size := int(f[1])
	if bytes.HasPrefix(f, av1Shell) || size < 9 || size > 16 || 2+size >= len(f) {
		return false
	}
	// seq_profile 0, not a still picture, no timing info; then a frame OBU with a size.
	return f[2] == 0 && f[3] == 0 && f[4] == 0 && f[2+size] == 0x32
}

func plausible(pixels int) bool { return pixels >= 16 && pixels <= 4096 }

// all gives the places of s in b that end after fresh.
func (s signature) all(b []byte, fresh int) iter.Seq[int] {
	return func(yield func(int) bool) {
		from := max(0, fresh-s.span+1) + s.back
		for from < len(b) {
			i := bytes.Index(b[from:], s.rare)
			if i < 0 {
				return
			}
			start := from + i - s.back
			if start+s.span <= len(b) && start+s.span > fresh && s.fits(b[start:start+s.span]) && !yield(start) {
				return
			}
			from += i + 1
		}
	}
}
