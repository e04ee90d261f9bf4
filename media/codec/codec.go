// Package codec reads what an SFU may read of a media payload: the RTP payload
// descriptor and, where the descriptor does not say it, the first byte of the
// frame. It never looks further, so that frames may be sealed end to end, and it
// answers "cannot tell" rather than guess.
//
// It follows RFC 7741 (VP8), RFC 9628 (VP9), the AV1 RTP payload format 1.0 and
// RFC 6184 (H.264).
package codec

import "strings"

// Codec is a media codec that the SFU can forward.
type Codec uint8

// The codecs. Unknown is forwarded like any other but never bound to a slot.
const (
	Unknown Codec = iota
	Opus
	VP8
	VP9
	AV1
	H264
)

var names = [...]string{Unknown: "", Opus: "opus", VP8: "VP8", VP9: "VP9", AV1: "AV1", H264: "H264"}

// Parse returns the codec with an SDP encoding name in any letter case
// (RFC 8866, 6.6), or Unknown.
func Parse(name string) Codec {
	for i := Opus; int(i) < len(names); i++ {
		if strings.EqualFold(names[i], name) {
			return i
		}
	}
	return Unknown
}

// String returns the SDP encoding name, "" for Unknown.
func (c Codec) String() string {
	if int(c) < len(names) {
		return names[c]
	}
	return ""
}

// ClockRate returns the RTP clock rate in Hz.
func (c Codec) ClockRate() uint32 {
	if c == Opus {
		return 48000
	}
	return 90000
}

// Info is what the descriptor of one RTP payload says.
type Info struct {
	Known bool // the descriptor could be read; the rest is false or zero otherwise
	Start bool // the first packet of a frame
	Key   bool // with Start: decoding may begin here

	// Picture number and TL0PICIDX as VP8 and VP9 carry them: the offsets in the
	// payload are 0 where the field is absent (offset 0 is never one of them).
	PictureAt  uint8
	TL0At      uint8
	PictureLen uint8 // bits: 7 or 15
	TL0        uint8
	Picture    uint16

	// Frame rates inside the stream, where VP8 and VP9 tell them apart.
	Tiered   bool  // Temporal is known
	Temporal uint8 // 0 is the lowest rate, which refers to itself only
	Sync     bool  // VP8: refers to frames of the lowest rate only (RFC 7741, Y)
	Up       bool  // VP9: what follows of higher rates refers to none of them before it (RFC 9628, U)
}

// Describe reads the descriptor of an RTP payload without its padding. It keeps
// no reference to payload and allocates nothing.
func Describe(c Codec, payload []byte) Info {
	switch c {
	case Opus:
		return Info{Known: true, Start: true, Key: true}
	case VP8:
		return describeVP8(payload)
	case VP9:
		return describeVP9(payload)
	case AV1:
		return describeAV1(payload)
	case H264:
		return describeH264(payload)
	}
	return Info{}
}

// Renumber writes picture number and TL0PICIDX, shifted by the given amounts, in
// place of those that i was read from. Fields that are absent are left alone.
// It must be called with the payload that i describes, also after an earlier
// Renumber of it: it counts from i, not from what payload holds now.
func (i *Info) Renumber(payload []byte, picture uint16, tl0 uint8) {
	if at := int(i.PictureAt); at > 0 && i.PictureLen == 15 && at+1 < len(payload) {
		n := i.Picture + picture
		payload[at] = 0x80 | byte(n>>8)&0x7f
		payload[at+1] = byte(n)
	} else if at > 0 && i.PictureLen == 7 && at < len(payload) {
		payload[at] = byte(i.Picture+picture) & 0x7f
	}
	if at := int(i.TL0At); at > 0 && at < len(payload) {
		payload[at] = i.TL0 + tl0
	}
}

// readPicture reads a 7- or 15-bit picture number (RFC 7741, 4.2; RFC 9628, 4.2)
// at offset at and returns the offset behind it, or false when payload ends.
func (i *Info) readPicture(payload []byte, at int) (int, bool) {
	if at >= len(payload) {
		return 0, false
	}
	i.PictureAt = uint8(at)
	if payload[at]&0x80 == 0 {
		i.PictureLen, i.Picture = 7, uint16(payload[at])
		return at + 1, true
	}
	if at+1 >= len(payload) {
		return 0, false
	}
	i.PictureLen = 15
	i.Picture = uint16(payload[at]&0x7f)<<8 | uint16(payload[at+1])
	return at + 2, true
}
