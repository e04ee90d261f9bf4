package sfu

import (
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/codec"
)

// format is a payload type that a line's description gives to a codec.
type format struct {
	codec codec.Codec
	pt    uint8
	rtx   uint8 // payload type of its retransmissions, 0 for none
	nack  bool
	pli   bool
	fir   bool
	remb  bool
	tmmbr bool
}

// track is what a peer publishes as one kind. It is owned by the shard. It has one
// layer, or with simulcast (RFC 8853) one for each size, smallest first.
type track struct {
	peer *Peer
	kind meeting.Kind
	mid  string
	live bool

	formats []format
	format  format
	chosen  int64 // last change of codec

	descriptor uint8 // id of the dependency descriptor in its line, 0 for none

	layers []*layer
	steps  []*step  // of all layers, smallest first
	slots  []*slot  // that play it
	asked  []string // RIDs that the publisher was asked for, if only none; nil: not yet

	// of binding, see Room.rebind
	round  int  // in which it was chosen
	place  int  // in the wants of the peer it was chosen for
	asking bool // the publisher shall be asked soon
}

func newTrack(p *Peer, kind meeting.Kind) *track {
	t := &track{peer: p, kind: kind, live: p.live[kind]}
	t.layers = []*layer{newLayer(t, "")}
	t.arrange()
	return t
}

func (t *track) video() bool { return !t.kind.Audio() }

// split makes the track's layers those of the line's RIDs; none is a single one
// without a RID. A layer that it had and still has goes on undisturbed.
func (t *track) split(rids []string) {
	if len(rids) == 0 {
		rids = []string{""}
	}
	layers := make([]*layer, len(rids))
	for i, rid := range rids {
		if layers[i] = t.layer(rid); layers[i] == nil {
			layers[i] = newLayer(t, rid)
		}
		layers[i].index = i
		layers[i].plan()
	}
	t.layers = layers
	t.arrange()
	for _, sl := range t.slots {
		if !slices.Contains(layers, sl.aim.layer) || sl.layer != nil && !slices.Contains(layers, sl.layer) {
			sl.leave()
		}
	}
	t.state()
}

// layer returns the track's layer with a RID, or nil.
func (t *track) layer(rid string) *layer {
	for _, l := range t.layers {
		if l.rid == rid {
			return l
		}
	}
	return nil
}

// choose makes the format with this payload type the track's, and tells the
// slots when that is another codec.
func (t *track) choose(pt uint8) bool {
	for _, f := range t.formats {
		if f.pt == pt {
			return t.become(f)
		}
	}
	return false
}

// become gives the track another format. Another codec costs all its receivers a
// key frame, so it is accepted only once per claimEvery.
func (t *track) become(f format) bool {
	if f.codec == t.format.codec {
		t.format = f
		return true
	}
	now := t.peer.room.shard.now
	if t.chosen != 0 && now-t.chosen < claimEvery {
		return false
	}
	t.chosen = now
	t.format = f
	t.renew()
	t.move()
	t.peer.room.rebind()
	return true
}

// renew says that what follows has nothing to do with what came before.
func (t *track) renew() {
	for _, l := range t.layers {
		l.renew()
	}
}

// setLive starts or stops forwarding.
func (t *track) setLive(live bool) {
	if t.live == live {
		return
	}
	t.live = live
	t.move()
	if !live {
		for _, l := range t.layers {
			l.missing.Reset()
			l.bitrate, l.octets = 0, 0
			if l.parts != nil {
				l.parts.forget()
			}
		}
	}
}

// tick does what time drives. sweep is true a few times a second.
func (t *track) tick(sweep bool) {
	switch {
	case !sweep:
	case len(t.steps) > 1:
		t.steer()
	default:
		t.ask()
	}
	for _, l := range t.layers {
		l.tick(sweep)
	}
}

// release takes a track away from everybody who plays it.
func (t *track) release() {
	for len(t.slots) > 0 {
		t.slots[len(t.slots)-1].unbind()
	}
	t.live = false
}
