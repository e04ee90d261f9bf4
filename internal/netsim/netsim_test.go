package netsim

import (
	"fmt"
	"math"
	"testing"
	"time"
)

const ms = time.Millisecond

// about reports whether got is within 5 % of want.
func about(got, want float64) bool { return math.Abs(got-want) <= 0.05*want }

// run sends so many packets of a size, one each gap, and returns their delays; one
// that is lost has -1.
func run(l *Line, packets, octets int, gap time.Duration) []time.Duration {
	delays := make([]time.Duration, packets)
	for i := range delays {
		now := time.Duration(i) * gap
		at, ok := l.Send(now, octets)
		if delays[i] = at - now; !ok {
			delays[i] = -1
		}
	}
	return delays
}

func TestLoss(t *testing.T) {
	for _, tt := range []struct{ loss, burst float64 }{
		{0.01, 0}, {0.05, 1}, {0.2, 0}, {0.05, 4}, {0.02, 10}, {0.3, 3},
	} {
		t.Run(fmt.Sprintf("%v by %v", tt.loss, tt.burst), func(t *testing.T) {
			const n = 400_000
			lost, bursts := 0, 0
			before := time.Duration(0)
			for _, d := range run(NewLine(Path{Loss: tt.loss, Burst: tt.burst}, 1), n, 1000, ms) {
				if d < 0 {
					if lost++; before >= 0 {
						bursts++
					}
				}
				before = d
			}
			if !about(float64(lost)/n, tt.loss) {
				t.Errorf("lost %v, want %v", float64(lost)/n, tt.loss)
			}
			mean := float64(lost) / float64(bursts)
			if want := max(tt.burst, 1/(1-tt.loss)); !about(mean, want) {
				t.Errorf("%v in a row, want %v", mean, want)
			}
		})
	}
}

func TestDelay(t *testing.T) {
	for _, d := range run(NewLine(Path{Delay: 100 * ms}, 1), 1000, 1000, ms) {
		if d != 100*ms {
			t.Fatalf("delayed by %v", d)
		}
	}
	var sum time.Duration
	const n = 20_000
	for _, d := range run(NewLine(Path{Delay: 50 * ms, Jitter: 20 * ms}, 1), n, 1000, 30*ms) {
		if sum += d; d < 50*ms || d > 70*ms {
			t.Fatalf("delayed by %v", d)
		}
	}
	if mean := float64(sum) / n; !about(mean, float64(60*ms)) {
		t.Errorf("mean delay %v", time.Duration(mean))
	}
}

func TestOrder(t *testing.T) {
	for _, reorder := range []bool{false, true} {
		l := NewLine(Path{Jitter: 50 * ms, Reorder: reorder}, 1)
		last, back := time.Duration(0), 0
		for i := range 1000 {
			at, _ := l.Send(time.Duration(i)*ms, 100)
			if at < last {
				back++
			}
			last = at
		}
		if (back > 0) != reorder {
			t.Errorf("reorder %v: %d went back", reorder, back)
		}
	}
}

func TestRate(t *testing.T) {
	for _, rate := range []float64{150e3, 1e6, 8e6} {
		l := NewLine(Path{Rate: rate, Queue: 200 * ms}, 1)
		gap := time.Duration(1228 * 8e9 / (2 * rate)) // twice as much as gets through
		var octets int
		var last, most time.Duration
		for i := range 2000 {
			now := time.Duration(i) * gap
			if at, ok := l.Send(now, 1200); ok {
				octets += 1200 + Overhead
				last, most = at, max(most, at-now)
			}
		}
		if got := float64(octets) * 8 / last.Seconds(); !about(got, rate) {
			t.Errorf("%v bit/s get through, want %v", got, rate)
		}
		one := time.Duration(1228 * 8e9 / rate)
		if most > 200*ms+one || most < 190*ms {
			t.Errorf("at %v bit/s a packet waited %v, want up to 200 ms and its own %v", rate, most, one)
		}
		if s := l.Stats(); s.Lost != 0 || !about(float64(s.Overflow), 1000-float64(200*ms/one)) {
			t.Errorf("at %v bit/s: %+v", rate, s)
		}
	}
	for _, d := range run(NewLine(Path{Rate: 1e6}, 1), 100, 1222, 10*ms) { // exactly what gets through
		if d != 10*ms {
			t.Fatalf("waited %v", d)
		}
	}
}

func TestSetAndCut(t *testing.T) {
	l := NewLine(Path{Delay: 100 * ms}, 1)
	first, _ := l.Send(0, 100)
	l.Set(Path{Delay: 10 * ms})
	if at, _ := l.Send(ms, 100); at != first {
		t.Errorf("overtook: %v", at)
	}
	l.Set(Path{Cut: true})
	if _, ok := l.Send(200*ms, 100); ok {
		t.Error("got through")
	}
	l.Set(Path{})
	if at, ok := l.Send(300*ms, 100); !ok || at != 300*ms {
		t.Errorf("afterwards: %v %v", at, ok)
	}
}

func TestSeedDecides(t *testing.T) {
	p := Path{Loss: 0.1, Burst: 2, Delay: 10 * ms, Jitter: 5 * ms, Rate: 1e6}
	a, b, c := run(NewLine(p, 7), 500, 900, 8*ms), run(NewLine(p, 7), 500, 900, 8*ms), run(NewLine(p, 8), 500, 900, 8*ms)
	same := func(x, y []time.Duration) bool {
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	}
	if !same(a, b) || same(a, c) {
		t.Error("the seed does not decide, or does alone")
	}
}
