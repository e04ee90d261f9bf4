package congestion

import "math"

// Bounds of the estimate in bit/s, and where it begins.
const (
	Lowest  = 50e3
	Highest = 60e6
	First   = 2e6
)

// Parameters of the controllers; times are in nanoseconds.
const (
	backOff     = 0.85   // of the acknowledged rate, on overuse
	mostOff     = 0.6    // of the estimate, in one step
	enough      = 0.9    // of the acknowledged rate, whatever the loss
	ease        = 300e6  // between two steps down, and before a step up
	lossWindow  = 1e9    // over which loss is measured
	rateWindow  = 500e6  // over which the acknowledged rate is measured
	ackedDecay  = 0.85   // of the acknowledged rate from window to window, at most
	noticeable  = 30e6   // standing delay below which a trend may be noise
	hopeless    = 100e6  // standing delay that nobody should have to bear
	persistent  = 1e9    // hopeless for this long is congestion
	heavyLoss   = 0.1    // lowers the estimate (draft-ietf-rmcat-gcc-02, 6)
	lightLoss   = 0.02   // lets it rise by itself
	used        = 0.85   // of the estimate: less says nothing about what is above it
	beyond      = 1.5    // times the acknowledged rate is the most that growth claims
	growth      = 1.08   // per second, far from where the path was full
	blindGrowth = 1.25   // per second, while the receiver tells only of losses
	muchLess    = 0.66   // of what the estimate was: worth finding out soon whether that is back
	additive    = 3600.0 // octets; growth near there in a response time: three packets
)

// Estimator estimates what the path to one receiver carries. It is fed with sent
// packets and the receiver's feedback, either transport-wide or only the loss of
// its receiver reports. What the sender does not use it cannot see, so it asks for
// probes: short stretches at a higher rate. Make it with NewEstimator.
type Estimator struct {
	History
	trend trend
	probe prober
	told  told

	rate     float64
	need     float64 // what the sender could use
	full     capacity
	ticked   int64
	lowered  int64
	met      bool    // congestion was met once, or the receiver named a rate
	highest  float64 // estimate before the last steps down, to come back to
	reported int64   // last transport-wide feedback, 0 for never
	response int64   // from sending to feedback, smoothed

	acked     float64
	ackedOct  int
	ackedFrom int64
	queued    int64 // since when there is a hopeless queue, 0: there is none
	congested bool
	sent      int
	lost      int
	lossFrom  int64
	loss      float64

	reportedAll, lostAll int64
}

// NewEstimator makes an estimator that begins at First.
func NewEstimator(now int64) Estimator {
	return Estimator{rate: First, ticked: now, ackedFrom: now, lossFrom: now, response: 200e6, probe: newProber(now), told: told{from: now}}
}

// Rate returns the estimate in bit/s.
func (e *Estimator) Rate() float64 { return e.rate }

// Loss returns the share of packets lost lately, 0 to 1.
func (e *Estimator) Loss() float64 { return e.loss }

// Counted returns of how many packets the receiver has said since the beginning
// whether they came, and how many of these did not.
func (e *Estimator) Counted() (reported, lost int64) { return e.reportedAll, e.lostAll }

// Need says how much the sender could use, in bit/s; nothing is probed while the estimate reaches it.
func (e *Estimator) Need(rate float64) { e.need = rate }

// Congested reports that the path is plainly too narrow for what is sent now: a
// queue that stands for a second or heavy loss, not merely a careful estimate.
func (e *Estimator) Congested() bool { return e.congested || e.loss > heavyLoss }

// Known reports that the receiver has said something of the path: what arrives and
// when, or that it was too narrow. Before that the rate is only what nothing speaks
// against.
func (e *Estimator) Known(now int64) bool { return e.met || e.fed(now) }

// fed reports that the receiver says what arrives and when.
func (e *Estimator) fed(now int64) bool { return e.reported > 0 && now-e.reported < 3e9 }

// Sent notes a packet of size octets and returns the number it carries.
func (e *Estimator) Sent(size int, now int64) uint16 {
	return e.History.note(size, e.probe.sent(size, now), now)
}

// Padding returns how many octets the sender should send now besides its media, so
// that a probe keeps its pace; 0 when there is none.
func (e *Estimator) Padding(now int64) int {
	return max(e.probe.padding(now), e.told.padding(e.rate, now))
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
	newest := int64(0)
	for {
		seq, arrived, received, ok := reports.Next()
		if !ok {
			break
		}
		if !received {
			e.sent++
			e.lost++
			e.reportedAll++
			e.lostAll++
			continue
		}
		size, cluster, at, ok := e.take(seq, now)
		if !ok {
			continue
		}
		e.sent++
		e.reportedAll++
		e.ackedOct += size
		e.trend.add(at, arrived)
		e.probe.arrived(cluster, size, at, arrived)
		newest = max(newest, at)
	}
	if newest > 0 {
		e.response += (now - newest - e.response) / 8
		e.trend.queue = e.trend.standing - e.trend.base
		e.watch(now)
	}
	e.measure(now)
	e.adjust(now)
	e.conclude(now)
	return true
}

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

