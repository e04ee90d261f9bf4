package sfu

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
)

// pair is a publisher and a viewer who wants its camera.
func pair(t testing.TB) (r *rig, ann, bob *Peer) {
	r = newRig(t)
	ann = r.join("ann", lines{sends: camera, ssrc: 77})
	bob = r.join("bob", lines{video: 1})
	r.want(bob, "ann")
	return r, ann, bob
}

func TestBeginsWithKeyFrame(t *testing.T) {
	r, ann, bob := pair(t)
	if n := count[*rtcp.PictureLossIndication](r, ann); n != 1 {
		t.Errorf("%d key frame requests at binding, want 1", n)
	}
	r.feed(ann, frame(77, 1, false))
	r.feed(ann, frame(77, 2, false))
	r.feed(ann, frame(77, 3, true))
	r.feed(ann, frame(77, 4, false))
	got := r.packets(bob)
	if len(got) != 2 || numberOf(got[0]) != 3 || numberOf(got[1]) != 4 {
		t.Fatalf("got %d packets", len(got))
	}
	if got[0].SSRC != 5000 || got[0].PayloadType != ptVP8 || !got[0].Marker {
		t.Errorf("header %+v", got[0].Header)
	}
	if got[0].GetExtension(extTWCC) == nil || got[0].GetExtension(extMid) != nil {
		t.Errorf("extensions %v", got[0].GetExtensionIDs())
	}
	if got[1].SequenceNumber != got[0].SequenceNumber+1 || got[1].Timestamp != got[0].Timestamp+3000 {
		t.Errorf("%d/%d follows %d/%d", got[1].SequenceNumber, got[1].Timestamp, got[0].SequenceNumber, got[0].Timestamp)
	}
}

func TestAsksForKeyFrameUntilItComes(t *testing.T) {
	r, ann, _ := pair(t)
	r.messages(ann)
	r.step(3000 * ms)
	if n := count[*rtcp.PictureLossIndication](r, ann); n < 4 || n > 5 {
		t.Errorf("%d requests in 3 s, want one every 600 ms", n)
	}
	r.feed(ann, frame(77, 1, true))
	r.step(3000 * ms)
	if n := count[*rtcp.PictureLossIndication](r, ann); n != 0 {
		t.Errorf("%d requests after the key frame", n)
	}
}

func TestForwardsWhatItCannotTell(t *testing.T) {
	r, ann, bob := pair(t)
	r.step(2900 * ms)
	r.feed(ann, frame(77, 1, false))
	if len(r.packets(bob)) != 0 {
		t.Error("forwarded while there was hope for a key frame")
	}
	r.step(200 * ms)
	r.feed(ann, frame(77, 2, false))
	if len(r.packets(bob)) != 1 {
		t.Error("a stream whose key frames are not recognised is not forwarded")
	}
}

// TestRewriting feeds streams with loss, reordering, duplicates and wrap-around:
// what is forwarded keeps its distances, and nothing is forwarded twice.
func TestRewriting(t *testing.T) {
	for _, tt := range []struct {
		name               string
		first              int
		lost, late, double float64
	}{
		{"OKClean", 100, 0, 0, 0},
		{"OKWrap", 65000, 0, 0, 0},
		{"OKLoss", 65000, 0.1, 0, 0},
		{"OKReorder", 65000, 0, 0.2, 0},
		{"OKDuplicates", 65000, 0, 0, 0.3},
		{"OKAll", 60000, 0.1, 0.1, 0.1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ann, bob := pair(t)
			rnd := rand.New(rand.NewPCG(1, uint64(tt.first)))
			expect := make(map[int]bool)
			var late []rtp.Packet
			for n := tt.first; n < tt.first+8000; n++ {
				p := frame(77, n, n == tt.first)
				r.shard.now += 5 * ms
				switch {
				case n == tt.first:
					r.feed(ann, p)
				case rnd.Float64() < tt.lost:
					continue
				case rnd.Float64() < tt.late && len(late) < 20:
					late = append(late, p)
				default:
					r.feed(ann, p)
				}
				expect[n] = true
				if len(late) > 0 && rnd.IntN(5) == 0 {
					r.feed(ann, late[0])
					late = late[1:]
				}
				if rnd.Float64() < tt.double {
					r.feed(ann, p)
					for i := range late {
						if numberOf(late[i]) == n {
							late = append(late[:i], late[i+1:]...)
							break
						}
					}
				}
			}
			for _, p := range late {
				r.feed(ann, p)
			}
			got := r.packets(bob)
			base := got[0]
			for _, p := range got {
				n := numberOf(p)
				if !expect[n] {
					t.Fatalf("packet %d was not expected (again)", n)
				}
				delete(expect, n)
				d := n - tt.first
				if p.SequenceNumber != base.SequenceNumber+uint16(d) || p.Timestamp != base.Timestamp+uint32(d)*3000 {
					t.Fatalf("packet %d is %d/%d, the first was %d/%d", n, p.SequenceNumber, p.Timestamp, base.SequenceNumber, base.Timestamp)
				}
				if pid := picture(p) - picture(base); pid&0x7fff != uint16(d)&0x7fff {
					t.Fatalf("packet %d has picture %d, the first %d", n, picture(p), picture(base))
				}
			}
			if len(expect) > 0 {
				t.Errorf("%d packets were not forwarded", len(expect))
			}
		})
	}
}

