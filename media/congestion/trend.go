package congestion

// Parameters of the delay-based controller (draft-ietf-rmcat-gcc-02, 5), with
// the line fit over a window instead of the Kalman filter.
const (
	burst         = 5e6 // packets sent within this time form one group
	window        = 20  // groups in the fit
	smoothing     = 0.9
	gain          = 4.0
	maxDeltas     = 60
	overuseTime   = 10.0 // ms
	firstLimit    = 12.5 // ms
	limitUp       = 0.0087
	limitDown     = 0.039
	limitLowest   = 6.0
	limitHighest  = 600.0
	outlier       = 15.0
	baselineEvery = 10e9
)

// usage is what the delay trend says of the path.
type usage uint8

const (
	normal usage = iota
	under
	over
)

type group struct{ firstSent, lastSent, arrived int64 }

// trend watches whether one-way delay grows from group to group.
type trend struct {
	current, before group
	groups          int
	first           int64 // arrival of the first group
	accumulated     float64
	smoothed        float64
	points          [window]struct{ x, y float64 }
	deltas          int
	limit           float64
	overFor         float64
	overCount       int
	lastSlope       float64
	state           usage

	// One-way delay above the lowest seen, on clocks that do not agree.
	base, nextBase int64
	baseSince      int64
	standing       int64 // lowest in the message being read
	queue          int64
}

// add takes one acknowledged packet, in order of sending.
func (t *trend) add(sent, arrived int64) {
	t.delay(sent, arrived)
	if t.groups == 0 {
		t.limit = firstLimit
		t.current = group{sent, sent, arrived}
		t.groups, t.first = 1, arrived
		return
	}
	if sent < t.current.firstSent { // belongs to an earlier group
		return
	}
	if sent-t.current.firstSent <= burst {
		t.current.lastSent = max(t.current.lastSent, sent)
		t.current.arrived = max(t.current.arrived, arrived)
		return
	}
	if t.groups > 1 {
		t.compare()
	}
	t.groups++
	t.before, t.current = t.current, group{sent, sent, arrived}
}

// delay keeps the queueing delay: the lowest of each message above the lowest of
// the last 10 to 20 seconds.
func (t *trend) delay(sent, arrived int64) {
	d := arrived - sent
	if t.baseSince == 0 || sent-t.baseSince > baselineEvery {
		if t.baseSince == 0 {
			t.nextBase = d
		}
		t.base, t.nextBase, t.baseSince = t.nextBase, d, sent
	}
	t.base, t.nextBase = min(t.base, d), min(t.nextBase, d)
	t.standing = min(t.standing, d)
}

// compare adds the delay variation between the two last whole groups
// (draft-ietf-rmcat-gcc-02, 5.2) and judges the trend.
func (t *trend) compare() {
	sentDelta := float64(t.current.lastSent-t.before.lastSent) / 1e6
	t.accumulated += float64(t.current.arrived-t.before.arrived)/1e6 - sentDelta
	t.smoothed = smoothing*t.smoothed + (1-smoothing)*t.accumulated
	p := &t.points[t.deltas%window]
	p.x, p.y = float64(t.current.arrived-t.first)/1e6, t.smoothed
	t.deltas++
	if t.deltas < window {
		return
	}
	t.judge(t.slope(), sentDelta)
}

// slope fits a line through the points: milliseconds of delay per millisecond.
func (t *trend) slope() float64 {
	var sx, sy float64
	for i := range t.points {
		sx += t.points[i].x
		sy += t.points[i].y
	}
	sx, sy = sx/window, sy/window
	var num, den float64
	for i := range t.points {
		dx := t.points[i].x - sx
		num += dx * (t.points[i].y - sy)
		den += dx * dx
	}
	if den == 0 {
		return 0
	}
	return num / den
}

// judge compares the trend with a limit that adapts (draft-ietf-rmcat-gcc-02, 5.4).
func (t *trend) judge(slope, sentDelta float64) {
	m := float64(min(t.deltas, maxDeltas)) * slope * gain
	switch {
	case m > t.limit:
		t.overFor += sentDelta
		t.overCount++
		if t.overFor > overuseTime && t.overCount > 1 && slope >= t.lastSlope {
			t.overFor, t.overCount = 0, 0
			t.state = over
		}
	case m < -t.limit:
		t.overFor, t.overCount, t.state = 0, 0, under
	default:
		t.overFor, t.overCount, t.state = 0, 0, normal
	}
	t.lastSlope = slope
	if m < 0 {
		m = -m
	}
	if m > t.limit+outlier {
		return
	}
	k := limitUp
	if m < t.limit {
		k = limitDown
	}
	t.limit += k * (m - t.limit) * min(max(sentDelta, 0), 100)
	t.limit = min(max(t.limit, limitLowest), limitHighest)
}
