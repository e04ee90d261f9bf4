package sfu

import (
	"cmp"
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
)

// rebind decides anew what every slot of the room plays. A slot keeps its track
// as long as it is chosen, so that nobody's picture moves without need.
func (r *Room) rebind() {
	r.stale = false
	r.audio = r.audio[:0]
	for _, p := range r.order {
		for _, t := range p.tracks {
			if t.live && t.kind.Audio() {
				r.audio = append(r.audio, t)
			}
		}
	}
	slices.SortStableFunc(r.audio, moreHeard)
	for _, p := range r.order {
		p.bindAudio(r.audio)
		p.bindVideo()
		p.tell()
	}
	for _, p := range r.order {
		for _, t := range p.tracks {
			if len(t.layers) > 1 {
				t.steer() // what slots show them in may be of another size
			}
		}
	}
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
	chosen := p.room.video[:0]
	for _, t := range ordered {
		if len(chosen) == p.audioSlots {
			break
		}
		if t.peer != p && p.decodes(t, true) {
			chosen = append(chosen, t)
		}
	}
	p.place(chosen, true)
	p.room.video = chosen[:0]
}

// bindVideo plays the first tracks that the peer wants and that are live.
func (p *Peer) bindVideo() {
	chosen := p.room.video[:0]
	for _, w := range p.wants {
		if len(chosen) == p.videoSlots {
			break
		}
		t := p.room.track(w.Peer, w.Kind)
		if t != nil && t.live && t.video() && t.peer != p && p.decodes(t, false) && !slices.Contains(chosen, t) {
			chosen = append(chosen, t)
		}
	}
	p.place(chosen, false)
	for _, sl := range p.slots {
		if sl.track != nil && !sl.audio {
			sl.place = p.wanted(sl.track)
			sl.shown = p.wants[sl.place].Pixels
		}
	}
	p.room.video = chosen[:0]
}

// place makes the peer's slots of one medium play exactly the chosen tracks.
func (p *Peer) place(chosen []*track, audio bool) {
	for _, sl := range p.slots {
		if sl.audio == audio && sl.track != nil && !slices.Contains(chosen, sl.track) {
			sl.unbind()
		}
	}
	for _, t := range chosen {
		if sl := p.playing(t); sl != nil {
			if f, ok := sl.formatFor(t); ok {
				sl.format = f
				continue
			}
			sl.unbind()
		}
		if sl := p.freeSlot(t, audio); sl != nil {
			sl.bind(t)
		}
	}
}

// playing returns the peer's slot that plays t, or nil.
func (p *Peer) playing(t *track) *slot {
	for _, sl := range p.slots {
		if sl.track == t {
			return sl
		}
	}
	return nil
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
func (p *Peer) decodes(t *track, audio bool) bool {
	for _, sl := range p.slots {
		if sl.audio == audio {
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
	now := make([]Binding, 0, len(p.slots))
	for _, sl := range p.slots {
		if t := sl.track; t != nil {
			now = append(now, Binding{Mid: sl.mid, Peer: t.peer.id, Kind: t.kind, Paused: sl.paused})
		}
	}
	if !slices.Equal(now, p.told) {
		p.told = now
		p.room.events.slots(p.id, now)
	}
}
