package main

import (
	"context"
	"fmt"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client/load"
)

// What the figures of large meetings are held against.
const (
	wantForwarding = 10.0 // ms, p99
	tile           = 320 * 180
)

// measureLargeMeeting puts 300 people into a meeting.
func measureLargeMeeting(ctx context.Context, b *bench) error {
	o := load.Options{
		Publishers: 25, Subscribers: 275, Crowd: 274, Rest: 5 * time.Second,
		VideoBitrate: 100_000, FrameRate: 15, Pixels: tile, Audio: true, Talkers: 3,
		Warm: 5 * time.Second, Duration: b.measured,
	}
	return b.measureCrowd(ctx, "300 people", o, "25 small pictures, ten voices of which three talk")
}

// measureViewers has 1,000 people watch one.
func measureViewers(ctx context.Context, b *bench) error {
	o := load.Options{
		Publishers: 1, Subscribers: 1000, Crowd: 999, Rest: 5 * time.Second,
		VideoBitrate: 300_000, FrameRate: 15, Audio: true,
		Warm: 5 * time.Second, Duration: b.measured,
	}
	return b.measureCrowd(ctx, "1000 viewers", o, "one picture of 300 kbit/s and its sound")
}

// measureCrowd measures what a meeting of many costs the server.
func (b *bench) measureCrowd(ctx context.Context, name string, o load.Options, what string) error {
	if err := b.measureFloor(ctx); err != nil {
		return err
	}
	return b.withTarget(ctx, false, o.Publishers+o.Subscribers, func(d *daemon.Daemon, target *load.Roundel) error {
		m, err := newMeter(ctx, d, &o)
		if err != nil {
			return err
		}
		cost, err := costOf(ctx, d.PID(), target, o)
		if err = first(err, m.err); err != nil {
			return err
		}
		r := cost.Load
		b.add(
			Figure{Scenario: name, Name: "server, forwarded packet", Unit: "µs", Value: cost.MicrosPerPacket, Floor: at(b.results.Floor.MicrosPerPacket), Note: what},
			Figure{Scenario: name, Name: "packets", Unit: "1/s", Value: cost.PacketsPerS},
			Figure{Scenario: name, Name: "server, all", Unit: "cores", Value: cost.ServerCPU, Note: fmt.Sprintf("the generator %.2f", cost.GeneratorCPU)},
			Figure{Scenario: name, Name: "forwarding in the server, p99", Unit: "ms", Value: 1000 * m.quantile("roundel_forwarding_seconds", 0.99), Limit: at(wantForwarding)},
			Figure{Scenario: name, Name: "from write to read, p50", Unit: "ms", Value: r.LatencyMs.P50, Note: "with the generator's own queues"},
			Figure{Scenario: name, Name: "the same, p99", Unit: "ms", Value: r.LatencyMs.P99},
			Figure{Scenario: name, Name: "lost", Unit: "%", Value: r.LossPercent},
			Figure{Scenario: name, Name: "people who lack a picture or voice", Unit: "", Value: float64(r.Incomplete), Limit: at(0)},
			Figure{Scenario: name, Name: "memory a viewer", Unit: "MB", Value: cost.MBPerViewer},
			Figure{Scenario: name, Name: "signalling to everybody", Unit: "kB/s", Value: m.grew("roundel_signal_octets_out_total") / 1000 / r.Seconds},
		)
		return nil
	})
}

// stormPart lets 200 people join within ten seconds.
func stormPart(sealed bool) func(context.Context, *bench) error {
	name := "storm 200"
	if sealed {
		name += " sealed"
	}
	return func(ctx context.Context, b *bench) error {
		const people = 200
		o := load.Options{
			Publishers: 1, Subscribers: people, Storm: true, Gap: 10 * time.Second / people,
			VideoBitrate: 100_000, FrameRate: 15, Pixels: tile, Audio: true, Frames: sealed,
			Duration: time.Second,
		}
		return b.withTarget(ctx, sealed, people+1, func(d *daemon.Daemon, target *load.Roundel) error {
			m, err := newMeter(ctx, d, &o)
			if err != nil {
				return err
			}
			from := m.read(ctx)
			r, err := load.Run(ctx, target, o)
			if err = first(err, m.err); err != nil {
				return err
			}
			m.after, m.before = m.before, from // until everybody was in
			b.add(
				Figure{Scenario: name, Name: "from dialling to the first picture, p50", Unit: "ms", Value: r.FirstMediaMs.P50, Quiet: at(r.FirstMediaMs.Best)},
				Figure{Scenario: name, Name: "the same, p95", Unit: "ms", Value: r.FirstMediaMs.P95},
				Figure{Scenario: name, Name: "people who got no picture or sound", Unit: "", Value: float64(r.Incomplete), Limit: at(0)},
				Figure{Scenario: name, Name: "signalling to a newcomer and of it to the others", Unit: "kB", Value: m.grew("roundel_signal_octets_out_total") / 1000 / (people + 1)},
				Figure{Scenario: name, Name: "messages of it", Unit: "", Value: m.grew("roundel_signal_messages_out_total") / (people + 1)},
				Figure{Scenario: name, Name: "forwarding in the server meanwhile, p99", Unit: "ms", Value: 1000 * m.quantile("roundel_forwarding_seconds", 0.99), Limit: at(wantForwarding)},
			)
			return nil
		})
	}
}
