package congestion

// A probe is sent for at least this long and with this many packets, so that
// neither a timer nor one packet decides it; its result must come within patience.
const (
	probeTime    = 20e6
	probePackets = 5
	patience     = 1500e6

	firstProbe   = 3.0  // times the first estimate, before anything is known
	nextProbe    = 2.0  // times the estimate
	arrivedShare = 0.8  // of a probe's octets must have come
	fullShare    = 0.9  // of the pace of sending; below it the path was full
	cautious     = 0.95 // of what a full path carried
	success      = 0.7  // of the pace is worth another, faster one

	probeEvery   = 4e9
	probeAtMost  = 16e9
	recoverAfter = 1500e6 // after steps down
	recoverEvery = 1500e6
	clusters     = 31 // numbers of probes; 0 is none
)

// prober sends and judges one probe after the other.
type prober struct {
	tries   int
	next    int64 // time of the next
	pause   int64 // between failures
	cluster uint8
	running bool    // being sent
	pending bool    // sent or being sent, without a result
	rate    float64 // bit/s of the pace
	began   int64
	octets  int
	packets int

	// what came of it
	got          int
	first, last  int64 // sent
	came, recent int64 // arrived
	firstSize    int
	lastSize     int
}

func newProber(now int64) prober { return prober{next: now, pause: probeEvery} }

// begin begins a probe above rate, if it is time and somebody needs more.
func (p *prober) begin(now int64, rate, need float64, recovering bool) {
	if p.pending && now-p.began > patience {
		p.give(now)
	}
	due := now >= p.next || recovering && now-p.began > recoverEvery
	if p.pending || !due || need <= rate {
		return
	}
	factor := nextProbe
	if p.tries == 0 {
		factor = firstProbe
	}
	p.tries++
	p.cluster = p.cluster%clusters + 1
	*p = prober{
		tries: p.tries, next: p.next, pause: p.pause, cluster: p.cluster,
		running: true, pending: true, rate: min(factor*rate, max(need*1.1, 1.2*rate)), began: now,
	}
}

// padding returns what the probe lacks now, in octets.
func (p *prober) padding(now int64) int {
	if !p.running {
		return 0
	}
	due := int(p.rate*float64(now-p.began)/8e9) - p.octets
	if p.octets == 0 {
		due = max(due, 1)
	}
	return max(due, 0)
}

// sent counts a packet and returns the probe that it belongs to, 0 for none.
func (p *prober) sent(size int, now int64) uint8 {
	if !p.running {
		return 0
	}
	p.octets += size
	p.packets++
	if now-p.began >= probeTime && p.packets > probePackets {
		p.running = false
	}
	return p.cluster
}

// arrived notes a packet of a probe that came.
func (p *prober) arrived(cluster uint8, size int, sent, at int64) {
	if cluster == 0 || cluster != p.cluster || !p.pending {
		return
	}
	if p.got == 0 {
		p.first, p.came, p.firstSize = sent, at, size
	}
	p.got += size
	if sent >= p.last {
		p.last, p.lastSize = sent, size
	}
	p.recent = max(p.recent, at)
}

// result returns what a probe found, once, when enough of it came.
func (p *prober) result(now int64) (rate float64, ok bool) {
	if !p.pending || p.running || float64(p.got) < arrivedShare*float64(p.octets) {
		return 0, false
	}
	sent, took := p.last-p.first, p.recent-p.came
	if sent <= 0 || took <= 0 {
		p.give(now)
		return 0, false
	}
	pace := float64(p.got-p.lastSize) * 8e9 / float64(sent)
	carried := float64(p.got-p.firstSize) * 8e9 / float64(took)
	rate = min(pace, carried)
	p.pending = false
	if carried < fullShare*pace {
		rate = cautious * carried
	}
	if rate >= success*p.rate {
		p.next, p.pause = now, probeEvery
	} else {
		p.next = now + p.pause
		p.pause = min(2*p.pause, probeAtMost)
	}
	return rate, true
}

// give gives up a probe that found nothing.
func (p *prober) give(now int64) {
	if !p.pending {
		return
	}
	p.pending, p.running = false, false
	p.next = now + p.pause
	p.pause = min(2*p.pause, probeAtMost)
}
