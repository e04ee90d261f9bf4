package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// What the figures of sealed frames are held against.
const (
	wantSealMicros = 0.5  // of an audio frame
	wantOverhead   = 26.0 // bytes of an audio frame
	wantForged     = 2.0  // times a good frame
)

// The frames that are measured.
const (
	audioFrame = 160  // bytes: 64 kbit/s
	videoFrame = 1200 // bytes: a packet full
	sframeRun  = 2000 // frames of one sample; more fit into no replay window
)

// ringPair is a sender and a receiver who have the same epoch.
type ringPair struct {
	now        time.Time
	alice, bob *sframe.Ring
	epoch      uint64
	time       uint32
}

func newRingPair() (*ringPair, error) {
	p := &ringPair{now: time.Now()}
	var err error
	if p.alice, err = sframe.New("bench", 0); err != nil {
		return nil, err
	}
	if p.bob, err = sframe.New("bench", 0); err != nil {
		return nil, err
	}
	return p, p.next()
}

// next moves both to another epoch, where counters start again.
func (p *ringPair) next() error {
	p.epoch++
	e := sframe.Epoch{Number: p.epoch, Removes: true, Leaves: []sframe.Leaf{{Index: 0, Participant: "alice"}, {Index: 1, Participant: "bob"}}}
	e.Base[0], e.Base[1] = byte(p.epoch), byte(p.epoch>>8)
	p.now = p.now.Add(sframe.OldAfterRemovalFor + time.Second)
	if err := p.alice.AddEpoch(p.now, e); err != nil {
		return err
	}
	e.Self = 1
	if err := p.bob.AddEpoch(p.now, e); err != nil {
		return err
	}
	p.alice.SetSend(sframe.Send{Mode: sframe.Sealing, Epoch: p.epoch})
	return nil
}

// sealed makes frames that bob has not seen.
func (p *ringPair) sealed(size, n int) ([][]byte, error) {
	frames := make([][]byte, n)
	for i := range frames {
		out, err := p.alice.Seal(p.now, nil, sframe.Mic, sframe.Opus, false, make([]byte, size))
		if err != nil {
			return nil, err
		}
		frames[i] = out.Data
	}
	return frames, nil
}

// open gives bob a frame in its turn.
func (p *ringPair) open(dst, frame []byte) error {
	p.time++
	_, err := p.bob.Open(p.now, dst, sframe.Incoming{Codec: sframe.Opus, Time: p.time, Data: frame})
	return err
}

// measureSFrame takes the costs of good and forged frames, and the bytes that a
// seal adds.
func measureSFrame(ctx context.Context, b *bench) error {
	p, err := newRingPair()
	if err != nil {
		return err
	}
	if err := p.overhead(b); err != nil {
		return err
	}
	var opened timing
	for _, size := range []int{videoFrame, audioFrame} {
		if err := p.sealing(ctx, b, size); err != nil {
			return err
		}
		if opened, err = p.opening(ctx, b, size); err != nil {
			return err
		}
	}
	return p.forging(ctx, b, opened)
}

// overhead seals the first frame, and the longest that is: the last before keys
// change without a reason, of the last leaf there can be, by a media worker that
// was started 64 times.
func (p *ringPair) overhead(b *bench) error {
	id := sframe.ID{Epoch: 255, Leaf: 4095, Kind: sframe.Mic, Instance: 63}
	const last = 50 * 5 * 60 // e2ee/session re-keys every 5 minutes; a counter begins anew with each key
	key, err := sframe.NewKey(sframe.AES256GCM, id.KID(), make([]byte, 32))
	if err != nil {
		return err
	}
	most := len(sframe.Opus.Wrap(nil, false, key.Seal(nil, last, nil, make([]byte, audioFrame)))) - audioFrame
	frames, err := p.sealed(audioFrame, 1)
	if err != nil {
		return err
	}
	b.add(
		Figure{Scenario: "sframe", Name: "bytes added to an audio frame", Unit: "B", Value: float64(len(frames[0]) - audioFrame), Limit: at(wantOverhead), Note: "marker included"},
		Figure{Scenario: "sframe", Name: "at most: before a re-key, leaf 4,095, 64th worker", Unit: "B", Value: float64(most), Limit: at(wantOverhead)},
	)
	return nil
}

