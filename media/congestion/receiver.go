package congestion

import "math"

// Receiver estimates what the path from a sender carries, for one who knows no
// transport-wide feedback and is told an estimate instead (REMB). It is fed with the
// times of sending that packets carry (abs-send-time). The zero value is ready.
type Receiver struct {
	trend   trend
	rate    float64 // 0: nothing came yet
	sent    int64   // time of sending of the newest packet, from any moment
	stamp   uint32  // as it was written
	octets  int
	from    int64
	came    float64 // bit/s, lately
	fresh   bool    // something came since the estimate was made
	queued  int64   // since when there is a hopeless queue, 0: there is none
	lowered int64
	ticked  int64
}

// sendTimeUnit is the resolution of abs-send-time: 24 bits of seconds with 18 behind
// the point, in units of 1/2^18 s, so that it wraps after 64 s.
const sendTimeUnit = 1 << 18

// Arrived notes a packet of size octets with this abs-send-time.
func (r *Receiver) Arrived(stamp uint32, size int, now int64) {
	if r.rate == 0 {
		r.rate, r.from, r.ticked, r.stamp = First, now, now, stamp
		r.trend.standing = math.MaxInt64
	}
	since := int64(int32((stamp-r.stamp)<<8) >> 8)
	at := r.sent + since*1e9/sendTimeUnit
	if since > 0 {
		r.sent, r.stamp = at, stamp
	}
	r.octets += size
	r.fresh = true
	r.trend.add(at, now)
}

// Known reports that the sender's packets carry their time.
func (r *Receiver) Known() bool { return r.rate > 0 }

// Estimate returns the estimate in bit/s. Call it several times a second.
func (r *Receiver) Estimate(now int64) float64 {
	seconds := min(float64(now-r.ticked)/1e9, 1)
	r.ticked = now
	if d := now - r.from; d >= rateWindow {
		r.came = float64(r.octets) * 8e9 / float64(d)
		r.octets, r.from = 0, now
	}
	if !r.fresh {
		return r.rate
	}
	r.fresh = false
	queue := r.trend.standing - r.trend.base
	r.trend.standing = math.MaxInt64
	if queue < hopeless {
		r.queued = 0
	} else if r.queued == 0 {
		r.queued = now
	}
	full := r.trend.state == over && queue >= noticeable || r.queued != 0 && now-r.queued >= persistent
	switch {
	case now-r.lowered < ease:
	case full:
		r.rate, r.lowered = max(min(r.rate, backOff*r.came), Lowest), now
	case r.trend.state != over:
		grown := min(r.rate*math.Pow(growth, seconds), beyond*r.came+10e3, Highest)
		r.rate = max(r.rate, grown)
	}
	return r.rate
}
