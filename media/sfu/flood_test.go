package sfu

import (
	"encoding/binary"
	"testing"

	"github.com/pion/rtcp"
	"github.com/roundel-meet/roundel/media/sdp"
	"github.com/roundel-meet/roundel/media/transport"
)

// TestControlFloodIsBounded: what small messages can ask for is counted, and a
// peer that asked for too much is heard again a little later.
func TestControlFloodIsBounded(t *testing.T) {
	for _, tt := range []struct {
		name string
		fci  func() []byte
		head uint8
	}{
		{"OKStatuses", func() []byte { // 65,535 lost packets in 26 octets
			b := []byte{0, 0, 0xff, 0xff, 0, 0, 0, 0}
			for range 9 {
				b = append(b, 0x1f, 0xff)
			}
			return append(b, 0, 0)
		}, packetTWCC},
		{"OKRetransmissions", func() []byte {
			var b []byte
			for i := range 300 {
				b = append(b, byte(i), byte(i), 0xff, 0xff)
			}
			return b
		}, packetNACK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ann, bob := pair(t)
			r.feed(ann, frame(77, 1, true))
			fci := tt.fci()
			b := make([]byte, 12, 12+len(fci))
			b[0], b[1] = 0x80|tt.head, 205
			binary.BigEndian.PutUint16(b[2:], uint16(2+len(fci)/4))
			binary.BigEndian.PutUint32(b[8:], 5000)
			b = append(b, fci...)
			for range 1000 {
				bob.control(b)
			}
			if n := r.shard.stats.NACKsIn; n > maxWork {
				t.Errorf("%d wishes were looked at between two sweeps", n)
			}
			if loss := bob.estimator.Loss(); loss != 0 {
				t.Errorf("statuses were read: loss %v", loss)
			}
			bob.control(pli(t))
			r.step(1000 * ms)
			asked := r.shard.stats.KeyRequests
			bob.control(pli(t))
			if r.shard.stats.KeyRequests != asked+1 {
				t.Error("the peer is not heard again")
			}
		})
	}
}

const packetTWCC, packetNACK = 15, 1

func pli(t *testing.T) []byte {
	b, err := rtcp.Marshal([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: 5000}})
	must(t, err)
	return b
}

// TestIntakeIsBounded: a publisher cannot make the shard forward without limit.
func TestIntakeIsBounded(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: mic, ssrc: 5})
	bob := r.join("bob", lines{audio: 1})
	for n := range 5000 {
		r.feed(ann, sound(5, n))
	}
	if got := len(r.packets(bob)); got != maxAudioPackets {
		t.Errorf("%d packets of sound in a second", got)
	}
	r.step(1000 * ms)
	r.feed(ann, sound(5, 5000))
	if got := len(r.packets(bob)); got != 1 {
		t.Error("the publisher is not heard again")
	}
}

// TestFailedPathBeginsAnew: after a connection failed and was mended by an ICE
// restart, the receiver gets a key frame and no gap.
func TestFailedPathBeginsAnew(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 1, true))
	bob.setState(transport.StateFailed)
	for n := 2; n < 50; n++ {
		r.feed(ann, frame(77, n, false))
	}
	if got := len(r.packets(bob)); got != 1 {
		t.Fatalf("%d packets to a peer whose connection failed", got)
	}
	bob.ready = true
	r.feed(ann, frame(77, 50, false))
	r.feed(ann, frame(77, 51, true))
	got := r.packets(bob)
	if len(got) != 1 || numberOf(got[0]) != 51 || int64(got[0].SequenceNumber) != bob.slots[0].mapper.High()&0xffff {
		t.Errorf("got %d packets after the failure", len(got))
	}
}

// TestSlotComesBackAsNewStream: SSRCs are constant while a line receives; a line
// that stops and begins again has others, because its numbers begin anew.
func TestSlotComesBackAsNewStream(t *testing.T) {
	p := newPeer(newRig(t).room, "a")
	receives := &sdp.Session{Lines: []sdp.Line{{Mid: "0", Receives: true}, {Mid: "1", Receives: true}}}
	offer := func(s *sdp.Session) sdp.Source {
		p.retire(s)
		p.local("0", sdp.Video)
		return p.local("1", sdp.Video)
	}
	first := offer(receives)
	if again := offer(receives); again != first {
		t.Errorf("SSRCs changed from %v to %v", first, again)
	}
	p.retire(&sdp.Session{Lines: []sdp.Line{{Mid: "0", Receives: true}, {Mid: "1"}}})
	if again := offer(receives); again.SSRC == first.SSRC || again.RTX == first.RTX {
		t.Errorf("SSRCs %v are used again", again)
	}
}
