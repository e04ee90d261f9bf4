package sfu

// judgeEvery is the time between two judgements of a peer's quality.
const judgeEvery = 2e9

// The bounds of good and fair: share of packets lost, round trip in nanoseconds.
const (
	goodLoss, fairLoss = 0.02, 0.08
	goodRTT, fairRTT   = 250e6, 600e6
)

// said is what a peer reported of itself.
type said struct {
	loss float64
	rtt  int64
	at   int64
}

// Report takes what the peer's client measured in the last seconds: the share of
// packets it lost, 0 to 1, and the round trip in seconds, 0 when unknown.
func (p *Peer) Report(loss, rtt float64) {
	loss, rtt = min(max(loss, 0), 1), min(max(rtt, 0), 60)
	p.room.shard.do(p.room, func() {
		p.said = said{loss, int64(rtt * 1e9), p.room.shard.now}
	})
}

// judge derives 1 poor, 2 fair or 3 good from the worse of both directions and
// tells when it changed.
func (p *Peer) judge() {
	s := p.room.shard
	loss, rtt := max(p.upLoss, p.estimator.Loss()), int64(0)
	p.upLoss = 0
	if p.rttKnown {
		rtt = p.rtt
	}
	if p.said.at != 0 && s.now-p.said.at < 15e9 {
		loss, rtt = max(loss, p.said.loss), max(rtt, p.said.rtt)
	}
	q := 1
	switch {
	case loss <= goodLoss && rtt <= goodRTT && !p.estimator.Congested():
		q = 3
	case loss <= fairLoss && rtt <= fairRTT:
		q = 2
	}
	if q != p.quality {
		p.quality = q
		p.room.events.quality(p.id, q)
	}
}
