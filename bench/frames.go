package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// framesScript runs the media worker's way of frames in a worker of a browser,
// without a network.
const framesScript = "web/e2e/bench-frames.mjs"

// workerFrames is what the script prints: an entry for each batch, and each round.
type workerFrames struct {
	Costs   map[int][]workerCosts `json:"costs"` // by bytes of a frame
	Streams []shares              `json:"streams"`
}

// workerCosts are microseconds for one frame.
type workerCosts struct {
	Sealed float64            `json:"sealed"`
	Opened float64            `json:"opened"`
	Forged map[string]float64 `json:"forged"` // by sort
}

// framesPart is the scenario in one browser.
func framesPart(browser, program string) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error {
		if !b.has("node", program) {
			return nil
		}
		var w workerFrames
		if err := b.script(ctx, &w, nil, "node", framesScript, browser); err != nil {
			return err
		}
		figures, err := w.figures("frames " + browser)
		b.add(figures...)
		return err
	}
}

// figures takes the median and the best of the rounds.
func (w workerFrames) figures(scenario string) ([]Figure, error) {
	var list []Figure
	of := func(name, unit string, limit *float64, values []float64) {
		slices.Sort(values)
		list = append(list, Figure{Scenario: scenario, Name: name, Unit: unit, Value: values[len(values)/2], Quiet: at(values[0]), Limit: limit})
	}
	column := func(size int, pick func(workerCosts) float64) []float64 {
		var all []float64
		for _, c := range w.Costs[size] {
			all = append(all, pick(c))
		}
		return all
	}
	for _, size := range []int{audioFrame, videoFrame} {
		if len(w.Costs[size]) == 0 {
			return nil, fmt.Errorf("%s: no frames of %d bytes were measured", scenario, size)
		}
		of(fmt.Sprintf("seal %d bytes", size), "µs", nil, column(size, func(c workerCosts) float64 { return c.Sealed }))
		of(fmt.Sprintf("open %d bytes", size), "µs", nil, column(size, func(c workerCosts) float64 { return c.Opened }))
		for _, sort := range slices.Sorted(maps.Keys(w.Costs[size][0].Forged)) {
			// Of the same batch: a machine is not equally busy in all.
			of(fmt.Sprintf("forged frame of %d bytes, %s", size, sort), "× a good one", at(wantForged), column(size, func(c workerCosts) float64 { return c.Forged[sort] / c.Opened }))
			forged, good := column(size, func(c workerCosts) float64 { return c.Forged[sort] }), column(size, func(c workerCosts) float64 { return c.Opened })
			list[len(list)-1].Quiet = at(slices.Min(forged) / slices.Min(good))
		}
	}
	if len(w.Streams) == 0 {
		return nil, fmt.Errorf("%s: no streams were measured", scenario)
	}
	var p95 []float64
	for _, s := range w.Streams {
		p95 = append(p95, s.P95)
	}
	of(fmt.Sprintf("a frame at nine streams, p95 (%d frames a round)", w.Streams[0].Frames), "ms", at(wantWorker), p95)
	return list, nil
}
