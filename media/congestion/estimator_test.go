package congestion_test

import (
	"math/rand/v2"
	"testing"

	"github.com/roundel-meet/roundel/media/congestion"
)

// link simulates a bottleneck with a drop-tail queue between an Estimator and
// the Recorder of its receiver.
type link struct {
	estimator congestion.Estimator
	recorder  congestion.Recorder
	capacity  float64 // bit/s
	buffer    int64   // longest queue, in time
	delay     int64   // one way
	loss      float64
	jitter    int64
	stall     int64 // every second the receiver hears nothing for this long
	now, free int64 // free: when the bottleneck is idle again
	inflight  []flight
	random    *rand.Rand
	lost      int
	maxQueue  int64
}

type flight struct {
	seq uint16
	at  int64
}

func newLink(capacity float64) *link {
	l := &link{
		estimator: congestion.NewEstimator(0), capacity: capacity, buffer: 300 * ms, delay: 20 * ms,
		random: rand.New(rand.NewPCG(5, 6)),
	}
	l.estimator.Need(20e6)
	return l
}

// run sends at rate bit/s (0: at the estimate) for a time, with feedback every
// 50 ms that takes the delay back.
func (l *link) run(duration int64, rate float64) {
	end, debt := l.now+duration, 0.0
	for ; l.now < end; l.now += ms {
		r := rate
		if r == 0 {
			r = l.estimator.Rate()
		}
		for debt += r / 8 / 1000; debt >= 1200; debt -= 1200 {
			l.send(1200)
		}
		if l.now%(5*ms) == 0 {
			l.estimator.Probe(l.now)
			for due := l.estimator.Padding(l.now); due > 0; due = l.estimator.Padding(l.now) {
				l.send(min(max(due, 100), 1200))
			}
		}
		for len(l.inflight) > 0 && l.inflight[0].at <= l.now {
			l.recorder.Arrived(l.inflight[0].seq, l.inflight[0].at)
			l.inflight = l.inflight[1:]
		}
		if l.now%(50*ms) == 0 {
			if b := l.recorder.AppendFeedback(nil, 1, 2); b != nil {
				l.estimator.Feedback(b[12:], l.now+l.delay)
			}
			l.estimator.Tick(l.now)
		}
	}
}

func (l *link) send(size int) {
	seq := l.estimator.Sent(size, l.now)
	begin := max(l.now, l.free)
	l.maxQueue = max(l.maxQueue, begin-l.now)
	if begin-l.now > l.buffer || l.random.Float64() < l.loss {
		l.lost++
		return
	}
	l.free = begin + int64(float64(size)*8e9/l.capacity)
	at := l.free + l.delay
	if l.jitter > 0 {
		at += l.random.Int64N(l.jitter)
	}
	if phase := at % 1e9; phase < l.stall {
		at += l.stall - phase
	}
	if n := len(l.inflight); n > 0 {
		at = max(at, l.inflight[n-1].at)
	}
	l.inflight = append(l.inflight, flight{seq, at})
}

func TestEstimatorFindsCapacity(t *testing.T) {
	for _, tt := range []struct {
		name     string
		capacity float64
	}{{"OK500k", 500e3}, {"OK2M", 2e6}, {"OK10M", 10e6}} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLink(tt.capacity)
			l.run(20e9, 0)
			low, high := 1e12, 0.0
			for range 200 {
				l.run(50*ms, 0)
				low, high = min(low, l.estimator.Rate()), max(high, l.estimator.Rate())
			}
			if low < 0.4*tt.capacity || high > 1.6*tt.capacity {
				t.Errorf("estimate moves between %.0f and %.0f", low, high)
			}
			l.maxQueue = 0
			l.run(20e9, 0)
			if l.maxQueue > 250*ms {
				t.Errorf("queue of %d ms", l.maxQueue/ms)
			}
		})
	}
}

