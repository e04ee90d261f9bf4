package sfu

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/congestion"
)

// large makes frame out of 1,100 octets.
func large(ssrc uint32, n int, key bool) rtp.Packet {
	p := frame(ssrc, n, key)
	p.Payload = append(p.Payload, make([]byte, 1060)...)
	return p
}

// narrow gives a peer an estimate, as its receiver's reports would.
func narrow(p *Peer, rate float64) {
	p.estimator = congestion.NewEstimator(p.room.shard.now)
	p.estimator.ReportedRate(rate, p.room.shard.now)
	p.pacer.bucket = congestion.NewBucket(headroom*rate, p.room.shard.now)
}

func TestPacerHoldsNothingBelowTheEstimate(t *testing.T) {
	r, ann, bob := pair(t)
	for n := 0; n < 3000; n += 12 { // 25 frames a second of 12 packets: 2.6 Mbit/s
		for i := range 12 {
			r.feed(ann, large(77, n+i, n+i == 0))
		}
		if got := len(r.media(bob)); got != 12 {
			t.Fatalf("frame %d: %d packets at once, want 12", n/12, got)
		}
		r.step(40 * ms)
	}
}

func TestPacerSpreadsBursts(t *testing.T) {
	r, ann, bob := pair(t)
	narrow(bob, 2e6)
	for n := range 100 { // a key frame of 110 kB
		r.feed(ann, large(77, n, n == 0))
	}
	at, total := r.shard.now, len(r.packets(bob))
	if total > 25 { // 40 ms of 5 Mbit/s
		t.Errorf("%d packets at once", total)
	}
	for total < 100 {
		r.step(5 * ms)
		got := len(r.packets(bob))
		if total += got; got > 4 { // 5 ms of 5 Mbit/s and the rest of a packet
			t.Errorf("%d packets in 5 ms", got)
		}
		if r.shard.now-at > 1000*ms {
			t.Fatalf("%d packets after a second", total)
		}
	}
	if d := (r.shard.now - at) / ms; d < 100 || d > 200 {
		t.Errorf("110 kB took %d ms at 5 Mbit/s", d)
	}
}

func TestPacerDropsToKeyFrame(t *testing.T) {
	r, ann, bob := pair(t)
	narrow(bob, 200e3)
	r.messages(ann)
	n := 0
	for ; n < 600 && r.shard.stats.Dropped == 0; n++ { // 1.3 Mbit/s
		r.feed(ann, large(77, n, n == 0))
		r.step(7 * ms)
	}
	r.step(700 * ms)
	if r.shard.stats.Dropped == 0 || count[*rtcp.PictureLossIndication](r, ann) == 0 {
		t.Fatalf("nothing dropped: %+v", r.shard.stats)
	}
	if bob.pacer.length > maxQueued {
		t.Errorf("%d packets queued", bob.pacer.length)
	}
	before := r.media(bob)
	r.feed(ann, large(77, n, false))
	r.feed(ann, large(77, n+1, true))
	r.step(100 * ms)
	after := r.media(bob)
	if len(after) != 1 || numberOf(after[0]) != n+1 {
		t.Fatalf("%d packets after the drop, want the key frame", len(after))
	}
	if d := after[0].SequenceNumber - before[len(before)-1].SequenceNumber; d != 1 {
		t.Errorf("the drop left a gap of %d", d)
	}
}

func TestAudioPassesThePacer(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: []meeting.Kind{meeting.KindCamera, meeting.KindMic}, ssrc: 77})
	bob := r.join("bob", lines{audio: 1, video: 1})
	r.want(bob, "ann")
	narrow(bob, 300e3)
	for n := range 60 {
		r.feed(ann, large(77, n, n == 0))
	}
	r.packets(bob)
	r.feed(ann, sound(78, 1))
	if got := r.packets(bob); len(got) != 1 || got[0].PayloadType != ptOpus {
		t.Errorf("sound waits behind pictures: %d packets", len(got))
	}
}

func TestAllotPausesTheLeastWanted(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, ssrc: 100})
	carl := r.join("carl", lines{sends: camera, ssrc: 200})
	bob := r.join("bob", lines{video: 2})
	r.want(bob, "carl", "ann")
	film := func(seconds, loss int) {
		for range seconds * 25 {
			n := int((r.shard.now / (40 * ms)) * 5)
			for i := range 5 {
				r.feed(ann, large(100, n+i, i == 0))
				r.feed(carl, large(200, n+i, i == 0))
			}
			r.step(40 * ms)
			if n%25 == 0 {
				r.control(bob, &rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 5000, FractionLost: uint8(loss)}}})
			}
		}
	}
	film(3, 0)
	if diff := cmp.Diff([]string{"0:carl", "1:ann"}, bound(bob)); diff != "" {
		t.Fatalf("slots (-want +got):\n%s", diff)
	}
	film(20, 80)
	want := []Binding{{Mid: "0", Peer: "carl", Kind: meeting.KindCamera}, {Mid: "1", Peer: "ann", Kind: meeting.KindCamera, Paused: true}}
	if diff := cmp.Diff(want, bob.told); diff != "" {
		t.Fatalf("under 30 %% loss (-want +got):\n%s", diff)
	}
	r.packets(bob)
	film(1, 80)
	for _, p := range r.packets(bob) {
		if p.SSRC == 5001 {
			t.Fatal("a paused track is forwarded")
		}
	}
	film(60, 0)
	want[1].Paused = false
	if diff := cmp.Diff(want, bob.told); diff != "" {
		t.Errorf("after the loss went (-want +got):\n%s", diff)
	}
}
