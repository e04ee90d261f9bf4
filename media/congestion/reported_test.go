package congestion_test

import (
	"math/rand/v2"
	"testing"

	"github.com/roundel-meet/roundel/media/congestion"
)

// TestReportedRate: what a receiver says of its path counts, within bounds, until it
// has said nothing for a while; its losses have a word, too.
func TestReportedRate(t *testing.T) {
	now := int64(0)
	e := congestion.NewEstimator(now)
	pass := func(seconds int, each func()) {
		for range seconds * 20 {
			now += 50 * ms
			if each != nil && now%(1000*ms) == 0 {
				each()
			}
			e.Tick(now)
		}
	}
	says := func(rate float64) func() { return func() { e.ReportedRate(rate, now) } }
	is := func(when string, low, high float64) {
		t.Helper()
		if got := e.Rate(); got < low || got > high {
			t.Errorf("%s: %.0f, want %.0f to %.0f", when, got, low, high)
		}
	}
	pass(10, says(700e3))
	is("said", 700e3, 700e3)
	if !e.Known(now) || !e.Reported(now) {
		t.Error("a reported rate is not known")
	}
	pass(5, says(5e6))
	is("said more", 5e6, 5e6)
	pass(1, says(1))
	is("nonsense", congestion.Lowest, congestion.Lowest)
	pass(1, says(1e15))
	is("as much", congestion.Highest, congestion.Highest)
	pass(3, says(700e3))
	pass(3, func() { e.ReportedRate(700e3, now); e.ReportedLoss(0.3, now) })
	is("under loss", 300e3, 600e3)
	pass(10, func() { e.ReportedRate(700e3, now); e.ReportedLoss(0, now) })
	is("after the loss", 700e3, 700e3)
	pass(4, nil)
	is("silent for four seconds", 700e3, 700e3)
	pass(6, nil)
	is("silent for ten seconds", 1e6, 4e6)
	if e.Reported(now) {
		t.Error("a rate of ten seconds ago still counts")
	}
}

// A receiver that suddenly says much less than is sent is congested at once, and no
// more when less is sent.
func TestReportedCongestion(t *testing.T) {
	now := int64(0)
	e := congestion.NewEstimator(now)
	send := func(rate float64, seconds int) {
		for range seconds * 100 {
			now += 10 * ms
			e.Passed(int(rate/800), now)
		}
	}
	send(1.5e6, 2)
	e.ReportedRate(1.4e6, now)
	if e.Congested() {
		t.Error("congested by a rate near what is sent")
	}
	e.ReportedRate(300e3, now)
	if !e.Congested() {
		t.Error("not congested when five times of what arrives is sent")
	}
	send(200e3, 2)
	e.ReportedRate(300e3, now)
	if e.Congested() {
		t.Error("congested when less is sent than arrives")
	}
}

// TestLift: padding fills the path up to the estimate while the sender could use
// more, and rests when the estimate does not follow.
func TestLift(t *testing.T) {
	for name, tt := range map[string]struct {
		growth    float64 // of the receiver's estimate, per second
		need      float64
		low, high float64 // of the padding in 60 s, as a share of the estimate
	}{
		"Grows":     {1.03, 1e9, 0.6, 0.8},
		"Stands":    {1, 1e9, 0.05, 0.25},
		"NeedsNone": {1.03, 100e3, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			now, rate, padded, carried := int64(0), 300e3, 0.0, 0.0
			e := congestion.NewEstimator(now)
			e.Need(tt.need)
			e.ReportedRate(rate, now)
			for now < 60_000*ms {
				now += 5 * ms
				e.Passed(int(0.3*rate/8*0.005), now)
				for e.Padding(now) > 0 {
					e.Passed(300, now)
					padded += 300
				}
				carried += rate / 8 * 0.005
				if now%(50*ms) == 0 {
					e.Tick(now)
					e.Probe(now)
				}
				if now%(1000*ms) == 0 {
					rate *= tt.growth
					e.ReportedRate(rate, now)
				}
			}
			if share := padded / carried; share < tt.low || share > tt.high {
				t.Errorf("padding is %.2f of the path", share)
			}
		})
	}
}

// TestReceiver: whatever times packets carry, the estimate stays within its bounds,
// and nothing is allocated for a packet.
func TestReceiver(t *testing.T) {
	var r congestion.Receiver
	random := rand.New(rand.NewPCG(1, 2))
	now := int64(0)
	step := func() {
		now += random.Int64N(20 * ms)
		r.Arrived(random.Uint32()&0xffffff, random.IntN(1500), now)
		if got := r.Estimate(now); got < congestion.Lowest || got > congestion.Highest {
			t.Fatalf("estimate %.0f", got)
		}
	}
	if n := testing.AllocsPerRun(20_000, step); n != 0 {
		t.Errorf("%v allocations for a packet", n)
	}
}
