package main

import (
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/roundel-meet/roundel/client/load"
)

// What the figures are held against.
const (
	wantRatio  = 1.25 // of the baseline's CPU per packet
	wantViewer = 0.5  // MB of a viewer
	wantIdle   = 40.0 // MB
)

// Results is what results.json has.
type Results struct {
	At        time.Time       `json:"at"`
	Go        string          `json:"go"`
	CPU       string          `json:"cpu"`
	Cores     int             `json:"cores"`
	Floor     Floor           `json:"floor"`
	IdleMB    float64         `json:"idleMB"`
	Scenarios []Row           `json:"scenarios"`
	Browser   json.RawMessage `json:"browser,omitempty"` // as web/e2e/bench.mjs prints it
	E2EE      []Figure        `json:"e2ee,omitempty"`
	Load      []LoadAverage   `json:"load"` // of the machine, for every scenario that ran
}

// LoadAverage is how busy the machine was around a scenario, with what the
// scenario itself did: processes that want to run, over a minute.
type LoadAverage struct {
	Scenario string  `json:"scenario"`
	Before   float64 `json:"before"`
	After    float64 `json:"after"`
}

// Floor has what the Go benchmarks measured in the same run.
type Floor struct {
	MicrosPerPacket float64 `json:"microsPerPacket"` // seal and send a packet of 1,200 bytes
	SealMicros      float64 `json:"sealMicros"`      // of these, AES-256-GCM
	ForwardMicros   float64 `json:"forwardMicros"`   // our forwarder with sealing, 1→100, without the kernel
	Allocs          float64 `json:"allocs"`          // of the forwarder, per burst of 600 packets
}

// Cost is what one load cost one program.
type Cost struct {
	MicrosPerPacket float64     `json:"microsPerPacket"` // CPU time per forwarded packet
	PacketsPerS     float64     `json:"packetsPerS"`
	Delivered       float64     `json:"delivered"`    // share of packets × viewers; less than 1 where video was held back
	ServerCPU       float64     `json:"serverCPU"`    // cores
	GeneratorCPU    float64     `json:"generatorCPU"` // cores
	MBPerViewer     float64     `json:"mbPerViewer"`
	Load            load.Report `json:"load"`
}

// Row is one scenario.
type Row struct {
	Name string `json:"name"`
	Cost
	OverFloor float64 `json:"overFloor"` // times the floor
	Baseline  *Cost   `json:"baseline,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"` // to the baseline
}

// compare fills in the ratios.
func (r *Row) compare(f Floor) {
	if f.MicrosPerPacket > 0 {
		r.OverFloor = r.MicrosPerPacket / f.MicrosPerPacket
	}
	if r.Baseline != nil && r.Baseline.MicrosPerPacket > 0 {
		r.Ratio = r.MicrosPerPacket / r.Baseline.MicrosPerPacket
	}
}

// print writes the tables of what was measured.
func (r Results) print(w io.Writer) {
	fmt.Fprintf(w, "%s, %d cores, %s\n\n", r.CPU, r.Cores, r.Go)
	if len(r.Scenarios) > 0 {
		r.printLoads(w)
	}
	if r.IdleMB > 0 {
		fmt.Fprintf(w, "idle        %.1f MB (to reach: %.0f)\n", r.IdleMB, wantIdle)
	}
	if len(r.Browser) > 0 {
		fmt.Fprintf(w, "browser     %s\n", r.Browser)
	}
	if len(r.E2EE) > 0 {
		fmt.Fprintln(w)
		printFigures(w, r.E2EE)
	}
	fmt.Fprint(w, "\nmachine's load before and after:")
	for _, l := range r.Load {
		fmt.Fprintf(w, " %s %.1f %.1f;", l.Scenario, l.Before, l.After)
	}
	fmt.Fprintln(w)
}

// printLoads writes the table of media that the server forwards.
func (r Results) printLoads(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tµs/packet\t× floor\tbaseline µs\tratio\tpackets/s\tdelivered %\tloss %\tp50 ms\tp99 ms\tMB/viewer\tjoin p50\tfirst p50\tserver\tgenerator\t")
	for _, s := range r.Scenarios {
		baseline, ratio := "–", "–"
		if s.Baseline != nil {
			baseline, ratio = fmt.Sprintf("%.2f", s.Baseline.MicrosPerPacket), fmt.Sprintf("%.2f", s.Ratio)
		}
		fmt.Fprintf(t, "%s\t%.2f\t%.1f\t%s\t%s\t%.0f\t%.1f\t%.3f\t%.2f\t%.2f\t%.2f\t%.0f\t%.0f\t%.2f\t%.2f\t\n",
			s.Name, s.MicrosPerPacket, s.OverFloor, baseline, ratio, s.PacketsPerS, 100*s.Delivered, s.Load.LossPercent,
			s.Load.LatencyMs.P50, s.Load.LatencyMs.P99, s.MBPerViewer, s.Load.JoinMs.P50, s.Load.FirstMediaMs.P50,
			s.ServerCPU, s.GeneratorCPU)
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\nfloor       %.2f µs a packet (seal %.2f); our forwarder without the kernel %.2f µs, %.0f allocations\n",
		r.Floor.MicrosPerPacket, r.Floor.SealMicros, r.Floor.ForwardMicros, r.Floor.Allocs)
	fmt.Fprintf(w, "to reach    ratio ≤ %.2f, ≤ %.1f MB a viewer, 0 allocations\n", wantRatio, wantViewer)
}
