package sfu

import (
	"github.com/roundel-meet/roundel/media/packet"
)

// forward gives the layer's new packets to every slot that plays it or is about
// to: slots in the outer loop, packets in the inner, so that each peer's packets
// leave as one train.
func (l *layer) forward() {
	if len(l.pending) == 0 {
		return
	}
	if l.cache == nil || l.track.peer.gone {
		l.pending = l.pending[:0]
		return
	}
	sc := &l.track.peer.room.shard.scratch
	n := 0
	for _, seq := range l.pending {
		if e := l.cache.Get(seq); e != nil {
			sc.entries[n], sc.payloads[n] = e, l.cache.Payload(e)
			n++
		}
	}
	l.pending = l.pending[:0]
	for _, sl := range l.track.slots {
		if sl.peer.ready && !sl.paused && (sl.layer == l || sl.welcomes(l)) {
			sl.push(l, sc.entries[:n], sc.payloads[:n])
		}
	}
}

// push sends or queues packets of a layer that the slot plays, or begins to play
// with one of them.
func (sl *slot) push(l *layer, entries []*packet.Entry, payloads [][]byte) {
	p := sl.peer
	now := p.room.shard.now
	for i, e := range entries {
		if sl.layer != l {
			if !sl.begins(l, e, now) {
				continue
			}
			sl.enter(l, e, now)
		}
		if leaves, pictures := sl.leaves(l, e); leaves && sl.mapper.Skip(e.Seq, pictures) {
			continue
		}
		if !sl.audio && !p.pacer.open(now) {
			if !p.enqueue(sl, e.Seq) {
				sl.drop()
			}
			continue
		}
		sl.send(e, payloads[i])
	}
}

// send rewrites one packet for the slot and gives it to the egress.
func (sl *slot) send(e *packet.Entry, payload []byte) {
	p, s := sl.peer, sl.peer.room.shard
	out, run := sl.mapper.Map(sl.layer.source, e, s.now)
	if run == nil {
		return
	}
	marker, described := e.Marker, []byte(nil)
	if e.Framed {
		marker, payload, described = sl.dress(sl.layer, e, run, payload)
	}
	h := packet.Header{
		Marker: marker || sl.mark, PayloadTyp: sl.format.pt, Seq: uint16(out),
		Timestamp: e.Timestamp + run.Timestamp, SSRC: sl.ssrc,
	}
	sl.mark = false
	if e.Info.PictureAt|e.Info.TL0At != 0 {
		e.Info.Renumber(payload, run.Picture, run.TL0)
	}
	p.emit(&h, sl, payload, described)
	sl.packets++
	sl.octets += uint32(len(payload))
}

// overhead is what a packet of ours costs on the wire besides RTP header and
// payload: AEAD tag, UDP and IPv4 headers.
const overhead = 16 + 8 + 20

// emit writes the header of a packet of the slot's line, counts the packet and sends
// it. described is its dependency descriptor, empty for none.
func (p *Peer) emit(h *packet.Header, sl *slot, payload, described []byte) {
	s := p.room.shard
	size := packet.MaxHeader + overhead + len(payload) + len(described)
	var twcc uint16
	if sl.twcc != 0 {
		twcc = p.estimator.Sent(size, s.now)
	} else {
		p.estimator.Passed(size, s.now)
	}
	var n int
	switch {
	case len(described) > 0:
		n = packet.PutDescribed(s.scratch.header[:], h, sl.twcc, twcc, sl.descriptor, described)
	case sl.twcc == 0 && p.sendTimeID != 0:
		packet.PutHeader(s.scratch.header[:], h, 0, 0)
		n = packet.PutSendTime(s.scratch.header[:], p.sendTimeID, s.now)
	default:
		n = packet.PutHeader(s.scratch.header[:], h, sl.twcc, twcc)
	}
	s.out.RTP(p.conn, s.scratch.header[:n], payload)
	p.pacer.bucket.Take(size)
	s.stats.PacketsOut++
	s.stats.OctetsOut += uint64(size)
}

// drop gives up what the slot has queued and waits for a key frame: a hole in
// the middle of a frame would only freeze the picture.
func (sl *slot) drop() {
	sl.peer.room.shard.stats.Dropped++
	sl.await()
}
