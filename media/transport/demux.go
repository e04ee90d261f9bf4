package transport

// class is what a datagram is by its first byte (RFC 7983 section 7) and, for
// RTP and RTCP, its second (RFC 5761 section 4).
type class uint8

const (
	classNone class = iota
	classSTUN
	classDTLS
	classRTP
	classRTCP
)

// classify never looks past the second byte; a datagram too short for its
// protocol's fixed header is classNone.
func classify(b []byte) class {
	if len(b) < 12 {
		return classNone
	}
	switch first := b[0]; {
	case first < 4 && len(b) >= stunHeader:
		return classSTUN
	case first >= 20 && first < 64 && len(b) > dtlsHeader:
		return classDTLS
	case first >= 128 && first < 192:
		if b[1] >= 192 && b[1] < 224 {
			return classRTCP
		}
		return classRTP
	}
	return classNone
}

const (
	stunHeader = 20 // RFC 8489 section 5
	dtlsHeader = 13 // RFC 6347 section 4.1
)

// rtpHeaderLen returns the length of an RTP header with CSRCs and extensions
// (RFC 3550 section 5.1), or 0 when b is too short for what it announces.
func rtpHeaderLen(b []byte) int {
	if len(b) < 12 || b[0]>>6 != 2 {
		return 0
	}
	n := 12 + 4*int(b[0]&0x0f)
	if b[0]&0x10 != 0 {
		if len(b) < n+4 {
			return 0
		}
		n += 4 + 4*(int(b[n+2])<<8|int(b[n+3]))
	}
	if len(b) < n {
		return 0
	}
	return n
}
