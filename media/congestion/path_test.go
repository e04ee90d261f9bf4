package congestion_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/internal/netsim"
	"github.com/roundel-meet/roundel/media/congestion"
)

// flow is a sender of video over a line that it may share, and its receiver.
type flow struct {
	estimator congestion.Estimator
	recorder  congestion.Recorder
	line      *netsim.Line
	back      int64     // one way, of feedback
	steps     []float64 // bit/s that it can send; nil: whatever the estimate says
	now       int64
	frame     int64 // time of the next picture
	debt      float64
	queue     []int // packets to send, paced
	pacer     congestion.Bucket
	inflight  []flight
	reports   []report
	acked     float64 // octets that arrived, all in all
	padding   float64 // octets of padding that were sent
	waited    time.Duration
}

type report struct {
	at  int64
	fci []byte
}

func newFlow(line *netsim.Line, need float64, steps ...float64) *flow {
	f := &flow{estimator: congestion.NewEstimator(0), line: line, back: 20 * ms, steps: steps}
	f.pacer = congestion.NewBucket(2.5*congestion.First, 0)
	f.estimator.Need(need)
	return f
}

// rate returns what the flow sends now, in bit/s.
func (f *flow) rate() float64 {
	if f.steps == nil {
		return f.estimator.Rate()
	}
	best := f.steps[0]
	for _, s := range f.steps {
		if s <= f.estimator.Rate() {
			best = s
		}
	}
	return best
}

// step does what is due at now, once in a millisecond: 30 pictures a second, paced.
func (f *flow) step(now int64) {
	f.now = now
	if now >= f.frame {
		f.frame = now + 33*ms
		f.debt += f.rate() / 8 * 0.033
		for ; f.debt >= 200; f.debt -= float64(min(int(f.debt), 1200)) {
			f.queue = append(f.queue, min(int(f.debt), 1200))
		}
	}
	f.pacer.SetRate(2.5 * f.estimator.Rate())
	for len(f.queue) > 0 && f.pacer.Open(now) {
		f.pacer.Take(f.queue[0])
		f.send(f.queue[0])
		f.queue = f.queue[1:]
	}
	if now%(5*ms) == 0 {
		f.estimator.Probe(now)
		for due := f.estimator.Padding(now); due > 0; due = f.estimator.Padding(now) {
			size := min(max(due, 100), 1200)
			f.padding += float64(size)
			f.send(size)
		}
	}
	for len(f.inflight) > 0 && f.inflight[0].at <= now {
		f.recorder.Arrived(f.inflight[0].seq, f.inflight[0].at)
		f.inflight = f.inflight[1:]
	}
	if now%(50*ms) == 0 {
		f.estimator.Tick(now)
		if b := f.recorder.AppendFeedback(nil, 1, 2); b != nil {
			f.reports = append(f.reports, report{now + f.back, b[12:]})
		}
	}
	for len(f.reports) > 0 && f.reports[0].at <= now {
		f.estimator.Feedback(f.reports[0].fci, now)
		f.reports = f.reports[1:]
	}
}

func (f *flow) send(size int) {
	seq := f.estimator.Sent(size+netsim.Overhead, f.now)
	at, ok := f.line.Send(time.Duration(f.now), size)
	if !ok {
		return
	}
	f.waited = max(f.waited, at-time.Duration(f.now))
	f.acked += float64(size + netsim.Overhead)
	f.inflight = append(f.inflight, flight{seq, int64(at)})
}

// run lets the flows send from one moment to another; look is called each 100 ms.
func run(from, to int64, look func(now int64), flows ...*flow) {
	for now := from; now < to; now += ms {
		for _, f := range flows {
			f.step(now)
		}
		if look != nil && now%(100*ms) == 0 {
			look(now)
		}
	}
}

var ladder = []float64{100e3, 250e3, 500e3, 900e3, 1.5e6, 2.5e6, 4e6, 7e6}

