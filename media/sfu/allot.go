package sfu

import (
	"cmp"
	"slices"
)

// Patience of the allotment, in judgements of one second each: a path that is
// too narrow loses its least wanted video after a while, and gets it back later.
const (
	pauseAfter  = 3
	resumeAfter = 5
	shortage    = 1.25 // times the estimate is more than its caution explains
	reserve     = 1.2  // times the need must fit before a paused track comes back
)

// allotment remembers for how long a peer's path has been too narrow or wide.
type allotment struct{ narrow, wide int }

// allot gives the least wanted video less while the path is plainly too narrow for
// all, and more when there is room: first a smaller layer, then nothing. The most
// wanted track is never paused; its frames are dropped.
func (p *Peer) allot() {
	slots := p.byWant()
	need, count := 0.0, 0
	for _, sl := range slots {
		if !sl.paused {
			need += sl.bitrate()
			count++
		}
	}
	rate := p.estimator.Rate()
	a := &p.allotment
	a.narrow++
	less := lessFor(slots, count)
	if less == nil || need <= shortage*rate || !p.estimator.Congested() {
		a.narrow = 0
	}
	a.wide++
	more, cost := moreFor(slots)
	if more == nil || (need+cost)*reserve >= rate || p.estimator.Congested() {
		a.wide = 0
	}
	switch {
	case a.narrow >= pauseAfter:
		*a = allotment{}
		less.less()
		p.tell()
	case a.wide >= resumeAfter:
		*a = allotment{}
		more.more()
		p.tell()
	}
}

// lessFor returns the least wanted slot that can do with less, or nil.
func lessFor(slots []*slot, playing int) *slot {
	for _, sl := range slices.Backward(slots) {
		if !sl.paused && sl.target.smaller() != nil {
			return sl
		}
	}
	for _, sl := range slices.Backward(slots) {
		if !sl.paused && playing > 1 {
			return sl
		}
	}
	return nil
}

// moreFor returns the slot that is first to get more, and what that takes in
// bit/s, or nil.
func moreFor(slots []*slot) (*slot, float64) {
	for _, sl := range slots {
		if sl.paused {
			return sl, sl.target.rate()
		}
	}
	for _, sl := range slots {
		if next := sl.larger(); next != nil {
			return sl, next.rate() - sl.target.rate()
		}
	}
	return nil, 0
}

// less makes the slot play a smaller layer, or nothing.
func (sl *slot) less() {
	if smaller := sl.target.smaller(); smaller != nil {
		sl.limit = smaller.index
		sl.choose()
	} else {
		sl.pause(true)
	}
}

// more makes the slot play again, or a larger layer.
func (sl *slot) more() {
	if sl.paused {
		sl.pause(false)
	} else if next := sl.larger(); next != nil {
		sl.limit = next.index
		sl.choose()
	}
}

// bitrate returns what the slot's video takes, in bit/s.
func (sl *slot) bitrate() float64 {
	if sl.layer != nil {
		return sl.layer.bitrate
	}
	return sl.aim.bitrate
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
		return cmp.Compare(p.wanted(a.track), p.wanted(b.track))
	})
	p.room.slots = slots[:0]
	return slots
}

// wanted returns the place of a track in the peer's wants.
func (p *Peer) wanted(t *track) int {
	return slices.IndexFunc(p.wants, func(w Want) bool {
		return w.Kind == t.kind && w.Peer == t.peer.id
	})
}
