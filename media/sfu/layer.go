package sfu

import (
	"github.com/roundel-meet/roundel/media/codec"
	"github.com/roundel-meet/roundel/media/packet"
)

// Sizes of a layer's cache: for video about two seconds at 2 Mbit/s, for audio
// just enough to hold a batch.
const (
	videoPackets, videoOctets = 1024, 512 << 10
	audioPackets, audioOctets = 128, 32 << 10
	maxPending                = 64
)

// keyEvery is the shortest time between two key frame requests to a layer, and
// keyAgain the time after which one that a slot waits for is repeated.
const (
	keyEvery = 300e6
	keyAgain = 600e6
)

// layer is one RTP stream of a track: its only one, or one of its sizes.
type layer struct {
	track *track
	rid   string // RFC 8852; "" for the only one
	index int    // among the track's layers

	whole [1]step // the step that is all of it
	steps []step  // smallest first: the whole, or what is inside
	parts *parts  // what is inside; nil: nothing that is known

	// as the publisher says, see SetLayers
	offered bool
	pixels  int
	stated  float64 // bit/s

	ssrc   uint32 // 0 until known
	rtx    uint32 // SSRC of retransmissions, 0 until known
	source uint32 // changes whenever numbers begin anew; never 0

	intake    intake
	unwrap    packet.Unwrapper
	reception packet.Reception
	missing   packet.Missing
	cache     *packet.Cache
	pending   []int64 // numbers in the cache that wait for forward

	lastTimestamp uint32
	lastAt        int64
	came          int64               // last time with more than padding
	report        packet.SenderReport // newest of the publisher; NTP 0: none

	claimed   int64 // last time an unannounced stream became the layer's
	keyAsked  int64
	keyWanted bool
	firs      uint8
	watched   int64 // last time that somebody watched it or should

	octets  int // since measured
	measure int64
	bitrate float64 // bit/s, lately
}

func newLayer(t *track, rid string) *layer {
	s := t.peer.room.shard
	l := &layer{track: t, rid: rid, offered: true, source: s.newSource(), measure: s.now}
	l.plan()
	return l
}

// receive takes in one packet whose header h may have been unwrapped from a
// retransmission.
func (l *layer) receive(b []byte, h *packet.Header, retransmitted bool, at int64) {
	t, s := l.track, l.track.peer.room.shard
	if h.PayloadTyp != t.format.pt && !t.choose(h.PayloadTyp) {
		s.stats.Unknown++
		return
	}
	seq, ok := l.place(h, retransmitted, at)
	if !ok {
		return
	}
	if !t.live {
		s.stats.Muted++
		return
	}
	if !l.intake.take(t.video(), h.End-h.Payload, at) {
		s.stats.Dropped++
		return
	}
	if l.cache == nil {
		l.grow()
	}
	payload := b[h.Payload:h.End]
	entry := packet.Entry{Seq: seq, At: at, Timestamp: h.Timestamp, Marker: h.Marker}
	if len(payload) > 0 {
		entry.Info = codec.Describe(t.format.codec, payload)
	}
	var described []byte
	if t.descriptor != 0 || entry.Info.Tiered {
		described = l.sort(h.Extension(b, t.descriptor), &entry, len(payload))
	}
	if l.cache.PutDescribed(entry, described, payload) == nil {
		return
	}
	if l.octets += len(payload); len(payload) > 0 {
		l.came = at
	}
	if seq == l.unwrap.High() {
		l.lastTimestamp, l.lastAt = h.Timestamp, at
	}
	if len(l.pending) == 0 {
		t.flush()
		s.dirty = append(s.dirty, l)
	}
	l.pending = append(l.pending, seq)
	if len(l.pending) == maxPending {
		l.forward()
	}
}

// flush forwards what the layers of a track have pending before another one gets
// some: a slot that changes its layer must get pictures in the order in which they
// came. Clients drop a sealed frame that is behind a later one, and here that would
// be a key frame.
func (t *track) flush() {
	if len(t.layers) == 1 {
		return
	}
	for _, l := range t.layers {
		l.forward()
	}
}

