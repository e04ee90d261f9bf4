package packet

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// appendHeader starts a message of words 32-bit words behind the first.
func appendHeader(dst []byte, count, kind uint8, words int) []byte {
	return append(dst, 0x80|count, kind, byte(words>>8), byte(words))
}

// AppendSenderReport appends an SR without report blocks.
func AppendSenderReport(dst []byte, r SenderReport) []byte {
	dst = appendHeader(dst, 0, TypeSR, 6)
	dst = binary.BigEndian.AppendUint32(dst, r.SSRC)
	dst = binary.BigEndian.AppendUint64(dst, r.NTP)
	dst = binary.BigEndian.AppendUint32(dst, r.Timestamp)
	dst = binary.BigEndian.AppendUint32(dst, r.Packets)
	return binary.BigEndian.AppendUint32(dst, r.Octets)
}

// AppendReceiverReport appends an RR from sender with at most 31 blocks.
func AppendReceiverReport(dst []byte, sender uint32, blocks []Block) []byte {
	blocks = blocks[:min(len(blocks), 31)]
	dst = appendHeader(dst, uint8(len(blocks)), TypeRR, 1+6*len(blocks))
	dst = binary.BigEndian.AppendUint32(dst, sender)
	for _, b := range blocks {
		dst = binary.BigEndian.AppendUint32(dst, b.SSRC)
		dst = binary.BigEndian.AppendUint32(dst, uint32(b.Fraction)<<24|uint32(b.Lost)&0xffffff)
		dst = binary.BigEndian.AppendUint32(dst, b.High)
		dst = binary.BigEndian.AppendUint32(dst, b.Jitter)
		dst = binary.BigEndian.AppendUint32(dst, b.LSR)
		dst = binary.BigEndian.AppendUint32(dst, b.DLSR)
	}
	return dst
}

// AppendCNAME appends an SDES with one chunk: the source's canonical name, of at
// most 255 octets (RFC 3550, 6.5.1).
func AppendCNAME(dst []byte, ssrc uint32, cname string) []byte {
	const itemCNAME = 1
	cname = cname[:min(len(cname), 255)]
	// The chunk ends with at least one null octet, at a 32-bit boundary.
	words := 1 + (2+len(cname)+4)/4
	dst = appendHeader(dst, 1, TypeSDES, words)
	end := len(dst) + 4*words
	dst = binary.BigEndian.AppendUint32(dst, ssrc)
	dst = append(dst, itemCNAME, byte(len(cname)))
	dst = append(dst, cname...)
	for len(dst) < end {
		dst = append(dst, 0)
	}
	return dst
}

// AppendPLI appends a picture loss indication (RFC 4585, 6.3.1).
func AppendPLI(dst []byte, sender, media uint32) []byte {
	dst = appendHeader(dst, FormatPLI, TypePSFB, 2)
	dst = binary.BigEndian.AppendUint32(dst, sender)
	return binary.BigEndian.AppendUint32(dst, media)
}

// AppendFIR appends a full intra request (RFC 5104, 4.3.1), for sources that did
// not offer PLI. number counts the requests to this source.
func AppendFIR(dst []byte, sender, media uint32, number uint8) []byte {
	dst = appendHeader(dst, FormatFIR, TypePSFB, 4)
	dst = binary.BigEndian.AppendUint32(dst, sender)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = binary.BigEndian.AppendUint32(dst, media)
	return append(dst, number, 0, 0, 0)
}

// AppendNACK appends a generic NACK for these numbers, which ascend
// (RFC 4585, 6.2.1), or nothing when there are none.
func AppendNACK(dst []byte, sender, media uint32, seqs []uint16) []byte {
	if len(seqs) == 0 {
		return dst
	}
	at := len(dst)
	dst = appendHeader(dst, FormatNACK, TypeRTPFB, 0)
	dst = binary.BigEndian.AppendUint32(dst, sender)
	dst = binary.BigEndian.AppendUint32(dst, media)
	for i := 0; i < len(seqs); {
		first, mask := seqs[i], uint16(0)
		for i++; i < len(seqs) && seqs[i]-first-1 < 16; i++ {
			mask |= 1 << (seqs[i] - first - 1)
		}
		dst = binary.BigEndian.AppendUint16(dst, first)
		dst = binary.BigEndian.AppendUint16(dst, mask)
	}
	binary.BigEndian.PutUint16(dst[at+2:], uint16((len(dst)-at)/4-1))
	return dst
}

