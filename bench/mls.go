package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/roundel-meet/roundel/bench/crowd"
	"github.com/roundel-meet/roundel/e2ee/mls"
)

// spike has the prototype's figures (milliseconds, suite 1), which ours may
// exceed by wantMLS at most.
var spike = map[string]map[string]map[int]float64{
	"native": {"process": {10: 0.6, 100: 0.7, 1000: 2.8}, "join": {10: 2.4, 100: 12, 1000: 174}},
	"wasm":   {"process": {10: 2.5, 100: 6, 1000: 23}, "join": {10: 15, 100: 91, 1000: 978}},
}

const wantMLS = 1.3 // of the prototype's time

var crowdSizes = [...]int{10, 100, 1000}

// operations of a crowd, with what the table calls them.
var operations = []struct {
	key, name string
	run       func(*crowd.Crowd) error
}{
	{"process", "process a commit", (*crowd.Crowd).Process},
	{"join", "join by external commit", (*crowd.Crowd).Join},
	{"remove", "commit a removal", (*crowd.Crowd).Remove},
}

// crowdRun is how one operation fared.
type crowdRun struct {
	Size      int     `json:"size"`
	Operation string  `json:"operation"`
	Median    float64 `json:"median"` // ms
	Best      float64 `json:"best"`   // ms
}

// figure puts a run beside the prototype's.
func (c crowdRun) figure(where string) Figure {
	name := c.Operation
	for _, o := range operations {
		if o.key == c.Operation {
			name = o.name
		}
	}
	f := Figure{Scenario: "mls " + where, Name: fmt.Sprintf("%s, %d members", name, c.Size), Unit: "ms", Value: c.Median, Quiet: at(c.Best)}
	if floor, ok := spike[where][c.Operation][c.Size]; ok {
		f.Floor, f.Limit = at(floor), at(wantMLS*floor)
	}
	return f
}

// measureMLS runs the crowd in this process.
func measureMLS(ctx context.Context, b *bench) error {
	for _, size := range crowdSizes {
		c, err := crowd.New(mls.X25519AES128, size)
		if err != nil {
			return err
		}
		for _, o := range operations {
			t, err := timed(ctx, b.measured/5, 1, func() error { return o.run(c) })
			if err != nil {
				return err
			}
			b.add(crowdRun{size, o.key, ms(t.median()), ms(t.best())}.figure("native"))
		}
	}
	return nil
}

// wasmFlags are those of the web client's own build (web/vite/wasm.ts).
var wasmFlags = []string{"-trimpath", "-buildvcs=false", "-ldflags", "-s -w"}

// measureWASM runs it as WebAssembly in Node.
func measureWASM(ctx context.Context, b *bench) error {
	if !b.has("node") {
		return nil
	}
	program := filepath.Join(b.dir, "crowd.wasm")
	build := exec.CommandContext(ctx, "go", append(append([]string{"build"}, wasmFlags...), "-o", program, "./bench/crowd/wasm")...)
	build.Env = append(build.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the crowd: %w\n%s", err, out)
	}
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("find Go's folder: %w", err)
	}
	support := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js")
	args := []string{
		"bench/crowd/wasm/run.mjs", program, support, strconv.Itoa(int(mls.X25519AES128)),
		strconv.FormatFloat((b.measured / 5).Seconds(), 'f', 1, 64),
	}
	for _, size := range crowdSizes {
		args = append(args, strconv.Itoa(size))
	}
	var runs []crowdRun
	if err := b.script(ctx, &runs, nil, "node", args...); err != nil {
		return err
	}
	for _, r := range runs {
		b.add(r.figure("wasm"))
	}
	return nil
}

// script runs a program that prints one JSON value.
func (b *bench) script(ctx context.Context, into any, env []string, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Stderr = b.log
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", args[0], err)
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("%s printed %q: %w", args[0], out, err)
	}
	return nil
}
