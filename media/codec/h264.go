package codec

import "encoding/binary"

// NAL unit types and packet types (RFC 6184, 5.2; ITU-T H.264, table 7-1).
const (
	nalSlice = 1
	nalIDR   = 5
	nalSEI   = 6
	nalSPS   = 7
	nalPPS   = 8
	nalAUD   = 9
	nalSTAPA = 24
	nalFUA   = 28
)

// describeH264 tells frame start and key frame from NAL unit headers (RFC 6184,
// 5.3, 5.7.1, 5.8), in single, STAP-A and FU-A packets of packetization mode 1.
// Encoders put SPS, PPS and IDR of a key frame in this order, so an SPS begins a
// key frame as an IDR without one does. A slice's header is not read: a frame of
// several slices seems to start at each of them, which does no harm.
func describeH264(p []byte) Info {
	if len(p) < 2 {
		return Info{}
	}
	switch kind := p[0] & 0x1f; kind {
	case nalSTAPA:
		return describeSTAPA(p[1:])
	case nalFUA:
		const first = 0x80
		if p[1]&first == 0 {
			return Info{Known: true}
		}
		return describeNAL(p[1] & 0x1f)
	default:
		return describeNAL(kind)
	}
}

// describeNAL says what a packet that begins with a NAL unit of this type is.
func describeNAL(kind byte) Info {
	switch kind {
	case nalIDR, nalSPS:
		return Info{Known: true, Start: true, Key: true}
	case nalSlice, nalSEI, nalAUD, nalPPS:
		return Info{Known: true, Start: true}
	}
	return Info{}
}

// describeSTAPA looks through the units of an aggregation packet (RFC 6184,
// 5.7.1) for a key frame. A length that does not fit makes the packet unknown.
func describeSTAPA(p []byte) Info {
	info := Info{}
	for len(p) > 2 {
		n := int(binary.BigEndian.Uint16(p))
		if n == 0 || n > len(p)-2 {
			return Info{}
		}
		unit := describeNAL(p[2] & 0x1f)
		if !unit.Known {
			return Info{}
		}
		info.Known, info.Start = true, true
		info.Key = info.Key || unit.Key
		p = p[2+n:]
	}
	return info
}
