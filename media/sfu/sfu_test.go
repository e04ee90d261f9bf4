package sfu_test

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/dtls/v3"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sfu"
)

var both = []meeting.Kind{meeting.KindMic, meeting.KindCamera}

// talk sends Opus packets, 50 a second, until the test ends.
func (e *endpoint) talk(tb testing.TB, k meeting.Kind) {
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		seq, ts := uint16(rand.Uint32()), rand.Uint32()
		clock := time.NewTicker(20 * time.Millisecond)
		defer clock.Stop()
		for {
			select {
			case <-stop:
				return
			case <-clock.C:
			}
			e.out[k].WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: ts}, Payload: make([]byte, 80)})
			seq++
			ts += 960
		}
	}()
	tb.Cleanup(func() { close(stop); <-done })
}

// frames returns the numbers of the whole frames among packets, in order.
func frames(packets []rtp.Packet) []uint64 {
	parts := make(map[uint64]int)
	for _, p := range packets {
		if len(p.Payload) > 13 {
			parts[number(p)] |= 1 << p.Payload[13]
		}
	}
	var whole []uint64
	for _, p := range packets {
		if len(p.Payload) > 13 && p.Payload[13] == 0 && parts[number(p)] == 7 {
			whole = append(whole, number(p))
		}
	}
	return whole
}

// assertContinuous holds packets of a slot to one gapless stream.
func assertContinuous(t *testing.T, what string, packets []rtp.Packet) {
	t.Helper()
	if len(packets) == 0 {
		t.Errorf("%s: nothing", what)
		return
	}
	seen := make(map[uint16]bool)
	low, high := packets[0].SequenceNumber, packets[0].SequenceNumber
	for _, p := range packets {
		seen[p.SequenceNumber] = true
		if int16(p.SequenceNumber-high) > 0 {
			high = p.SequenceNumber
		}
	}
	missing := 0
	for seq := low; seq != high; seq++ {
		if !seen[seq] {
			missing++
		}
	}
	if missing > 0 {
		t.Errorf("%s: %d of %d numbers are missing", what, missing, uint16(high-low)+1)
	}
}

func TestMeeting(t *testing.T) {
	s := mustSFU(t, false)
	var d diary
	room := s.NewRoom("r", d.events())
	ann := mustJoin(t, room, "ann", setup{sends: both, audio: 2, video: 2})
	bob := mustJoin(t, room, "bob", setup{audio: 2, video: 2})
	eve := mustJoin(t, room, "eve", setup{audio: 1, video: 1})
	for _, k := range both {
		ann.peer.SetLive(k, true)
	}
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera, Pixels: 1000}})
	eve.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}, {Peer: "eve", Kind: meeting.KindCamera}})
	ann.film(t, meeting.KindCamera)
	ann.talk(t, meeting.KindMic)
	eventually(t, "packets", func() bool {
		return len(bob.packets("2")) > 150 && len(eve.packets("1")) > 150 && len(bob.packets("0")) > 50 && len(eve.packets("0")) > 50
	})
	want := []sfu.Binding{{Mid: "0", Peer: "ann", Kind: meeting.KindMic}, {Mid: "2", Peer: "ann", Kind: meeting.KindCamera}}
	if diff := cmp.Diff(want, d.slotsOf("bob")); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
	if len(d.slotsOf("ann")) != 0 {
		t.Errorf("ann gets %v", d.slotsOf("ann"))
	}
	for name, e := range map[string]*endpoint{"bob": bob, "eve": eve} {
		for mid := range e.all() {
			assertContinuous(t, name+" "+mid, e.packets(mid))
		}
	}
	if p := bob.packets("2")[0]; p.Payload[4]&1 != 0 {
		t.Error("the first packet does not begin a key frame")
	}
	if m, ok := d.facts("bob"); !ok || m.SRTP != meeting.SRTPAES256GCM || m.DTLS != "DTLS 1.2" {
		t.Errorf("facts %+v", m)
	}
	eventually(t, "quality", func() bool { return d.qualityOf("bob") == 3 && d.qualityOf("ann") == 3 })
	if st := s.Stats(); st.Rooms != 1 || st.Peers != 3 || st.Tracks != 2 || st.Unknown != 0 || st.Rejected != 0 {
		t.Errorf("stats %+v", st)
	}
	st := s.Stats()
	if packets, sum := st.Delays.Total(); packets < st.PacketsIn || sum <= 0 {
		t.Errorf("delays of %d packets are known, of %d; they took %v", packets, st.PacketsIn, sum)
	}
}