func TestEstimateOfUnknownRates(t *testing.T) {
	for _, capacity := range []float64{150e3, 420e3, 1.1e6, 3.3e6, 8e6} {
		for name, steps := range map[string][]float64{"bulk": nil, "ladder": ladder} {
			t.Run(fmt.Sprintf("%v %s", capacity, name), func(t *testing.T) {
				f := newFlow(netsim.NewLine(netsim.Path{Rate: capacity, Delay: 25 * time.Millisecond}, 1), 10e6, steps...)
				run(0, 30e9, nil, f)
				var off, samples float64
				low, high := math.Inf(1), 0.0
				f.waited = 0
				run(30e9, 90e9, func(int64) {
					r := f.estimator.Rate()
					low, high = min(low, r), max(high, r)
					samples++
					if r < 0.7*capacity || r > 1.3*capacity {
						off++
					}
				}, f)
				t.Logf("%.0f..%.0f of %.0f, off %.1f %%, waited %v, padding %.1f %%", low, high, capacity, 100*off/samples, f.waited, 100*f.padding/f.acked)
				if off/samples > 0.1 {
					t.Errorf("off by more than 30 %% in %.0f %% of the time", 100*off/samples)
				}
			})
		}
	}
}

func TestFlowsShare(t *testing.T) {
	for i, capacity := range []float64{500e3, 1e6, 2e6, 4e6, 6e6, 4e6} {
		line := netsim.NewLine(netsim.Path{Rate: capacity, Delay: time.Duration(10+15*i) * time.Millisecond}, uint64(i))
		a, b := newFlow(line, 10e6), newFlow(line, 10e6)
		run(0, 20e9, nil, a) // alone at first
		run(20e9, 80e9, nil, a, b)
		a.acked, b.acked = 0, 0
		run(80e9, 180e9, nil, a, b)
		share := a.acked / (a.acked + b.acked)
		t.Logf("%.0f: %.2f, used %.2f", capacity, share, (a.acked+b.acked)*8/100/capacity)
		if share < 0.35 || share > 0.65 {
			t.Errorf("the first has %.2f of %.0f", share, capacity)
		}
	}
}

func TestRateStepsDownAndUp(t *testing.T) {
	path := netsim.Path{Rate: 3e6, Delay: 25 * time.Millisecond}
	line := netsim.NewLine(path, 1)
	f := newFlow(line, 2.5e6, 150e3, 500e3, 1.5e6, 2.2e6)
	run(0, 20e9, nil, f)
	t.Logf("before: %.0f", f.estimator.Rate())
	path.Rate = 300e3
	line.Set(path)
	down := int64(0)
	run(20e9, 60e9, func(now int64) {
		if f.rate() > 150e3 {
			down = now
		}
	}, f)
	t.Logf("down in %.1f s, %.0f", float64(down-20e9)/1e9, f.estimator.Rate())
	path.Rate = 3e6
	line.Set(path)
	up := int64(0)
	run(60e9, 100e9, func(now int64) {
		if up == 0 && f.rate() >= 1.5e6 {
			up = now
		}
	}, f)
	t.Logf("up in %.1f s, %.0f", float64(up-60e9)/1e9, f.estimator.Rate())
	if down > 23e9 || up == 0 || up > 70e9 {
		t.Error("too slow")
	}
}

func TestRandomLossAloneIsBorne(t *testing.T) {
	for _, loss := range []float64{0.01, 0.05} {
		f := newFlow(netsim.NewLine(netsim.Path{Rate: 8e6, Delay: 100 * time.Millisecond, Loss: loss, Jitter: 10 * time.Millisecond}, 1), 3e6, 150e3, 500e3, 1.5e6, 2.5e6)
		run(0, 60e9, nil, f)
		t.Logf("%.2f: %.0f", loss, f.estimator.Rate())
		if f.estimator.Rate() < 2.5e6 {
			t.Errorf("estimate %.0f with %.0f %% loss", f.estimator.Rate(), 100*loss)
		}
	}
}

func TestCrossTraffic(t *testing.T) {
	for _, capacity := range []float64{1e6, 5e6} {
		line := netsim.NewLine(netsim.Path{Rate: capacity, Delay: 25 * time.Millisecond}, 1)
		f := newFlow(line, 10e6)
		left := 0.6 * capacity
		owed := 0.0
		var off, samples float64
		for now := int64(0); now < 90e9; now += ms {
			for owed += 0.4 * capacity / 8e3; owed >= 1228; owed -= 1228 {
				line.Send(time.Duration(now), 1200)
			}
			f.step(now)
			if now > 30e9 && now%(100*ms) == 0 {
				samples++
				if r := f.estimator.Rate(); r < 0.7*left || r > 1.3*left {
					off++
				}
			}
		}
		t.Logf("%.0f: off %.1f %%", capacity, 100*off/samples)
		if off/samples > 0.1 {
			t.Errorf("off by more than 30 %% in %.0f %% of the time", 100*off/samples)
		}
	}
}
