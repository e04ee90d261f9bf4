package main

import (
	"bytes"
	"context"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// visit is one stay in one meeting.
func (c *crowd) visit(ctx context.Context, r *rand.Rand, number string) error {
	s, err := client.Dial(ctx, client.Options{Server: c.probe.daemon.URL, CA: c.probe.daemon.CA})
	if err != nil {
		return err
	}
	defer s.Close()
	m, err := s.Join(ctx, wire.Join{Number: number, Name: "Visitor"})
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.stats.joins++
	c.mu.Unlock()
	var frames atomic.Int64
	defer func() {
		c.mu.Lock()
		c.stats.frames += int(frames.Load())
		c.mu.Unlock()
	}()
	if r.IntN(20) == 0 {
		return nil // changes their mind before any media; the seat times out
	}
	md, err := m.Connect(ctx, client.MediaOptions{
		Send:       []client.Send{{Kind: meeting.KindMic}, {Kind: meeting.KindCamera}},
		AudioSlots: client.DefaultAudioSlots, VideoSlots: 4, Codecs: []client.Codec{client.VP8},
		Loopback: true, Interface: func(name string) bool { return name == "lo" },
		OnFrame: func(client.Frame) { frames.Add(1) },
	})
	if err != nil {
		return err
	}
	if err := c.stay(ctx, r, m, md); err != nil {
		return err
	}
	if r.IntN(3) == 0 {
		c.mu.Lock()
		c.stats.vanished++
		c.mu.Unlock()
		return nil // the socket closes without a word
	}
	return m.Leave(ctx)
}

// stay sends media and does this and that for a while.
func (c *crowd) stay(ctx context.Context, r *rand.Rand, m *client.Meeting, md *client.Media) error {
	until := time.NewTimer(time.Duration(1000+r.IntN(15000)) * time.Millisecond)
	defer until.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	mic, camera := md.Track(meeting.KindMic), md.Track(meeting.KindCamera)
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-m.Done():
			return m.Err()
		case <-until.C:
			return nil
		case <-tick.C:
		}
		if n%10 == 0 {
			if err := c.act(ctx, r, m, md); err != nil {
				return err
			}
		}
		if err := mic.WriteSample(sound, 100*time.Millisecond); err != nil {
			return err
		}
		if n%2 == 0 {
			if err := camera.WriteSample(picture, 200*time.Millisecond); err != nil {
				return err
			}
		}
	}
}

// act does one of the things that people do in meetings.
func (c *crowd) act(ctx context.Context, r *rand.Rand, m *client.Meeting, md *client.Media) error {
	switch r.IntN(8) {
	case 0, 1:
		return md.Track(meeting.KindMic).SetLive(ctx, r.IntN(3) > 0)
	case 2, 3:
		return md.Track(meeting.KindCamera).SetLive(ctx, r.IntN(3) > 0)
	case 4:
		return m.Chat(ctx, "", "I was here.")
	case 5:
		return m.Hand(ctx, r.IntN(2) == 0)
	case 6:
		return m.Speaking(ctx, r.IntN(2) == 0)
	}
	var wants []wire.Want
	for _, p := range m.State().Participants {
		if r.IntN(2) == 0 && len(wants) < 4 {
			wants = append(wants, wire.Want{Participant: p.ID, Kind: meeting.KindCamera, Pixels: 320 * 180})
		}
	}
	return m.Wants(ctx, wants...)
}

// What everybody sends: an Opus packet of 60 bytes and a VP8 key frame of 2,500
// bytes (RFC 6386, 9.1).
var (
	sound   = append([]byte{0x78}, bytes.Repeat([]byte{0x5a}, 59)...)
	picture = append([]byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}, bytes.Repeat([]byte{0x5a}, 2490)...)
)
