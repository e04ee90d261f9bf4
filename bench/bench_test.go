package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/client/load"
)

func TestMetric(t *testing.T) {
	out := `goos: linux
BenchmarkFloorSeal-2   	 2829834	       431.0 ns/op	2784.06 MB/s	       0 B/op	       0 allocs/op
BenchmarkFloor-2       	 1000000	      2000 ns/op	       992.5 ns/packet	       3 B/op	       1 allocs/op
PASS`
	for _, tt := range []struct {
		benchmark, unit string
		want            float64
	}{
		{"BenchmarkFloor", "ns/packet", 992.5},
		{"BenchmarkFloor", "allocs/op", 1},
		{"BenchmarkFloorSeal", "ns/op", 431},
		{"BenchmarkOther", "ns/op", 0},
		{"BenchmarkFloorSeal", "ns/packet", 0},
	} {
		if got := metric(out, tt.benchmark, tt.unit); got != tt.want {
			t.Errorf("%s of %s = %v, want %v", tt.unit, tt.benchmark, got, tt.want)
		}
	}
}

func TestTableAndFile(t *testing.T) {
	row := Row{Name: "video 1→10", Cost: Cost{MicrosPerPacket: 5, Load: load.Report{LossPercent: 0.25}}, Baseline: &Cost{MicrosPerPacket: 4}}
	row.compare(Floor{MicrosPerPacket: 1.25})
	if row.OverFloor != 4 || row.Ratio != 1.25 {
		t.Errorf("over the floor %v, ratio %v", row.OverFloor, row.Ratio)
	}
	r := Results{At: time.Unix(0, 0).UTC(), IdleMB: 31.5, Scenarios: []Row{row}, Browser: json.RawMessage(`{"n":20}`)}
	var table bytes.Buffer
	r.print(&table)
	for _, want := range []string{"video 1→10", "4.00", "1.25", "0.250", "31.5 MB", `{"n":20}`} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("no %q in\n%s", want, &table)
		}
	}
	path := filepath.Join(t.TempDir(), "new", "results.json")
	if err := write(path, r); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var got Results
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(r.Scenarios, got.Scenarios); d != "" {
		t.Error(d)
	}
}
