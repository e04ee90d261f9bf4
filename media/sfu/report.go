package sfu

import (
	"github.com/roundel-meet/roundel/media/packet"
)

// reportEvery is the time between two reports of a kind to a peer.
const reportEvery = 1e9

// clockWindow is how long the smallest difference of clocks is trusted: long
// enough to meet a quiet moment, short enough for clocks that drift.
const clockWindow = 30e9

// clock relates a publisher's wall clock to ours. All tracks of a peer share it,
// so that sound and picture stay together.
type clock struct {
	offset, next int64 // ours minus theirs, smallest seen: least delay
	since        int64
	known        bool
}

// hear takes the difference between a report's arrival and its NTP time.
func (c *clock) hear(difference, now int64) {
	if !c.known || difference < c.offset-10e9 || difference > c.offset+10e9 {
		*c = clock{offset: difference, next: difference, since: now, known: true}
		return
	}
	if now-c.since > clockWindow {
		c.offset, c.next, c.since = c.next, difference, now
	}
	c.offset, c.next = min(c.offset, difference), min(c.next, difference)
}

// timestampNow returns the RTP timestamp that belongs to this moment in the
// layer's own timeline.
func (l *layer) timestampNow() uint32 {
	p, s := l.track.peer, l.track.peer.room.shard
	rate := int64(l.track.format.codec.ClockRate())
	if l.report.NTP != 0 && p.clock.known {
		captured := packet.UnixNTP(l.report.NTP) + p.clock.offset
		return l.report.Timestamp + uint32((s.now+s.wall-captured)/1000*rate/1e6)
	}
	return l.lastTimestamp + uint32((s.now-l.lastAt)/1000*rate/1e6)
}

// reports sends the peer sender reports of its slots and one receiver report of
// its tracks, each with our canonical name (RFC 3550, 6.1).
func (p *Peer) reports() {
	s := p.room.shard
	b := s.scratch.control[:0]
	blocks := s.scratch.blocks[:0]
	for _, t := range p.tracks {
		for _, l := range t.layers {
			if l.ssrc != 0 && l.reception.Received() > 0 && len(blocks) < cap(blocks) {
				p.up.add(l.reception.Interval())
				blocks = append(blocks, l.reception.Block(l.ssrc, s.now))
			}
		}
	}
	if len(blocks) > 0 {
		b = packet.AppendReceiverReport(b, p.ssrc, blocks)
		b = packet.AppendCNAME(b, p.ssrc, cname)
	}
	for _, sl := range p.slots {
		if len(b) > 1000 {
			p.send(b)
			b = b[:0]
		}
		b = sl.appendReport(b)
	}
	if len(b) > 0 {
		p.send(b)
	}
}

// appendReport appends the slot's SR and SDES, when it plays something.
func (sl *slot) appendReport(b []byte) []byte {
	shift, ok := sl.mapper.Shift()
	if !ok || sl.layer == nil || sl.packets == 0 {
		return b
	}
	s := sl.peer.room.shard
	b = packet.AppendSenderReport(b, packet.SenderReport{
		SSRC: sl.ssrc, NTP: packet.NTP(s.now + s.wall),
		Timestamp: sl.layer.timestampNow() + shift,
		Packets:   sl.packets, Octets: sl.octets,
	})
	return packet.AppendCNAME(b, sl.ssrc, cname)
}

// cname is our canonical name: one clock, one name. It says nothing of anybody.
const cname = "roundel"

// feedback tells the publisher when its packets arrived.
func (p *Peer) feedback() {
	for i := 0; i < 4 && p.recorder.Pending(); i++ {
		b := p.recorder.AppendFeedback(p.room.shard.scratch.control[:0], p.ssrc, p.firstSSRC())
		if len(b) == 0 {
			return
		}
		p.send(b)
	}
}
