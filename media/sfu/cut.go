package sfu

import (
	"github.com/roundel-meet/roundel/media/descriptor"
	"github.com/roundel-meet/roundel/media/packet"
)

// patience is how long a slot waits for a frame with which a decode target may begin
// before it asks for a key frame. Another size begins with nothing else.
const patience = 2e9

// cut is what a slot leaves out of the stream that it plays.
type cut struct {
	source   uint32 // of the frame numbers
	target   int8   // decode target that it plays
	since    int64  // when it was to play another one, 0: it plays the one it should
	verdicts [frameWindow]verdict
}

// verdict is what became of a frame, for all its packets alike and once for all:
// those that come late, and those that are asked for again.
type verdict struct {
	number uint16
	said   bool
	left   bool // it is not sent
	closes bool // it is the largest of its picture that is sent
}

// prepare lets the slot leave frames out.
func (sl *slot) prepare() {
	if sl.cut == nil {
		sl.cut = &cut{target: everything}
		sl.mapper.Widen()
	}
}

// leaves reports whether the slot leaves out a packet of the layer that it plays, and
// how many picture numbers go with it.
func (sl *slot) leaves(l *layer, e *packet.Entry) (leaves bool, pictures uint16) {
	if l.parts == nil || !e.Framed || sl.cut == nil {
		return e.Empty(), 0
	}
	v, fresh := sl.judge(l, e.Frame)
	if fresh && v.left && numbersPictures(sl.format.codec) {
		pictures = 1
	}
	return v.left || e.Empty(), pictures
}

// judge decides what becomes of a frame, unless that is decided. The slot goes over
// to another decode target with a frame that says so, if all that it refers to was
// sent; what refers to something that was left out is left out, too.
func (sl *slot) judge(l *layer, number uint16) (v verdict, fresh bool) {
	c, p := sl.cut, l.parts
	if c.source != l.source {
		*c = cut{source: l.source, target: everything}
	}
	known := &c.verdicts[number%frameWindow]
	if known.said && known.number == number {
		return *known, false
	}
	f := p.frame(number)
	if f == nil {
		return verdict{}, false
	}
	complete := c.complete(f)
	if want := sl.wanted(l); want == c.target {
		c.since = 0
	} else {
		sl.turn(l, f, want, complete)
	}
	v = verdict{number: number, said: true, left: !complete}
	if c.target != everything {
		v.left = v.left || f.in>>c.target&1 == 0
		v.closes = f.spatial == p.layers[c.target].Spatial
	}
	*known = v
	return v, true
}

// turn lets the slot play the decode target want from this frame on, if it may begin
// there. If it might but for frames that were left out, a key frame is needed: at
// once for another size, else when nothing has come of itself for a while.
func (sl *slot) turn(l *layer, f *coded, want int8, complete bool) {
	c, p, now := sl.cut, l.parts, sl.peer.room.shard.now
	switch begins := want == everything || f.enter>>want&1 != 0; {
	case begins && complete:
		c.target, c.since = want, 0
		return
	case c.since == 0:
		c.since = now
	}
	resized := want != everything && c.target != everything && p.layers[want].Spatial != p.layers[c.target].Spatial
	if resized && f.enter>>want&1 != 0 || now-c.since > patience {
		l.requestKey()
	}
}

// complete reports whether nothing to which the frame refers was left out. What is
// not known was sent, or is on its way.
func (c *cut) complete(f *coded) bool {
	for _, number := range f.refs[:f.count] {
		if v := &c.verdicts[number%frameWindow]; v.said && v.number == number && v.left {
			return false
		}
	}
	return true
}

// wanted returns the decode target of the layer that the slot shall play. While it
// waits for another layer, it stays with what it has.
func (sl *slot) wanted(l *layer) int8 {
	if sl.aim.layer == l {
		return sl.aim.target
	}
	return sl.cut.target
}

// dress returns what a packet looks like to the slot's receiver: whether it ends a
// picture, its payload, which is nothing when it only fills the number of one that
// was left out too late, and its descriptor.
func (sl *slot) dress(l *layer, e *packet.Entry, run *packet.Run, payload []byte) (marker bool, _, described []byte) {
	var v verdict
	if sl.cut != nil && sl.cut.source == l.source {
		if known := sl.cut.verdicts[e.Frame%frameWindow]; known.said && known.number == e.Frame {
			v = known
		}
	}
	if v.left {
		return false, nil, nil
	}
	described = l.cache.Descriptor(e)
	if len(described) == 0 {
		return e.Marker, payload, nil
	}
	marker = e.Marker || v.closes && descriptor.Ends(described)
	if sl.descriptor == 0 {
		return marker, payload, nil
	}
	descriptor.SetNumber(described, e.Frame+run.Frame)
	return marker, payload, described
}
