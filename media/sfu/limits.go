package sfu

import (
	"github.com/roundel-meet/roundel/media/congestion"
	"github.com/roundel-meet/roundel/media/packet"
)

// limit is what a receiver lets one slot send (TMMBR, RFC 5104, 3.5.4). It holds
// until the receiver names another.
type limit struct {
	obeyed bool // the line negotiated it
	named  bool
	owed   bool         // its notification
	tuple  packet.Limit // as it is notified: with its owner
}

// limits takes a receiver's requests.
func (p *Peer) limits(owner uint32, fci []byte) {
	for {
		l, rest, ok := packet.NextLimit(fci)
		if !ok || !p.afford(1) {
			return
		}
		fci = rest
		sl := p.slotOf(l.SSRC)
		if sl == nil || sl.audio || !sl.most.obeyed {
			continue
		}
		l.SSRC = owner
		sl.most.named, sl.most.owed, sl.most.tuple = true, true, l
		p.limited = true
		if sl.track == nil {
			continue
		}
		sl.choose()
		if sl.closed() != sl.paused {
			p.apportion(p.byWant(), p.estimator.Rate())
		}
	}
}

// obey notifies the receiver of the limits that it named (TMMBN, RFC 5104, 4.2.2),
// and when they bound all its videos takes them for what its path carries.
func (p *Peer) obey() {
	if !p.limited {
		return
	}
	s := p.room.shard
	b, all, path := s.scratch.control[:0], true, 0.0
	busy := false
	for _, sl := range p.slots {
		if sl.most.owed && len(b) < 1000 {
			b = packet.AppendTMMBN(b, sl.ssrc, []packet.Limit{sl.most.tuple})
			sl.most.owed = false
		}
		if sl.audio || sl.track == nil {
			continue
		}
		busy, all = true, all && sl.most.named
		path += min(float64(sl.most.tuple.Rate), congestion.Highest)
	}
	if len(b) > 0 {
		p.send(b)
	}
	if busy && all {
		p.estimator.ReportedRate(path, s.now)
	}
}

// closed reports that the receiver wants nothing of the slot.
func (sl *slot) closed() bool { return sl.most.named && sl.most.tuple.Rate == 0 }

// ceiling is the highest rank that the slot's receiver allows, of whole layers by what
// the publisher says of them: one that has just begun is measured too small.
func (sl *slot) ceiling() int {
	if !sl.most.named {
		return maxRank
	}
	best := sl.track.smallest()
	for _, st := range sl.track.steps {
		most := st.rate()
		if st.target == everything && st.layer.stated > 0 {
			most = st.layer.stated
		}
		if st.layer.offered && most <= tolerance*float64(sl.most.tuple.Rate) {
			best = st
		}
	}
	return best.rank
}

// sayEstimate tells a publisher without transport-wide feedback what its path
// carries (REMB): once a second, and at once when it is less.
func (p *Peer) sayEstimate() {
	if !p.estimates || !p.upstream.Known() {
		return
	}
	s := p.room.shard
	rate := p.upstream.Estimate(s.now)
	if s.now-p.saidAt < reportEvery && rate > 0.97*p.saidRate {
		return
	}
	ssrcs := s.scratch.ssrcs[:0]
	for _, t := range p.tracks {
		for _, l := range t.layers {
			if l.ssrc != 0 && t.video() && len(ssrcs) < cap(ssrcs) {
				ssrcs = append(ssrcs, l.ssrc)
			}
		}
	}
	if len(ssrcs) > 0 && p.send(packet.AppendREMB(s.scratch.control[:0], p.ssrc, int64(rate), ssrcs)) {
		p.saidAt, p.saidRate = s.now, rate
	}
}
