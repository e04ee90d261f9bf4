package congestion

// A receiver without transport-wide feedback says what it thinks that its path
// carries (REMB, TMMBR), from the packets that it gets, and in its reports what it
// lost.
const (
	reportLife = 5e9 // of a receiver's estimate, which comes once a second
	lossyFor   = 3e9 // after loss spoke, a higher estimate is not believed at once

	liftMark  = 3e9  // in this time a lifted estimate must have grown
	liftGrown = 1.03 // by this factor
	liftPause = 4e9  // after one that did not, doubled each time
	liftRest  = 30e9 // but never longer
	liftDepth = 20e6 // of its bucket
)

// told is what a receiver said of its path, and what is done so that it can say
// more. An estimate made from what arrives cannot rise far above it, so while the
// sender could use more, padding fills the path up to the estimate.
type told struct {
	rate  float64
	at    int64
	lossy int64 // last step down because of loss

	octets int // sent since from
	from   int64
	sent   float64 // bit/s, lately

	lifting bool
	began   int64
	mark    int64 // when the estimate was last seen to grow
	marked  float64
	next    int64
	pause   int64
	credit  float64 // octets of padding that are due
	last    int64
}

// Passed notes a packet of size octets that carries no transport-wide number.
func (e *Estimator) Passed(size int, now int64) {
	t := &e.told
	t.octets += size
	t.credit -= float64(size)
	if d := now - t.from; d >= rateWindow {
		t.sent = float64(t.octets) * 8e9 / float64(d)
		t.octets, t.from = 0, now
	}
}

// Reported reports that the receiver itself said lately what its path carries, and
// says nothing of single packets.
func (e *Estimator) Reported(now int64) bool {
	return !e.fed(now) && e.told.rate > 0 && now-e.told.at < reportLife
}

// ReportedRate takes a receiver's own estimate in bit/s. It counts only while there
// is no transport-wide feedback, and for a few seconds.
func (e *Estimator) ReportedRate(rate float64, now int64) {
	if e.fed(now) {
		return
	}
	t := &e.told
	t.rate, t.at = min(max(rate, Lowest), Highest), now
	e.congested = t.rate < muchLess*t.sent
	switch {
	case t.rate < e.rate:
		e.lower(t.rate, now)
	case t.lossy == 0 || now-t.lossy >= lossyFor:
		e.rate = t.rate
	}
	e.met = true
}

// ReportedLoss takes the fraction lost of a receiver report, 0 to 1. It counts
// only while there is no transport-wide feedback.
func (e *Estimator) ReportedLoss(share float64, now int64) {
	if e.fed(now) {
		return
	}
	e.loss = share
	if e.adjustLoss(now) {
		e.told.lossy = now
	}
}

// ceiling is what the rate may grow to by itself.
func (e *Estimator) ceiling(now int64) float64 {
	if e.Reported(now) {
		return e.told.rate
	}
	return Highest
}

// lift decides whether the receiver's estimate is to be lifted by padding.
func (e *Estimator) lift(now int64) {
	t := &e.told
	wanted := e.need > e.rate && e.loss <= lightLoss && now-e.lowered >= recoverAfter
	switch {
	case !wanted:
		t.lifting = false
	case !t.lifting:
		if now >= t.next {
			t.lifting, t.began, t.mark, t.marked = true, now, now, e.rate
			t.credit, t.last = 0, now
		}
	case e.rate >= liftGrown*t.marked:
		t.mark, t.marked, t.pause = now, e.rate, 0
	case now-t.mark >= liftMark:
		t.lifting = false
		t.pause = min(max(2*t.pause, liftPause), liftRest)
		t.next = now + t.pause
	}
}

// padding returns how many octets are due so that the path carries as much as its
// receiver says that it does.
func (t *told) padding(rate float64, now int64) int {
	if !t.lifting {
		return 0
	}
	depth := rate * liftDepth / 8e9
	t.credit = min(max(t.credit, -10*depth)+rate*float64(now-t.last)/8e9, depth)
	t.last = now
	return int(max(t.credit, 0))
}
