package main

import (
	"bytes"
	"context"
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
	r := Results{
		At: time.Unix(0, 0).UTC(), IdleMB: 31.5, Scenarios: []Row{row}, Browser: json.RawMessage(`{"n":20}`),
		E2EE: []Figure{{Scenario: "sframe", Name: "seal", Unit: "µs", Value: 0.7, Quiet: at(0.25), Limit: at(0.5), Floor: at(0.2)}},
		Load: []LoadAverage{{"sframe", 1.5, 2}},
	}
	var table bytes.Buffer
	r.print(&table)
	for _, want := range []string{"video 1→10", "4.00", "1.25", "0.250", "31.5 MB", `{"n":20}`, "0.7 µs", "0.25", "quiet", "sframe 1.5 2.0"} {
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
	if d := cmp.Diff(r.E2EE, got.E2EE); d != "" {
		t.Error(d)
	}
}

func TestTableOfNothingMeasured(t *testing.T) {
	var table bytes.Buffer
	Results{}.print(&table)
	for _, not := range []string{"µs/packet", "idle", "browser", "floor"} {
		if strings.Contains(table.String(), not) {
			t.Errorf("%q stands in\n%s", not, &table)
		}
	}
}

func TestFigure(t *testing.T) {
	for _, tt := range []struct {
		name    string
		f       Figure
		verdict string
		ratio   float64
	}{
		{"OKWithoutLimit", Figure{Value: 3}, "", 0},
		{"OKMet", Figure{Value: 3, Limit: at(3), Floor: at(2)}, verdictMet, 1.5},
		{"OKQuietOnly", Figure{Value: 4, Quiet: at(3), Limit: at(3), Floor: at(2)}, verdictQuiet, 1.5},
		{"OKOverNothing", Figure{Value: 4, Floor: at(0)}, "", 0},
		{"OKZero", Figure{Value: 0, Limit: at(0)}, verdictMet, 0},
		{"ErrMissed", Figure{Value: 4, Limit: at(3)}, verdictMissed, 0},
		{"ErrMissedQuietToo", Figure{Value: 5, Quiet: at(4), Limit: at(3)}, verdictMissed, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ratio, ok := tt.f.ratio()
			if tt.f.verdict() != tt.verdict || ratio != tt.ratio || ok != (ratio != 0) {
				t.Errorf("verdict %q, ratio %v %v", tt.f.verdict(), ratio, ok)
			}
		})
	}
}