func TestEstimatorLeavesEnough(t *testing.T) {
	for _, tt := range []struct {
		name   string
		loss   float64
		jitter int64
		stall  int64
	}{
		{"OKQuiet", 0, 0, 0},
		{"OKJitter", 0, 15 * ms, 0},
		{"OKHeavyJitter", 0, 40 * ms, 0},
		{"OKSomeLoss", 0.015, 5 * ms, 0},
		{"OKBusyReceiver", 0, 5 * ms, 150 * ms},
		{"OKVeryBusyReceiver", 0, 20 * ms, 400 * ms},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLink(20e6)
			l.loss, l.jitter, l.stall = tt.loss, tt.jitter, tt.stall
			l.estimator.Need(6e6)
			l.run(10e9, 3e6)
			for range 100 {
				l.run(100*ms, 3e6)
				if r := l.estimator.Rate(); r < 3.6e6 {
					t.Fatalf("estimate %.0f for 3 Mbit/s over 20 Mbit/s", r)
				}
				if l.estimator.Congested() {
					t.Fatal("congested")
				}
			}
		})
	}
}

func TestEstimatorSeesCongestion(t *testing.T) {
	l := newLink(1e6)
	l.run(5e9, 1.5e6)
	if !l.estimator.Congested() || l.estimator.Rate() > 1.3e6 {
		t.Errorf("1.5 Mbit/s into 1 Mbit/s: congested %v, estimate %.0f", l.estimator.Congested(), l.estimator.Rate())
	}
	l.run(5e9, 300e3)
	if l.estimator.Congested() {
		t.Error("still congested after the load went")
	}
	l.capacity = 20e6
	l.run(60e9, 300e3)
	if l.estimator.Rate() < 2e6 {
		t.Errorf("a minute after the path widened the estimate is %.0f", l.estimator.Rate())
	}
}

func TestEstimatorHeavyLoss(t *testing.T) {
	l := newLink(20e6)
	l.loss = 0.3
	l.run(20e9, 2e6)
	if got := l.estimator.Loss(); got < 0.2 || got > 0.4 {
		t.Errorf("loss %v", got)
	}
	if r := l.estimator.Rate(); r > 1.5e6 || r < 1e6 { // 1.4 Mbit/s get through
		t.Errorf("estimate %.0f under 30 %% loss", r)
	}
}

func TestEstimatorWithoutFeedback(t *testing.T) {
	e := congestion.NewEstimator(0)
	now := int64(0)
	for range 20 {
		now += 1e9
		e.ReportedLoss(0.3, now)
		e.Tick(now)
	}
	if e.Rate() > 500e3 {
		t.Errorf("estimate %.0f after 20 reports of 30 %% loss", e.Rate())
	}
	for range 100 {
		now += 1e9
		e.ReportedLoss(0, now)
		e.Tick(now)
	}
	if e.Rate() < congestion.First {
		t.Errorf("estimate %.0f after 100 reports without loss", e.Rate())
	}
	e.ReportedRate(700e3, now)
	if e.Rate() != 700e3 {
		t.Errorf("estimate %.0f after the receiver said 700 kbit/s", e.Rate())
	}
}

func TestBucket(t *testing.T) {
	b := congestion.NewBucket(800e3, 0) // 100 octets per ms, 6000 deep
	sent := 0
	for b.Open(0) {
		b.Take(1200)
		sent++
	}
	if sent != 5 {
		t.Errorf("burst of %d packets, want 5", sent)
	}
	if b.Open(0) || !b.Open(1*ms) {
		t.Error("the next packet must wait for its tokens, and no longer")
	}
	for range 100 {
		b.Take(1200)
	}
	if !b.Open(62 * ms) {
		t.Error("debt is deeper than the bucket")
	}
	// An even stream just below the rate is never held.
	b = congestion.NewBucket(2e6, 0)
	for now := int64(0); now < 10e9; now += 40 * ms {
		for range 8 { // 9600 octets, 1.92 Mbit/s
			if !b.Open(now) {
				t.Fatalf("held at %d ms", now/ms)
			}
			b.Take(1200)
		}
	}
}
