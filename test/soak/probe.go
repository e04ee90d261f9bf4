package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
)

// The bounds of a passed soak.
const (
	tolerance = 0.10            // of goroutines and memory: less is fine, more is not
	restLimit = 5 * time.Minute // for rooms to empty after everybody has gone

	// After that: a pool lets go of what it holds with the second collection, and
	// freed memory goes back to the system within a minute or two.
	collections  = 3
	collectLimit = 6 * time.Minute // the runtime collects every two minutes when little is allocated
	quiet        = 150 * time.Second
)

// probe reads the server's figures.
type probe struct {
	daemon *daemon.Daemon
	token  string
}

// figures are one reading.
type figures struct {
	goroutines, heapMB, rssMB          float64 // heapMB: alive at the last collection
	collections                        float64
	rooms, participants, peers, panics float64
}

func (f figures) String() string {
	return fmt.Sprintf("%.0f goroutines, %.1f MB alive, RSS %.1f MB, %.0f rooms, %.0f participants, %.0f media peers",
		f.goroutines, f.heapMB, f.rssMB, f.rooms, f.participants, f.peers)
}

func (p *probe) read(ctx context.Context) (figures, error) {
	m, err := p.daemon.Metrics(ctx, p.token)
	if err != nil {
		return figures{}, err
	}
	for _, name := range [...]string{"go_goroutines", "go_memstats_next_gc_bytes", "go_gc_gogc_percent", "go_gc_duration_seconds_count", "roundel_rooms", "roundel_participants", "roundel_media_peers"} {
		if _, ok := m[name]; !ok {
			return figures{}, fmt.Errorf("the server has no figure %s", name)
		}
	}
	rss, err := daemon.RSS(p.daemon.PID())
	if err != nil {
		return figures{}, err
	}
	// The next collection is due when the heap has grown by GOGC percent of what
	// was alive at the last one, whatever garbage there is by now.
	const mb = 1 << 20
	alive := m["go_memstats_next_gc_bytes"] / (1 + m["go_gc_gogc_percent"]/100)
	return figures{
		goroutines: m["go_goroutines"], heapMB: alive / mb, rssMB: float64(rss) / mb,
		collections: m["go_gc_duration_seconds_count"],
		rooms:       m["roundel_rooms"], participants: m["roundel_participants"], peers: m["roundel_media_peers"],
		panics: m["roundel_room_panics_total"],
	}, nil
}

// collect waits until the server has collected its garbage some times more. Its
// own questions make the garbage that brings the next collection.
func (p *probe) collect(ctx context.Context) error {
	first, err := p.read(ctx)
	if err != nil {
		return err
	}
	for deadline := time.Now().Add(collectLimit); ; {
		f, err := p.read(ctx)
		switch {
		case err != nil:
			return err
		case f.collections >= first.collections+collections:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("the server collected no garbage in %v", collectLimit)
		case !pause(ctx, 10*time.Millisecond):
			return ctx.Err()
		}
	}
}

// rest waits until every room is gone and its garbage is collected, then for a
// quiet while, and returns the least of what was read in it.
func (p *probe) rest(ctx context.Context) (figures, error) {
	for deadline := time.Now().Add(restLimit); ; {
		f, err := p.read(ctx)
		if err != nil {
			return f, err
		}
		if f.rooms+f.participants+f.peers == 0 {
			break
		}
		if time.Now().After(deadline) {
			return f, fmt.Errorf("stuck: %v", f)
		}
		if !pause(ctx, time.Second) {
			return f, ctx.Err()
		}
	}
	if err := p.collect(ctx); err != nil {
		return figures{}, err
	}
	least := figures{goroutines: math.Inf(1), heapMB: math.Inf(1), rssMB: math.Inf(1)}
	for end := time.Now().Add(quiet); time.Now().Before(end); {
		if !pause(ctx, 5*time.Second) {
			return least, ctx.Err()
		}
		f, err := p.read(ctx)
		if err != nil {
			return f, err
		}
		least.goroutines = min(least.goroutines, f.goroutines)
		least.heapMB, least.rssMB = min(least.heapMB, f.heapMB), min(least.rssMB, f.rssMB)
		least.panics = f.panics
	}
	return least, nil
}

// within fails when anything has grown by more than the tolerance.
func (f figures) within(start figures) error {
	for _, c := range []struct {
		name      string
		now, then float64
		slack     float64 // small numbers may differ by so much
	}{
		{"goroutines", f.goroutines, start.goroutines, 2},
		{"live heap (MB)", f.heapMB, start.heapMB, 1},
		{"resident memory (MB)", f.rssMB, start.rssMB, 2},
	} {
		if c.now > c.then*(1+tolerance)+c.slack {
			return fmt.Errorf("%s: %.1f at the start, %.1f at the end", c.name, c.then, c.now)
		}
	}
	return nil
}
