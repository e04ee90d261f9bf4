package sfu

import (
	"encoding/binary"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/internal/netsim"
	"github.com/roundel-meet/roundel/media/packet"
)

// plainPath is the network between the server and a peer without transport-wide
// feedback, who estimates by itself as browsers did: from the delay and from what
// arrives, 8 % a second up, and never above one and a half times that.
type plainPath struct {
	r     *rig
	peer  *Peer
	line  *netsim.Line
	say   string // goog-remb or ccm tmmbr
	mute  bool   // says nothing of its path
	limit float64

	travels  []travelling
	least    int64 // shortest time on the way
	queue    int64
	octets   int
	came     float64
	measured int64
	lowered  int64
	said     int64
	told     float64

	widths  map[string]int
	padding int
	heard   int64         // last sound
	gap     time.Duration // longest between two sounds
	high    uint16        // number of video, with how many came since the last report
	base    uint16
	got     int
	notices []rtcp.Packet
}

type travelling struct {
	sent, at int64
	packet   rtp.Packet
}

func newPlainPath(r *rig, id, say string, n netsim.Path) *plainPath {
	p := r.join(id, lines{video: 1, audio: 1, plain: say})
	r.show(p, "ann", whole)
	return &plainPath{
		r: r, peer: p, say: say, line: netsim.NewLine(n, 1), widths: make(map[string]int),
		measured: r.shard.now, limit: 300e3, least: 1 << 60,
	}
}

func (n *plainPath) step(t testing.TB) {
	now := n.r.shard.now
	for _, p := range n.r.packets(n.peer) {
		e := append([]byte{0}, p.GetExtension(extSendTime)...)
		if len(e) != 4 || packet.SendTime(now)-binary.BigEndian.Uint32(e)&0xffffff > 5<<18/1000 {
			t.Fatalf("a packet without its time: %x at %d", e, now)
		}
		if at, ok := n.line.Send(time.Duration(now), p.MarshalSize()+16); ok {
			n.travels = append(n.travels, travelling{now, int64(at), p})
		}
	}
	for len(n.travels) > 0 && n.travels[0].at <= now {
		n.arrive(n.travels[0])
		n.travels = n.travels[1:]
	}
	if now%(50*ms) == 0 {
		n.estimate(now)
	}
	for _, m := range n.r.messages(n.peer) {
		if raw, ok := m.(*rtcp.RawPacket); ok {
			n.notices = append(n.notices, raw)
		}
	}
}

func (n *plainPath) arrive(a travelling) {
	n.least = min(n.least, a.at-a.sent)
	n.queue = a.at - a.sent - n.least
	n.octets += a.packet.MarshalSize() + 44
	switch {
	case a.packet.PayloadType == ptOpus:
		if n.heard != 0 {
			n.gap = max(n.gap, time.Duration(a.at-n.heard))
		}
		n.heard = a.at
	case a.packet.SSRC >= 6000:
		n.padding += a.packet.MarshalSize()
	default:
		if n.high == 0 {
			n.base = a.packet.SequenceNumber - 1
		}
		n.high = a.packet.SequenceNumber
		n.got++
		n.widths[rids[numberOf(a.packet)/100_000-1]] += a.packet.MarshalSize()
	}
}

// estimate is the receiver's rate control.
func (n *plainPath) estimate(now int64) {
	if d := now - n.measured; d >= 500*ms {
		n.came = float64(n.octets) * 8e9 / float64(d)
		n.octets, n.measured = 0, now
	}
	switch {
	case n.came == 0:
	case n.queue > 60*ms && now-n.lowered >= 500*ms:
		n.limit, n.lowered = max(min(n.limit, 0.85*n.came), 30e3), now
	case n.queue <= 20*ms:
		n.limit = max(n.limit, min(n.limit*1.004, 1.5*n.came+10e3))
	}
	if n.mute || now-n.said < 1000*ms && n.limit > 0.97*n.told {
		return
	}
	n.said, n.told = now, n.limit
	video := n.slot()
	if sent := int(n.high - n.base); sent > 0 {
		n.r.control(n.peer, &rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{
			{SSRC: video.ssrc, FractionLost: uint8(255 * max(0, sent-n.got) / sent)},
		}})
		n.base, n.got = n.high, 0
	}
	if n.say == "goog-remb" {
		n.r.control(n.peer, &rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: 1, Bitrate: float32(n.limit), SSRCs: []uint32{video.ssrc}})
	} else {
		n.peer.control(tmmbr(99, packet.Limit{SSRC: video.ssrc, Rate: int64(n.limit), Overhead: 40}))
	}
}

