package sframe

import "bytes"

// maxSearch is how far into an H.264 frame the ciphertext may begin: depacketizers
// may add or drop parameter sets, but not much more.
const maxSearch = 64

// appendLEB128 appends a length as AV1, 4.10.5, writes it.
func appendLEB128(dst []byte, n int) []byte {
	for n >= 0x80 {
		dst = append(dst, byte(n)|0x80)
		n >>= 7
	}
	return append(dst, byte(n))
}

// readLEB128 returns the value and its length; 0 bytes when there is none or it
// is larger than any frame.
func readLEB128(b []byte) (value, n int) {
	for n < 4 && n < len(b) {
		value |= int(b[n]&0x7f) << (7 * n)
		if n++; b[n-1] < 0x80 {
			return value, n
		}
	}
	return 0, 0
}

// frameOBU returns the payload of the first frame OBU (AV1, 5.3), which must end
// where b ends.
func frameOBU(b []byte) ([]byte, error) {
	for len(b) > 0 {
		const frame, extended, sized = 6, 0x04, 0x02
		header, kind := b[0], b[0]>>3&15
		b = b[1:]
		if header&extended != 0 && len(b) > 0 {
			b = b[1:]
		}
		size := len(b)
		if header&sized != 0 {
			n, length := readLEB128(b)
			if length == 0 || n > len(b)-length {
				return nil, ErrShell
			}
			b, size = b[length:], n
		}
		if kind == frame {
			if size != len(b) {
				return nil, ErrShell
			}
			return b, nil
		}
		b = b[size:]
	}
	return nil, ErrShell
}

// escape appends b with emulation prevention (H.264, 7.4.1.1).
func escape(dst, b []byte) []byte {
	zeros := 0
	for _, x := range b {
		if zeros >= 2 && x <= 3 {
			dst, zeros = append(dst, 3), 0
		}
		dst = append(dst, x)
		if x == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return dst
}

// unwrapH264 finds the slice that the shell begins, and undoes escape.
func unwrapH264(scratch, frame []byte) ([]byte, error) {
	head := frame[:min(len(frame), maxSearch)]
	at := bytes.Index(head, []byte(h264Slice))
	if key := bytes.Index(head, []byte(h264IDR)); at < 0 || key >= 0 && key < at {
		at = key
	}
	if at < 0 {
		return nil, ErrShell
	}
	body := frame[at+len(h264Slice):]
	if len(body) == 0 || body[len(body)-1] != h264Close {
		return nil, ErrShell
	}
	body, ok := bytes.CutSuffix(body[:len(body)-1], []byte(marker))
	if !ok {
		return nil, ErrShell
	}
	return unescape(scratch, body), nil
}

// unescape appends b without the bytes that escape put in.
func unescape(dst, b []byte) []byte {
	zeros := 0
	for _, x := range b {
		if zeros >= 2 && x == 3 {
			zeros = 0
			continue
		}
		dst = append(dst, x)
		if x == 0 {
			zeros++
		} else {
			zeros = 0
		}
	}
	return dst
}