func picture(p rtp.Packet) uint16 { return binary.BigEndian.Uint16(p.Payload[2:]) & 0x7fff }

func TestRebindContinues(t *testing.T) {
	r, ann, bob := pair(t)
	carl := r.join("carl", lines{sends: camera, ssrc: 88})
	for n := 65530; n < 65540; n++ {
		r.feed(ann, frame(77, n, n == 65530))
	}
	before := r.packets(bob)
	last := before[len(before)-1]
	r.messages(carl)
	r.want(bob, "carl")
	if n := count[*rtcp.PictureLossIndication](r, carl); n != 1 {
		t.Errorf("%d key frame requests at the switch", n)
	}
	r.feed(ann, frame(77, 65540, false))
	r.feed(carl, frame(88, 20, false))
	r.step(100 * ms)
	r.feed(carl, frame(88, 21, true))
	r.feed(carl, frame(88, 23, false))
	r.feed(carl, frame(88, 22, false))
	got := r.packets(bob)
	if len(got) != 3 {
		t.Fatalf("got %d packets after the switch, want 3", len(got))
	}
	var seqs, pictures []uint16
	for _, p := range got {
		seqs = append(seqs, p.SequenceNumber-last.SequenceNumber)
		pictures = append(pictures, (picture(p)-picture(last))&0x7fff)
	}
	if diff := cmp.Diff([]uint16{1, 3, 2}, seqs); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]uint16{1, 3, 2}, pictures); diff != "" {
		t.Errorf("pictures (-want +got):\n%s", diff)
	}
	if d := got[0].Timestamp - last.Timestamp; d != 9000 {
		t.Errorf("the timestamp goes on by %d, 100 ms passed", d)
	}
	// Back again: still one stream.
	r.want(bob, "ann")
	r.feed(ann, frame(77, 65560, true))
	if p := r.packets(bob); len(p) != 1 || p[0].SequenceNumber != last.SequenceNumber+4 {
		t.Errorf("back at the first track: %+v", p)
	}
}

// padding makes a padding-only packet.
func padding(ssrc uint32, n int) rtp.Packet {
	p := frame(ssrc, n, false)
	p.Payload, p.Marker, p.Padding, p.Header.PaddingSize = nil, false, true, 200
	return p
}

func TestPaddingLeavesNoGap(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 100, true))
	for n := 101; n < 120; n++ {
		r.feed(ann, padding(77, n))
	}
	r.feed(ann, frame(77, 120, false))
	r.feed(ann, frame(77, 123, false))
	r.feed(ann, padding(77, 122)) // late: its number is taken, so it fills it
	r.feed(ann, frame(77, 121, false))
	got := r.packets(bob)
	var seqs []uint16
	for _, p := range got {
		seqs = append(seqs, p.SequenceNumber-got[0].SequenceNumber)
	}
	if diff := cmp.Diff([]uint16{0, 1, 4, 3, 2}, seqs); diff != "" || len(got[3].Payload) != 0 {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
}

func TestMuted(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 1, true))
	r.packets(bob)
	ann.tracks[0].setLive(false)
	r.shard.settle(r.room)
	r.feed(ann, frame(77, 2, true))
	if len(r.packets(bob)) != 0 || len(bob.told) != 0 || r.shard.stats.Muted != 1 {
		t.Errorf("a muted track is forwarded; slots %v", bob.told)
	}
	ann.tracks[0].setLive(true)
	r.shard.settle(r.room)
	r.feed(ann, frame(77, 3, false))
	r.feed(ann, frame(77, 4, true))
	if got := r.packets(bob); len(got) != 1 || numberOf(got[0]) != 4 {
		t.Errorf("after unmuting got %d packets", len(got))
	}
}

