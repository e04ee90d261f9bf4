package packet

import "encoding/binary"

// RTCP packet types and feedback formats (RFC 3550, 12.1; RFC 4585, 6.1;
// RFC 5104, 4.2; draft-holmer-rmcat-transport-wide-cc-extensions-01, 3.1).
const (
	TypeSR    = 200
	TypeRR    = 201
	TypeSDES  = 202
	TypeBYE   = 203
	TypeRTPFB = 205
	TypePSFB  = 206

	FormatNACK  = 1  // RTPFB
	FormatTMMBR = 3  // RTPFB
	FormatTMMBN = 4  // RTPFB
	FormatTWCC  = 15 // RTPFB
	FormatPLI   = 1  // PSFB
	FormatFIR   = 4  // PSFB
	FormatALFB  = 15 // PSFB: application layer feedback, where REMB lives
)

// Message is one packet of a compound RTCP packet.
type Message struct {
	Type  uint8
	Count uint8 // report count, or the feedback format
	Body  []byte
}

// NextMessage reads the first message of a compound packet and returns the rest.
// ok is false at the end and for anything that is not well-formed.
func NextMessage(b []byte) (m Message, rest []byte, ok bool) {
	if len(b) < 4 || b[0]>>6 != 2 {
		return m, nil, false
	}
	n := 4 + 4*int(binary.BigEndian.Uint16(b[2:]))
	if n > len(b) {
		return m, nil, false
	}
	m = Message{Type: b[1], Count: b[0] & 0x1f, Body: b[4:n]}
	if b[0]&0x20 != 0 { // padding, the last octet counts itself
		pad := int(b[n-1])
		if pad == 0 || pad > len(m.Body) {
			return m, nil, false
		}
		m.Body = m.Body[:len(m.Body)-pad]
	}
	return m, b[n:], true
}

// SenderReport is the sender information of an SR (RFC 3550, 6.4.1).
type SenderReport struct {
	SSRC      uint32
	NTP       uint64
	Timestamp uint32
	Packets   uint32
	Octets    uint32
}

// SenderReport reads an SR's sender information.
func (m Message) SenderReport() (SenderReport, bool) {
	if m.Type != TypeSR || len(m.Body) < 24 {
		return SenderReport{}, false
	}
	return SenderReport{
		SSRC:      binary.BigEndian.Uint32(m.Body),
		NTP:       binary.BigEndian.Uint64(m.Body[4:]),
		Timestamp: binary.BigEndian.Uint32(m.Body[12:]),
		Packets:   binary.BigEndian.Uint32(m.Body[16:]),
		Octets:    binary.BigEndian.Uint32(m.Body[20:]),
	}, true
}

// Block is a report block of an SR or RR (RFC 3550, 6.4.1).
type Block struct {
	SSRC     uint32
	Fraction uint8 // of 256, lost since the report before
	Lost     int32 // 24 bits, signed
	High     uint32
	Jitter   uint32 // timestamp units
	LSR      uint32
	DLSR     uint32 // 1/65536 s
}

const blockSize = 24

// Block returns the i-th report block of an SR or RR, and false behind the last.
func (m Message) Block(i int) (Block, bool) {
	at := 4
	switch m.Type {
	case TypeSR:
		at = 24
	case TypeRR:
	default:
		return Block{}, false
	}
	at += i * blockSize
	if i >= int(m.Count) || at+blockSize > len(m.Body) {
		return Block{}, false
	}
	p := m.Body[at:]
	lost := binary.BigEndian.Uint32(p[4:])
	return Block{
		SSRC:     binary.BigEndian.Uint32(p),
		Fraction: p[4],
		Lost:     int32(lost<<8) >> 8,
		High:     binary.BigEndian.Uint32(p[8:]),
		Jitter:   binary.BigEndian.Uint32(p[12:]),
		LSR:      binary.BigEndian.Uint32(p[16:]),
		DLSR:     binary.BigEndian.Uint32(p[20:]),
	}, true
}

// Feedback returns the media source and the control information of a feedback
// message (RFC 4585, 6.1).
func (m Message) Feedback() (media uint32, fci []byte, ok bool) {
	if m.Type != TypeRTPFB && m.Type != TypePSFB || len(m.Body) < 8 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(m.Body[4:]), m.Body[8:], true
}

// Sender returns who sent a feedback message, 0 for one without a sender.
func (m Message) Sender() uint32 {
	if len(m.Body) < 4 {
		return 0
	}
	return binary.BigEndian.Uint32(m.Body)
}

// NextNACK reads one pair of a generic NACK's control information: a number and
// a mask of the 16 that follow it (RFC 4585, 6.2.1).
func NextNACK(fci []byte) (seq, mask uint16, rest []byte, ok bool) {
	if len(fci) < 4 {
		return 0, 0, nil, false
	}
	return binary.BigEndian.Uint16(fci), binary.BigEndian.Uint16(fci[2:]), fci[4:], true
}

// NextFIR reads one entry of a full intra request (RFC 5104, 4.3.1.1).
func NextFIR(fci []byte) (media uint32, rest []byte, ok bool) {
	if len(fci) < 8 {
		return 0, nil, false
	}
	return binary.BigEndian.Uint32(fci), fci[8:], true
}

// REMB reads the bit rate of a receiver estimate (draft-alvestrand-rmcat-remb-03,
// 2.2) in bit/s from application layer feedback.
func REMB(fci []byte) (bitrate int64, ok bool) {
	if len(fci) < 8 || string(fci[:4]) != "REMB" {
		return 0, false
	}
	exponent := fci[5] >> 2
	mantissa := int64(fci[5]&3)<<16 | int64(fci[6])<<8 | int64(fci[7])
	if exponent > 40 {
		return 0, false
	}
	return mantissa << exponent, true
}

// Limit is a temporary maximum media stream bit rate (RFC 5104, 4.2.1.1): of a
// request the stream that it is about, of a notification who asked for it.
type Limit struct {
	SSRC     uint32
	Rate     int64  // bit/s, 131071 << 45 at most
	Overhead uint16 // octets of headers in a packet, as the receiver measured; 511 at most
}

// Layout of a limit's second word: 6 bits of exponent, 17 of mantissa, 9 of overhead.
const (
	limitMantissa, limitOverhead = 17, 9
	maxLimitExponent             = 45 // more is no bit rate, and too large for 64 bits
)

// NextLimit reads one entry of a temporary maximum media stream bit rate request
// or notification. A rate that is no rate ends the message.
func NextLimit(fci []byte) (l Limit, rest []byte, ok bool) {
	if len(fci) < 8 {
		return l, nil, false
	}
	word := binary.BigEndian.Uint32(fci[4:])
	exponent := word >> (limitMantissa + limitOverhead)
	if exponent > maxLimitExponent {
		return l, nil, false
	}
	return Limit{
		SSRC:     binary.BigEndian.Uint32(fci),
		Rate:     int64(word>>limitOverhead&(1<<limitMantissa-1)) << exponent,
		Overhead: uint16(word & (1<<limitOverhead - 1)),
	}, fci[8:], true
}