// place extends the packet's number and keeps the lists of what came and what is
// missing.
func (l *layer) place(h *packet.Header, retransmitted bool, at int64) (int64, bool) {
	if retransmitted {
		seq, ok := l.unwrap.Place(h.Seq)
		if ok {
			l.found(seq, at)
		}
		return seq, ok
	}
	before := l.unwrap.High()
	seq, restarted, ok := l.unwrap.Next(h.Seq)
	switch {
	case !ok:
		return 0, false
	case restarted:
		l.renew()
	case before > 0 && seq > before+1 && l.track.format.nack && l.track.live:
		l.missing.Add(before+1, seq-1, at)
	case seq < before:
		l.found(seq, at)
	}
	l.reception.Packet(seq, h.Timestamp, at, l.track.format.codec.ClockRate())
	return seq, true
}

// found notes that a missing packet came, and learns the round trip from it.
func (l *layer) found(seq, at int64) {
	waited, was := l.missing.Found(seq, at)
	if !was {
		return
	}
	p := l.track.peer
	p.room.shard.stats.Recovered++
	if waited > 0 && !p.rttKnown {
		p.rtt += (waited - p.rtt) / 4
	}
}

func (l *layer) grow() {
	l.pending = make([]int64, 0, maxPending)
	if l.track.video() {
		l.cache = packet.NewCache(videoPackets, videoOctets)
	} else {
		l.cache = packet.NewCache(audioPackets, audioOctets)
	}
}

// renew says that the numbers that follow have nothing to do with those before.
// Slots go on at the next key frame.
func (l *layer) renew() {
	l.source = l.track.peer.room.shard.newSource()
	l.reception = packet.Reception{}
	l.report = packet.SenderReport{}
	l.missing.Reset()
	l.pending = l.pending[:0]
	if l.parts != nil {
		*l.parts = parts{}
		l.replan()
	}
	for _, sl := range l.track.slots {
		if sl.layer == l || sl.layer == nil && sl.aim.layer == l {
			sl.await()
		}
	}
}

// adopt takes the stream with this SSRC as the layer's from now on.
func (l *layer) adopt(ssrc uint32) {
	if l.ssrc == ssrc {
		return
	}
	l.ssrc = ssrc
	l.unwrap = packet.Unwrapper{}
	l.renew()
	if l.cache != nil {
		l.cache.Reset()
	}
}

// requestKey asks the publisher for a key frame, at most every keyEvery.
func (l *layer) requestKey() {
	t, p, s := l.track, l.track.peer, l.track.peer.room.shard
	if l.ssrc == 0 || !t.live || !t.video() {
		return
	}
	if !p.ready {
		l.keyWanted = true
		return
	}
	if l.keyAsked != 0 && s.now-l.keyAsked < keyEvery {
		l.keyWanted = true
		return
	}
	l.keyAsked, l.keyWanted = s.now, false
	b := s.scratch.control[:0]
	if t.format.fir && !t.format.pli {
		l.firs++
		b = packet.AppendFIR(b, p.ssrc, l.ssrc, l.firs)
	} else {
		b = packet.AppendPLI(b, p.ssrc, l.ssrc)
	}
	if p.send(b) {
		s.stats.KeyRequests++
	}
}

// tick asks again for what is missing. sweep is true a few times a second.
func (l *layer) tick(sweep bool) {
	p, s := l.track.peer, l.track.peer.room.shard
	if l.missing.Len() > 0 {
		seqs := l.missing.Due(s.scratch.numbers[:0], s.now, p.rtt)
		if len(seqs) > 0 {
			b := packet.AppendNACK(s.scratch.control[:0], p.ssrc, l.ssrc, seqs)
			p.send(b)
			s.stats.NACKsOut += uint64(len(seqs))
		}
	}
	if l.keyWanted && s.now-l.keyAsked >= keyEvery {
		l.requestKey()
	}
	if !sweep {
		return
	}
	for _, sl := range l.track.slots {
		if sl.aim.layer == l && sl.layer != l && !sl.paused && sl.peer.ready && s.now-l.keyAsked >= keyAgain {
			l.requestKey()
			break
		}
	}
	l.gauge(s.now)
}

// gauge measures the bit rate over about a second.
func (l *layer) gauge(now int64) {
	if d := now - l.measure; d >= 1e9 {
		l.bitrate = float64(l.octets) * 8e9 / float64(d)
		if l.parts != nil {
			l.parts.gauge(d)
		}
		l.octets, l.measure = 0, now
	}
}
