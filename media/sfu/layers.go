package sfu

import (
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Layer is one size in which a publisher can send a video.
type Layer struct {
	RID     string // of the line's simulcast (RFC 8852)
	Pixels  int    // width × height
	Bitrate int    // most that its encoder sends, bit/s
}

const (
	// ample is which part of a place's pixels a step must have: enlarged by less
	// than a half in width and height it still looks well.
	ample = 0.5
	// silent is for how long a layer may bring nothing and still count as sent.
	silent = 1e9
	// restAfter is for how long a layer is sent on that nobody watches any more.
	restAfter = 2e9
)

// SetLayers says in which sizes the peer can send a video now, smallest first.
// Until it is called, every RID of the video's line counts as sent.
func (p *Peer) SetLayers(k meeting.Kind, layers []Layer) {
	layers = append([]Layer(nil), layers...)
	p.room.shard.do(p.room, func() {
		p.layers[k] = layers
		if t := p.room.track(p.id, k); t != nil {
			t.state()
		}
	})
}

// state notes what the publisher says of the track's layers. One that it does not
// name it has no use for: a small camera has no large picture.
func (t *track) state() {
	layers := t.peer.layers[t.kind]
	for _, l := range t.layers {
		i := slices.IndexFunc(layers, func(o Layer) bool { return o.RID == l.rid })
		l.offered = i >= 0 || len(layers) == 0
		l.pixels, l.stated = 0, 0
		if i >= 0 {
			l.pixels, l.stated = layers[i].Pixels, float64(layers[i].Bitrate)
		}
		l.plan()
	}
	t.arrange()
	t.steer()
}

// steer lets every slot choose its step anew, and tells the publisher which are
// watched.
func (t *track) steer() {
	for _, sl := range t.slots {
		sl.choose()
	}
	t.ask()
}

// choose decides which step of its track the slot shall play, and asks for a key
// frame where that is of another layer than before.
func (sl *slot) choose() {
	before := sl.aim.layer
	sl.pick()
	if l := sl.aim.layer; l != before && l != sl.layer && sl.peer.ready && !sl.paused {
		l.requestKey()
	}
}

// pick decides which step of its track the slot shall play. While the one that fits
// is not sent, it is the next smaller one that is, or else a larger one.
func (sl *slot) pick() {
	t, now := sl.track, sl.peer.room.shard.now
	sl.target = sl.fitting(min(sl.limit, sl.ceiling()))
	sl.aim = sl.target
	if len(t.steps) > 1 && !sl.target.sent(now) {
		if st := t.nearest(sl.target, now); st != nil && st.rank <= sl.reach() {
			sl.aim = st
		}
	}
	if sl.aim.target != everything {
		sl.prepare()
	}
}

// sent reports whether the layer brought something lately.
func (l *layer) sent(now int64) bool { return l.came != 0 && now-l.came < silent }

// rate returns what the layer takes, in bit/s: as measured, or while it is not
// sent as its publisher says.
func (l *layer) rate() float64 {
	if l.bitrate > 0 {
		return l.bitrate
	}
	return l.stated
}

// welcomes reports whether the slot may go over to l at its next key frame: to the
// one that fits, or to the one that it shall play while that is not sent; while it
// plays none also to a smaller one, so that there is a picture soon.
func (sl *slot) welcomes(l *layer) bool {
	target, aim := sl.target.layer, sl.aim.layer
	switch {
	case l == target:
		return true
	case sl.layer == target && aim != l:
		return false
	case sl.layer == target: // which brings nothing any more, unless it just began to
		return !target.sent(sl.peer.room.shard.now)
	}
	return l == aim || sl.layer == nil && l.index < target.index
}

// ask tells the publisher which layers somebody watches or should. What nobody
// watches costs it nothing.
func (t *track) ask() {
	if !t.video() || !t.live {
		return
	}
	now := t.peer.room.shard.now
	for _, sl := range t.slots {
		if sl.paused {
			continue
		}
		sl.target.layer.watched = now
		if sl.layer != nil {
			sl.layer.watched = now
		}
		if len(t.layers) == 1 {
			break // one viewer is enough to know, of a thousand
		}
	}
	rids := t.peer.room.rids[:0]
	for _, l := range t.layers {
		if l.watched != 0 && now-l.watched < restAfter {
			rids = append(rids, l.rid)
		}
	}
	t.peer.room.rids = rids[:0]
	if t.asked == nil || !slices.Equal(rids, t.asked) {
		t.asked = append([]string{}, rids...)
		t.peer.room.events.layers(t.peer.id, t.kind, t.asked)
	}
}
