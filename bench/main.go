// Command bench measures the whole server as it runs: it starts the real roundel
// program, puts load on it over loopback and reads the CPU time and memory of
// its process. Beside each figure stands the floor measured in the same run:
// AES-256-GCM and sendmmsg with GSO, nothing else. `make bench` runs it.
//
// The scenarios of end-to-end encryption print figures beside their limits, and
// what a quiet machine would show where that can be told.
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
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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
	toggles           int
}

// bench is one run.
type bench struct {
	flags
	dir     string // for what the run makes
	log     io.Writer
	results Results
}

// part is one scenario that can be chosen.
type part struct {
	name string
	run  func(ctx context.Context, b *bench) error
}

// parts are all scenarios, in the order of running.
func parts(measured time.Duration) []part {
	list := []part{{"idle", measureIdle}}
	for _, s := range scenarios(measured) {
		list = append(list, part{s.Name, func(ctx context.Context, b *bench) error { return b.load(ctx, s) }})
	}
	return append(list,
		part{"300 people", measureLargeMeeting},
		part{"storm 200", stormPart(false)},
		part{"storm 200 sealed", stormPart(true)},
		part{"1000 viewers", measureViewers},
		part{"browser", measureBrowser},
		part{"mls native", measureMLS},
		part{"mls wasm", measureWASM},
		part{"sframe", measureSFrame},
		part{"frames Chromium", framesPart("Chromium", "chromium")},
		part{"frames Firefox", framesPart("Firefox", "firefox-esr")},
		part{"sealed forwarding", measureSealed},
		part{"join 100", measureJoins},
		part{"rekey 100", measureRekeys},
		part{"rekey 1000", measureLarge},
		part{"toggle 2", togglePart(0)},
		part{"toggle 9", togglePart(7)},
	)
}

// chosen are the parts that only names, separated by commas: by their names or by
// first words of them. Without names it is all.
func chosen(all []part, only string) ([]part, error) {
	if only == "" {
		return all, nil
	}
	var list []part
	for _, name := range strings.Split(only, ",") {
		found := false
		for _, p := range all {
			if p.name == name || strings.HasPrefix(p.name, name+" ") {
				list, found = append(list, p), true
			}
		}
		if !found {
			var names []string
			for _, p := range all {
				names = append(names, strconv.Quote(p.name))
			}
			return nil, fmt.Errorf("no scenario is called %q; there are %s", name, strings.Join(names, ", "))
		}
	}
	return list, nil
}

func main() {
	var f flags
	flag.StringVar(&f.binary, "binary", "", "roundel program; built when empty")
	flag.StringVar(&f.out, "out", "bench/results.json", "where the figures go")
	flag.StringVar(&f.only, "only", "", "run only the scenarios of these names, separated by commas; the first word of several names chooses them all")
	flag.DurationVar(&f.measured, "duration", 10*time.Second, "measured time of each load; others follow from it")
	flag.IntVar(&f.toggles, "toggles", toggles, "how often encryption is switched on and off in browsers")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, f flags) error {
	list, err := chosen(parts(f.measured), f.only)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "roundel-bench")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	b := &bench{flags: f, dir: dir, log: os.Stderr, results: Results{At: time.Now().UTC(), Go: runtime.Version(), Cores: runtime.NumCPU(), CPU: cpuModel()}}
	for _, p := range list {
		fmt.Fprintln(b.log, "bench:", p.name)
		busy := LoadAverage{Scenario: p.name, Before: loadAverage()}
		if err := p.run(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		busy.After = loadAverage()
		b.results.Load = append(b.results.Load, busy)
	}
	b.results.print(os.Stdout)
	return write(f.out, b.results)
}

// add keeps figures.
func (b *bench) add(figures ...Figure) { b.results.E2EE = append(b.results.E2EE, figures...) }

// server is the program that is measured; it is built when none was named.
func (b *bench) server(ctx context.Context) (binary string, err error) {
	if b.binary == "" {
		b.binary, err = daemon.Build(ctx, b.dir, "roundel", false)
	}
	return b.binary, err
}

// has reports whether a program is installed, and says so when it is not.
func (b *bench) has(programs ...string) bool {
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Fprintf(b.log, "bench: not measured, for %s is not installed\n", program)
			return false
		}
	}
	return true
}

// measureFloor measures the floor, once in a run.
func (b *bench) measureFloor(ctx context.Context) (err error) {
	if b.results.Floor.MicrosPerPacket == 0 {
		b.results.Floor, err = measureFloor(ctx)
	}
	return err
}

// load runs one load beside the floor.
func (b *bench) load(ctx context.Context, s scenario) (err error) {
	if err := b.measureFloor(ctx); err != nil {
		return err
	}
	row, err := b.measureScenario(ctx, s)
	if err != nil {
		return err
	}
	row.compare(b.results.Floor)
	b.results.Scenarios = append(b.results.Scenarios, row)
	return nil
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
