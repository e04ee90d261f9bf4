package sfu

import (
	"cmp"
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
)

// rebind decides anew what slots play, of those whose choice may have changed. A
// slot keeps its track as long as it is chosen, so that nobody's picture moves
// without need. In a large room few slots change at a time: who is heard concerns
// everybody, but a video only those who want it.
func (r *Room) rebind() {
	r.stale = false
	if r.moved.audio {
		r.listen()
	}
	many := len(r.moved.videos) > manyMoved
	for _, p := range r.order {
		if r.moved.audio || p.stale {
			p.bindAudio(r.audio)
		}
		if p.stale || many || p.wantsAny(r.moved.videos) {
			p.bindVideo()
		}
		p.stale = false
		if p.untold {
			p.tell()
		}
	}
	r.moved.audio, r.moved.videos = false, r.moved.videos[:0]
	for i, t := range r.watch {
		t.asking = false
		t.ask()
		r.watch[i] = nil
	}
	r.watch = r.watch[:0]
}

// moved is what has begun or ended, or changed its codec, since slots were bound.
type moved struct {
	audio  bool // or the order in which people are heard
	videos []Want
}

// manyMoved is how many videos are looked for in everybody's wants; when more have
// moved all is decided anew.
const manyMoved = 16

// move notes that what plays the track, or would like to, must be decided anew.
func (t *track) move() {
	r := t.peer.room
	r.stale = true
	switch {
	case !t.video():
		r.moved.audio = true
	case len(r.moved.videos) <= manyMoved:
		r.moved.videos = append(r.moved.videos, Want{Peer: t.peer.id, Kind: t.kind})
	}
}

// move notes that all slots of the peer must be decided anew.
func (p *Peer) move() { p.stale, p.room.stale = true, true }

// wantsAny reports whether the peer wants one of these videos.
func (p *Peer) wantsAny(videos []Want) bool {
	for _, v := range videos {
		if slices.ContainsFunc(p.wants, func(w Want) bool { return w.Kind == v.Kind && w.Peer == v.Peer }) {
			return true
		}
	}
	return false
}

// listen puts the room's live sound in the order in which it is heard.
func (r *Room) listen() {
	r.audio = r.audio[:0]
	for _, p := range r.order {
		for _, t := range p.tracks {
			if t.live && t.kind.Audio() {
				r.audio = append(r.audio, t)
			}
		}
	}
	slices.SortStableFunc(r.audio, moreHeard)
}

// moreHeard orders audio: who speaks now, then who spoke last.
func moreHeard(a, b *track) int {
	if a.peer.speaking != b.peer.speaking {
		if a.peer.speaking {
			return -1
		}
		return 1
	}
	return cmp.Compare(b.peer.spokeAt, a.peer.spokeAt)
}

// bindAudio plays the first tracks of others that the peer can decode.
func (p *Peer) bindAudio(ordered []*track) {
	chosen := p.room.chosen[:0]
	for _, t := range ordered {
		if len(chosen) == p.audioSlots {
			break
		}
		if t.peer != p && p.decodes(t) {
			chosen = append(chosen, t)
		}
	}
	p.place(chosen, true)
	p.room.chosen = chosen[:0]
}

// bindVideo plays the first tracks that the peer wants and that are live, each in
// the size of its place.
func (p *Peer) bindVideo() {
	chosen := p.room.chosen[:0]
	r := p.room
	r.round++
	for i, w := range p.wants {
		if len(chosen) == p.videoSlots {
			break
		}
		t := r.track(w.Peer, w.Kind)
		if t != nil && t.round != r.round && t.live && t.video() && t.peer != p && p.decodes(t) {
			t.round, t.place = r.round, i
			chosen = append(chosen, t)
		}
	}
	p.place(chosen, false)
	r.chosen = chosen[:0]
}

// place makes the peer's slots of one medium play exactly the chosen tracks.
func (p *Peer) place(chosen []*track, audio bool) {
	r := p.room
	r.round++
	for _, t := range chosen {
		t.round = r.round
	}
	for _, sl := range p.slots {
		if sl.audio != audio || sl.track == nil {
			continue
		}
		f, ok := sl.formatFor(sl.track)
		if sl.track.round != r.round || !ok {
			sl.unbind()
			continue
		}
		sl.track.round, sl.format = 0, f
		if !audio {
			sl.show()
			sl.choose()
		}
	}
	for _, t := range chosen {
		if t.round != r.round {
			continue // plays already
		}
		if sl := p.freeSlot(t, audio); sl != nil {
			sl.bind(t)
		}
	}
}

// show gives the slot the place of its track in the peer's wants.
func (sl *slot) show() {
	t := sl.track
	sl.place, sl.shown = t.place, sl.peer.wants[t.place].Pixels
	t.look()
}

// look has the track's publisher asked soon for what is watched.
func (t *track) look() {
	if !t.asking {
		t.asking = true
		t.peer.room.watch = append(t.peer.room.watch, t)
	}
}

// freeSlot returns an empty slot that can play t, or nil.
func (p *Peer) freeSlot(t *track, audio bool) *slot {
	for _, sl := range p.slots {
		if sl.track == nil && sl.audio == audio {
			if _, ok := sl.formatFor(t); ok {
				return sl
			}
		}
	}
	return nil
}

// decodes reports whether any of the peer's slots can play t.
func (p *Peer) decodes(t *track) bool {
	for _, sl := range p.slots {
		if sl.audio != t.video() {
			if _, ok := sl.formatFor(t); ok {
				return true
			}
		}
	}
	return false
}

// track returns a peer's track of a kind, or nil.
func (r *Room) track(peer string, kind meeting.Kind) *track {
	p := r.peers[peer]
	if p == nil {
		return nil
	}
	for _, t := range p.tracks {
		if t.kind == kind {
			return t
		}
	}
	return nil
}

// tell announces the peer's bindings when they changed.
func (p *Peer) tell() {
	p.untold = false
	now := p.room.bindings[:0]
	for _, sl := range p.slots {
		if t := sl.track; t != nil {
			now = append(now, Binding{Mid: sl.mid, Peer: t.peer.id, Kind: t.kind, Paused: sl.paused})
		}
	}
	if !slices.Equal(now, p.told) {
		p.told = slices.Clone(now)
		p.room.events.slots(p.id, p.told)
	}
	p.room.bindings = now[:0]
}
