package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
)

// measureFloor runs the Go benchmarks of the media packages.
func measureFloor(ctx context.Context) (Floor, error) {
	var f Floor
	out, err := goBench(ctx, "./media/transport", "^BenchmarkFloor(Seal)?$")
	if err != nil {
		return f, err
	}
	f.MicrosPerPacket = metric(out, "BenchmarkFloor", "ns/packet") / 1e3
	f.SealMicros = metric(out, "BenchmarkFloorSeal", "ns/op") / 1e3
	if out, err = goBench(ctx, "./media/sfu", "^BenchmarkVideo1to100$"); err != nil {
		return f, err
	}
	f.ForwardMicros = metric(out, "BenchmarkVideo1to100", "ns/packet") / 1e3
	f.Allocs = metric(out, "BenchmarkVideo1to100", "allocs/op")
	if f.MicrosPerPacket == 0 || f.ForwardMicros == 0 {
		return f, fmt.Errorf("the benchmarks printed no figures:\n%s", out)
	}
	return f, nil
}

func goBench(ctx context.Context, pkg, pattern string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "test", "-run", "^$", "-bench", pattern, "-benchmem", pkg).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("benchmark %s: %w\n%s", pkg, err, out)
	}
	return string(out), nil
}

// metric finds a figure of a benchmark in the output of `go test -bench`; 0
// when it is not there.
func metric(out, benchmark, unit string) float64 {
	line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(benchmark) + `(?:-\d+)?\s+\d+\s.*?([0-9.]+) ` + regexp.QuoteMeta(unit))
	m := line.FindStringSubmatch(out)
	if m == nil {
		return 0
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	return v
}
