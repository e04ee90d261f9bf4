package client

import "bytes"

// KeyFrame reports whether decoding can begin with a frame, as an encoder gives it
// and before it is sealed. Sound has no key frames.
func KeyFrame(c Codec, frame []byte) bool {
	if len(frame) == 0 {
		return false
	}
	switch c {
	case VP8: // RFC 6386, 9.1
		return frame[0]&1 == 0
	case VP9: // VP9 bitstream, 6.2, profiles 0 to 2: neither show_existing_frame nor a non-key frame_type
		return frame[0]>>6 == 2 && frame[0]&0x0c == 0
	case AV1:
		return hasSequenceHeader(frame)
	case H264:
		return hasIDR(frame)
	default:
		return false
	}
}

// hasSequenceHeader looks through the OBUs of a temporal unit (AV1, 5.3).
func hasSequenceHeader(b []byte) bool {
	const sequence, extended, sized = 1, 0x04, 0x02
	for len(b) > 0 {
		header := b[0]
		if header>>3&15 == sequence {
			return true
		}
		at, size := 1, 0
		if header&extended != 0 {
			at++
		}
		if header&sized == 0 {
			return false // it is the last
		}
		for shift := 0; ; shift += 7 {
			if at >= len(b) || shift > 21 {
				return false
			}
			size |= int(b[at]&0x7f) << shift
			if at++; b[at-1] < 0x80 {
				break
			}
		}
		if size > len(b)-at {
			return false
		}
		b = b[at+size:]
	}
	return false
}

// hasIDR looks for an IDR slice (H.264, 7.4.1.2.4) in a byte stream (annex B).
func hasIDR(b []byte) bool {
	for {
		at := bytes.Index(b, []byte{0, 0, 1})
		if at < 0 || at+3 >= len(b) {
			return false
		}
		if b = b[at+3:]; b[0]&0x1f == 5 {
			return true
		}
	}
}
