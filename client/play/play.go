// Package play sends the content of IVF and Ogg files through the tracks of a
// meeting, in real time and in a loop. Files are held in memory. It transcodes
// nothing: VP8, VP9, AV1 and Opus go out as they are in the file.
package play

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/roundel-meet/roundel/client"
)

// Sample is one encoded frame and how long it lasts.
type Sample struct {
	Data     []byte
	Duration time.Duration
}

// Clip is the content of one file.
type Clip struct {
	Codec   client.Codec
	Samples []Sample
}

// minRewind is the least time between two rewinds for a key frame: one request
// of each of many viewers must not hold the clip at its beginning.
const minRewind = 500 * time.Millisecond

// OpenVideo reads an IVF file.
func OpenVideo(path string) (*Clip, error) { return open(path, parseIVF) }

// OpenAudio reads an Ogg file with Opus (RFC 7845).
func OpenAudio(path string) (*Clip, error) { return open(path, parseOgg) }

func open(path string, parse func([]byte) (*Clip, error)) (*Clip, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the media file: %w", err)
	}
	c, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// Track is where a clip goes: a *client.Track.
type Track interface {
	WriteSample(frame []byte, d time.Duration) error
	KeyFrames() <-chan struct{}
}

// Loop plays the clip until the context ends, which is not an error. When a
// receiver needs a key frame it begins again, for a file's first frame is one.
// Frames that a Cipher holds back are lost, and the clip goes on.
func (c *Clip) Loop(ctx context.Context, t Track) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := time.Now()
	var rewound time.Time
	for i := 0; ; i++ {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		}
		select {
		case <-t.KeyFrames():
			if now := time.Now(); now.Sub(rewound) >= minRewind {
				i, rewound = 0, now
			}
		default:
		}
		s := c.Samples[i%len(c.Samples)]
		if err := t.WriteSample(s.Data, s.Duration); err != nil && !errors.Is(err, client.ErrNotSealed) {
			return fmt.Errorf("play: %w", err)
		}
		due = due.Add(s.Duration)
		timer.Reset(time.Until(due))
	}
}
