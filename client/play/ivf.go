package play

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/roundel-meet/roundel/client"
)

// The IVF container: a header of 32 bytes, then frames of a size (4 bytes), a
// time (8 bytes, in units of the header's time base) and data; little endian.
const (
	ivfHeader      = 32
	ivfFrameHeader = 12
)

// Frames in real files last from 1 ms to a few seconds; what a broken time base
// says beyond that is held in these bounds so that the loop neither spins nor
// stops.
const (
	minFrame = time.Millisecond
	maxFrame = 10 * time.Second
)

// parseIVF reads the whole file.
func parseIVF(b []byte) (*Clip, error) {
	if len(b) < ivfHeader || string(b[:4]) != "DKIF" {
		return nil, errors.New("not an IVF file")
	}
	codec, ok := map[string]client.Codec{"VP80": client.VP8, "VP90": client.VP9, "AV01": client.AV1, "H264": client.H264}[string(b[8:12])]
	if !ok {
		return nil, fmt.Errorf("no codec for the FourCC %q", b[8:12])
	}
	rate, scale := binary.LittleEndian.Uint32(b[16:]), binary.LittleEndian.Uint32(b[20:])
	if rate == 0 || scale == 0 {
		return nil, errors.New("the time base is 0")
	}
	unit := float64(scale) / float64(rate) * float64(time.Second)
	c := &Clip{Codec: codec}
	var last uint64
	for rest := b[ivfHeader:]; len(rest) > 0; {
		if len(rest) < ivfFrameHeader {
			return nil, errors.New("the file ends inside a frame's header")
		}
		size, at := binary.LittleEndian.Uint32(rest), binary.LittleEndian.Uint64(rest[4:])
		rest = rest[ivfFrameHeader:]
		if uint64(size) > uint64(len(rest)) {
			return nil, errors.New("the file ends inside a frame")
		}
		if n := len(c.Samples); n > 0 {
			c.Samples[n-1].Duration = span(at, last, unit)
		}
		c.Samples = append(c.Samples, Sample{Data: rest[:size:size], Duration: span(1, 0, unit)})
		last, rest = at, rest[size:]
	}
	if len(c.Samples) == 0 {
		return nil, errors.New("the file has no frames")
	}
	if n := len(c.Samples); n > 1 {
		c.Samples[n-1].Duration = c.Samples[n-2].Duration
	}
	return c, nil
}

// span is the time between two of the file's time stamps, within bounds.
func span(to, from uint64, unit float64) time.Duration {
	if to <= from {
		return minFrame
	}
	d := float64(to-from) * unit
	return time.Duration(min(max(d, float64(minFrame)), float64(maxFrame)))
}