// AppendTMMBN appends the limits that the stream of sender obeys, at most 31
// (RFC 5104, 4.2.2). It answers every request, also with none.
func AppendTMMBN(dst []byte, sender uint32, limits []Limit) []byte {
	limits = limits[:min(len(limits), 31)]
	dst = appendHeader(dst, FormatTMMBN, TypeRTPFB, 2+2*len(limits))
	dst = binary.BigEndian.AppendUint32(dst, sender)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	for _, l := range limits {
		exponent, mantissa := scale(l.Rate, limitMantissa)
		dst = binary.BigEndian.AppendUint32(dst, l.SSRC)
		dst = binary.BigEndian.AppendUint32(dst, exponent<<(limitMantissa+limitOverhead)|
			mantissa<<limitOverhead|uint32(l.Overhead&(1<<limitOverhead-1)))
	}
	return dst
}

// AppendREMB appends a receiver's estimate in bit/s for these streams together, at
// most 255 (draft-alvestrand-rmcat-remb-03, 2.2).
func AppendREMB(dst []byte, sender uint32, rate int64, ssrcs []uint32) []byte {
	ssrcs = ssrcs[:min(len(ssrcs), 255)]
	exponent, mantissa := scale(rate, 18)
	dst = appendHeader(dst, FormatALFB, TypePSFB, 4+len(ssrcs))
	dst = binary.BigEndian.AppendUint32(dst, sender)
	dst = binary.BigEndian.AppendUint32(dst, 0)
	dst = append(dst, "REMB"...)
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(ssrcs))<<24|exponent<<18|mantissa)
	for _, ssrc := range ssrcs {
		dst = binary.BigEndian.AppendUint32(dst, ssrc)
	}
	return dst
}

// scale writes a rate with a mantissa of so many bits, rounded down.
func scale(rate int64, size int) (exponent, mantissa uint32) {
	over := max(bits.Len64(uint64(max(rate, 0)))-size, 0)
	return uint32(over), uint32(max(rate, 0) >> over)
}

// UnwrapRTX turns the header h of a retransmission b into that of the original
// packet (RFC 4588, 4): its number is in the first two octets of the payload.
// It returns false when there is no original, as in a padding-only probe.
func (h *Header) UnwrapRTX(b []byte, ssrc uint32, payloadType uint8) bool {
	if h.End > len(b) || h.End-h.Payload < 2 {
		return false
	}
	h.Seq = binary.BigEndian.Uint16(b[h.Payload:])
	h.Payload += 2
	h.SSRC, h.PayloadTyp = ssrc, payloadType
	return true
}

// AppendRTX appends the payload of a retransmission (RFC 4588, 4): the original
// number and payload.
func AppendRTX(dst []byte, seq uint16, payload []byte) []byte {
	dst = slices.Grow(dst, 2+len(payload))
	return append(append(dst, byte(seq>>8), byte(seq)), payload...)
}

// ntpEpoch is 1970 in seconds since 1900.
const ntpEpoch = 2208988800

// NTP returns Unix nanoseconds in the 64-bit NTP format (RFC 3550, 4).
func NTP(unix int64) uint64 {
	seconds, nanos := unix/1e9, unix%1e9
	return uint64(seconds+ntpEpoch)<<32 | uint64(nanos)<<32/1e9
}

// UnixNTP is the inverse of NTP.
func UnixNTP(ntp uint64) int64 {
	return (int64(ntp>>32)-ntpEpoch)*1e9 + int64(ntp&0xffffffff)*1e9>>32
}
