package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// toggleScript switches encryption on and off in real browsers; it runs on the
// stage, with a network and a sound sink of its own.
const (
	stage        = "web/e2e/stage.sh"
	toggleScript = "web/e2e/bench-toggle.mjs"
	toggles      = 50
)

// What the figures of switching are held against.
const (
	wantGap    = 200.0  // ms
	wantLock   = 1000.0 // ms
	wantWorker = 1.0    // ms
)

// toggled is what the script prints.
type toggled struct {
	Rounds         int              `json:"rounds"`
	Robots         int              `json:"robots"`
	Cameras        int              `json:"cameras"` // of the robots
	Renegotiations int              `json:"renegotiations"`
	Pictures       int              `json:"pictures"`
	Undecodable    int              `json:"undecodable"`
	Frames         int              `json:"frames"`
	Failed         int              `json:"failed"`
	Failures       []map[string]int `json:"failures"` // by reason: Chromium, Firefox
	Empty          int              `json:"empty"`
	LockMs         shares           `json:"lockMs"`
	PictureGapMs   gaps             `json:"pictureGapMs"`
	SoundGapMs     gaps             `json:"soundGapMs"`
	WorkerMs       []shares         `json:"workerMs"` // Chromium, Firefox
	Problems       []string         `json:"problems"`
}

// shares are quantiles; Best is the least of p95s, or of all.
type shares struct {
	P50    float64 `json:"p50"`
	P95    float64 `json:"p95"`
	Best   float64 `json:"best"`
	Frames int     `json:"frames"`
}

// gaps are the longest of stretches with a switch, and of as many without.
type gaps struct {
	Longest        float64 `json:"longest"`
	Median         float64 `json:"median"`
	P95            float64 `json:"p95"`
	Baseline       float64 `json:"baseline"`
	BaselineMedian float64 `json:"baselineMedian"`
	BaselineP95    float64 `json:"baselineP95"`
	AddedMedian    float64 `json:"addedMedian"`
}

// togglePart is the scenario with two browsers and so many members of the SDK.
func togglePart(robots int) func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error {
		if !b.has("node", "chromium", "firefox-esr", "pulseaudio", "ffmpeg", "unshare") {
			return nil
		}
		for _, program := range []string{"bin/roundel", "bin/roundelctl"} {
			if _, err := os.Stat(program); err != nil {
				return fmt.Errorf("build first (make build): %w", err)
			}
		}
		script, err := filepath.Abs(toggleScript) // the stage has a folder of its own
		if err != nil {
			return err
		}
		env := []string{"ROUNDS=" + strconv.Itoa(b.toggles), "ROBOTS=" + strconv.Itoa(robots)}
		var t toggled
		if err := b.script(ctx, &t, env, stage, "node", script); err != nil {
			return err
		}
		b.add(t.figures()...)
		return nil
	}
}

// figures puts what the script printed beside the limits.
func (t toggled) figures() []Figure {
	scenario := "toggle " + strconv.Itoa(2+t.Robots)
	count := func(name string, n int, note string) Figure {
		return Figure{Scenario: scenario, Name: name, Value: float64(n), Limit: at(0), Note: note}
	}
	who := fmt.Sprintf("%d times on and off", t.Rounds)
	if t.Robots > 0 {
		who += fmt.Sprintf("; %d of %d SDK members with a camera", t.Cameras, t.Robots)
	}
	list := []Figure{
		count("renegotiations", t.Renegotiations, who),
		count("undecodable pictures shown", t.Undecodable, fmt.Sprintf("of %d", t.Pictures)),
		count("failed frames", t.Failed, t.explain()),
		{Scenario: scenario, Name: "longest gap of sound", Unit: "ms", Value: t.SoundGapMs.Longest, Quiet: at(t.SoundGapMs.Median), Floor: at(t.SoundGapMs.Baseline), Limit: at(wantGap), Note: "quiet: median of the switches"},
		{Scenario: scenario, Name: "longest gap of pictures, added", Unit: "ms", Value: max(0, t.PictureGapMs.Longest-t.PictureGapMs.Baseline), Quiet: at(max(0, t.PictureGapMs.AddedMedian)), Limit: at(wantGap), Note: fmt.Sprintf("longest %.0f, without a switch %.0f", t.PictureGapMs.Longest, t.PictureGapMs.Baseline)},
		{Scenario: scenario, Name: "from the click to the last lock, p50", Unit: "ms", Value: t.LockMs.P50},
		{Scenario: scenario, Name: "the same, p95", Unit: "ms", Value: t.LockMs.P95, Quiet: at(t.LockMs.Best), Limit: at(wantLock)},
	}
	for i, browser := range []string{"Chromium", "Firefox"} {
		if i < len(t.WorkerMs) && t.WorkerMs[i].Frames > 0 {
			w := t.WorkerMs[i]
			list = append(list, Figure{
				Scenario: scenario, Name: fmt.Sprintf("%s: a frame in the media worker, p95", browser), Unit: "ms",
				Value: w.P95, Quiet: at(w.Best), Limit: at(wantWorker), Note: fmt.Sprintf("%d streams, %d frames", 2+t.Robots, w.Frames),
			})
		}
	}
	return list
}

// explain says of how many frames, and why those that failed did.
func (t toggled) explain() string {
	text := fmt.Sprintf("of %d", t.Frames)
	for i, browser := range []string{"Chromium", "Firefox"} {
		if i < len(t.Failures) && len(t.Failures[i]) > 0 {
			text += fmt.Sprintf("; %s %v", browser, t.Failures[i])
		}
	}
	if t.Empty > 0 {
		text += fmt.Sprintf("; %d empty ones do not count", t.Empty)
	}
	return text
}
