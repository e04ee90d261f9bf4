package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/internal/netsim"
	"github.com/roundel-meet/roundel/media/congestion"
	"github.com/roundel-meet/roundel/media/packet"
)

// post carries things over one direction of a network.
type post[T any] struct {
	line   *netsim.Line
	travel []parcel[T]
}

type parcel[T any] struct {
	at    int64
	thing T
}

func newPost[T any](n netsim.Path, seed uint64) *post[T] {
	return &post[T]{line: netsim.NewLine(n, seed)}
}

func (p *post[T]) send(now int64, octets int, thing T) {
	if at, ok := p.line.Send(time.Duration(now), octets); ok {
		p.travel = append(p.travel, parcel[T]{int64(at), thing})
	}
}

// arrived returns what has arrived until now.
func (p *post[T]) arrived(now int64) (things []T) {
	for len(p.travel) > 0 && p.travel[0].at <= now {
		things = append(things, p.travel[0].thing)
		p.travel = p.travel[1:]
	}
	return things
}

// lossy is a publisher and a viewer whose packets and reports all go over bad
// networks.
type lossy struct {
	r        *rig
	ann, bob *Peer
	rtx      bool // the publisher has a stream of retransmissions

	up, down *post[rtp.Packet]
	asks     *post[[]rtcp.Packet] // to the publisher
	says     *post[[]byte]        // of the viewer

	sent    map[uint16]rtp.Packet
	n       int
	repeats int            // of the publisher
	byRTX   int            // that came to the viewer by the stream of retransmissions
	came    map[int]bool   // by the publisher's number
	wants   map[int64]wish // numbers of the server's stream that the viewer lacks
	has     map[int64]bool
	unwrap  packet.Unwrapper
	high    int64
	record  congestion.Recorder
}

type wish struct {
	since, asked int64
	tries        int
}

func newLossy(t testing.TB, n netsim.Path, rtx bool) *lossy {
	r := newRig(t)
	l := &lossy{
		r: r, rtx: rtx, up: newPost[rtp.Packet](n, 1), down: newPost[rtp.Packet](n, 2),
		asks: newPost[[]rtcp.Packet](n, 3), says: newPost[[]byte](n, 4),
		sent: make(map[uint16]rtp.Packet), came: make(map[int]bool),
		wants: make(map[int64]wish), has: make(map[int64]bool),
	}
	l.ann = r.join("ann", lines{sends: camera, ssrc: 77, noRTX: !rtx})
	l.bob = r.join("bob", lines{video: 1})
	r.want(l.bob, "ann")
	return l
}

// run moves the clock by d; while publishing is true ann sends 75 packets a second.
func (l *lossy) run(t testing.TB, d int64, publishing bool) {
	for end := l.r.shard.now + d; l.r.shard.now < end; {
		now := l.r.shard.now
		if publishing && now%(40*ms) == 0 {
			for range 3 {
				l.publish()
			}
		}
		for _, p := range l.up.arrived(now) {
			l.r.feed(l.ann, p)
		}
		l.r.shard.now += ms
		if l.r.shard.now%(5*ms) == 0 {
			l.r.shard.tick()
		}
		if m := l.r.messages(l.ann); len(m) > 0 {
			l.asks.send(now, 60, m)
		}
		for _, m := range l.asks.arrived(now) {
			l.repeat(m)
		}
		for _, p := range l.r.packets(l.bob) {
			l.down.send(now, p.MarshalSize()+16, p)
		}
		for _, p := range l.down.arrived(now) {
			l.take(t, p, now)
		}
		if now%(20*ms) == 0 {
			l.report(now)
		}
		for _, b := range l.says.arrived(now) {
			l.bob.control(b)
		}
	}
}

func (l *lossy) publish() {
	p := frame(77, l.n, l.n%150 == 0)
	p.Payload = append(p.Payload, make([]byte, 300)...)
	l.sent[p.SequenceNumber] = p
	l.n++
	l.up.send(l.r.shard.now, p.MarshalSize()+16, p)
}

// repeat is the publisher's answer to NACK: by RTX, or the same packet once more.
func (l *lossy) repeat(messages []rtcp.Packet) {
	for _, m := range messages {
		n, ok := m.(*rtcp.TransportLayerNack)
		if !ok {
			continue
		}
		for _, pair := range n.Nacks {
			for _, seq := range pair.PacketList() {
				p := l.sent[seq]
				if l.repeats++; l.rtx {
					p = rtx(p, 177, l.repeats)
				}
				l.up.send(l.r.shard.now, p.MarshalSize()+16, p)
			}
		}
	}
}