func (p *ringPair) sealing(ctx context.Context, b *bench, size int) error {
	frame, dst := make([]byte, size), make([]byte, 0, 2*size)
	t, err := timed(ctx, b.measured/10, sframeRun, func() error {
		_, err := p.alice.Seal(p.now, dst, sframe.Mic, sframe.Opus, false, frame)
		return err
	})
	if err != nil {
		return err
	}
	f := Figure{Scenario: "sframe", Name: fmt.Sprintf("seal %d bytes", size), Unit: "µs", Value: micros(t.median()), Quiet: at(micros(t.best()))}
	if size == audioFrame {
		f.Limit = at(wantSealMicros)
	}
	b.add(f)
	return nil
}

// opening measures only while there are frames at hand; more are sealed between
// the samples.
func (p *ringPair) opening(ctx context.Context, b *bench, size int) (timing, error) {
	var all timing
	dst := make([]byte, 0, size)
	for end := time.Now().Add(b.measured / 10); time.Now().Before(end) || len(all.wall) < minRuns; {
		if err := p.next(); err != nil {
			return all, err
		}
		frames, err := p.sealed(size, sframeRun+1)
		if err != nil {
			return all, err
		}
		at := 0
		one := func() error {
			at++
			return p.open(dst, frames[at-1])
		}
		if err := one(); err != nil { // derives the key
			return all, err
		}
		if err := all.sample(ctx, sframeRun, one); err != nil {
			return all, err
		}
	}
	f := Figure{Scenario: "sframe", Name: fmt.Sprintf("open %d bytes", size), Unit: "µs", Value: micros(all.median()), Quiet: at(micros(all.best()))}
	if size == audioFrame {
		f.Limit = at(wantSealMicros)
	}
	b.add(f)
	return all, nil
}

var errForgedOpened = errors.New("a forged frame opened")

// forging floods bob with frames of each sort that alice did not seal.
func (p *ringPair) forging(ctx context.Context, b *bench, good timing) error {
	if err := p.next(); err != nil {
		return err
	}
	proof, err := p.sealed(audioFrame, 1)
	if err != nil {
		return err
	}
	if err := p.open(nil, proof[0]); err != nil {
		return err
	}
	epoch := uint8(p.epoch)
	for _, sort := range []struct {
		name string
		id   func(i int) sframe.ID
	}{
		{"known key", func(int) sframe.ID { return sframe.ID{Epoch: epoch} }},
		{"changing worker", func(i int) sframe.ID { return sframe.ID{Epoch: epoch, Instance: uint16(i + 1)} }},
		{"changing kind and worker", func(i int) sframe.ID {
			return sframe.ID{Epoch: epoch, Kind: sframe.Kind(i % 4), Instance: uint16(i + 1)}
		}},
		{"changing person", func(i int) sframe.ID { return sframe.ID{Epoch: epoch, Leaf: uint16(i + 2)} }},
		{"changing epoch", func(i int) sframe.ID { return sframe.ID{Epoch: epoch + uint8(i%250) + 1} }},
	} {
		frames := make([][]byte, 1024)
		for i := range frames {
			body := sframe.AppendHeader(nil, sframe.Header{KID: sort.id(i).KID(), Counter: uint64(i + 5)})
			frames[i] = sframe.Opus.Wrap(nil, false, append(body, make([]byte, audioFrame+16)...))
		}
		i, dst := 0, make([]byte, 0, audioFrame)
		t, err := timed(ctx, b.measured/20, sframeRun, func() error {
			i++
			if p.open(dst, frames[i%len(frames)]) == nil {
				return errForgedOpened
			}
			return nil
		})
		if err != nil {
			return err
		}
		b.add(Figure{
			Scenario: "forged", Name: "forged audio frame, " + sort.name, Unit: "× a good one", Limit: at(wantForged),
			Value: micros(t.median()) / micros(good.median()), Quiet: at(micros(t.best()) / micros(good.best())),
		})
	}
	return nil
}
