package sfu

import (
	"math/rand/v2"
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/codec"
	"github.com/roundel-meet/roundel/media/packet"
	"github.com/roundel-meet/roundel/media/sdp"
)

// apply makes the peer's tracks and slots those of an answered offer. What an
// earlier offer had and this one has too goes on undisturbed.
func (p *Peer) apply(session *sdp.Session, sends map[string]meeting.Kind) {
	tracks := make([]*track, 0, len(sends))
	slots := make([]*slot, 0, len(session.Lines))
	p.absID, p.estimates = 0, false
	for i := range session.Lines {
		l := &session.Lines[i]
		if l.Refused {
			continue
		}
		if kind, ok := sends[l.Mid]; ok && l.Sends {
			tracks = append(tracks, p.applyTrack(l, kind))
			p.applyUpstream(l)
		}
		if l.Receives {
			slots = append(slots, p.applySlot(l))
		}
		p.midID = max(p.midID, l.Extensions.Mid)
		p.ridID = max(p.ridID, l.Extensions.RID)
		p.repairedID = max(p.repairedID, l.Extensions.RepairedRID)
		p.twccID = max(p.twccID, l.Extensions.TransportCC)
	}
	for _, t := range p.tracks {
		if !slices.Contains(tracks, t) {
			t.release()
			t.move()
		}
	}
	for _, sl := range p.slots {
		if !slices.Contains(slots, sl) {
			sl.unbind()
		}
	}
	p.tracks, p.slots = tracks, slots
	p.audioSlots, p.videoSlots = 0, 0
	for _, sl := range slots {
		if sl.audio {
			p.audioSlots++
		} else {
			p.videoSlots++
		}
	}
	p.applySendTime(session.Lines)
	for _, t := range tracks {
		t.move()
	}
	p.move()
}

// applyUpstream notes what a sending line without transport-wide feedback agreed on
// instead: times of sending, and that it is told an estimate.
func (p *Peer) applyUpstream(l *sdp.Line) {
	if l.Extensions.TransportCC != 0 || l.Extensions.AbsSendTime == 0 {
		return
	}
	p.absID = l.Extensions.AbsSendTime
	if slices.ContainsFunc(l.Codecs, func(c sdp.Codec) bool { return c.Has("goog-remb") }) {
		p.estimates = true
	}
}

// applySendTime has the peer's packets carry the time of sending when all its
// receiving lines agreed on it and on nothing better.
func (p *Peer) applySendTime(lines []sdp.Line) {
	p.sendTimeID = 0
	for i := range lines {
		l := &lines[i]
		if l.Refused || !l.Receives {
			continue
		}
		id := l.Extensions.AbsSendTime
		if l.Extensions.TransportCC != 0 || id == 0 || p.sendTimeID != 0 && p.sendTimeID != id {
			p.sendTimeID = 0
			return
		}
		p.sendTimeID = id
	}
}

// applyTrack returns the peer's track of a kind with what the line says of it.
func (p *Peer) applyTrack(l *sdp.Line, kind meeting.Kind) *track {
	t := p.room.track(p.id, kind)
	if t == nil {
		t = newTrack(p, kind)
	}
	t.mid, t.descriptor = l.Mid, l.Extensions.DependencyDescriptor
	t.split(l.RIDs)
	t.formats = formatsOf(l)
	if i := slices.IndexFunc(t.formats, func(f format) bool { return f.codec == t.format.codec }); i >= 0 {
		t.format = t.formats[i]
	} else {
		t.format = t.formats[0]
		t.renew()
	}
	if len(l.RIDs) == 0 && len(l.Sources) > 0 {
		only := t.layers[0]
		only.adopt(l.Sources[0].SSRC)
		only.rtx = l.Sources[0].RTX
	}
	return t
}

// applySlot returns the peer's slot of a line.
func (p *Peer) applySlot(l *sdp.Line) *slot {
	var sl *slot
	if i := slices.IndexFunc(p.slots, func(sl *slot) bool { return sl.mid == l.Mid }); i >= 0 {
		sl = p.slots[i]
	} else {
		sl = &slot{
			peer: p, mid: l.Mid, audio: l.Kind == sdp.Audio,
			mapper: packet.NewMapper(rand.Uint64()), rtxSeq: uint16(rand.Uint32() & 0x7fff),
		}
	}
	sl.formats = formatsOf(l)
	if sl.ssrc != l.Local.SSRC {
		sl.most = limit{}
	}
	sl.most.obeyed = slices.ContainsFunc(sl.formats, func(f format) bool { return f.tmmbr })
	sl.ssrc, sl.rtx = l.Local.SSRC, l.Local.RTX
	sl.twcc, sl.descriptor = l.Extensions.TransportCC, l.Extensions.DependencyDescriptor
	return sl
}

func formatsOf(l *sdp.Line) []format {
	formats := make([]format, len(l.Codecs))
	for i, c := range l.Codecs {
		formats[i] = format{
			codec: codec.Parse(c.Name), pt: c.PayloadType, rtx: c.RTX,
			nack: c.Has("nack"), pli: c.Has("nack pli"), fir: c.Has("ccm fir"),
			remb: c.Has("goog-remb"), tmmbr: c.Has("ccm tmmbr"),
		}
	}
	return formats
}