func (n *plainPath) slot() *slot {
	return n.peer.slots[slices.IndexFunc(n.peer.slots, func(sl *slot) bool { return !sl.audio })]
}

// tmmbr makes a request from what we make notifications with: only the format differs.
func tmmbr(owner uint32, limits ...packet.Limit) []byte {
	b := packet.AppendTMMBN(nil, owner, limits)
	b[0] = b[0]&^0x1f | packet.FormatTMMBR
	return b
}

func (n *plainPath) plays() string { return most(n.widths) }

// talk is a film with sound, 50 packets a second.
func talk(t testing.TB, s *studio, d int64, n *plainPath) {
	for end := s.r.shard.now + d; s.r.shard.now < end; {
		if s.r.shard.now%(20*ms) == 0 {
			p := sound(70, int(s.r.shard.now/(20*ms)))
			s.r.feed(s.peer, p)
		}
		if s.r.shard.now%(40*ms) == 0 {
			s.picture(t)
		}
		s.r.shard.now += ms
		if s.r.shard.now%(5*ms) == 0 {
			s.r.shard.tick()
		}
		n.step(t)
		s.hear()
	}
}

func plainStage(t testing.TB, say string, network netsim.Path) (*studio, *plainPath) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: []meeting.Kind{meeting.KindCamera, meeting.KindMic}, rids: rids})
	ann.layers[meeting.KindCamera] = sizes
	ann.tracks[0].state()
	ann.tracks[1].layers[0].adopt(70)
	return &studio{r: r, peer: ann, sends: map[string]bool{"q": true}}, newPlainPath(r, "bob", say, network)
}

// TestPlainReceivers: who only says an estimate or a limit gets the layer that its
// path carries too, and sound all the time.
func TestPlainReceivers(t *testing.T) {
	for _, say := range []string{"goog-remb", "ccm tmmbr"} {
		t.Run(say, func(t *testing.T) {
			network := netsim.Path{Rate: 3e6, Delay: 25 * time.Millisecond}
			s, n := plainStage(t, say, network)
			talk(t, s, 30e9, n)
			n.plays()
			talk(t, s, 3e9, n)
			if got := n.plays(); got != "f" {
				t.Fatalf("plays %q at 3 Mbit/s, estimate %.0f, told %.0f", got, n.peer.estimator.Rate(), n.told)
			}
			network.Rate = 300e3
			n.line.Set(network)
			n.gap = 0
			talk(t, s, 3e9, n)
			n.plays()
			talk(t, s, 1e9, n)
			if got := n.plays(); got != "q" {
				t.Errorf("plays %q three seconds after the path became narrow, estimate %.0f", got, n.peer.estimator.Rate())
			}
			// The full queue alone holds a sound up for 300 ms, once.
			if n.gap > netsim.DefaultQueue+20*time.Millisecond {
				t.Errorf("a gap of sound of %v when the path became narrow", n.gap)
			}
			t.Logf("gap %v when the path became narrow", n.gap)
			n.padding, n.gap = 0, 0
			talk(t, s, 30e9, n)
			if got := n.plays(); got != "q" || n.gap > 200*time.Millisecond {
				t.Errorf("plays %q at 300 kbit/s, the longest gap of sound was %v", got, n.gap)
			}
			t.Logf("gap %v, padding %.0f bit/s, estimate %.0f", n.gap, float64(n.padding)*8/30, n.peer.estimator.Rate())
			network.Rate = 3e6
			n.line.Set(network)
			for _, step := range []struct {
				rid string
				in  int64
			}{{"h", 20e9}, {"f", 40e9}} {
				talk(t, s, step.in, n)
				n.plays()
				talk(t, s, 1e9, n)
				got := n.plays()
				t.Logf("%s: plays %s, estimate %.0f", step.rid, got, n.peer.estimator.Rate())
				if slices.Index(rids, got) < slices.Index(rids, step.rid) {
					t.Errorf("plays %q %d s after the path became wide, estimate %.0f, told %.0f", got, step.in/1e9, n.peer.estimator.Rate(), n.told)
				}
			}
			if say == "ccm tmmbr" && len(n.notices) == 0 {
				t.Error("no limit was notified")
			}
		})
	}
}

