package load

import (
	"math"
	"slices"
	"time"
)

// Report has the figures of one run.
type Report struct {
	Publishers      int      `json:"publishers"`
	Subscribers     int      `json:"subscribers"`
	Seconds         float64  `json:"seconds"`         // measured
	PacketsSent     uint64   `json:"packetsSent"`     // by all publishers; 0 when they send frames
	PacketsReceived uint64   `json:"packetsReceived"` // by all subscribers
	LossPercent     float64  `json:"lossPercent"`     // of what sequence numbers promise, after retransmission
	LatencyMs       Latency  `json:"latencyMs"`       // from the publisher's write to the subscriber's read
	JoinMs          Duration `json:"joinMs"`          // from dialling to ICE and DTLS done
	FirstMediaMs    Duration `json:"firstMediaMs"`    // from dialling to the first video packet or opened frame (audio without video)
	Incomplete      int      `json:"incomplete"`      // subscribers that lacked a track when measuring began
	FramesSent      uint64   `json:"framesSent"`      // by all publishers, sealed frame by frame
	FramesOpened    uint64   `json:"framesOpened"`    // by all subscribers
}

// Latency has percentiles in milliseconds.
type Latency struct {
	P50 float64 `json:"p50"`
	P99 float64 `json:"p99"`
}

// Duration has the least and percentiles in milliseconds.
type Duration struct {
	Best float64 `json:"best"`
	P50  float64 `json:"p50"`
	P95  float64 `json:"p95"`
}

func durationOf(all []time.Duration) Duration {
	return Duration{Best: percentile(all, 0), P50: percentile(all, 50), P95: percentile(all, 95)}
}

// report sums up the sinks, but for the times of joining of the first ones.
func report(sinks []*Sink, crowd int) Report {
	var r Report
	var expected uint64
	var latency, joined, first []time.Duration
	for i, s := range sinks {
		s.mu.Lock()
		for _, t := range s.slots {
			expected += t.atEnd.expected - t.atBegin.expected
			r.PacketsReceived += t.atEnd.received - t.atBegin.received
			latency = append(latency, t.latency...)
		}
		r.FramesOpened += s.frames
		if i >= crowd {
			joined = append(joined, s.joined)
		}
		if i >= crowd && s.first > 0 {
			first = append(first, s.first)
		}
		s.mu.Unlock()
	}
	if expected > r.PacketsReceived {
		r.LossPercent = round(100*float64(expected-r.PacketsReceived)/float64(expected), 4)
	}
	r.LatencyMs = Latency{P50: percentile(latency, 50), P99: percentile(latency, 99)}
	r.JoinMs, r.FirstMediaMs = durationOf(joined), durationOf(first)
	return r
}

// percentile is the smallest value that p percent do not exceed (nearest rank),
// in milliseconds; 0 of nothing.
func percentile(all []time.Duration, p int) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	rank := (len(all)*p + 99) / 100
	return round(float64(all[max(rank-1, 0)])/float64(time.Millisecond), 3)
}

func round(v float64, digits int) float64 {
	scale := math.Pow10(digits)
	return math.Round(v*scale) / scale
}