func TestNumber(t *testing.T) {
	for want, v := range map[string]*float64{"–": nil, "0": at(0), "26": at(26), "0.25": at(0.25), "0.123": at(0.12345), "12.3": at(12.345), "1235": at(1234.6)} {
		if got := number(v); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestChosen(t *testing.T) {
	all := []part{{name: "idle"}, {name: "mls native"}, {name: "mls wasm"}, {name: "sframe"}}
	for _, tt := range []struct {
		only string
		want []string
	}{
		{"", []string{"idle", "mls native", "mls wasm", "sframe"}},
		{"mls", []string{"mls native", "mls wasm"}},
		{"sframe,mls wasm", []string{"sframe", "mls wasm"}},
		{"ml", nil},
		{"sframe,nothing", nil},
	} {
		list, err := chosen(all, tt.only)
		var got []string
		for _, p := range list {
			got = append(got, p.name)
		}
		if d := cmp.Diff(tt.want, got); d != "" || (err == nil) != (tt.want != nil) {
			t.Errorf("%q: %v\n%s", tt.only, err, d)
		}
	}
	names := map[string]bool{}
	for _, p := range parts(time.Second) {
		if names[p.name] || p.run == nil || strings.Contains(p.name, ",") {
			t.Errorf("%q cannot be chosen", p.name)
		}
		names[p.name] = true
	}
}

func TestTimed(t *testing.T) {
	n := 0
	got, err := timed(t.Context(), 0, 3, func() error {
		n++
		time.Sleep(time.Millisecond)
		return nil
	})
	if err != nil || n != 3*minRuns || len(got.wall) != minRuns || len(got.cpu) != minRuns {
		t.Fatalf("%d runs, %d samples, %v", n, len(got.wall), err)
	}
	if got.median() < time.Millisecond || got.best() > got.median() {
		t.Errorf("median %v, best %v: a run that sleeps takes no processor time", got.median(), got.best())
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := timed(ctx, time.Hour, 1, func() error { return nil }); err == nil {
		t.Error("not ended")
	}
}

func TestFiguresOfACrowd(t *testing.T) {
	f := crowdRun{Size: 100, Operation: "join", Median: 20, Best: 13}.figure("native")
	want := Figure{Scenario: "mls native", Name: "join by external commit, 100 members", Unit: "ms", Value: 20, Quiet: at(13), Floor: at(12), Limit: at(15.600000000000001)}
	if d := cmp.Diff(want, f); d != "" {
		t.Error(d)
	}
}

// TestSFrameFigures measures for a moment: what is printed must have been
// measured, and counts of bytes are not a matter of time.
func TestSFrameFigures(t *testing.T) {
	b := &bench{flags: flags{measured: time.Nanosecond}}
	if err := measureSFrame(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	forged := 0
	for _, f := range b.results.E2EE {
		if f.Value <= 0 {
			t.Errorf("%s: %v", f.Name, f.Value)
		}
		if f.Unit == "B" && f.verdict() != verdictMet {
			t.Errorf("%s: %v", f.Name, f.Value)
		}
		if f.Scenario == "forged" {
			forged++
		}
	}
	if forged != 5 {
		t.Errorf("%d sorts of forged frames", forged)
	}
}

func TestFiguresOfWorkers(t *testing.T) {
	w := workerFrames{
		Costs: map[int][]workerCosts{
			160:  {{20, 30, map[string]float64{"known key": 45}}, {10, 20, map[string]float64{"known key": 10}}, {30, 40, map[string]float64{"known key": 60}}},
			1200: {{1, 2, nil}},
		},
		Streams: []shares{{P95: 3, Frames: 100}, {P95: 0.5}, {P95: 2}},
	}
	got, err := w.figures("frames X")
	if err != nil {
		t.Fatal(err)
	}
	value := func(name, unit string, v, quiet float64, limit *float64) Figure {
		return Figure{Scenario: "frames X", Name: name, Unit: unit, Value: v, Quiet: at(quiet), Limit: limit}
	}
	want := []Figure{
		value("seal 160 bytes", "µs", 20, 10, nil), value("open 160 bytes", "µs", 30, 20, nil),
		value("forged frame of 160 bytes, known key", "× a good one", 1.5, 0.5, at(2)),
		value("seal 1200 bytes", "µs", 1, 1, nil), value("open 1200 bytes", "µs", 2, 2, nil),
		value("a frame at nine streams, p95 (100 frames a round)", "ms", 2, 0.5, at(1)),
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, nothing := range []workerFrames{{}, {Costs: w.Costs}} {
		if got, err := nothing.figures("frames X"); err == nil {
			t.Errorf("%v of nothing", got)
		}
	}
}

func TestFiguresOfRekeys(t *testing.T) {
	const ms = time.Millisecond
	got := rekeyFigures("rekey", [][]time.Duration{{350 * ms, 900 * ms}, {400 * ms, 320 * ms}}, 500)
	if got[0].Value != 600 || *got[0].Quiet != 100 || got[0].verdict() != verdictQuiet || got[1].Value != 50 {
		t.Errorf("%+v", got)
	}
}

func TestFiguresOfToggling(t *testing.T) {
	var printed toggled
	text := `{"rounds":50,"robots":7,"cameras":5,"renegotiations":0,"pictures":900,"undecodable":0,"frames":5000,"failed":2,"failures":[{},{"audio clear":2}],"empty":3,
		"lockMs":{"p50":400,"p95":1200,"best":300},"pictureGapMs":{"longest":300,"baseline":120,"addedMedian":-3},"soundGapMs":{"longest":40,"median":0,"baseline":20},
		"workerMs":[{"frames":100,"p50":0.1,"p95":0.4,"best":0.2},{"frames":0}],"problems":[]}`
	if err := json.Unmarshal([]byte(text), &printed); err != nil {
		t.Fatal(err)
	}
	verdicts := map[string]string{}
	for _, f := range printed.figures() {
		if f.Scenario != "toggle 9" {
			t.Errorf("scenario %q", f.Scenario)
		}
		verdicts[f.Name] = f.verdict()
	}
	want := map[string]string{
		"renegotiations": verdictMet, "undecodable pictures shown": verdictMet, "failed frames": verdictMissed,
		"longest gap of sound": verdictMet, "longest gap of pictures, added": verdictMet,
		"from the click to the last lock, p50": "", "the same, p95": verdictQuiet, "Chromium: a frame in the media worker, p95": verdictMet,
	}
	if d := cmp.Diff(want, verdicts); d != "" {
		t.Error(d)
	}
	if got := printed.figures()[0].Note; got != "50 times on and off; 5 of 7 SDK members with a camera" {
		t.Error(got)
	}
	if got := printed.explain(); got != "of 5000; Firefox map[audio clear:2]; 3 empty ones do not count" {
		t.Error(got)
	}
}
