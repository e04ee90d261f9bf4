package load

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// straight is a Joiner that hands every packet to every sink, but for those that
// drop says.
type straight struct {
	drop    func(n int) bool
	refuse  int // how often Subscribe asks to slow down first
	mu      sync.Mutex
	sinks   []*Sink
	streams int
}

type stream struct {
	to    *straight
	slot  string
	video bool
	n     int
}

func (s *stream) WriteRTP(p *rtp.Packet) error {
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	if s.n++; s.to.drop(s.n) {
		return nil
	}
	for _, sink := range s.to.sinks {
		sink.Packet(s.slot, s.video, p)
	}
	return nil
}

// WriteSample is a path of one packet per frame that opens every frame.
func (s *stream) WriteSample(frame []byte, _ time.Duration) error {
	if err := s.WriteRTP(&rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(s.n)}, Payload: frame}); err != nil {
		return err
	}
	s.to.mu.Lock()
	defer s.to.mu.Unlock()
	for _, sink := range s.to.sinks {
		sink.Frame(s.slot, s.video, frame)
	}
	return nil
}

func (j *straight) writer(video bool) *stream {
	j.streams++
	return &stream{to: j, slot: string(rune('a' + j.streams)), video: video}
}

func (j *straight) Publish(_ context.Context, s *Source) (io.Closer, error) {
	if s.HasAudio() {
		s.SetAudio(j.writer(false))
	}
	if s.HasVideo() {
		s.SetVideo(j.writer(true), nil)
	}
	return io.NopCloser(nil), nil
}

func (j *straight) Subscribe(_ context.Context, s *Sink) (io.Closer, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.refuse--; j.refuse >= 0 {
		return nil, &meeting.Error{Code: meeting.CodeRateLimited}
	}
	j.sinks = append(j.sinks, s)
	return io.NopCloser(nil), nil
}

