package load

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
)

// The shape of the synthetic media.
const (
	keyEvery     = 4 * time.Second // between key frames that nobody asked for
	videoPayload = 1160            // bytes of a packet behind the VP8 descriptor
	stampSize    = 8               // bytes at a payload's end that carry the time of sending
	audioPayload = 80              // bytes: 32 kbit/s
	audioEvery   = 20 * time.Millisecond
	silenceEvery = 20 // packets of sound are one while somebody is silent (RFC 6716, 2.1.9)
)

// began is the zero of all time stamps in payloads.
var began = time.Now()

func stamp(payload []byte) {
	binary.BigEndian.PutUint64(payload[len(payload)-stampSize:], uint64(time.Since(began)))
}

// sinceStamp is how long ago the packet was sent; ok is false for a payload that
// carries no plausible stamp.
func sinceStamp(payload []byte) (d time.Duration, ok bool) {
	if len(payload) < stampSize {
		return 0, false
	}
	d = time.Since(began) - time.Duration(binary.BigEndian.Uint64(payload[len(payload)-stampSize:]))
	return d, d >= 0 && d < 10*time.Second
}

// Writer takes the packets of one track.
type Writer interface{ WriteRTP(*rtp.Packet) error }

// FrameWriter is what a Writer also is when Options.Frames is set.
type FrameWriter interface {
	WriteSample(frame []byte, d time.Duration) error
}

// Source is one publisher's media. A Joiner gives it tracks to write to.
type Source struct {
	opts  Options
	video Writer // nil without video
	keys  <-chan struct{}
	audio Writer // nil without audio
	speak func(ctx context.Context, speaking bool)

	silent atomic.Bool

	sent   atomic.Uint64 // packets
	frames atomic.Uint64
	cancel context.CancelFunc
	tasks  sync.WaitGroup
}

func newSource(o Options) *Source { return &Source{opts: o} }

// HasVideo and HasAudio say which tracks a Joiner has to give.
func (s *Source) HasVideo() bool { return s.opts.VideoBitrate > 0 }

// HasAudio reports whether the source has sound.
func (s *Source) HasAudio() bool { return s.opts.Audio }

// SetVideo gives the track for pictures and the channel that asks for key frames.
func (s *Source) SetVideo(w Writer, keys <-chan struct{}) { s.video, s.keys = w, keys }

// SetAudio gives the track for sound.
func (s *Source) SetAudio(w Writer) { s.audio = w }

// OnSpeaking sets what tells the others that the source speaks, or that it is silent
// again.
func (s *Source) OnSpeaking(f func(ctx context.Context, speaking bool)) { s.speak = f }

// talk has the source speak, or be silent.
func (s *Source) talk(ctx context.Context, on bool) {
	if s.silent.Swap(!on) == on && s.speak != nil {
		s.speak(ctx, on)
	}
}

func (s *Source) start() {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	if s.audio != nil {
		s.tasks.Go(func() { s.playAudio(ctx) })
	}
	if s.video != nil {
		s.tasks.Go(func() { s.playVideo(ctx) })
	}
}

func (s *Source) stop() {
	s.cancel()
	s.tasks.Wait()
}

// playAudio sends packets of constant size, as Opus at a constant rate does.
func (s *Source) playAudio(ctx context.Context) {
	tick := time.NewTicker(audioEvery)
	defer tick.Stop()
	payload := make([]byte, audioPayload)
	fill(payload)
	payload[0] = 0x78 // one hybrid frame of 20 ms (RFC 6716, 3.1)
	p := rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32()}, Payload: payload}
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s.silent.Load() && n%silenceEvery != 0 {
			p.Timestamp += 960
			continue
		}
		stamp(payload)
		if s.opts.Frames {
			s.writeFrame(s.audio, payload, audioEvery)
			continue
		}
		if s.audio.WriteRTP(&p) == nil {
			s.sent.Add(1)
		}
		p.SequenceNumber++
		p.Timestamp += 960
	}
}

// playVideo sends frames of equal size, the packets of each at once.
func (s *Source) playVideo(ctx context.Context) {
	interval := s.opts.interval()
	tick := time.NewTicker(interval)
	defer tick.Stop()
	v := newVP8(int(float64(s.opts.VideoBitrate)/8*interval.Seconds()), interval)
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		key := n%int(keyEvery/interval) == 0
		select {
		case <-s.keys:
			key = true
		default:
		}
		if s.opts.Frames {
			s.writeFrame(s.video, v.whole(key), interval)
			continue
		}
		v.frame(key, func(p *rtp.Packet) {
			stamp(p.Payload)
			if s.video.WriteRTP(p) == nil {
				s.sent.Add(1)
			}
		})
	}
}

// writeFrame sends a whole frame; one that is held back is not counted.
func (s *Source) writeFrame(to Writer, frame []byte, d time.Duration) {
	stamp(frame)
	if w, ok := to.(FrameWriter); ok && w.WriteSample(frame, d) == nil {
		s.frames.Add(1)
	}
}

// fill writes random bytes.
func fill(b []byte) {
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
}