func TestMuteAndUnmute(t *testing.T) {
	s := mustSFU(t, false)
	var d diary
	room := s.NewRoom("r", d.events())
	ann := mustJoin(t, room, "ann", setup{sends: both})
	bob := mustJoin(t, room, "bob", setup{audio: 1, video: 1})
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}})
	ann.film(t, meeting.KindCamera)
	ann.talk(t, meeting.KindMic)
	time.Sleep(200 * time.Millisecond)
	if n := len(bob.all()); n != 0 {
		t.Fatalf("%d slots have packets before anything is live", n)
	}
	for round := range 3 {
		ann.peer.SetLive(meeting.KindMic, true)
		ann.peer.SetLive(meeting.KindCamera, true)
		heard, seen := len(bob.packets("0")), len(bob.packets("1"))
		eventually(t, "both", func() bool { return len(bob.packets("0")) > heard+10 && len(bob.packets("1")) > seen+30 })
		ann.peer.SetLive(meeting.KindMic, false)
		ann.peer.SetLive(meeting.KindCamera, false)
		time.Sleep(100 * time.Millisecond)
		heard, seen = len(bob.packets("0")), len(bob.packets("1"))
		time.Sleep(200 * time.Millisecond)
		if len(bob.packets("0")) != heard || len(bob.packets("1")) != seen {
			t.Fatalf("round %d: muted media is forwarded", round)
		}
		if len(d.slotsOf("bob")) != 0 {
			t.Errorf("round %d: slots %v", round, d.slotsOf("bob"))
		}
	}
	assertContinuous(t, "sound", bob.packets("0"))
	assertContinuous(t, "picture", bob.packets("1"))
}

func TestRecoversLoss(t *testing.T) {
	for _, tt := range []struct {
		name     string
		up, down float64
	}{{"OKUpstream", 0.1, 0}, {"OKDownstream", 0, 0.1}, {"OKBoth", 0.05, 0.05}} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustSFU(t, false)
			var d diary
			room := s.NewRoom("r", d.events())
			ann := mustJoin(t, room, "ann", setup{sends: camOnly, upLoss: tt.up})
			bob := mustJoin(t, room, "bob", setup{video: 1, downLoss: tt.down})
			bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}})
			ann.peer.SetLive(meeting.KindCamera, true)
			c := ann.film(t, meeting.KindCamera)
			eventually(t, "pictures", func() bool { return len(bob.packets("0")) > 600 })
			c.end()
			var got []uint64
			var all int
			for end := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) { // the last retransmissions
				got = frames(bob.packets("0"))
				if all = int(c.frames.Load()) - int(got[0]); len(got) >= all*98/100 {
					break
				}
				if time.Now().After(end) {
					t.Fatalf("%d of %d frames are whole; %+v", len(got), all, s.Stats())
				}
			}
			st := s.Stats()
			if tt.up > 0 && st.Recovered == 0 || tt.down > 0 && st.Retransmitted == 0 {
				t.Errorf("nothing was recovered: %+v", st)
			}
		})
	}
}

var camOnly = []meeting.Kind{meeting.KindCamera}

