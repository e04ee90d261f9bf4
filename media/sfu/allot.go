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

// allot pauses the least wanted video while the path is plainly too narrow for
// all, and resumes it when there is room. With one layer per track that is all
// an SFU can do; the most wanted track is never paused, its frames are dropped.
func (p *Peer) allot() {
	need, next := 0.0, (*slot)(nil)
	last := (*slot)(nil)
	count := 0
	for _, sl := range p.byWant() {
		switch {
		case !sl.paused:
			need += sl.track.bitrate
			last = sl
			count++
		case next == nil:
			next = sl
		}
	}
	rate := p.estimator.Rate()
	a := &p.allotment
	if count > 1 && need > shortage*rate && p.estimator.Congested() {
		a.narrow, a.wide = a.narrow+1, 0
	} else {
		a.narrow = 0
	}
	if next != nil && (need+next.track.bitrate)*reserve < rate && !p.estimator.Congested() {
		a.wide++
	} else {
		a.wide = 0
	}
	switch {
	case a.narrow >= pauseAfter:
		*a = allotment{}
		last.pause(true)
		p.tell()
	case a.wide >= resumeAfter:
		*a = allotment{}
		next.pause(false)
		p.tell()
	}
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
