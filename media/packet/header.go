// Package packet reads, writes and keeps RTP and RTCP packets without
// allocating: headers (RFC 3550, RFC 8285), sequence numbers, a cache for
// retransmission (RFC 4588), maps from one stream's numbers to another's,
// reception statistics, and the RTCP messages an SFU speaks (RFC 3550, 4585,
// 5104). It knows nothing of rooms and keeps no time of its own: times are
// nanoseconds of one monotonic clock, given by the caller.
package packet

import "encoding/binary"

// HeaderSize is the length of an RTP header without CSRCs and extensions.
const HeaderSize = 12

// Header is where things are in an RTP packet (RFC 3550, 5.1).
type Header struct {
	Timestamp  uint32
	SSRC       uint32
	Seq        uint16
	Profile    uint16 // "defined by profile" field of the extension, 0 for none
	extension  int    // offset of the extension's elements
	Payload    int    // offset of the payload: the length of the whole header
	End        int    // offset behind the payload, where the padding begins
	PayloadTyp uint8
	Marker     bool
	Padding    bool // for PutHeader: the payload ends with padding, whose last octet is its length
}

// ParseHeader reads the header of a decrypted RTP packet, and false when the
// packet is not version 2 or ends before what it announces.
func ParseHeader(b []byte) (Header, bool) {
	if len(b) < HeaderSize || b[0]>>6 != 2 {
		return Header{}, false
	}
	h := Header{
		Marker:     b[1]&0x80 != 0,
		PayloadTyp: b[1] & 0x7f,
		Seq:        binary.BigEndian.Uint16(b[2:]),
		Timestamp:  binary.BigEndian.Uint32(b[4:]),
		SSRC:       binary.BigEndian.Uint32(b[8:]),
		Payload:    HeaderSize + 4*int(b[0]&0x0f),
		End:        len(b),
	}
	if b[0]&0x10 != 0 {
		if len(b) < h.Payload+4 {
			return Header{}, false
		}
		h.Profile = binary.BigEndian.Uint16(b[h.Payload:])
		h.extension = h.Payload + 4
		h.Payload += 4 + 4*int(binary.BigEndian.Uint16(b[h.Payload+2:]))
	}
	if b[0]&0x20 != 0 {
		h.End -= int(b[len(b)-1])
		if b[len(b)-1] == 0 {
			return Header{}, false
		}
	}
	return h, h.Payload <= h.End
}

// Extension returns the data of the header extension element with this id in
// the packet that h was read from, or nil (RFC 8285, 4.2 and 4.3).
func (h *Header) Extension(b []byte, id uint8) []byte {
	if h.Profile == 0 || id == 0 || h.Payload > len(b) {
		return nil
	}
	p := b[h.extension:h.Payload]
	switch {
	case h.Profile == 0xbede:
		return oneByte(p, id)
	case h.Profile&0xfff0 == 0x1000:
		return twoByte(p, id)
	}
	return nil
}

func oneByte(p []byte, id uint8) []byte {
	for len(p) > 0 {
		if p[0] == 0 { // padding
			p = p[1:]
			continue
		}
		n := int(p[0]&0x0f) + 2
		if p[0]>>4 == 15 || n > len(p) { // 15 ends the extension
			return nil
		}
		if p[0]>>4 == id {
			return p[1:n]
		}
		p = p[n:]
	}
	return nil
}

func twoByte(p []byte, id uint8) []byte {
	for len(p) > 0 {
		if p[0] == 0 {
			p = p[1:]
			continue
		}
		if len(p) < 2 || 2+int(p[1]) > len(p) {
			return nil
		}
		n := 2 + int(p[1])
		if p[0] == id {
			return p[2:n]
		}
		p = p[n:]
	}
	return nil
}

// MaxHeader is the longest header that PutHeader writes, and MaxDescribed the
// longest that PutDescribed does: with two-byte elements and padding (RFC 8285, 4.3).
const (
	MaxHeader    = HeaderSize + 8
	MaxDescribed = HeaderSize + 4 + 4 + 2 + 255 + 3
)

// PutHeader writes a header to dst, which has room for MaxHeader octets, and
// returns its length. twccID is the negotiated id of the transport-wide sequence
// number (1 to 14), or 0 to leave the extension out.
func PutHeader(dst []byte, h *Header, twccID uint8, twcc uint16) int {
	_ = dst[MaxHeader-1]
	dst[0] = 0x80
	if h.Padding {
		dst[0] |= 0x20
	}
	dst[1] = h.PayloadTyp
	if h.Marker {
		dst[1] |= 0x80
	}
	binary.BigEndian.PutUint16(dst[2:], h.Seq)
	binary.BigEndian.PutUint32(dst[4:], h.Timestamp)
	binary.BigEndian.PutUint32(dst[8:], h.SSRC)
	if twccID == 0 {
		return HeaderSize
	}
	dst[0] |= 0x10
	binary.BigEndian.PutUint32(dst[12:], 0xbede0001)
	dst[16] = twccID<<4 | 1
	binary.BigEndian.PutUint16(dst[17:], twcc)
	dst[19] = 0
	return MaxHeader
}

// PutSendTime adds the time of sending to a header without extensions that
// PutHeader wrote, and returns its length: 24 bits of seconds, 18 of them behind the
// point (abs-send-time, draft-alvestrand-rmcat-remb-03, section 4). id is from 1 to 14.
func PutSendTime(dst []byte, id uint8, now int64) int {
	_ = dst[MaxHeader-1]
	dst[0] |= 0x10
	binary.BigEndian.PutUint32(dst[12:], 0xbede0001)
	binary.BigEndian.PutUint32(dst[16:], uint32(id)<<28|2<<24|SendTime(now))
	return MaxHeader
}

// SendTime returns a moment in nanoseconds as PutSendTime writes it.
func SendTime(now int64) uint32 {
	return uint32(now/1e9<<18|now%1e9<<18/1e9) & 0xffffff
}

// PutDescribed writes a header as PutHeader does, with a second extension element:
// descriptor, of 3 to 255 octets, whose negotiated id is not 0. A long one takes
// two-byte elements (RFC 8285, 4.3). dst has room for MaxDescribed octets.
func PutDescribed(dst []byte, h *Header, twccID uint8, twcc uint16, id uint8, descriptor []byte) int {
	_ = dst[MaxDescribed-1]
	PutHeader(dst, h, 0, 0)
	dst[0] |= 0x10
	at := HeaderSize + 4
	long := len(descriptor) > 16
	binary.BigEndian.PutUint16(dst[HeaderSize:], 0xbede)
	if long {
		binary.BigEndian.PutUint16(dst[HeaderSize:], 0x1000)
	}
	if twccID != 0 {
		at = putElement(dst, at, long, twccID, 2)
		binary.BigEndian.PutUint16(dst[at:], twcc)
		at += 2
	}
	at = putElement(dst, at, long, id, len(descriptor))
	at += copy(dst[at:], descriptor)
	for ; at%4 != 0; at++ {
		dst[at] = 0
	}
	binary.BigEndian.PutUint16(dst[HeaderSize+2:], uint16((at-HeaderSize-4)/4))
	return at
}

// putElement writes what stands before the n octets of an extension element, and
// returns where they begin.
func putElement(dst []byte, at int, long bool, id uint8, n int) int {
	if long {
		dst[at], dst[at+1] = id, uint8(n)
		return at + 2
	}
	dst[at] = id<<4 | uint8(n-1)
	return at + 1
}
