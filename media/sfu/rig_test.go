package sfu

import (
	"encoding/binary"
	"fmt"
	"log/slog"
	"slices"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sdp"
	"github.com/roundel-meet/roundel/media/transport"
)

const ms = int64(1e6)

// Payload types and extension ids of every offer of a rig.
const (
	ptOpus, ptVP8, ptVP8RTX, ptVP9, ptVP9RTX = 111, 96, 97, 98, 99
	ptAV1, ptAV1RTX                          = 45, 46
	extMid, extTWCC, extRID, extRepaired     = 4, 3, 5, 6
	extSendTime                              = 2
	extDescriptor                            = 12
)

// rig is a shard without a goroutine and without a network: its clock stands
// still until the test moves it, and what it sends is kept.
type rig struct {
	tb    testing.TB
	shard *shard
	room  *Room
	sent  map[*transport.Conn]*outbox
	bad   *transport.Conn // sending to it panics
	asked [][]string      // what publishers were asked for, see askedFor
}

// outbox is what one peer got.
type outbox struct {
	rtp   []rtp.Packet
	rtcp  []rtcp.Packet
	index map[uint32]map[int64]bool // numbers used, by SSRC: a nonce twice is fatal
	high  map[uint32]int64
}

func newRig(tb testing.TB) *rig {
	r := &rig{tb: tb, sent: make(map[*transport.Conn]*outbox)}
	r.shard = newShard(slog.New(slog.DiscardHandler), r)
	r.shard.now, r.shard.wall = 1000*1000*ms, 1_700_000_000*1000*ms
	r.room = r.newRoom()
	return r
}

func (r *rig) newRoom() *Room {
	room := &Room{
		id: "r", sfu: &SFU{rooms: make(map[*Room]struct{})}, shard: r.shard,
		events: newNotices(Events{
			Slots:  func(string, []Binding) {},
			Layers: func(_ string, _ meeting.Kind, rids []string) { r.asked = append(r.asked, rids) },
		}),
		peers: make(map[string]*Peer),
	}
	r.shard.rooms[room] = struct{}{}
	return room
}

// RTP keeps a packet as the transport would seal it: with pion's reading of it,
// and no number of an SSRC twice.
func (r *rig) RTP(c *transport.Conn, header, payload []byte) bool {
	if c == r.bad {
		panic("a fault of ours")
	}
	o := r.sent[c]
	if o == nil {
		return true // a benchmark's
	}
	var p rtp.Packet
	if err := p.Unmarshal(append(append([]byte(nil), header...), payload...)); err != nil {
		r.tb.Fatalf("sent a malformed packet: %v", err)
	}
	if o.index[p.SSRC] == nil {
		o.index[p.SSRC] = make(map[int64]bool)
		o.high[p.SSRC] = 1<<16 + int64(p.SequenceNumber)
	}
	ext := o.high[p.SSRC] + int64(int16(p.SequenceNumber-uint16(o.high[p.SSRC])))
	o.high[p.SSRC] = max(o.high[p.SSRC], ext)
	if o.index[p.SSRC][ext] {
		r.tb.Fatalf("number %d of %d sent twice", p.SequenceNumber, p.SSRC)
	}
	o.index[p.SSRC][ext] = true
	o.rtp = append(o.rtp, p)
	return true
}

func (r *rig) RTCP(c *transport.Conn, compound []byte) bool {
	if o := r.sent[c]; o != nil {
		messages, err := rtcp.Unmarshal(compound)
		if err != nil {
			r.tb.Fatalf("sent malformed RTCP: %v", err)
		}
		o.rtcp = append(o.rtcp, messages...)
	}
	return true
}

func (r *rig) Flush() int { return 0 }

// lines describes an offer of a rig: the kinds sent, then slots.
type lines struct {
	sends        []meeting.Kind
	audio, video int
	ssrc         uint32 // of the first sending line; 0: none is announced
	only         string // the one video codec offered
	noRTX        bool
	rids         []string // simulcast of every sending video line
	plain        string   // feedback that takes the place of transport-cc
	described    bool     // video lines have dependency descriptors
}

func (l lines) session() (*sdp.Session, map[string]meeting.Kind) {
	s, sends := &sdp.Session{}, make(map[string]meeting.Kind)
	add := func(kind sdp.Kind, line sdp.Line) {
		line.Mid, line.Kind = fmt.Sprint(len(s.Lines)), kind
		line.Extensions = sdp.Extensions{Mid: extMid, TransportCC: extTWCC}
		if l.plain != "" {
			line.Extensions = sdp.Extensions{Mid: extMid, AbsSendTime: extSendTime}
		}
		if line.RIDs != nil {
			line.Extensions.RID, line.Extensions.RepairedRID = extRID, extRepaired
		}
		if l.described && kind == sdp.Video {
			line.Extensions.DependencyDescriptor = extDescriptor
		}
		line.Codecs = l.codecs(kind)
		if line.Receives {
			line.Local = sdp.Source{SSRC: 5000 + uint32(len(s.Lines)), RTX: 6000 + uint32(len(s.Lines))}
		}
		s.Lines = append(s.Lines, line)
	}
	for i, k := range l.sends {
		kind := sdp.Video
		if k.Audio() {
			kind = sdp.Audio
		}
		line := sdp.Line{Sends: true}
		if l.ssrc != 0 {
			line.Sources = []sdp.Source{{SSRC: l.ssrc + uint32(i), RTX: l.ssrc + 100 + uint32(i)}}
		}
		if !k.Audio() {
			line.RIDs = l.rids
		}
		sends[fmt.Sprint(len(s.Lines))] = k
		add(kind, line)
	}
	for range l.audio {
		add(sdp.Audio, sdp.Line{Receives: true})
	}
	for range l.video {
		add(sdp.Video, sdp.Line{Receives: true})
	}
	return s, sends
}

