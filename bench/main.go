// Command bench measures the whole server as it runs: it starts the real roundel
// program, puts load on it over loopback and reads the CPU time and memory of
// its process. Beside each figure stands the floor measured in the same run:
// AES-256-GCM and sendmmsg with GSO, nothing else. `make bench` runs it.
//
// ROUNDEL_BENCH_BASELINE may name another program that forwards media (with the
// two HTTP calls in baseline.go); it gets the same load in turn, and the ratio
// of the costs is printed.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client/load"
)

// scenario is one load.
type scenario struct {
	Name string
	load.Options
}

// scenarios are those that the figures in the documentation come from.
func scenarios(measured time.Duration) []scenario {
	of := func(name string, pubs, subs, bitrate int, audio bool) scenario {
		return scenario{name, load.Options{
			Publishers: pubs, Subscribers: subs, VideoBitrate: bitrate, Audio: audio,
			Warm: 3 * time.Second, Duration: measured, Gap: 15 * time.Millisecond,
		}}
	}
	return []scenario{
		of("video 1→10", 1, 10, 1_500_000, true),
		of("video 1→100", 1, 100, 1_500_000, true),
		of("video 4×50", 4, 50, 500_000, true),
		of("audio 10→100", 10, 100, 0, true),
	}
}

// flags are the command line.
type flags struct {
	binary, out, only string
	measured          time.Duration
}

func main() {
	var f flags
	flag.StringVar(&f.binary, "binary", "", "roundel program; built when empty")
	flag.StringVar(&f.out, "out", "bench/results.json", "where the figures go")
	flag.StringVar(&f.only, "only", "", "run only the scenario of this name")
	flag.DurationVar(&f.measured, "duration", 10*time.Second, "measured time of each scenario")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) error {
	dir, err := os.MkdirTemp("", "roundel-bench")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if f.binary == "" {
		if f.binary, err = daemon.Build(ctx, dir, "roundel", false); err != nil {
			return err
		}
	}
	r := Results{At: time.Now().UTC(), Go: runtime.Version(), Cores: runtime.NumCPU(), CPU: cpuModel()}
	if r.Floor, err = measureFloor(ctx); err != nil {
		return err
	}
	if r.IdleMB, err = measureIdle(ctx, f.binary, dir); err != nil {
		return err
	}
	for _, s := range scenarios(f.measured) {
		if f.only != "" && f.only != s.Name {
			continue
		}
		fmt.Fprintln(os.Stderr, "bench:", s.Name)
		row, err := measureScenario(ctx, f.binary, dir, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		row.compare(r.Floor)
		r.Scenarios = append(r.Scenarios, row)
	}
	if r.Browser, err = measureBrowser(ctx, f.binary, dir); err != nil {
		return err
	}
	r.print(os.Stdout)
	return write(f.out, r)
}

// write stores the figures as JSON.
func write(path string, r Results) error {
	b, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the figures: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	if err := os.WriteFile(path, append(b, '\n'), 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}
