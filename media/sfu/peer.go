package sfu

import (
	"math/rand/v2"
	"sync"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/congestion"
	"github.com/roundel-meet/roundel/media/packet"
	"github.com/roundel-meet/roundel/media/sdp"
	"github.com/roundel-meet/roundel/media/transport"
)

// errTaken is returned for a second peer with the same id.
var errTaken = meeting.Errorf(meeting.CodeConflict, "This participant has a media connection already.")

// firstRTT is what a round trip is taken for until it is measured.
const firstRTT = 100e6

// Peer is one connection of a room: what it publishes and what it receives.
type Peer struct {
	// immutable
	id   string
	room *Room
	ssrc uint32 // of our reports and feedback to this peer

	// in: one offer at a time
	offering sync.Mutex
	link     *transport.Conn    // nil before the first
	remote   *sdp.Session       // whose ICE credentials link has
	numbers  map[string]numbers // by mid, constant across offers
	base     uint32             // where they begin
	counted  uint32             // how many there ever were
	session  uint64             // of our answers
	version  uint64

	// owned by the shard
	conn   *transport.Conn
	gone   bool
	ready  bool // keys are there, packets can be sent
	tracks []*track
	slots  []*slot
	// header extension ids in what the peer sends, 0 for none
	midID, ridID, repairedID, twccID uint8
	absID                            uint8 // of the time of sending, where there is no twccID
	sendTimeID                       uint8 // of the time of sending in what the peer gets, 0 for none
	estimates                        bool  // it wants to be told what its upstream carries
	limited                          bool  // it named limits of slots

	videoSlots int
	audioSlots int
	live       map[meeting.Kind]bool
	layers     map[meeting.Kind][]Layer // as the peer says
	wants      []Want
	speaking   bool
	spokeAt    int64

	estimator congestion.Estimator
	pacer     pacer
	recorder  congestion.Recorder
	upstream  congestion.Receiver
	saidRate  float64 // of the upstream
	saidAt    int64
	clock     clock
	rtt       int64
	rttKnown  bool
	rttAt     int64 // when it was last measured
	allotment allotment

	said     said // what the peer measured itself
	up, down pool // of media
	fed      struct{ expected, lost int64 }
	grade    grade

	work     int   // asked of us since the last sweep
	reported int64 // last reports
	judged   int64 // last judgement of quality
	told     []Binding
	stale    bool // what its slots play must be decided anew
	untold   bool // what they play may have changed
}

// numbers are the SSRCs of a slot.
type numbers struct{ ssrc, rtx uint32 }

// Want is one video track that a peer would like to see.
type Want struct {
	Peer   string
	Kind   meeting.Kind
	Pixels int // width × height in device pixels of the place it is shown
}

func newPeer(r *Room, id string) *Peer {
	base := randomBase()
	return &Peer{
		id: id, room: r, ssrc: base,
		numbers: make(map[string]numbers), base: base, session: rand.Uint64() >> 2,
		live: make(map[meeting.Kind]bool), layers: make(map[meeting.Kind][]Layer),
	}
}

// begin starts the peer's clocks on its shard.
func (p *Peer) begin() {
	now := p.room.shard.now
	p.rtt = firstRTT
	p.estimator = congestion.NewEstimator(now)
	p.pacer.bucket = congestion.NewBucket(paceOf(&p.estimator, now), now)
	p.pacer.repair = congestion.NewBucket(repairRate(p.estimator.Rate()), now)
	p.reported, p.judged = now, now
}

// repairRate is what retransmissions may take of an estimate, in bit/s.
func repairRate(estimate float64) float64 { return max(estimate/2, 500e3) }

// Close takes the peer out of the room and closes its connection.
func (p *Peer) Close() {
	p.room.shard.do(p.room, func() {
		if p.gone {
			return
		}
		p.gone = true
		p.room.leave(p)
		for _, sl := range p.slots {
			sl.unbind()
		}
		p.disconnect()
	})
}

func (p *Peer) disconnect() {
	p.ready = false
	if p.conn != nil {
		p.room.shard.hangUp(p.conn)
	}
}

