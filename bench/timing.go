package main

import (
	"context"
	"runtime"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// timing has how long each run of something took, by the clock and in processor
// time of its thread.
type timing struct{ wall, cpu []time.Duration }

// minRuns is how often everything is measured at least, however slow.
const minRuns = 5

// timed runs op again and again for about this time; each sample is of batch
// runs, because clocks cost too.
func timed(ctx context.Context, about time.Duration, batch int, op func() error) (timing, error) {
	var t timing
	for end := time.Now().Add(about); len(t.wall) < minRuns || time.Now().Before(end); {
		if err := t.sample(ctx, batch, op); err != nil {
			return t, err
		}
	}
	return t, nil
}

// sample adds one sample of batch runs.
func (t *timing) sample(ctx context.Context, batch int, op func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cpu, wall := threadTime(), time.Now()
	for range batch {
		if err := op(); err != nil {
			return err
		}
	}
	t.wall = append(t.wall, time.Since(wall)/time.Duration(batch))
	t.cpu = append(t.cpu, (threadTime()-cpu)/time.Duration(batch))
	return nil
}

// median is what a run takes beside whatever else the machine does.
func (t timing) median() time.Duration {
	all := slices.Sorted(slices.Values(t.wall))
	return all[len(all)/2]
}

// best is the least processor time of a sample, which is what a run would take
// with the machine to itself, or a little less.
func (t timing) best() time.Duration { return slices.Min(t.cpu) }

// threadTime is the processor time of this thread.
func threadTime() time.Duration {
	var ts unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &ts) != nil {
		return 0
	}
	return time.Duration(ts.Nano())
}

func ms(d time.Duration) float64     { return float64(d) / float64(time.Millisecond) }
func micros(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }
