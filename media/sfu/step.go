package sfu

import (
	"math"

	"github.com/roundel-meet/roundel/media/codec"
	"github.com/roundel-meet/roundel/media/descriptor"
)

// step is one way in which a track can be shown: all of a layer, or what a decode
// target of it takes.
type step struct {
	layer  *layer
	rank   int  // smaller pictures and frame rates first, among all of the track
	target int8 // decode target of the layer
	slow   bool // the next one is of the same size, at a higher frame rate
	pixels int  // 0: not known
}

// everything is in place of a decode target where nothing is left out.
const everything = -1

// ranks have a layer's index first, then size and frame rate inside it. What is
// whole is above all that is inside.
const (
	maxRank    = math.MaxInt
	layerRanks = 64
	sizeRanks  = 8
)

// plan lists the steps of the layer: of its smallest size every frame rate, of the
// larger ones the highest. A picture that is smaller but moves is better than a
// large one that does not; below the smallest there is only fewer pictures or none.
func (l *layer) plan() {
	l.whole = [1]step{{layer: l, rank: (l.index+1)*layerRanks - 1, target: everything, pixels: l.pixels}}
	l.steps = l.whole[:]
	if l.parts == nil {
		return
	}
	steps := l.parts.steps[:0]
	for spatial := range l.parts.sizes {
		from := len(steps)
		for temporal := range uint8(descriptor.MaxTemporal) {
			target := l.parts.target(descriptor.Layer{Spatial: spatial, Temporal: temporal})
			if target == everything {
				continue
			}
			if from > 0 {
				steps = steps[:from]
			}
			steps = append(steps, step{
				layer: l, rank: l.index*layerRanks + int(spatial)*sizeRanks + int(temporal),
				target: target, slow: true, pixels: l.parts.pixels(spatial, l.pixels),
			})
		}
		if len(steps) > from {
			steps[len(steps)-1].slow = false
		}
	}
	switch {
	case len(steps) == 0:
		return
	case l.parts.sizes == 1: // the highest frame rate is all there is
		steps[len(steps)-1].target = everything
	}
	l.steps = steps
}

// arrange lists the steps of the track. Only of its smallest layer the frame rate is
// ever lowered.
func (t *track) arrange() {
	t.steps = t.steps[:0]
	smallest := true
	for _, l := range t.layers {
		for i := range l.steps {
			if st := &l.steps[i]; smallest || !st.slow {
				t.steps = append(t.steps, st)
			}
		}
		smallest = smallest && !l.offered
	}
}

// replan lists the layer's steps anew, and lets every slot choose among them.
func (l *layer) replan() {
	l.plan()
	l.track.arrange()
	l.track.steer()
}

// fitting returns the smallest step that is large enough for so many pixels, the
// largest for 0 or more than there are, but none above the rank limit.
func (t *track) fitting(pixels, limit int) *step {
	best := t.smallest()
	for _, st := range t.steps {
		if !st.layer.offered || st.rank > limit {
			continue
		}
		best = st
		if !st.slow && pixels > 0 && float64(st.pixels) >= ample*float64(pixels) {
			break
		}
	}
	return best
}

// smallest returns the smallest step that can be sent.
func (t *track) smallest() *step {
	for _, st := range t.steps {
		if st.layer.offered {
			return st
		}
	}
	return t.steps[0]
}

// nearest returns the largest step below st that is sent now, else the smallest
// above it, or nil when none is.
func (t *track) nearest(st *step, now int64) *step {
	var best *step
	for _, other := range t.steps {
		switch {
		case !other.sent(now) || other == st:
		case other.rank < st.rank:
			best = other
		case best == nil:
			return other
		}
	}
	return best
}

// fitting returns the step of its track that fits the slot's place, but none above
// the rank limit.
func (sl *slot) fitting(limit int) *step {
	return sl.track.fitting(sl.shown, min(limit, sl.reach()))
}

// reach is the highest rank that the slot's receiver can put together. Without
// descriptors it takes all AV1 of one time for one frame (RTP Payload Format For
// AV1, 4.4 and 5), and frames that are sealed one by one could not be opened.
func (sl *slot) reach() int {
	if sl.descriptor == 0 && sl.track.format.codec == codec.AV1 && len(sl.track.layers) == 1 {
		return sizeRanks - 1
	}
	return maxRank
}

// above returns the next step for the slot's place above st, or nil.
func (sl *slot) above(st *step) *step {
	ideal := sl.fitting(maxRank)
	for _, next := range sl.track.steps {
		if next.rank > st.rank && next.layer.offered && next.rank <= ideal.rank {
			return next
		}
	}
	return nil
}

// sent reports whether the step brought something lately.
func (st *step) sent(now int64) bool {
	return st.layer.sent(now) && (st.target == everything || st.layer.parts.active>>st.target&1 != 0)
}

// rate returns what the step takes, in bit/s: as measured, or while it is not sent
// as all of its layer.
func (st *step) rate() float64 {
	if st.target != everything && st.layer.parts.bitrate[st.target] > 0 {
		return st.layer.parts.bitrate[st.target]
	}
	return st.layer.rate()
}