// plainPair is a publisher and a viewer who say estimates and limits.
func plainPair(t testing.TB, say string) (r *rig, ann, bob *Peer) {
	r = newRig(t)
	ann = r.join("ann", lines{sends: camera, ssrc: 77, plain: say})
	bob = r.join("bob", lines{video: 1, plain: say})
	r.want(bob, "ann")
	r.feed(ann, frame(77, 1, true))
	return r, ann, bob
}

// notified returns the limits that a peer was notified of.
func notified(r *rig, p *Peer) (limits []packet.Limit) {
	for _, m := range r.messages(p) {
		raw, ok := m.(*rtcp.RawPacket)
		if !ok {
			continue
		}
		m, _, _ := packet.NextMessage(*raw)
		if _, fci, ok := m.Feedback(); ok && m.Type == packet.TypeRTPFB && m.Count == packet.FormatTMMBN {
			l, _, _ := packet.NextLimit(fci)
			limits = append(limits, packet.Limit{SSRC: m.Sender()}, l)
		}
	}
	return limits
}

func TestLimitsAreNotified(t *testing.T) {
	r, _, bob := plainPair(t, "ccm tmmbr")
	asks := packet.Limit{SSRC: 5000, Rate: 400_000, Overhead: 40}
	for range 10 {
		bob.control(tmmbr(99, asks, packet.Limit{SSRC: 1, Rate: 1}))
	}
	r.step(100 * ms)
	want := []packet.Limit{{SSRC: 5000}, {SSRC: 99, Rate: 400_000, Overhead: 40}}
	if got := notified(r, bob); !slices.Equal(got, want) {
		t.Errorf("notified %+v, want once %+v", got, want)
	}
	if rate := bob.estimator.Rate(); rate != 400_000 {
		t.Errorf("estimate %.0f, want what the receiver allows", rate)
	}
	r.step(60_000 * ms)
	if rate := bob.estimator.Rate(); rate != 400_000 {
		t.Errorf("estimate %.0f a minute later: a limit holds until another is named", rate)
	}
	if got := notified(r, bob); got != nil {
		t.Errorf("notified %+v although nobody asked", got)
	}
}

func TestLimitsNeedAnAgreement(t *testing.T) {
	r, _, bob := plainPair(t, "goog-remb")
	before := bob.estimator.Rate()
	bob.control(tmmbr(99, packet.Limit{SSRC: 5000, Rate: 100_000}))
	r.step(100 * ms)
	if got := notified(r, bob); got != nil || bob.estimator.Rate() < before {
		t.Errorf("notified %+v, estimate %.0f", got, bob.estimator.Rate())
	}
}

// A limit of one picture leaves the others, and says nothing of the path.
func TestLimitOfOnePicture(t *testing.T) {
	r := newRig(t)
	for i, id := range []string{"ann", "carl"} {
		p := r.join(id, lines{sends: camera, rids: rids})
		p.layers[meeting.KindCamera] = sizes
		p.tracks[0].state()
		for j, l := range p.tracks[0].layers {
			l.adopt(uint32(100*i + 71 + j))
		}
	}
	bob := r.join("bob", lines{video: 2, plain: "ccm tmmbr"})
	r.want(bob, "ann", "carl")
	targets := func() (rids [2]string) {
		for i, sl := range bob.slots {
			rids[i] = sl.target.layer.rid
		}
		return rids
	}
	before := bob.estimator.Rate()
	for _, tt := range []struct {
		rate int64
		want string
	}{{2e6, "f"}, {600e3, "h"}, {1e3, "q"}, {200e3, "q"}} {
		bob.control(tmmbr(99, packet.Limit{SSRC: 5001, Rate: tt.rate}))
		if got := targets(); got != [2]string{"f", tt.want} {
			t.Errorf("at %d: plays %v", tt.rate, got)
		}
	}
	r.step(500 * ms)
	if rate := bob.estimator.Rate(); rate < before {
		t.Errorf("estimate %.0f by the limit of one picture", rate)
	}
}