func (l lines) codecs(kind sdp.Kind) []sdp.Codec {
	if kind == sdp.Audio {
		return []sdp.Codec{{Name: "opus", PayloadType: ptOpus, ClockRate: 48000, Channels: 2}}
	}
	fb := []string{"nack", "nack pli", "ccm fir", "transport-cc"}
	if l.plain != "" {
		fb[3] = l.plain
	}
	all := []sdp.Codec{
		{Name: "VP8", PayloadType: ptVP8, RTX: ptVP8RTX, ClockRate: 90000, Feedback: fb},
		{Name: "VP9", PayloadType: ptVP9, RTX: ptVP9RTX, ClockRate: 90000, Feedback: fb},
		{Name: "AV1", PayloadType: ptAV1, RTX: ptAV1RTX, ClockRate: 90000, Feedback: fb},
	}
	var codecs []sdp.Codec
	for _, c := range all {
		if l.noRTX {
			c.RTX = 0
		}
		if l.only == "" || l.only == c.Name {
			codecs = append(codecs, c)
		}
	}
	return codecs
}

// join adds a connected peer with all its kinds live.
func (r *rig) join(id string, l lines) *Peer { return r.joinRoom(r.room, id, l) }

func (r *rig) joinRoom(room *Room, id string, l lines) *Peer {
	p := newPeer(room, id)
	p.begin()
	room.peers[id] = p
	room.order = append(room.order, p)
	p.conn, p.ready = new(transport.Conn), true
	for _, k := range l.sends {
		p.live[k] = true
	}
	p.apply(l.session())
	r.sent[p.conn] = &outbox{index: make(map[uint32]map[int64]bool), high: make(map[uint32]int64)}
	r.shard.settle(room)
	return p
}

// askedFor returns the layers that publishers were asked for since it was last
// called; of one publisher only the newest.
func (r *rig) askedFor() [][]string {
	waiting, _ := r.room.events.take()
	for _, e := range waiting {
		e.tell()
	}
	asked := r.asked
	r.asked = nil
	return asked
}

// want makes a peer want these peers' cameras.
func (r *rig) want(p *Peer, peers ...string) {
	var wants []Want
	for _, id := range peers {
		wants = append(wants, Want{Peer: id, Kind: meeting.KindCamera})
	}
	p.want(wants)
	r.shard.settle(p.room)
}

// step moves the clock and does what time drives.
func (r *rig) step(d int64) {
	for ; d > 0; d -= 5 * ms {
		r.shard.now += min(d, 5*ms)
		r.shard.tick()
	}
}

// packets returns what a peer got since it was last asked.
func (r *rig) packets(p *Peer) []rtp.Packet {
	o := r.sent[p.conn]
	got := o.rtp
	o.rtp = nil
	return got
}

// media is packets without those that were sent again, as probes are.
func (r *rig) media(p *Peer) []rtp.Packet {
	return slices.DeleteFunc(r.packets(p), func(q rtp.Packet) bool { return q.SSRC >= 6000 })
}

// messages returns the RTCP a peer got since it was last asked.
func (r *rig) messages(p *Peer) []rtcp.Packet {
	o := r.sent[p.conn]
	got := o.rtcp
	o.rtcp = nil
	return got
}

// count returns how many messages of a type a peer got since it was last asked.
func count[T rtcp.Packet](r *rig, p *Peer) int {
	n := 0
	for _, m := range r.messages(p) {
		if _, ok := m.(T); ok {
			n++
		}
	}
	return n
}

// feed gives a publisher's packet to the shard, and forwards it.
func (r *rig) feed(p *Peer, packet rtp.Packet) {
	r.tb.Helper()
	b, err := packet.Marshal()
	if err != nil {
		r.tb.Fatal(err)
	}
	p.receive(b, r.shard.now)
	r.shard.forwardAll()
	r.shard.settle(p.room)
}

// control gives a peer's RTCP to the shard.
func (r *rig) control(p *Peer, messages ...rtcp.Packet) {
	r.tb.Helper()
	b, err := rtcp.Marshal(messages)
	if err != nil {
		r.tb.Fatal(err)
	}
	p.control(b)
}

// frame makes packet number n of a stream of one-packet VP8 frames.
func frame(ssrc uint32, n int, key bool) rtp.Packet {
	p := rtp.Packet{
		Header: rtp.Header{
			Version: 2, Marker: true, PayloadType: ptVP8, SequenceNumber: uint16(n),
			Timestamp: uint32(n) * 3000, SSRC: ssrc,
		},
		Payload: make([]byte, 40),
	}
	p.Payload[0], p.Payload[1] = 0x90, 0xc0
	binary.BigEndian.PutUint16(p.Payload[2:], 0x8000|uint16(n)&0x7fff)
	p.Payload[4] = byte(n)
	if !key {
		p.Payload[5] = 1
	}
	binary.BigEndian.PutUint64(p.Payload[8:], uint64(n))
	return p
}

// sound makes packet number n of an Opus stream.
func sound(ssrc uint32, n int) rtp.Packet {
	p := rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: ptOpus, SequenceNumber: uint16(n), Timestamp: uint32(n) * 960, SSRC: ssrc},
		Payload: make([]byte, 80),
	}
	binary.BigEndian.PutUint64(p.Payload[8:], uint64(n))
	return p
}

// numberOf reads the stream's packet number back.
func numberOf(p rtp.Packet) int { return int(binary.BigEndian.Uint64(p.Payload[8:])) }

var camera, mic = []meeting.Kind{meeting.KindCamera}, []meeting.Kind{meeting.KindMic}