// SetLive says that the peer's track of a kind carries media, or that it is
// muted: then nothing of it is forwarded, whatever arrives.
func (p *Peer) SetLive(k meeting.Kind, live bool) {
	p.room.shard.do(p.room, func() {
		p.live[k] = live
		for _, t := range p.tracks {
			if t.kind == k {
				t.setLive(live)
			}
		}
	})
}

// maxWants bounds the list of wants; nobody has more slots.
const maxWants = 128

// SetWants replaces the video tracks that the peer would like to see, most wanted
// first. As many are bound as there are video slots.
func (p *Peer) SetWants(wants []Want) {
	wants = append([]Want(nil), wants[:min(len(wants), maxWants)]...)
	p.room.shard.do(p.room, func() { p.want(wants) })
}

func (p *Peer) want(wants []Want) {
	p.wants = wants
	p.move()
}

// SetSpeaking says whether the peer speaks. It decides who is heard when there
// are more live microphones than audio slots.
func (p *Peer) SetSpeaking(speaking bool) {
	p.room.shard.do(p.room, func() { p.speak(speaking) })
}

func (p *Peer) speak(speaking bool) {
	p.speaking, p.spokeAt = speaking, p.room.shard.now
	p.room.stale, p.room.moved.audio = true, true
}

// send gives the peer an RTCP compound packet.
func (p *Peer) send(compound []byte) bool {
	return p.ready && p.room.shard.out.RTCP(p.conn, compound)
}

// layerOf returns the layer with this SSRC, and whether it is that of its
// retransmissions.
func (p *Peer) layerOf(ssrc uint32) (l *layer, rtx bool) {
	if ssrc == 0 {
		return nil, false
	}
	for _, t := range p.tracks {
		for _, l := range t.layers {
			switch ssrc {
			case l.ssrc:
				return l, false
			case l.rtx:
				return l, true
			}
		}
	}
	return nil, false
}

// slotOf returns the slot with this SSRC, or nil.
func (p *Peer) slotOf(ssrc uint32) *slot {
	for _, sl := range p.slots {
		if sl.ssrc == ssrc {
			return sl
		}
	}
	return nil
}

// firstSSRC returns any SSRC that the peer sends, 0 for none.
func (p *Peer) firstSSRC() uint32 {
	for _, t := range p.tracks {
		for _, l := range t.layers {
			if l.ssrc != 0 {
				return l.ssrc
			}
		}
	}
	return 0
}

// receive takes in a decrypted RTP packet.
func (p *Peer) receive(b []byte, at int64) {
	s := p.room.shard
	h, ok := packet.ParseHeader(b)
	if !ok {
		s.stats.Rejected++
		return
	}
	s.stats.PacketsIn++
	s.stats.OctetsIn += uint64(len(b))
	if e := h.Extension(b, p.twccID); len(e) == 2 {
		p.recorder.Arrived(uint16(e[0])<<8|uint16(e[1]), at)
	} else if e := h.Extension(b, p.absID); len(e) == 3 {
		p.upstream.Arrived(uint32(e[0])<<16|uint32(e[1])<<8|uint32(e[2]), len(b)+overhead, at)
	}
	l, rtx := p.layerOf(h.SSRC)
	if l == nil {
		if l, rtx = p.identify(b, &h); l == nil {
			s.stats.Unknown++
			return
		}
	}
	if rtx && !l.unwrapRTX(b, &h) {
		return // a probe: nothing but padding
	}
	l.receive(b, &h, rtx, at)
}

// tick does what time drives. sweep is true a few times a second.
func (p *Peer) tick(sweep bool) {
	if p.gone || p.conn == nil {
		return
	}
	for _, t := range p.tracks {
		t.tick(sweep)
	}
	if sweep {
		p.work = 0
	}
	if p.ready {
		p.pad()
	}
	if !sweep || !p.ready {
		return
	}
	now := p.room.shard.now
	p.obey()
	p.estimator.Tick(now)
	p.pacer.bucket.SetRate(paceOf(&p.estimator, now))
	p.pacer.repair.SetRate(repairRate(p.estimator.Rate()))
	p.estimator.Probe(now)
	p.allot()
	p.feedback()
	p.sayEstimate()
	if now-p.reported >= reportEvery {
		p.reported = now
		p.reports()
	}
	if now-p.judged >= judgeEvery {
		p.judged = now
		p.judge()
	}
}