// measure closes the windows of acknowledged rate and loss when they are full.
// The acknowledged rate falls slowly: feedback that comes late, because somebody
// was busy, makes one window poor and the next one rich.
func (e *Estimator) measure(now int64) {
	if d := now - e.ackedFrom; d >= rateWindow {
		fresh := float64(e.ackedOct) * 8e9 / float64(d)
		e.acked = max(fresh, e.acked*ackedDecay)
		if e.trend.queue >= hopeless {
			e.acked = fresh // the path is full: that is what it carries
		}
		e.ackedOct, e.ackedFrom = 0, now
	}
	if now-e.lossFrom >= lossWindow && e.sent >= 20 {
		e.loss = float64(e.lost) / float64(e.sent)
		e.sent, e.lost, e.lossFrom = 0, 0, now
		e.adjustLoss(now)
	}
}

// overused reports that the delay grows and a queue stands, or that a hopeless one
// has stood for a while, which grows no more when it is full. A trend without a
// queue, as a busy receiver shows it, does not count.
func (e *Estimator) overused() bool {
	return e.congested || e.trend.state == over && e.trend.queue >= noticeable
}

// adjust lowers the rate on overuse, at most once in a while, so that the effect of
// one step is seen before the next. The acknowledged rate says little when the
// senders have little to send, so one step takes off at most 40 %.
func (e *Estimator) adjust(now int64) {
	if !e.overused() || now-e.lowered < max(ease, e.response) || e.acked == 0 {
		return
	}
	if e.acked > used*e.rate {
		e.full.meet(e.acked)
	}
	least := mostOff * e.rate
	if e.trend.queue >= hopeless {
		least = 0
	}
	e.lower(min(e.rate, max(backOff*e.acked, least)), now)
	e.probe.give(now) // what it found so far was the queue
}

// adjustLoss is the loss-based controller (draft-ietf-rmcat-gcc-02, 6), which
// stops just below what evidently gets through. It returns whether it took a step.
func (e *Estimator) adjustLoss(now int64) bool {
	if e.loss <= heavyLoss || now-e.lowered < ease {
		return false
	}
	e.lower(min(e.rate, max(e.rate*(1-e.loss/2), enough*e.acked)), now)
	return true
}

func (e *Estimator) lower(rate float64, now int64) {
	if now-e.lowered > recoverAfter {
		e.highest = e.rate
	}
	e.highest = max(e.highest, e.rate)
	e.rate = max(rate, Lowest)
	e.lowered, e.met = now, true
}

// conclude takes what a probe found.
func (e *Estimator) conclude(now int64) {
	rate, ok := e.probe.result(now)
	if !ok || rate <= e.rate || e.overused() || e.loss > heavyLoss {
		return
	}
	e.rate = min(rate, Highest)
	if !e.full.near(e.rate) {
		e.full = capacity{}
	}
}

// Tick raises the estimate by the time that passed without congestion. Call it
// several times a second.
func (e *Estimator) Tick(now int64) {
	d := min(float64(now-e.ticked)/1e9, 1)
	e.ticked = now
	if e.told.rate > 0 && !e.fed(now) && !e.Reported(now) {
		e.congested = false // of which nobody says anything any more
	}
	if e.trend.state == over || e.loss > lightLoss || e.met && now-e.lowered < ease {
		return
	}
	switch {
	case !e.fed(now): // nothing speaks against it, and nothing can be probed
		e.rate = min(e.rate*math.Pow(blindGrowth, d), e.ceiling(now))
	case e.acked > used*e.rate:
		e.grow(d)
	}
}

// grow raises the estimate while it is used: by a share far from where the path was
// full, and by packets near there, so that several senders come to share it evenly.
func (e *Estimator) grow(seconds float64) {
	rate := e.rate * math.Pow(growth, seconds)
	if e.full.near(e.rate) {
		rate = e.rate + seconds*additive*8e9/float64(e.response+100e6)
	}
	e.rate = min(max(e.rate, min(rate, beyond*e.acked+10e3)), Highest)
}

// Probe begins a probe when it is time for one: soon after the path became much
// narrower, and now and then while the sender could use more. Call it several times a
// second, and Padding every few milliseconds while that asks for something.
func (e *Estimator) Probe(now int64) {
	if e.Reported(now) {
		e.lift(now)
		return
	}
	e.told.lifting = false
	if e.reported == 0 && e.probe.tries > 2 || e.overused() || e.loss > heavyLoss || e.met && now-e.lowered < ease {
		return
	}
	e.probe.begin(now, e.rate, min(e.need, Highest), now-e.lowered > recoverAfter && muchLess*e.highest > e.rate)
}

// capacity remembers at which rates the path was full.
type capacity struct{ mean, deviation float64 }

// meet takes the rate that got through when it was.
func (c *capacity) meet(rate float64) {
	if c.mean == 0 || !c.near(rate) {
		*c = capacity{rate, 0.1 * rate}
		return
	}
	off := math.Abs(rate - c.mean)
	c.mean += 0.1 * (rate - c.mean)
	c.deviation = max(0.9*c.deviation+0.1*off, 0.03*c.mean)
}

// near reports whether a rate is where the path was full.
func (c *capacity) near(rate float64) bool {
	return c.mean > 0 && math.Abs(rate-c.mean) < 3*c.deviation
}
