// Package load puts publishers and subscribers on a server and measures what
// arrives: loss, latency, and how long joining takes. Its media is synthetic:
// VP8 that a forwarder takes for real, with random content, and packets of
// Opus's size. Every packet carries the time of its sending, so publishers and
// subscribers must be in one process.
//
// Latency and loss are measured where an application reads packets, after
// retransmissions; they include this process's own queueing, so a generator that
// is short of CPU shows as latency.
package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
)

// Options describe one run.
type Options struct {
	Publishers   int
	Subscribers  int
	VideoBitrate int           // bit/s of each publisher; 0 for no video
	FrameRate    int           // of video, 1/s; 0 for 30
	Pixels       int           // of the places where subscribers show video; 0 for 720p
	Audio        bool          // 50 packets/s of each publisher
	Talkers      int           // how many of the publishers talk at a time, in turns; 0 for all. The others send what silence takes
	Warm         time.Duration // media flows, nothing is measured yet
	Duration     time.Duration // measured
	Gap          time.Duration // between two joins
	Storm        bool          // subscribers come at this pace whether those before are in or not
	// Frames is for media that is sealed frame by frame, and for what it is compared
	// with: publishers hand over whole frames, and latency and first media are taken
	// where a frame has opened or, in the clear, is complete.
	Frames bool
	// Crowd is how many subscribers come first to fill the meeting, many at once:
	// their times of joining are not counted. Rest is how long it settles then.
	Crowd int
	Rest  time.Duration

	// Begin and End are called where the measured time begins and ends; they
	// may be nil.
	Begin, End func()
}

// Joiner puts a source or a sink on a server and returns once it has joined.
// Closing the result takes it off again.
type Joiner interface {
	Publish(ctx context.Context, s *Source) (io.Closer, error)
	Subscribe(ctx context.Context, s *Sink) (io.Closer, error)
}

// settle bounds the wait until every subscriber has every track.
const settle = 30 * time.Second

// Run joins, waits until media flows everywhere, measures and leaves. It fails
// when somebody cannot join or no subscriber gets media.
func Run(ctx context.Context, j Joiner, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	r := &run{opts: o}
	defer r.leave()
	if err := r.join(ctx, j); err != nil {
		return Report{}, err
	}
	return r.measure(ctx)
}

func (o Options) check() error {
	switch {
	case o.Publishers < 1 || o.Subscribers < 1:
		return meeting.Errorf(meeting.CodeInvalid, "A load needs at least one publisher and one subscriber.")
	case o.VideoBitrate <= 0 && !o.Audio:
		return meeting.Errorf(meeting.CodeInvalid, "A load needs video or audio.")
	case o.Crowd < 0 || o.Crowd >= o.Subscribers:
		return meeting.Errorf(meeting.CodeInvalid, "A crowd leaves at least one subscriber to measure.")
	case o.FrameRate < 0 || o.Pixels < 0 || o.Talkers < 0 || o.Talkers > o.Publishers:
		return meeting.Errorf(meeting.CodeInvalid, "A load has no negative numbers, and no more talkers than publishers.")
	case o.Duration <= 0:
		return meeting.Errorf(meeting.CodeInvalid, "A load needs a duration.")
	}
	return nil
}

// tracks is how many slots each subscriber hears or sees something in.
func (o Options) tracks() int {
	n := 0
	if o.VideoBitrate > 0 {
		n += o.Publishers
	}
	if o.Audio {
		n += min(o.Publishers, client.DefaultAudioSlots)
	}
	return n
}

// interval is the time between two frames of video.
func (o Options) interval() time.Duration {
	if o.FrameRate == 0 {
		return time.Second / 30
	}
	return time.Second / time.Duration(o.FrameRate)
}

// run is the state of one Run. Its lists are used by one goroutine, but for a
// crowd that comes in.
type run struct {
	opts    Options
	sources []*Source

	mu     sync.Mutex
	sinks  []*Sink
	joined []io.Closer

	stop  context.CancelFunc // the conversation
	tasks sync.WaitGroup
}

