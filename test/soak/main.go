// Command soak lets people come and go on a real server for a long time and
// checks that nothing is left of them: goroutines and memory are back where they
// were, no room is stuck, nothing has panicked. `make soak` runs it for 30
// minutes. It ends with status 1 when a check fails.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
)

// flags are the command line.
type flags struct {
	binary   string
	duration time.Duration
	warm     time.Duration
	people   int
	meetings int
	seed     uint64
}

func main() {
	var f flags
	flag.StringVar(&f.binary, "binary", "", "roundel program; built when empty")
	flag.DurationVar(&f.duration, "duration", 30*time.Minute, "how long people come and go")
	flag.DurationVar(&f.warm, "warm", time.Minute, "how long they do before the start is measured")
	flag.IntVar(&f.people, "people", 50, "people")
	flag.IntVar(&f.meetings, "meetings", 6, "meetings that they choose from")
	flag.Uint64Var(&f.seed, "seed", rand.Uint64(), "seed of what they do")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, f); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	fmt.Println("soak: passed")
}

func run(ctx context.Context, f flags) error {
	fmt.Printf("soak: %d people in %d meetings for %v, seed %d\n", f.people, f.meetings, f.duration, f.seed)
	dir, err := os.MkdirTemp("", "roundel-soak")
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if f.binary == "" {
		if f.binary, err = daemon.Build(ctx, dir, "roundel", false); err != nil {
			return err
		}
	}
	d, err := daemon.Start(ctx, f.binary, dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case <-d.Exited():
			cancel(errGone)
		case <-ctx.Done():
		}
	}()
	token, err := d.Token(ctx)
	if err == nil {
		err = soak(ctx, f, &probe{daemon: d, token: token})
	}
	if errors.Is(context.Cause(ctx), errGone) {
		return fmt.Errorf("%w:\n%s", errGone, d.Log())
	}
	return errors.Join(err, d.Stop())
}

// errGone ends a soak at once: nothing that follows would be news.
var errGone = errors.New("the server ended by itself")

// soak measures, lets people come and go, and measures again. The first churn
// only fills what is kept for good: pools, caches, the database's pages.
func soak(ctx context.Context, f flags, p *probe) error {
	if err := churn(ctx, f, p, f.warm); err != nil {
		return err
	}
	start, err := p.rest(ctx)
	if err != nil {
		return err
	}
	fmt.Println("soak: start  ", start)
	if err := churn(ctx, f, p, f.duration); err != nil {
		return err
	}
	end, err := p.rest(ctx)
	if err != nil {
		return err
	}
	fmt.Println("soak: end    ", end)
	if strings.Contains(p.daemon.Log(), "panic") || end.panics > 0 {
		return fmt.Errorf("something panicked:\n%s", p.daemon.Log())
	}
	return end.within(start)
}

// churn lets the people come and go for a while. It fails when the server is
// gone, when a person meets an error that no person should, or when nobody got
// any media.
func churn(ctx context.Context, f flags, p *probe, d time.Duration) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, errEnough)
	defer cancel()
	c := &crowd{probe: p, flags: f, numbers: make([]string, f.meetings)}
	if err := c.open(ctx); err != nil {
		return err
	}
	var all sync.WaitGroup
	for i := range f.people {
		all.Go(func() { c.live(ctx, rand.New(rand.NewPCG(f.seed, uint64(i)))) })
	}
	all.Go(func() { c.tell(ctx) })
	all.Wait()
	fmt.Println("soak: crowd  ", c.count())
	if err := c.close(); err != nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, errEnough) {
		return cause
	}
	return c.verdict()
}

// errEnough ends a churn in peace.
var errEnough = errors.New("enough")
