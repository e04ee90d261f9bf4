package sfu

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/codec"
	"github.com/roundel-meet/roundel/media/packet"
)

// Sizes of a track's cache: for video about two seconds at 2 Mbit/s, for audio
// just enough to hold a batch.
const (
	videoPackets, videoOctets = 1024, 512 << 10
	audioPackets, audioOctets = 128, 32 << 10
	maxPending                = 64
)

// keyEvery is the shortest time between two key frame requests to a track, and
// keyAgain the time after which one that a slot waits for is repeated.
const (
	keyEvery = 300e6
	keyAgain = 600e6
)

// format is a payload type that a line's description gives to a codec.
type format struct {
	codec codec.Codec
	pt    uint8
	rtx   uint8 // payload type of its retransmissions, 0 for none
	nack  bool
	pli   bool
	fir   bool
}

// track is one stream that a peer publishes. It is owned by the shard. It has one
// layer; simulcast and SVC will add more.
type track struct {
	peer *Peer
	kind meeting.Kind
	mid  string
	live bool

	formats []format
	format  format
	ssrc    uint32 // 0 until known
	rtx     uint32 // SSRC of retransmissions, 0 until known
	source  uint32 // changes whenever numbers begin anew; never 0
	slots   []*slot

	intake    intake
	unwrap    packet.Unwrapper
	reception packet.Reception
	missing   packet.Missing
	cache     *packet.Cache
	pending   []int64 // numbers in the cache that wait for forward

	lastTimestamp uint32
	lastAt        int64
	report        packet.SenderReport // newest of the publisher; NTP 0: none

	claimed   int64 // last time an unannounced stream became the track's
	chosen    int64 // last change of codec
	keyAsked  int64
	keyWanted bool
	firs      uint8

	octets  int // since measured
	measure int64
	bitrate float64 // bit/s, lately
}

func (t *track) video() bool { return !t.kind.Audio() }

// receive takes in one packet whose header h may have been unwrapped from a
// retransmission.
func (t *track) receive(b []byte, h *packet.Header, retransmitted bool, at int64) {
	s := t.peer.room.shard
	if h.PayloadTyp != t.format.pt && !t.choose(h.PayloadTyp) {
		s.stats.Unknown++
		return
	}
	seq, ok := t.place(h, retransmitted, at)
	if !ok {
		return
	}
	if !t.live {
		s.stats.Muted++
		return
	}
	if !t.intake.take(t.video(), h.End-h.Payload, at) {
		s.stats.Dropped++
		return
	}
	if t.cache == nil {
		t.grow()
	}
	payload := b[h.Payload:h.End]
	entry := packet.Entry{Seq: seq, At: at, Timestamp: h.Timestamp, Marker: h.Marker}
	if len(payload) > 0 {
		entry.Info = codec.Describe(t.format.codec, payload)
	}
	if t.cache.Put(entry, payload) == nil {
		return
	}
	t.octets += len(payload)
	if seq == t.unwrap.High() {
		t.lastTimestamp, t.lastAt = h.Timestamp, at
	}
	if len(t.pending) == 0 {
		s.dirty = append(s.dirty, t)
	}
	t.pending = append(t.pending, seq)
	if len(t.pending) == maxPending {
		t.forward()
	}
}

// place extends the packet's number and keeps the lists of what came and what is
// missing.
func (t *track) place(h *packet.Header, retransmitted bool, at int64) (int64, bool) {
	if retransmitted {
		seq, ok := t.unwrap.Place(h.Seq)
		if ok {
			t.found(seq, at)
		}
		return seq, ok
	}
	before := t.unwrap.High()
	seq, restarted, ok := t.unwrap.Next(h.Seq)
	switch {
	case !ok:
		return 0, false
	case restarted:
		t.renew()
	case before > 0 && seq > before+1 && t.format.nack && t.live:
		t.missing.Add(before+1, seq-1, at)
	case seq < before:
		t.found(seq, at)
	}
	t.reception.Packet(seq, h.Timestamp, at, t.format.codec.ClockRate())
	return seq, true
}

// found notes that a missing packet came, and learns the round trip from it.
func (t *track) found(seq, at int64) {
	waited, was := t.missing.Found(seq, at)
	if !was {
		return
	}
	t.peer.room.shard.stats.Recovered++
	if waited > 0 && !t.peer.rttKnown {
		t.peer.rtt += (waited - t.peer.rtt) / 4
	}
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
	t.peer.room.rebind()
	return true
}

func (t *track) grow() {
	t.pending = make([]int64, 0, maxPending)
	if t.video() {
		t.cache = packet.NewCache(videoPackets, videoOctets)
	} else {
		t.cache = packet.NewCache(audioPackets, audioOctets)
	}
}

// renew says that the numbers that follow have nothing to do with those before.
// Slots go on at the next key frame.
func (t *track) renew() {
	t.source = t.peer.room.shard.newSource()
	t.reception = packet.Reception{}
	t.report = packet.SenderReport{}
	t.missing.Reset()
	t.pending = t.pending[:0]
	for _, sl := range t.slots {
		sl.await()
	}
}

// adopt takes the stream with this SSRC as the track's from now on.
func (t *track) adopt(ssrc uint32) {
	if t.ssrc == ssrc {
		return
	}
	t.ssrc = ssrc
	t.unwrap = packet.Unwrapper{}
	t.renew()
	if t.cache != nil {
		t.cache.Reset()
	}
}

// setLive starts or stops forwarding.
func (t *track) setLive(live bool) {
	if t.live == live {
		return
	}
	t.live = live
	t.peer.room.stale = true
	if !live {
		t.missing.Reset()
		t.bitrate, t.octets = 0, 0
	}
}

// requestKey asks the publisher for a key frame, at most every keyEvery.
func (t *track) requestKey() {
	s := t.peer.room.shard
	if t.ssrc == 0 || !t.live || !t.video() {
		return
	}
	if !t.peer.ready {
		t.keyWanted = true
		return
	}
	if t.keyAsked != 0 && s.now-t.keyAsked < keyEvery {
		t.keyWanted = true
		return
	}
	t.keyAsked, t.keyWanted = s.now, false
	b := s.scratch.control[:0]
	if t.format.fir && !t.format.pli {
		t.firs++
		b = packet.AppendFIR(b, t.peer.ssrc, t.ssrc, t.firs)
	} else {
		b = packet.AppendPLI(b, t.peer.ssrc, t.ssrc)
	}
	if t.peer.send(b) {
		s.stats.KeyRequests++
	}
}

// tick asks again for what is missing. sweep is true a few times a second.
func (t *track) tick(sweep bool) {
	s := t.peer.room.shard
	if t.missing.Len() > 0 {
		seqs := t.missing.Due(s.scratch.numbers[:0], s.now, t.peer.rtt)
		if len(seqs) > 0 {
			b := packet.AppendNACK(s.scratch.control[:0], t.peer.ssrc, t.ssrc, seqs)
			t.peer.send(b)
			s.stats.NACKsOut += uint64(len(seqs))
		}
	}
	if t.keyWanted && s.now-t.keyAsked >= keyEvery {
		t.requestKey()
	}
	if !sweep {
		return
	}
	for _, sl := range t.slots {
		if sl.waiting && !sl.paused && sl.peer.ready && s.now-t.keyAsked >= keyAgain {
			t.requestKey()
			break
		}
	}
	t.gauge(s.now)
}

// gauge measures the bit rate over about a second.
func (t *track) gauge(now int64) {
	if d := now - t.measure; d >= 1e9 {
		t.bitrate = float64(t.octets) * 8e9 / float64(d)
		t.octets, t.measure = 0, now
	}
}