func TestUnknownLeavesNothing(t *testing.T) {
	r, ann, bob := pair(t)
	for i := range uint32(1000) {
		p := frame(10_000+i, int(i), true)
		r.feed(ann, p)
		p.PayloadType = 50
		p.SSRC = 77
		r.feed(ann, p)
	}
	if len(r.packets(bob)) != 0 || r.shard.stats.Unknown != 2000 {
		t.Errorf("unknown packets: %+v", r.shard.stats)
	}
	if len(ann.tracks) != 1 || ann.tracks[0].layers[0].ssrc != 77 {
		t.Error("unknown packets changed the tracks")
	}
}

func TestIdentifiesByMID(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: []meeting.Kind{meeting.KindMic, meeting.KindCamera, meeting.KindScreen}})
	bob := r.join("bob", lines{audio: 1, video: 2})
	r.want(bob, "ann")
	p := frame(900, 1, true)
	if r.feed(ann, p); len(r.packets(bob)) != 0 {
		t.Fatal("forwarded although two tracks could be meant")
	}
	must(t, p.SetExtension(extMid, []byte("1")))
	r.feed(ann, p)
	if got := r.packets(bob); len(got) != 1 {
		t.Fatalf("the MID did not name the track: %+v", r.shard.stats)
	}
	// From now on its SSRC is enough; a new one with the MID replaces it.
	r.feed(ann, frame(900, 2, false))
	r.shard.now += 200 * ms
	p = frame(901, 5000, false)
	must(t, p.SetExtension(extMid, []byte("1")))
	r.feed(ann, p)
	p = frame(901, 5001, true)
	r.feed(ann, p)
	if got := r.packets(bob); len(got) != 2 || numberOf(got[1]) != 5001 || got[1].SequenceNumber != got[0].SequenceNumber+1 {
		t.Fatalf("got %d packets across the change of SSRC", len(got))
	}
	// The only audio line needs no MID.
	r.feed(ann, sound(902, 1))
	if len(r.packets(bob)) != 1 {
		t.Error("the only track with this payload type was not found")
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func TestReofferChangesSSRC(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 100, true))
	ann.apply(lines{sends: camera, ssrc: 500}.session())
	r.shard.settle(r.room)
	r.feed(ann, frame(77, 101, false))
	r.feed(ann, frame(500, 9000, false))
	r.feed(ann, frame(500, 9001, true))
	got := r.packets(bob)
	if len(got) != 2 || numberOf(got[1]) != 9001 || got[1].SequenceNumber != got[0].SequenceNumber+1 {
		t.Fatalf("got %d packets across the re-offer", len(got))
	}
	// An offer that changes nothing disturbs nothing.
	ann.apply(lines{sends: camera, ssrc: 500}.session())
	bob.apply(lines{video: 1}.session())
	r.shard.settle(r.room)
	r.feed(ann, frame(500, 9002, false))
	if len(r.packets(bob)) != 1 {
		t.Error("a re-offer without changes interrupts the picture")
	}
}

func TestRestartedSource(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 100, true))
	r.packets(bob)
	r.feed(ann, frame(77, 40_000, false)) // one stray packet
	r.feed(ann, frame(77, 40_001, false)) // and it goes on there
	r.feed(ann, frame(77, 40_002, true))
	if got := r.packets(bob); len(got) != 1 || numberOf(got[0]) != 40_002 {
		t.Errorf("got %d packets after the restart", len(got))
	}
}

func TestCodecOfTrackChanges(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, ssrc: 77})
	bob := r.join("bob", lines{video: 1})
	eve := r.join("eve", lines{video: 1, only: "VP8"})
	r.want(bob, "ann")
	r.want(eve, "ann")
	r.feed(ann, frame(77, 1, true))
	if len(r.packets(bob)) != 1 || len(r.packets(eve)) != 1 {
		t.Fatal("VP8 is not forwarded")
	}
	p := frame(77, 2, false)
	p.PayloadType, p.Payload[0] = ptVP9, 0x08 // a VP9 key frame
	r.feed(ann, p)
	got := r.packets(bob)
	if len(got) != 1 || got[0].PayloadType != ptVP9 {
		t.Errorf("VP9 to who decodes it: %+v", got)
	}
	if len(r.packets(eve)) != 0 || len(eve.told) != 0 {
		t.Error("VP9 to who does not decode it")
	}
}