// A limit of nothing holds the picture back, until the receiver allows it again.
func TestLimitOfNothing(t *testing.T) {
	r, ann, bob := plainPair(t, "ccm tmmbr")
	r.packets(bob)
	bob.control(tmmbr(99, packet.Limit{SSRC: 5000}))
	r.step(100 * ms)
	r.feed(ann, frame(77, 2, true))
	if got := r.media(bob); len(got) != 0 || !bob.slots[0].paused {
		t.Errorf("%d packets of a picture that nobody wants", len(got))
	}
	bob.control(tmmbr(99, packet.Limit{SSRC: 5000, Rate: 1e6}))
	r.feed(ann, frame(77, 3, true))
	if got := r.media(bob); len(got) != 1 || bob.slots[0].paused {
		t.Errorf("%d packets after it was allowed again", len(got))
	}
}

// TestPublisherIsTold: who sends times and no transport-wide numbers is told what
// its path carries, once a second and at once when that is less.
func TestPublisherIsTold(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, ssrc: 77, plain: "goog-remb"})
	line := netsim.NewLine(netsim.Path{Rate: 400e3, Delay: 20 * time.Millisecond}, 1)
	var way []travelling
	var told []float64
	var soonest int64 = 1e18 // between two estimates of which the second is lower
	var last int64
	seq, rate, debt := 0, 1.5e6, 0.0
	send := func(seconds int64) {
		for end := r.shard.now + seconds*1000*ms; r.shard.now < end; {
			for debt += rate / 8000; debt > 1000; debt -= 1000 {
				p := frame(77, seq, seq%50 == 0)
				p.Payload = append(p.Payload, make([]byte, 900)...)
				stamp := packet.SendTime(r.shard.now)
				must(t, p.SetExtension(extSendTime, []byte{byte(stamp >> 16), byte(stamp >> 8), byte(stamp)}))
				if at, ok := line.Send(time.Duration(r.shard.now), p.MarshalSize()+16); ok {
					way = append(way, travelling{at: int64(at), packet: p})
				}
				seq++
			}
			r.shard.now += ms
			for len(way) > 0 && way[0].at <= r.shard.now {
				r.feed(ann, way[0].packet)
				way = way[1:]
			}
			if r.shard.now%(5*ms) == 0 {
				r.shard.tick()
			}
			for _, m := range r.messages(ann) {
				if remb, ok := m.(*rtcp.ReceiverEstimatedMaximumBitrate); ok {
					if !slices.Equal(remb.SSRCs, []uint32{77}) {
						t.Fatalf("an estimate of %v", remb.SSRCs)
					}
					if float64(remb.Bitrate) < rate {
						soonest = min(soonest, r.shard.now-last)
					}
					rate, last = min(1.5e6, float64(remb.Bitrate)), r.shard.now
					told = append(told, rate)
				}
			}
		}
	}
	send(3)
	if rate > 440e3 {
		t.Errorf("told %.0f of 400 kbit/s", told)
	}
	if soonest > 900*ms {
		t.Errorf("told of less only %d ms after the estimate before", soonest/ms)
	}
	told = nil
	send(10)
	if rate < 240e3 || rate > 480e3 || len(told) < 9 || len(told) > 40 {
		t.Errorf("told %.0f", told)
	}
	line.Set(netsim.Path{Rate: 4e6, Delay: 20 * time.Millisecond})
	send(30)
	if rate < 1.2e6 {
		t.Errorf("told %.0f of 4 Mbit/s", told[len(told)-5:])
	}
}

// TestPlainNoAllocation: the time of sending, limits and padding allocate nothing
// either.
func TestPlainNoAllocation(t *testing.T) {
	l := newLoad(t, 2, 20, meeting.KindCamera)
	for _, v := range l.viewers {
		v.apply(lines{audio: 2, video: 2, plain: "ccm tmmbr"}.session())
		v.control(tmmbr(9, packet.Limit{SSRC: 5002, Rate: 3e6}, packet.Limit{SSRC: 5003, Rate: 3e6}))
	}
	l.rig.shard.settle(l.rig.room)
	for range 100 {
		l.burst()
	}
	packets := 0
	if n := testing.AllocsPerRun(200, func() { packets += l.burst() }); n != 0 {
		t.Errorf("%v allocations per burst", n)
	}
	if v := l.viewers[0]; packets < 200*2*20 || !v.limited || v.sendTimeID == 0 || v.estimator.Rate() != 6e6 {
		t.Errorf("%d packets, limited %v, time %d, estimate %.0f", packets, v.limited, v.sendTimeID, v.estimator.Rate())
	}
}
