package sframe

import (
	"bytes"
	"errors"
)

// Codec names the media format of a frame.
type Codec string

// The codecs.
const (
	Opus Codec = "opus"
	VP8  Codec = "VP8"
	VP9  Codec = "VP9"
	AV1  Codec = "AV1"
	H264 Codec = "H264"
)

// Codecs lists every codec.
func Codecs() []Codec { return []Codec{Opus, VP8, VP9, AV1, H264} }

// Errors of shells.
var (
	ErrCodec = errors.New("sframe: unknown codec")
	ErrShell = errors.New("sframe: not a sealed frame of this codec")
)

// marker ends every sealed frame, in H.264 before the closing byte.
const marker = "\x52\x4e\x44"

// The constant shells. They carry no content: their pictures are never decoded.
const (
	vp8Key   = "\x10\x00\x00\x9d\x01\x2a\x80\x02\x68\x01" // RFC 6386, 9.1: 640 × 360
	vp8Delta = "\x11"

	av1Sequence = "\x0a\x0a\x00\x00\x00\x0c\xc4\xff\x67\x00\x68\x02" // AV1, 5.5: a sequence header
	av1Frame    = "\x32"                                             // AV1, 5.3: a frame OBU with its size

	h264Slice = "\x41\x9a\x80" // H.264, 7.3.3: the start of a P slice
	h264IDR   = "\x65\x88\x80"
	h264Delta = "\x00\x00\x00\x01" + h264Slice
	h264Key   = "\x00\x00\x00\x01\x67\x42\xe0\x1f\xda\x02\x80\xbe\x40" + // SPS, 7.3.2.1
		"\x00\x00\x00\x01\x68\xce\x38\x80" + // PPS, 7.3.2.2
		"\x00\x00\x00\x01" + h264IDR
	h264Close = 0x80 // rbsp_stop_one_bit, so that no frame ends in a zero
)

func (c Codec) metadataName() string {
	switch c {
	case Opus:
		return "opus"
	case VP8:
		return "vp8"
	case VP9:
		return "vp9"
	case AV1:
		return "av1"
	case H264:
		return "h264"
	default:
		return ""
	}
}

// Marked reports whether a frame says that it is sealed, whatever its codec is
// said to be. A marked frame is opened or dropped, never played as it is.
func Marked(frame []byte) bool {
	n := len(frame)
	if n > 0 && frame[n-1] == h264Close {
		n--
	}
	return n >= len(marker) && string(frame[n-len(marker):n]) == marker
}

// Wrap appends the frame that stands for an SFrame ciphertext in the stream of a
// codec: its shell, the ciphertext and the marker. key says whether it was a key
// frame; sound has none.
func (c Codec) Wrap(dst []byte, key bool, sframe []byte) []byte {
	dst = c.open(dst, key, len(sframe))
	if c == H264 {
		dst = escape(dst, sframe)
	} else {
		dst = append(dst, sframe...)
	}
	return c.close(dst)
}

// open appends what stands before a ciphertext of size bytes.
func (c Codec) open(dst []byte, key bool, size int) []byte {
	switch c {
	case VP8:
		if key {
			return append(dst, vp8Key...)
		}
		return append(dst, vp8Delta...)
	case AV1:
		if key {
			dst = append(dst, av1Sequence...)
		}
		return appendLEB128(append(dst, av1Frame...), size+len(marker))
	case H264:
		if key {
			return append(dst, h264Key...)
		}
		return append(dst, h264Delta...)
	default:
		return dst
	}
}

// close appends what stands after it.
func (c Codec) close(dst []byte) []byte {
	dst = append(dst, marker...)
	if c == H264 {
		dst = append(dst, h264Close)
	}
	return dst
}

// Unwrap is the inverse of Wrap. The ciphertext is a part of frame, except that
// H.264's is appended to scratch.
func (c Codec) Unwrap(scratch, frame []byte) (sframe []byte, err error) {
	body := frame
	switch c {
	case Opus, VP9:
	case VP8:
		if rest, ok := bytes.CutPrefix(body, []byte(vp8Key)); ok {
			body = rest
		} else if rest, ok := bytes.CutPrefix(body, []byte(vp8Delta)); ok {
			body = rest
		} else {
			return nil, ErrShell
		}
	case AV1:
		if body, err = frameOBU(body); err != nil {
			return nil, err
		}
	case H264:
		return unwrapH264(scratch, frame)
	default:
		return nil, ErrCodec
	}
	body, ok := bytes.CutSuffix(body, []byte(marker))
	if !ok {
		return nil, ErrShell
	}
	return body, nil
}
