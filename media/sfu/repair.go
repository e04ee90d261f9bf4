package sfu

import (
	"math/bits"

	"github.com/roundel-meet/roundel/media/packet"
)

// repair answers the receiver's NACK with retransmissions (RFC 4588) from the
// track's cache. Lines without RTX get none: sending a number again in its own
// stream with another transport-wide number would use an AEAD nonce twice.
func (sl *slot) repair(fci []byte) {
	s := sl.peer.room.shard
	for {
		seq, mask, rest, ok := packet.NextNACK(fci)
		n := 1 + bits.OnesCount16(mask)
		if !ok || !sl.peer.afford(n) {
			return
		}
		fci = rest
		s.stats.NACKsIn += uint64(n)
		if sl.track == nil || sl.rtx == 0 || sl.format.rtx == 0 {
			continue
		}
		sl.resend(seq)
		for ; mask != 0; mask &= mask - 1 {
			sl.resend(seq + 1 + uint16(bits.TrailingZeros16(mask)))
		}
	}
}

// resend retransmits one packet, unless it just was or the budget is spent.
func (sl *slot) resend(seq uint16) {
	p, s := sl.peer, sl.peer.room.shard
	in, source, run := sl.mapper.Source(seq)
	if run == nil || !p.pacer.repair.Open(s.now) {
		return
	}
	l := sl.track.numbered(source)
	if l == nil {
		return
	}
	e := l.cache.Get(in)
	if e == nil || !sl.mayResend(seq) {
		return
	}
	marker, payload, described := e.Marker, l.cache.Payload(e), []byte(nil)
	if e.Framed {
		marker, payload, described = sl.dress(l, e, run, payload)
	}
	e.Info.Renumber(payload, run.Picture, run.TL0)
	h := packet.Header{
		Marker: marker, PayloadTyp: sl.format.rtx, Seq: sl.rtxSeq,
		Timestamp: e.Timestamp + run.Timestamp, SSRC: sl.rtx,
	}
	sl.rtxSeq++
	body := packet.AppendRTX(s.scratch.rtx[:0], seq, payload)
	p.pacer.repair.Take(len(body) + overhead)
	p.emit(&h, sl, body, described)
	s.stats.Retransmitted++
}

// numbered returns the track's layer with these numbers, or nil; a slot may have
// played another one when it sent what is asked for.
func (t *track) numbered(source uint32) *layer {
	for _, l := range t.layers {
		if l.source == source && l.cache != nil {
			return l
		}
	}
	return nil
}

// mayResend notes the retransmission, and refuses one within half a round trip
// of the last.
func (sl *slot) mayResend(seq uint16) bool {
	if sl.resent == nil {
		sl.resent = make([]resent, resentKept)
	}
	now := sl.peer.room.shard.now
	r := &sl.resent[seq%resentKept]
	if r.at != 0 && r.seq == seq && now-r.at < max(10e6, sl.peer.rtt/2) {
		return false
	}
	*r = resent{now, seq}
	return true
}

// maxPadding bounds the packets of padding in one tick.
const maxPadding = 64

// filler is the payload of a packet that is nothing but padding: its last octet is
// its length (RFC 3550, 5.1).
var filler = [255]byte{254: 255}

// pad sends what a probe of the path lacks. Who gets no video with retransmissions
// is not probed.
func (p *Peer) pad() {
	s := p.room.shard
	for range maxPadding {
		octets := p.estimator.Padding(s.now)
		if octets == 0 {
			return
		}
		s.probing = true
		sl := p.padded()
		if sl == nil {
			return
		}
		sl.pad()
	}
}

// padded returns a slot that can send padding, or nil.
func (p *Peer) padded() *slot {
	for _, sl := range p.slots {
		if sl.layer != nil && sl.rtx != 0 && sl.format.rtx != 0 && sl.packets > 0 && (sl.twcc != 0 || p.estimator.Reported(p.room.shard.now)) {
			return sl
		}
	}
	return nil
}

// pad sends a packet of padding in the stream of retransmissions, where nobody waits
// for what is missing. Packets that were sent before would do, too, but a client that
// checks for replays would count them.
func (sl *slot) pad() {
	shift, _ := sl.mapper.Shift()
	h := packet.Header{
		PayloadTyp: sl.format.rtx, Seq: sl.rtxSeq, SSRC: sl.rtx,
		Timestamp: sl.layer.lastTimestamp + shift, Padding: true,
	}
	sl.rtxSeq++
	sl.peer.emit(&h, sl, filler[:], nil)
}