// take is the viewer's: it notes what is missing between what came.
func (l *lossy) take(t testing.TB, p rtp.Packet, now int64) {
	l.record.Arrived(binary.BigEndian.Uint16(p.GetExtension(extTWCC)), now)
	seq, payload := p.SequenceNumber, p.Payload
	switch p.SSRC {
	case 6000:
		if p.Padding || len(payload) < 42 {
			return // of a probe
		}
		l.byRTX++
		seq, payload = binary.BigEndian.Uint16(payload), payload[2:]
		if p.PayloadType != ptVP8RTX {
			t.Fatalf("a retransmission as %d", p.PayloadType)
		}
		ext, _ := l.unwrap.Place(seq)
		l.has[ext] = true
	default:
		ext, _, _ := l.unwrap.Next(seq)
		for lacks := l.high + 1; l.high != 0 && lacks < ext; lacks++ {
			l.wants[lacks] = wish{since: now}
		}
		l.high = max(l.high, ext)
		l.has[ext] = true
	}
	l.came[int(binary.BigEndian.Uint64(payload[8:]))] = true
}

// report asks again for what is missing, and says what came.
func (l *lossy) report(now int64) {
	var seqs []uint16
	for ext, w := range l.wants {
		switch {
		case l.has[ext] || w.tries >= 10:
			delete(l.wants, ext)
		case w.tries == 0 && now-w.since >= 10*ms || w.tries > 0 && now-w.asked >= 250*ms:
			w.asked, w.tries = now, w.tries+1
			l.wants[ext] = w
			seqs = append(seqs, uint16(ext))
		}
	}
	if len(seqs) > 0 {
		b, _ := nack(5000, seqs...).Marshal()
		l.says.send(now, len(b), b)
	}
	if b := l.record.AppendFeedback(nil, 1, 2); b != nil {
		l.says.send(now, len(b), b)
	}
}

// TestCompleteUnderLoss: with a twentieth of everything lost on both legs, and a
// tenth of a second each way, the viewer gets the whole picture, by RTX; from the
// publisher repeats come by RTX, too, or as the same packets where it has none.
func TestCompleteUnderLoss(t *testing.T) {
	for _, rtx := range []bool{true, false} {
		t.Run(fmt.Sprintf("rtx %v", rtx), func(t *testing.T) {
			l := newLossy(t, netsim.Path{Loss: 0.05, Delay: 100 * time.Millisecond}, rtx)
			l.run(t, 60e9, true)
			l.run(t, 3e9, false)
			share := float64(len(l.came)) / float64(l.n)
			t.Logf("%d of %d came, %d by RTX, %d repeats upstream", len(l.came), l.n, l.byRTX, l.repeats)
			if share < 0.995 {
				t.Errorf("%.4f of the video came", share)
			}
			if least := l.n / 30; l.byRTX < least || l.repeats < least {
				t.Errorf("%d retransmissions to the viewer, %d from the publisher: nothing was lost", l.byRTX, l.repeats)
			}
			if most := l.n / 5; l.byRTX > most || l.repeats > most {
				t.Errorf("%d retransmissions to the viewer, %d from the publisher, of %d", l.byRTX, l.repeats, l.n)
			}
		})
	}
}

// TestNothingOlderThanTheCache: what has left the cache is not sent again, however
// it is asked for; what is in it is.
func TestNothingOlderThanTheCache(t *testing.T) {
	r, ann, bob := pair(t)
	var sent []rtp.Packet
	for n := range 4 * videoPackets {
		r.feed(ann, frame(77, n, n == 0))
		if n%16 == 0 {
			r.step(5 * ms)
		}
		sent = append(sent, r.media(bob)...)
	}
	r.step(1000 * ms)
	ask := func(packets []rtp.Packet) (again map[uint16]int) {
		again = make(map[uint16]int)
		for _, p := range packets {
			r.control(bob, nack(5000, p.SequenceNumber))
			r.step(5 * ms)
			for _, q := range r.packets(bob) {
				if len(q.Payload) > 2 && !q.Padding {
					again[binary.BigEndian.Uint16(q.Payload)]++
				}
			}
		}
		return again
	}
	if old := ask(sent[:len(sent)-videoPackets]); len(old) != 0 {
		t.Errorf("%d packets older than the cache were sent again", len(old))
	}
	if again := ask(sent[len(sent)-100:]); len(again) != 100 {
		t.Errorf("%d of the last 100 packets were sent again", len(again))
	}
}

// TestKeyFrameRequestsAreCoalesced: of a hundred viewers who all ask at once, the
// publisher hears once.
func TestKeyFrameRequestsAreCoalesced(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, ssrc: 77})
	var viewers []*Peer
	for i := range 100 {
		p := r.join(fmt.Sprint("viewer", i), lines{video: 1})
		r.want(p, "ann")
		viewers = append(viewers, p)
	}
	r.feed(ann, frame(77, 1, true))
	r.step(1000 * ms)
	r.messages(ann)
	for _, p := range viewers {
		r.control(p, &rtcp.PictureLossIndication{MediaSSRC: 5000})
	}
	r.step(200 * ms)
	if n := count[*rtcp.PictureLossIndication](r, ann); n != 1 {
		t.Errorf("%d requests of a hundred viewers reached the publisher, want 1", n)
	}
	r.feed(ann, frame(77, 2, true))
	for i, p := range viewers {
		if got := r.media(p); len(got) != 2 {
			t.Fatalf("viewer %d got %d key frames", i, len(got))
		}
	}
}