func TestWantsChange(t *testing.T) {
	s := mustSFU(t, false)
	var d diary
	room := s.NewRoom("r", d.events())
	ann := mustJoin(t, room, "ann", setup{sends: camOnly})
	carl := mustJoin(t, room, "carl", setup{sends: camOnly})
	bob := mustJoin(t, room, "bob", setup{video: 1})
	for _, e := range []*endpoint{ann, carl} {
		e.peer.SetLive(meeting.KindCamera, true)
		e.film(t, meeting.KindCamera)
	}
	for _, who := range []string{"ann", "carl", "ann", "carl"} {
		from := len(bob.packets("0"))
		bob.peer.SetWants([]sfu.Want{{Peer: who, Kind: meeting.KindCamera}})
		eventually(t, "pictures of "+who, func() bool { return len(bob.packets("0")) > from+60 })
		eventually(t, "binding to "+who, func() bool { b := d.slotsOf("bob"); return len(b) == 1 && b[0].Peer == who })
	}
	packets := bob.packets("0")
	assertContinuous(t, "picture", packets)
	for i := 1; i < len(packets); i++ {
		a, b := packets[i-1], packets[i]
		if b.SequenceNumber != a.SequenceNumber+1 {
			continue // reordered by the receiver's goroutines
		}
		if d := int32(b.Timestamp - a.Timestamp); d < 0 || d > 180000 {
			t.Fatalf("timestamp %d follows %d", b.Timestamp, a.Timestamp)
		}
		if d := (pictureOf(b) - pictureOf(a)) & 0x7fff; d > 1 {
			t.Fatalf("picture %d follows %d", pictureOf(b), pictureOf(a))
		}
	}
	bob.peer.SetWants(nil)
	eventually(t, "empty slots", func() bool { return len(d.slotsOf("bob")) == 0 })
}

func pictureOf(p rtp.Packet) uint16 { return binary.BigEndian.Uint16(p.Payload[2:]) & 0x7fff }

func TestKeyFrameOnRequest(t *testing.T) {
	s := mustSFU(t, false)
	room := s.NewRoom("r", sfu.Events{})
	ann := mustJoin(t, room, "ann", setup{sends: camOnly})
	ann.peer.SetLive(meeting.KindCamera, true)
	ann.film(t, meeting.KindCamera)
	bob := mustJoin(t, room, "bob", setup{video: 1})
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}})
	eventually(t, "pictures", func() bool { return len(bob.packets("0")) > 30 })
	asked := ann.keys.Load()
	// A late joiner sees a picture without waiting for the next regular key frame.
	eve := mustJoin(t, room, "eve", setup{video: 1})
	eve.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}})
	eventually(t, "pictures", func() bool { return len(eve.packets("0")) > 0 })
	if p := eve.packets("0")[0]; p.Payload[0]&0x10 == 0 || p.Payload[4]&1 != 0 || ann.keys.Load() == asked {
		t.Errorf("begins with %x after %d requests", p.Payload[:5], ann.keys.Load()-asked)
	}
}

func TestAESCMLeg(t *testing.T) {
	s := mustSFU(t, true)
	var d diary
	room := s.NewRoom("r", d.events())
	cm := []dtls.SRTPProtectionProfile{dtls.SRTP_AES128_CM_HMAC_SHA1_80}
	ann := mustJoin(t, room, "ann", setup{sends: camOnly, video: 1, profiles: cm})
	bob := mustJoin(t, room, "bob", setup{sends: camOnly, video: 1})
	for _, e := range []*endpoint{ann, bob} {
		e.peer.SetLive(meeting.KindCamera, true)
		e.film(t, meeting.KindCamera)
	}
	ann.peer.SetWants([]sfu.Want{{Peer: "bob", Kind: meeting.KindCamera}})
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}})
	eventually(t, "pictures both ways", func() bool { return len(ann.packets("1")) > 60 && len(bob.packets("1")) > 60 })
	if m, _ := d.facts("ann"); m.SRTP != meeting.SRTPAES128CM {
		t.Errorf("ann's facts %+v", m)
	}
	if m, _ := d.facts("bob"); m.SRTP != meeting.SRTPAES256GCM {
		t.Errorf("bob's facts %+v", m)
	}
}

// TestMoreSlots: a later offer adds slots and a track, without disturbing what
// flows.
func TestMoreSlots(t *testing.T) {
	s := mustSFU(t, false)
	var d diary
	room := s.NewRoom("r", d.events())
	ann := mustJoin(t, room, "ann", setup{sends: camOnly})
	bob := mustJoin(t, room, "bob", setup{video: 1})
	ann.peer.SetLive(meeting.KindCamera, true)
	ann.peer.SetLive(meeting.KindScreen, true)
	ann.film(t, meeting.KindCamera)
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}, {Peer: "ann", Kind: meeting.KindScreen}})
	eventually(t, "pictures", func() bool { return len(bob.packets("0")) > 30 })
	ann.addSender(t, meeting.KindScreen)
	ann.mustNegotiate(t)
	ann.film(t, meeting.KindScreen)
	must(t, func() error {
		_, err := bob.pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
		return err
	})
	bob.mustNegotiate(t)
	eventually(t, "the screen", func() bool { return len(bob.packets("1")) > 30 })
	assertContinuous(t, "camera", bob.packets("0"))
	want := []sfu.Binding{{Mid: "0", Peer: "ann", Kind: meeting.KindCamera}, {Mid: "1", Peer: "ann", Kind: meeting.KindScreen}}
	if diff := cmp.Diff(want, d.slotsOf("bob")); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
}

