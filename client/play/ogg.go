package play

import (
	"errors"
	"time"

	"github.com/roundel-meet/roundel/client"
)

// The Ogg page (RFC 3533, 6): "OggS", version, flags, position (8 bytes), serial
// (4), sequence (4), checksum (4), count of segments, then the segment table.
const (
	oggPage      = 27
	oggContinued = 1
)

// parseOgg reads the Opus packets of an Ogg file with one stream.
func parseOgg(b []byte) (*Clip, error) {
	packets, err := oggPackets(b)
	if err != nil {
		return nil, err
	}
	if len(packets) < 3 || len(packets[0]) < 8 || string(packets[0][:8]) != "OpusHead" {
		return nil, errors.New("not an Ogg file with Opus")
	}
	c := &Clip{Codec: client.Opus}
	for _, p := range packets[2:] { // after OpusHead and OpusTags (RFC 7845, 3)
		if d := opusDuration(p); d > 0 {
			c.Samples = append(c.Samples, Sample{Data: p, Duration: d})
		}
	}
	if len(c.Samples) == 0 {
		return nil, errors.New("the file has no Opus packets")
	}
	return c, nil
}

// oggPackets joins the segments of all pages to packets: a segment of 255 bytes
// goes on in the next one (RFC 3533, 5).
func oggPackets(b []byte) ([][]byte, error) {
	var packets [][]byte
	var open []byte
	for len(b) > 0 {
		if len(b) < oggPage || string(b[:4]) != "OggS" || b[4] != 0 {
			return nil, errors.New("not an Ogg file")
		}
		table := int(b[26])
		if len(b) < oggPage+table {
			return nil, errors.New("the file ends inside a page")
		}
		if b[5]&oggContinued == 0 {
			open = nil
		}
		segments, body := b[oggPage:oggPage+table], b[oggPage+table:]
		for _, size := range segments {
			if int(size) > len(body) {
				return nil, errors.New("the file ends inside a page")
			}
			open = append(open, body[:size]...)
			body = body[size:]
			if size < 255 {
				packets = append(packets, open)
				open = nil
			}
		}
		b = body
	}
	return packets, nil
}

// opusDuration reads a packet's table-of-contents byte and frame count (RFC
// 6716, 3.1 and 3.2); 0 for a packet that cannot be.
func opusDuration(p []byte) time.Duration {
	if len(p) == 0 {
		return 0
	}
	var frame time.Duration
	switch config := p[0] >> 3; {
	case config < 12: // SILK
		frame = [...]time.Duration{10, 20, 40, 60}[config%4] * time.Millisecond
	case config < 16: // hybrid
		frame = [...]time.Duration{10, 20}[config%2] * time.Millisecond
	default: // CELT
		frame = [...]time.Duration{2500, 5000, 10000, 20000}[config%4] * time.Microsecond
	}
	count := 1
	switch p[0] & 3 {
	case 1, 2:
		count = 2
	case 3:
		if len(p) < 2 {
			return 0
		}
		count = int(p[1] & 0x3f)
	}
	if d := frame * time.Duration(count); d <= 120*time.Millisecond {
		return d
	}
	return 0
}
