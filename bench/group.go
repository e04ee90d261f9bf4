package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/load"
)

// What the figures of groups are held against, in milliseconds.
const (
	wantRekey    = 500.0  // from the end of the batching window
	wantLarge    = 2000.0 // the same in a tree of 1,000 leaves
	wantJoin     = 1000.0 // to the first sound that opens
	batchingTime = 300 * time.Millisecond
)

// sealedRuns is how often the same load runs with and without encryption.
const sealedRuns = 3

// measureSealed charges the server for packets of sealed frames, and for those of
// the same frames in the clear.
func measureSealed(ctx context.Context, b *bench) error {
	costs := map[bool][]float64{}
	for i := range 2 * sealedRuns {
		sealed := i%2 == 1
		cost, err := b.forwarding(ctx, sealed)
		if err != nil {
			return err
		}
		costs[sealed] = append(costs[sealed], cost.MicrosPerPacket)
	}
	for _, list := range costs {
		slices.Sort(list)
	}
	clear, sealed := costs[false], costs[true]
	b.add(
		Figure{Scenario: "sealed forwarding", Name: "server, packet of a clear frame", Unit: "µs", Value: clear[sealedRuns/2], Quiet: at(clear[0])},
		Figure{Scenario: "sealed forwarding", Name: "server, packet of a sealed frame", Unit: "µs", Value: sealed[sealedRuns/2], Quiet: at(sealed[0]), Floor: at(clear[0])},
	)
	return nil
}

func (b *bench) forwarding(ctx context.Context, sealed bool) (cost Cost, err error) {
	o := load.Options{
		Publishers: 1, Subscribers: 20, VideoBitrate: 1_500_000, Audio: true, Frames: true,
		Warm: 3 * time.Second, Duration: b.measured, Gap: 15 * time.Millisecond,
	}
	err = b.withTarget(ctx, sealed, o.Publishers+o.Subscribers, func(d *daemon.Daemon, target *load.Roundel) error {
		cost, err = costOf(ctx, d.PID(), target, o)
		return err
	})
	return cost, err
}

// withTarget runs do with a meeting for so many people on a server of its own.
func (b *bench) withTarget(ctx context.Context, sealed bool, people int, do func(*daemon.Daemon, *load.Roundel) error) error {
	return b.withServer(ctx, func(d *daemon.Daemon, token string) error {
		o := client.Options{Server: d.URL, CA: d.CA, Token: token}
		var target *load.Roundel
		var err error
		if sealed {
			target, err = load.StartSecure(ctx, o, client.MediaOptions{Transport: client.UDP}, people)
		} else {
			target, err = load.Start(ctx, o, client.MediaOptions{Transport: client.UDP})
		}
		if err != nil {
			return err
		}
		return first(do(d, target), target.Close(ctx))
	}, "--max-participants", strconv.Itoa(people+spare))
}

// spare is how many more people than a scenario names may be there for a while.
const spare = 50

// measureJoins lets people join an encrypted meeting that 100 are in already, one
// after the other.
func measureJoins(ctx context.Context, b *bench) error {
	const crowd, more = 99, 20
	o := load.Options{
		Publishers: 1, Subscribers: crowd + more, Crowd: crowd, Audio: true, Frames: true,
		Rest: 5 * time.Second, Duration: time.Second, Gap: 300 * time.Millisecond,
	}
	return b.withTarget(ctx, true, crowd+1, func(_ *daemon.Daemon, target *load.Roundel) error {
		r, err := load.Run(ctx, target, o)
		if err != nil {
			return err
		}
		b.add(
			Figure{Scenario: "join 100", Name: "from dialling to the first sound that opens, p50", Unit: "ms", Value: r.FirstMediaMs.P50, Quiet: at(r.FirstMediaMs.Best), Limit: at(wantJoin), Note: fmt.Sprintf("%d joins", more)},
			Figure{Scenario: "join 100", Name: "the same, p95", Unit: "ms", Value: r.FirstMediaMs.P95},
		)
		return nil
	})
}

// measureRekeys lets people leave a meeting in which 100 stay.
func measureRekeys(ctx context.Context, b *bench) error {
	o := load.RekeyOptions{Stay: 100, Leaves: 10, Pause: 4 * time.Second}
	return b.withTarget(ctx, true, o.Stay, func(_ *daemon.Daemon, target *load.Roundel) error {
		took, err := target.Rekey(ctx, o)
		if err != nil {
			return err
		}
		b.add(rekeyFigures("rekey 100", took, wantRekey)...)
		return nil
	})
}

// measureLarge does so in a tree of 1,000 leaves, of which 20 are live.
func measureLarge(ctx context.Context, b *bench) error {
	const leaves, live = 1000, 20
	o := load.RekeyOptions{Stay: live, Leaves: 10, Pause: 4 * time.Second}
	o.Idle = leaves - o.Stay - o.Leaves
	return b.withTarget(ctx, true, leaves, func(_ *daemon.Daemon, target *load.Roundel) error {
		took, err := target.Rekey(ctx, o)
		if err != nil {
			return err
		}
		b.add(rekeyFigures("rekey 1000", took, wantLarge)...)
		return nil
	})
}

// rekeyFigures counts from the end of the time in which leaves are batched.
func rekeyFigures(scenario string, took [][]time.Duration, limit float64) []Figure {
	late := func(times []time.Duration, share float64) float64 {
		return max(0, ms(load.Quantile(times, share)-batchingTime))
	}
	var all []time.Duration
	best := late(took[0], 0.95)
	for _, times := range took {
		all = append(all, times...)
		best = min(best, late(times, 0.95))
	}
	note := fmt.Sprintf("%d leaves", len(took))
	return []Figure{
		{Scenario: scenario, Name: "new keys after a leave and its window, p95", Unit: "ms", Value: late(all, 0.95), Quiet: at(best), Limit: at(limit), Note: note},
		{Scenario: scenario, Name: "the same, p50", Unit: "ms", Value: late(all, 0.5)},
	}
}
