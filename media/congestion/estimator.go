package congestion

import "math"

// Bounds of the estimate in bit/s, and how fast it moves.
const (
	Lowest  = 100e3
	Highest = 60e6
	First   = 8e6

	fastGrowth = 1.5  // per second, until the first sign of congestion
	slowGrowth = 1.08 // per second, after it
	calmGrowth = 1.25 // per second, when it is longer ago than calm
	calm       = 10e9
	backOff    = 0.85 // of the acknowledged rate
	mostOff    = 0.6  // of the estimate, in one step
	enough     = 0.9  // of the acknowledged rate, whatever the loss
	ease       = 300e6
	lossWindow = 1e9
	rateWindow = 500e6
	ackedDecay = 0.85
	noticeable = 30e6  // standing delay below which a trend may be noise
	hopeless   = 100e6 // standing delay that nobody should have to bear
	persistent = 1e9   // hopeless for this long is congestion
)

// Estimator estimates what the path to one receiver carries. It is fed with sent
// packets and the receiver's feedback, either transport-wide or only the loss of
// its receiver reports. Make it with NewEstimator.
type Estimator struct {
	History
	trend trend

	rate      float64
	met       bool // congestion was met once
	ticked    int64
	lowered   int64
	reported  int64 // last transport-wide feedback, 0 for never
	acked     float64
	ackedOct  int
	ackedFrom int64
	queued    int64 // since when there is a hopeless queue, 0: there is none
	congested bool
	sent      int
	lost      int
	lossFrom  int64
	loss      float64
}

// NewEstimator makes an estimator that begins at First.
func NewEstimator(now int64) Estimator {
	return Estimator{rate: First, ticked: now, ackedFrom: now, lossFrom: now}
}

// Rate returns the estimate in bit/s.
func (e *Estimator) Rate() float64 { return e.rate }

// Loss returns the share of packets lost lately, 0 to 1.
func (e *Estimator) Loss() float64 { return e.loss }

// Congested reports that the path is plainly too narrow for what is sent now: a
// queue that stands for a second or heavy loss, not merely a careful estimate.
func (e *Estimator) Congested() bool { return e.congested || e.loss > 0.08 }

// watch notes for how long there has been a hopeless queue.
func (e *Estimator) watch(now int64) {
	if e.trend.queue < hopeless {
		e.queued, e.congested = 0, false
		return
	}
	if e.queued == 0 {
		e.queued = now
	}
	e.congested = now-e.queued >= persistent
}

// Feedback takes the control information of transport-wide feedback, and returns
// false when it is malformed.
func (e *Estimator) Feedback(fci []byte, now int64) bool {
	reports, ok := OpenReports(fci)
	if !ok {
		return false
	}
	e.reported = now
	e.trend.standing = math.MaxInt64
	known := false
	for {
		seq, arrived, received, ok := reports.Next()
		if !ok {
			break
		}
		if !received {
			e.sent++
			e.lost++
			continue
		}
		size, at, ok := e.take(seq, now)
		if !ok {
			continue
		}
		known = true
		e.sent++
		e.ackedOct += size
		e.trend.add(at, arrived)
	}
	if known {
		e.trend.queue = e.trend.standing - e.trend.base
		e.watch(now)
	}
	e.measure(now)
	e.adjust(now)
	return true
}

// measure closes the windows of acknowledged rate and loss when they are full.
// The acknowledged rate falls slowly: feedback that comes late, because somebody
// was busy, makes one window poor and the next one rich.
func (e *Estimator) measure(now int64) {
	if d := now - e.ackedFrom; d >= rateWindow {
		fresh := float64(e.ackedOct) * 8e9 / float64(d)
		e.acked = max(fresh, e.acked*ackedDecay)
		e.ackedOct, e.ackedFrom = 0, now
	}
	if now-e.lossFrom >= lossWindow && e.sent >= 20 {
		e.loss = float64(e.lost) / float64(e.sent)
		e.sent, e.lost, e.lossFrom = 0, 0, now
		e.adjustLoss(now)
	}
}

// adjust lowers the rate on overuse, at most every 300 ms, so that the effect of
// one step is seen before the next. What is sent cannot be made less than it is,
// only late, so a trend without a queue, as a busy receiver shows it, does not
// count. The acknowledged rate says little when the senders have little to send,
// so one step takes off at most 40 %.
func (e *Estimator) adjust(now int64) {
	if e.trend.state != over || e.trend.queue < noticeable || now-e.lowered < ease || e.acked == 0 {
		return
	}
	e.lower(min(e.rate, max(backOff*e.acked, mostOff*e.rate)), now)
}

// adjustLoss is the loss-based controller (draft-ietf-rmcat-gcc-02, 6), which
// stops just below what evidently gets through.
func (e *Estimator) adjustLoss(now int64) {
	if e.loss > 0.1 && now-e.lowered >= ease {
		e.lower(min(e.rate, max(e.rate*(1-e.loss/2), enough*e.acked)), now)
	}
}

func (e *Estimator) lower(rate float64, now int64) {
	e.rate = max(rate, Lowest)
	e.lowered, e.met = now, true
}

// ReportedLoss takes the fraction lost of a receiver report, 0 to 1. It counts
// only while there is no transport-wide feedback.
func (e *Estimator) ReportedLoss(share float64, now int64) {
	if e.reported > 0 && now-e.reported < 3e9 {
		return
	}
	e.loss = share
	e.adjustLoss(now)
}

// ReportedRate takes a receiver's own estimate in bit/s (REMB). It counts only
// while there is no transport-wide feedback.
func (e *Estimator) ReportedRate(rate float64, now int64) {
	if e.reported > 0 && now-e.reported < 3e9 {
		return
	}
	if rate < e.rate {
		e.lower(rate, now)
	}
}

// Tick raises the estimate by the time that passed without congestion. Call it
// several times a second.
func (e *Estimator) Tick(now int64) {
	d := float64(now-e.ticked) / 1e9
	e.ticked = now
	if e.trend.state == over || e.loss > 0.02 || now-e.lowered < ease && e.met {
		return
	}
	growth := fastGrowth
	if e.met {
		growth = slowGrowth
		if now-e.lowered > calm {
			growth = calmGrowth
		}
	}
	e.rate = min(e.rate*math.Pow(growth, min(d, 1)), Highest)
}
