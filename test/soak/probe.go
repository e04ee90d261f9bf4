package main

import (
	"context"
	"fmt"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
)

// The bounds of a passed soak.
const (
	tolerance = 0.10            // of goroutines and memory: less is fine, more is not
	restLimit = 5 * time.Minute // for rooms to empty after everybody has gone

	// After that nobody asks the server anything: the runtime collects every two
	// minutes, and what is in pools takes two collections to go. Every question
	// fills them again.
	quiet = 5 * time.Minute
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

// rest waits until every room is gone, then for a while in which the server is
// left alone, and returns what is alive after that.
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
	before, err := p.read(ctx)
	if err != nil {
		return before, err
	}
	if !pause(ctx, quiet) {
		return before, ctx.Err()
	}
	after, err := p.read(ctx)
	if err == nil && after.collections < before.collections+2 {
		err = fmt.Errorf("the server collected its garbage %.0f times in %v", after.collections-before.collections, quiet)
	}
	return after, err
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
