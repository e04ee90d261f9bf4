package main

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/load"
)

// window reads a process's CPU time at both ends of the measured time, and this
// process's, which is the generator.
type window struct {
	pid         int
	cpu, own    time.Duration
	rss, before int64
	err         error
}

func (w *window) begin() {
	w.cpu, w.own = -w.read(w.pid), -w.read(os.Getpid())
}

func (w *window) end() {
	w.cpu += w.read(w.pid)
	w.own += w.read(os.Getpid())
	rss, err := daemon.RSS(w.pid)
	w.rss, w.err = rss, first(w.err, err)
}

func (w *window) read(pid int) time.Duration {
	d, err := daemon.CPU(pid)
	w.err = first(w.err, err)
	return d
}

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// both does one after the other; either may be nil.
func both(a, b func()) func() {
	return func() {
		for _, f := range []func(){a, b} {
			if f != nil {
				f()
			}
		}
	}
}

// meter reads the server's own figures at both ends of the measured time.
type meter struct {
	daemon        *daemon.Daemon
	token         string
	before, after map[string]float64
	err           error
}

// newMeter makes a meter and has the load use it.
func newMeter(ctx context.Context, d *daemon.Daemon, o *load.Options) (*meter, error) {
	m := &meter{daemon: d}
	var err error
	if m.token, err = d.Token(ctx); err != nil {
		return nil, err
	}
	o.Begin = func() { m.before = m.read(ctx) }
	o.End = func() { m.after = m.read(ctx) }
	return m, nil
}

func (m *meter) read(ctx context.Context) map[string]float64 {
	figures, err := m.daemon.Metrics(ctx, m.token)
	m.err = first(m.err, err)
	return figures
}

// grew is by how much a figure grew.
func (m *meter) grew(name string) float64 { return m.after[name] - m.before[name] }

// quantile is one of what a histogram counted meanwhile, evenly spread within its
// bucket. What is behind the last bound is taken for that, for results are JSON.
func (m *meter) quantile(name string, share float64) float64 {
	counts := map[float64]float64{}
	for key := range m.after {
		if rest, ok := strings.CutPrefix(key, name+`_bucket{le="`); ok {
			if bound, err := strconv.ParseFloat(strings.TrimSuffix(rest, `"}`), 64); err == nil && !math.IsInf(bound, 1) {
				counts[bound] = m.grew(key)
			}
		}
	}
	wanted := share * m.grew(name+"_count")
	lower, below := 0.0, 0.0
	for _, bound := range slices.Sorted(maps.Keys(counts)) {
		n := counts[bound]
		if n >= wanted && n > below {
			return lower + (bound-lower)*(wanted-below)/(n-below)
		}
		lower, below = bound, n
	}
	return lower
}

// costOf runs the load on a joiner and charges what the process spent.
func costOf(ctx context.Context, pid int, j load.Joiner, o load.Options) (Cost, error) {
	w := &window{pid: pid}
	var err error
	if w.before, err = daemon.RSS(pid); err != nil {
		return Cost{}, err
	}
	o.Begin, o.End = both(w.begin, o.Begin), both(o.End, w.end)
	rep, err := load.Run(ctx, j, o)
	if err = first(err, w.err); err != nil {
		return Cost{}, err
	}
	return Cost{
		MicrosPerPacket: float64(w.cpu.Microseconds()) / float64(max(rep.PacketsReceived, 1)),
		PacketsPerS:     float64(rep.PacketsReceived) / rep.Seconds,
		Delivered:       float64(rep.PacketsReceived) / float64(max(rep.PacketsSent*uint64(o.Subscribers), 1)),
		ServerCPU:       w.cpu.Seconds() / rep.Seconds,
		GeneratorCPU:    w.own.Seconds() / rep.Seconds,
		MBPerViewer:     float64(w.rss-w.before) / (1 << 20) / float64(o.Subscribers),
		Load:            rep,
	}, nil
}

// measureScenario starts a fresh server for one load, and then the baseline.
func (b *bench) measureScenario(ctx context.Context, s scenario) (Row, error) {
	row := Row{Name: s.Name}
	err := b.withServer(ctx, func(d *daemon.Daemon, token string) error {
		target, err := load.Start(ctx, client.Options{Server: d.URL, CA: d.CA, Token: token}, client.MediaOptions{Transport: client.UDP})
		if err != nil {
			return err
		}
		if row.Cost, err = costOf(ctx, d.PID(), target, s.Options); err != nil {
			return err
		}
		return target.Close(ctx)
	})
	if err != nil {
		return row, err
	}
	if program := os.Getenv("ROUNDEL_BENCH_BASELINE"); program != "" {
		cost, err := measureBaseline(ctx, program, s)
		if err != nil {
			return row, fmt.Errorf("baseline: %w", err)
		}
		row.Baseline = &cost
	}
	return row, nil
}

// withServer runs do with a server in a folder of its own.
func (b *bench) withServer(ctx context.Context, do func(d *daemon.Daemon, token string) error, settings ...string) error {
	binary, err := b.server(ctx)
	if err != nil {
		return err
	}
	data, err := os.MkdirTemp(b.dir, "data")
	if err != nil {
		return fmt.Errorf("make a data folder: %w", err)
	}
	d, err := daemon.Start(ctx, binary, data, settings...)
	if err != nil {
		return err
	}
	token, err := d.Token(ctx)
	if err == nil {
		err = do(d, token)
	}
	return first(err, d.Stop())
}

// settled is how long a fresh server rests before its memory is read.
const settled = 3 * time.Second

// measureIdle reads the memory of a server that nobody uses, in MB.
func measureIdle(ctx context.Context, b *bench) error {
	return b.withServer(ctx, func(d *daemon.Daemon, _ string) error {
		time.Sleep(settled)
		rss, err := daemon.RSS(d.PID())
		b.results.IdleMB = float64(rss) / (1 << 20)
		return err
	})
}

// cpuModel names the processor, as the kernel does.
func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