func TestLeaving(t *testing.T) {
	s := mustSFU(t, false)
	var d diary
	room := s.NewRoom("r", d.events())
	ann := mustJoin(t, room, "ann", setup{sends: camOnly})
	bob := mustJoin(t, room, "bob", setup{video: 1})
	ann.peer.SetLive(meeting.KindCamera, true)
	ann.film(t, meeting.KindCamera)
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}})
	eventually(t, "pictures", func() bool { return len(bob.packets("0")) > 30 })
	if _, err := room.Join("ann"); meeting.CodeOf(err) != meeting.CodeConflict {
		t.Errorf("joining twice: %v", err)
	}
	ann.peer.Close()
	ann.peer.Close()
	eventually(t, "empty slots", func() bool { return len(d.slotsOf("bob")) == 0 })
	if _, err := ann.peer.Offer(ann.pc.LocalDescription().SDP, nil); meeting.CodeOf(err) != meeting.CodeEnded {
		t.Errorf("an offer after leaving: %v", err)
	}
	again := mustJoin(t, room, "ann", setup{sends: camOnly})
	again.peer.SetLive(meeting.KindCamera, true)
	again.film(t, meeting.KindCamera)
	from := len(bob.packets("0"))
	eventually(t, "pictures", func() bool { return len(bob.packets("0")) > from+30 })
	assertContinuous(t, "camera", bob.packets("0"))
	room.Close()
	room.Close()
	if _, err := room.Join("late"); meeting.CodeOf(err) != meeting.CodeEnded {
		t.Errorf("joining a closed room: %v", err)
	}
	eventually(t, "end", func() bool { return s.Stats().Rooms == 0 })
}

func TestBadOffers(t *testing.T) {
	s := mustSFU(t, false)
	room := s.NewRoom("r", sfu.Events{})
	good := mustJoin(t, room, "ann", setup{sends: both, video: 1})
	offer := good.pc.LocalDescription().SDP
	for _, tt := range []struct {
		name  string
		offer string
		sends map[string]meeting.Kind
		want  meeting.Code
	}{
		{"OK", offer, map[string]meeting.Kind{"0": meeting.KindMic, "1": meeting.KindCamera}, ""},
		{"OKNothingSent", offer, nil, ""},
		{"ErrNoSDP", "hello", nil, meeting.CodeInvalid},
		{"ErrUnknownKind", offer, map[string]meeting.Kind{"0": "hologram"}, meeting.CodeInvalid},
		{"ErrUnknownLine", offer, map[string]meeting.Kind{"9": meeting.KindMic}, meeting.CodeInvalid},
		{"ErrWrongMedia", offer, map[string]meeting.Kind{"0": meeting.KindCamera}, meeting.CodeInvalid},
		{"ErrTwice", offer, map[string]meeting.Kind{"0": meeting.KindMic, "1": meeting.KindMic}, meeting.CodeInvalid},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := good.peer.Offer(tt.offer, tt.sends)
			if got := meeting.CodeOf(err); got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
	other := mustPC(t, setup{})
	defer other.Close()
	must(t, func() error { _, err := other.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo); return err })
	sdp, err := other.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := good.peer.Offer(sdp.SDP, nil); meeting.CodeOf(err) != meeting.CodeConflict {
		t.Errorf("an offer with another certificate: %v", err)
	}
}

func TestClosedSFU(t *testing.T) {
	s := mustSFU(t, false)
	room := s.NewRoom("r", sfu.Events{})
	s.Close()
	for _, r := range []*sfu.Room{room, s.NewRoom("late", sfu.Events{})} {
		if _, err := r.Join("ann"); meeting.CodeOf(err) != meeting.CodeEnded {
			t.Errorf("joining after Close: %v", err)
		}
	}
}