func TestRun(t *testing.T) {
	never := func(int) bool { return false }
	for _, tt := range []struct {
		name string
		join *straight
		opts Options
		loss float64 // percent, to 1
	}{
		{"OKVideoAndAudio", &straight{drop: never}, Options{Publishers: 2, Subscribers: 3, VideoBitrate: 1_500_000, Audio: true, Duration: 400 * time.Millisecond}, 0},
		{"OKAudio", &straight{drop: never}, Options{Publishers: 1, Subscribers: 2, Audio: true, Duration: 400 * time.Millisecond}, 0},
		{"OKAfterRateLimit", &straight{drop: never, refuse: 2}, Options{Publishers: 1, Subscribers: 1, Audio: true, Duration: 200 * time.Millisecond}, 0},
		{"OKLossIsSeen", &straight{drop: func(n int) bool { return n%10 == 0 }}, Options{Publishers: 1, Subscribers: 2, VideoBitrate: 1_500_000, Duration: time.Second}, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var begun, ended bool
			tt.opts.Begin, tt.opts.End = func() { begun = true }, func() { ended = true }
			r, err := Run(context.Background(), tt.join, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if !begun || !ended || r.Incomplete != 0 {
				t.Errorf("begun %v, ended %v, %d incomplete", begun, ended, r.Incomplete)
			}
			if r.PacketsSent == 0 || r.PacketsReceived == 0 || r.LossPercent < tt.loss-1 || r.LossPercent > tt.loss+1 {
				t.Errorf("%+v", r)
			}
			if r.LatencyMs.P99 <= 0 || r.LatencyMs.P99 < r.LatencyMs.P50 || r.FirstMediaMs.P95 <= 0 || r.JoinMs.P95 <= 0 {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestCrowdComesFirst(t *testing.T) {
	j := &straight{drop: func(int) bool { return false }}
	o := Options{Publishers: 1, Subscribers: 40, Crowd: 38, Rest: 50 * time.Millisecond, Audio: true, Duration: 200 * time.Millisecond}
	r, err := Run(context.Background(), j, o)
	if err != nil {
		t.Fatal(err)
	}
	if len(j.sinks) != 40 || r.PacketsReceived < 40*r.PacketsSent/2 || r.LossPercent != 0 {
		t.Errorf("%d sinks, %+v", len(j.sinks), r)
	}
	first, later := j.sinks[0].start, j.sinks[39].start
	if later.Sub(first) < o.Rest {
		t.Errorf("the last came %v after the first", later.Sub(first))
	}
}

func TestRunOfFrames(t *testing.T) {
	never := func(int) bool { return false }
	o := Options{Publishers: 2, Subscribers: 3, VideoBitrate: 500_000, Audio: true, Frames: true, Duration: 400 * time.Millisecond}
	r, err := Run(context.Background(), &straight{drop: never}, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.PacketsSent != 0 || r.FramesSent == 0 || r.FramesOpened < 2*r.FramesSent || r.LatencyMs.P99 <= 0 || r.FirstMediaMs.P50 <= 0 {
		t.Errorf("%+v", r)
	}
}

func TestWholeFramesLookReal(t *testing.T) {
	v := newVP8(70_000, time.Second/30) // more than there is noise
	for _, key := range []bool{true, false, true} {
		b := v.whole(key)
		if len(b) != 70_000 || client.KeyFrame(client.VP8, b) != key {
			t.Errorf("%d bytes, key %v", len(b), !key)
		}
	}
}

func TestRunErrors(t *testing.T) {
	silent := &straight{drop: func(int) bool { return true }}
	short, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		opts Options
	}{
		{"ErrNobody", context.Background(), Options{Audio: true, Duration: 1}},
		{"ErrNothingToSend", context.Background(), Options{Publishers: 1, Subscribers: 1, Duration: 1}},
		{"ErrNobodyBehindTheCrowd", context.Background(), Options{Publishers: 1, Subscribers: 3, Crowd: 3, Audio: true, Duration: 1}},
		{"ErrNoDuration", context.Background(), Options{Publishers: 1, Subscribers: 1, Audio: true}},
		{"ErrNoMedia", short, Options{Publishers: 1, Subscribers: 1, Audio: true, Duration: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := Run(tt.ctx, silent, tt.opts); err == nil {
				t.Error("no error")
			}
		})
	}
	if _, err := Run(context.Background(), refusing{}, Options{Publishers: 1, Subscribers: 1, Audio: true, Duration: 1}); !errors.Is(err, errRefused) {
		t.Errorf("err = %v", err)
	}
}

var errRefused = errors.New("refused")

type refusing struct{}

func (refusing) Publish(context.Context, *Source) (io.Closer, error) { return nil, errRefused }
func (refusing) Subscribe(context.Context, *Sink) (io.Closer, error) { return nil, errRefused }

func TestVP8LooksReal(t *testing.T) {
	v := newVP8(6250, time.Second/30) // 1.5 Mbit/s at 30 frames/s
	var before codecs.VP8Packet
	var seq uint16
	for n := range 200 {
		key, total, count := n%50 == 0, 0, 0
		v.frame(key, func(p *rtp.Packet) {
			var d codecs.VP8Packet
			body, err := d.Unmarshal(p.Payload)
			if err != nil {
				t.Fatal(err)
			}
			first := count == 0
			count++
			total += len(body)
			if n+count > 1 && p.SequenceNumber != seq+1 {
				t.Fatalf("sequence %d after %d", p.SequenceNumber, seq)
			}
			seq = p.SequenceNumber
			if (d.S == 1) != first || p.Marker != (total == 6250) {
				t.Fatalf("S %d, marker %v in packet %d of a frame", d.S, p.Marker, count)
			}
			if first && (body[0]&1 == 0) != key {
				t.Fatalf("the first byte is %x, key %v", body[0], key)
			}
			if first && n > 0 && (d.PictureID-before.PictureID)&0x7fff != 1 {
				t.Fatalf("picture %d after %d", d.PictureID, before.PictureID)
			}
			if len(p.Payload) < stampSize+16 {
				t.Fatalf("a packet of %d bytes has no room for the stamp", len(p.Payload))
			}
			before = d
		})
		if total != 6250 || count != 6 {
			t.Fatalf("a frame of %d bytes in %d packets", total, count)
		}
	}
}

func TestPercentile(t *testing.T) {
	var all []time.Duration
	for i := 100; i > 0; i-- {
		all = append(all, time.Duration(i)*time.Millisecond)
	}
	got := []float64{percentile(all, 50), percentile(all, 95), percentile(all, 99), percentile(all[:1], 99), percentile(nil, 50)}
	if d := cmp.Diff([]float64{50, 95, 99, 1, 0}, got); d != "" {
		t.Error(d)
	}
}

func TestCrowdIsNotTimed(t *testing.T) {
	sinks := []*Sink{newSink(Options{}), newSink(Options{}), newSink(Options{})}
	for i, s := range sinks {
		s.joined, s.first = time.Duration(3-i)*time.Second, time.Duration(30-i)*time.Second
	}
	r := report(sinks, 2)
	if r.JoinMs != (Duration{1000, 1000, 1000}) || r.FirstMediaMs != (Duration{28_000, 28_000, 28_000}) {
		t.Errorf("%+v", r)
	}
}

func TestQuantile(t *testing.T) {
	list := []time.Duration{4, 1, 3, 2}
	for share, want := range map[float64]time.Duration{0: 1, 0.5: 2, 0.75: 3, 0.95: 4, 1: 4} {
		if got := Quantile(list, share); got != want {
			t.Errorf("%v: %d, want %d", share, got, want)
		}
	}
	if Quantile(nil, 0.5) != 0 {
		t.Error("something of nothing")
	}
}

func TestWhoIsNotReachedIsDialledAgain(t *testing.T) {
	for _, tt := range []struct {
		name        string
		code        meeting.Code
		fails, want int
		ok          bool
	}{
		{"OKLimited", meeting.CodeRateLimited, 3, 4, true},
		{"OKUnreachable", meeting.CodeUnavailable, unreachable, unreachable + 1, true},
		{"ErrUnreachable", meeting.CodeUnavailable, 100, unreachable + 1, false},
		{"ErrRefused", meeting.CodeForbidden, 1, 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				_, err := again(t.Context(), func() (int, error) {
					if calls++; calls <= tt.fails {
						return 0, &meeting.Error{Code: tt.code}
					}
					return calls, nil
				})
				if calls != tt.want || (err == nil) != tt.ok {
					t.Errorf("%d calls, %v", calls, err)
				}
			})
		})
	}
}

func TestRekeyNeedsEncryption(t *testing.T) {
	if _, err := (&Roundel{}).Rekey(t.Context(), RekeyOptions{Stay: 1, Leaves: 1}); !errors.Is(err, errNotSecure) {
		t.Errorf("err = %v", err)
	}
}

func TestSlotCountsOverTheWrap(t *testing.T) {
	var s slotStat
	for _, seq := range []uint16{65534, 65535, 2, 1, 3} { // 0 is lost, 1 is late
		s.count(seq)
	}
	if s.expected != 6 || s.received != 5 {
		t.Errorf("expected %d, received %d", s.expected, s.received)
	}
}
