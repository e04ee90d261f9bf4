package sfu

import (
	"cmp"
	"slices"
)

// How the allotment judges a path.
const (
	allotEvery = 200e6
	narrowFor  = 1500e6 // an estimate is careful, and a busy receiver makes it small for a moment
	wideFor    = 400e6
	tolerance  = 1.1 // times the estimate is not worth a smaller picture
	reserve    = 1.1 // times the need must fit for a larger one
	more       = 1.2 // times the need is worth finding out whether the path carries it
)

// allotment is how long a peer's path has been too narrow or wide enough for more.
type allotment struct {
	at           int64 // last time
	narrow, wide int64 // since when; 0: it is not
	begins       bool  // a slot shows another video: small first, until the path is known
}

// share is what a slot gets of the path: steps up to the rank limit, or nothing.
type share struct {
	limit  int
	paused bool
}

// allot shares what the path carries among the peer's videos, most wanted first: a
// small picture for everyone before a large one for anyone. Less is given after a
// while, or at once when the path is plainly too narrow or something new is shown;
// the most wanted is never paused, its frames are dropped.
func (p *Peer) allot() {
	now := p.room.shard.now
	a := &p.allotment
	if now-a.at < allotEvery && !a.begins {
		return
	}
	a.at = now
	slots := p.byWant()
	need, used := p.need(slots)
	p.estimator.Need(more * need)
	congested, rate := p.estimator.Congested(), p.estimator.Rate()
	since(&a.narrow, used > tolerance*rate && (congested || p.estimator.Known(now)), now)
	since(&a.wide, !congested && used < need && rate > used, now)
	switch {
	case a.narrow != 0 && (congested || now-a.narrow >= narrowFor):
		a.narrow = 0
		p.apportion(slots, rate)
	case a.begins && used > rate:
		p.apportion(slots, max(rate, p.smallest(slots)))
	case a.wide != 0 && now-a.wide >= wideFor:
		a.wide = 0
		p.apportion(slots, max(rate/reserve, used))
	}
	a.begins = false
}

// since notes when something began to be so, 0 while it is not.
func since(begin *int64, so bool, now int64) {
	if !so {
		*begin = 0
	} else if *begin == 0 {
		*begin = now
	}
}

// need returns what the slots would take in the sizes that they are shown, and what
// they take as they are, in bit/s.
func (p *Peer) need(slots []*slot) (need, used float64) {
	for _, sl := range slots {
		need += sl.fitting(maxRank).rate()
		if !sl.paused {
			used += sl.target.rate()
		}
	}
	return need, used
}

// smallest returns what the slots take at least, in bit/s.
func (p *Peer) smallest(slots []*slot) (rate float64) {
	for _, sl := range slots {
		if !sl.paused {
			rate += sl.track.smallest().rate()
		}
	}
	return rate
}

// apportion divides rate among the slots, step by step.
func (p *Peer) apportion(slots []*slot, rate float64) {
	var shares [maxSlots]share
	for i, sl := range slots {
		smallest := sl.track.smallest()
		shares[i] = share{limit: smallest.rank, paused: i > 0 && smallest.rate() > rate || sl.closed()}
		if !shares[i].paused {
			rate -= smallest.rate()
		}
	}
	for raised := true; raised; {
		raised = false
		for i, sl := range slots {
			if shares[i].paused {
				continue
			}
			from := sl.fitting(shares[i].limit)
			next := sl.above(from)
			if next == nil || next.rank > sl.ceiling() || next.rate()-from.rate() > rate {
				continue
			}
			rate -= next.rate() - from.rate()
			shares[i].limit, raised = next.rank, true
		}
	}
	told := false
	for i, sl := range slots {
		told = sl.take(shares[i]) || told
	}
	if told {
		p.tell()
	}
}

// take gives the slot its share and reports whether it is paused now and was not, or
// the other way round.
func (sl *slot) take(s share) bool {
	sl.limit = s.limit
	if sl.above(sl.fitting(s.limit)) == nil {
		sl.limit = maxRank // it has what fits, and gets what fits when that changes
	}
	changed := sl.paused != s.paused
	if changed {
		sl.pause(s.paused)
	}
	sl.choose()
	return changed
}

// pause holds the slot's track back, or lets it go on from its next key frame.
func (sl *slot) pause(on bool) {
	sl.paused = on
	sl.await()
}

// byWant returns the peer's busy video slots, most wanted first.
func (p *Peer) byWant() []*slot {
	slots := p.room.slots[:0]
	for _, sl := range p.slots {
		if !sl.audio && sl.track != nil {
			slots = append(slots, sl)
		}
	}
	slices.SortFunc(slots, func(a, b *slot) int {
		return cmp.Compare(a.place, b.place)
	})
	p.room.slots = slots[:0]
	return slots
}