func (r *run) join(ctx context.Context, j Joiner) error {
	for range r.opts.Publishers {
		s := newSource(r.opts)
		if err := r.add(ctx, func() (io.Closer, error) { return j.Publish(ctx, s) }); err != nil {
			return fmt.Errorf("publisher %d: %w", len(r.sources), err)
		}
		r.sources = append(r.sources, s)
		s.start()
	}
	subscribe := func(int) error {
		s := newSink(r.opts)
		err := r.add(ctx, func() (io.Closer, error) {
			c, err := j.Subscribe(ctx, s)
			s.noteJoined()
			return c, err
		})
		if err != nil {
			return fmt.Errorf("subscriber: %w", err)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.sinks = append(r.sinks, s)
		return nil
	}
	if err := together(r.opts.Crowd, subscribe); err != nil {
		return err
	}
	if err := sleep(ctx, r.opts.Rest); err != nil {
		return err
	}
	r.converse()
	if r.opts.Storm {
		return r.storm(ctx, subscribe)
	}
	for n := range r.opts.Subscribers - r.opts.Crowd {
		if err := subscribe(n); err != nil {
			return err
		}
	}
	return nil
}

// storm lets subscribers come one after the other, each without waiting for those
// before.
func (r *run) storm(ctx context.Context, subscribe func(int) error) error {
	var group sync.WaitGroup
	n := r.opts.Subscribers - r.opts.Crowd
	errs := make([]error, n)
	for i := range n {
		group.Go(func() { errs[i] = subscribe(i) })
		if err := sleep(ctx, r.opts.Gap); err != nil {
			break
		}
	}
	group.Wait()
	return errors.Join(errs...)
}

// turn is how long somebody talks.
const turn = 2 * time.Second

// converse lets publishers talk in turns.
func (r *run) converse() {
	if r.opts.Talkers == 0 {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	r.tasks.Go(func() {
		for first := 0; ; first++ {
			for i, s := range r.sources {
				s.talk(ctx, (i+first)%len(r.sources) < r.opts.Talkers)
			}
			if sleep(ctx, turn) != nil {
				return
			}
		}
	})
}

// atOnce is how many of a crowd come in at the same time.
const atOnce = 16

// together does something n times, some at once, and returns the first error
// after all have ended.
func together(n int, do func(i int) error) error {
	var group sync.WaitGroup
	failed := make(chan error, n)
	turns := make(chan struct{}, atOnce)
	for i := range n {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			if err := do(i); err != nil {
				failed <- err
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// add joins one and then pauses.
func (r *run) add(ctx context.Context, join func() (io.Closer, error)) error {
	c, err := again(ctx, join)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.joined = append(r.joined, c)
	r.mu.Unlock()
	return sleep(ctx, r.opts.Gap)
}

// unreachable is how often somebody dials again whom a busy machine lets wait for
// too long.
const unreachable = 5

// again joins, and tries again while the server asks to slow down.
func again[T any](ctx context.Context, join func() (T, error)) (T, error) {
	for tries := 0; ; {
		joined, err := join()
		switch meeting.CodeOf(err) {
		case meeting.CodeRateLimited:
		case meeting.CodeUnavailable:
			if tries++; tries > unreachable {
				return joined, err
			}
		default:
			return joined, err
		}
		if err := sleep(ctx, 200*time.Millisecond); err != nil {
			return joined, err
		}
	}
}

// measure waits until media flows everywhere and takes the figures.
func (r *run) measure(ctx context.Context) (Report, error) {
	missing := r.settle(ctx)
	if missing == r.opts.Subscribers {
		return Report{}, errors.New("no subscriber gets all tracks")
	}
	if err := sleep(ctx, r.opts.Warm); err != nil {
		return Report{}, err
	}
	for _, s := range r.sinks {
		s.begin()
	}
	sent, frames := r.sent()
	if r.opts.Begin != nil {
		r.opts.Begin()
	}
	from := time.Now()
	if err := sleep(ctx, r.opts.Duration); err != nil {
		return Report{}, err
	}
	if r.opts.End != nil {
		r.opts.End()
	}
	for _, s := range r.sinks {
		s.end()
	}
	rep := report(r.sinks, r.opts.Crowd)
	sentNow, framesNow := r.sent()
	rep.PacketsSent, rep.FramesSent = sentNow-sent, framesNow-frames
	rep.Publishers, rep.Subscribers = r.opts.Publishers, r.opts.Subscribers
	rep.Seconds = time.Since(from).Seconds()
	rep.Incomplete = missing
	return rep, nil
}

// settle waits until every sink has every track and tells how many have not.
func (r *run) settle(ctx context.Context) (missing int) {
	deadline := time.Now().Add(settle)
	for {
		missing = 0
		for _, s := range r.sinks {
			if s.tracks() < r.opts.tracks() {
				missing++
			}
		}
		if missing == 0 || time.Now().After(deadline) || sleep(ctx, 50*time.Millisecond) != nil {
			return missing
		}
	}
}

func (r *run) sent() (packets, frames uint64) {
	for _, s := range r.sources {
		packets += s.sent.Load()
		frames += s.frames.Load()
	}
	return packets, frames
}

// leave stops the sources and closes everybody at once.
func (r *run) leave() {
	if r.stop != nil {
		r.stop()
		r.tasks.Wait()
	}
	for _, s := range r.sources {
		s.stop()
	}
	var all sync.WaitGroup
	for _, c := range r.joined {
		all.Go(func() { _ = c.Close() })
	}
	all.Wait()
}

// sleep returns early with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
