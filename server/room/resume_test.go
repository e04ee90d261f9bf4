package room

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

const sdp = "v=0\r\no=- 42 2 IN IP4 127.0.0.1\r\ns=-\r\n"

func TestResumeWithinGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
		ann.must(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindMic, Live: true})
		bob.must(wire.TypeRelaySend, chat("before"))
		ann.place.Lost()
		synctest.Wait()
		if !bob.sees(ann).Disconnected {
			t.Error("nobody was told of the lost connection")
		}
		bob.must(wire.TypeRelaySend, chat("meanwhile"))
		bob.must(wire.TypeSelfHand, wire.SelfHand{Up: true})
		guest(w).mustJoin("Cyd").must(wire.TypeLeave, wire.Empty{})
		time.Sleep(Grace - time.Second)

		again := ann.back()
		got := again.see()
		if !got.resumed || got.self != ann.id() || len(got.history) != 2 {
			t.Errorf("resumed %v as %s with %d chats", got.resumed, got.self, len(got.history))
		}
		if diff := cmp.Diff(bob.see().people, got.people); diff != "" {
			t.Errorf("the picture after resuming (-other +own):\n%s", diff)
		}
		if me := again.me(); me.Disconnected || !me.Live[meeting.KindMic] {
			t.Errorf("after resuming: %+v", me)
		}
		again.checkFault()
		time.Sleep(2 * Grace)
		if code := again.do(wire.TypeSelfHand, wire.SelfHand{Up: true}); code != "" {
			t.Errorf("the resumed seat did not last: %s", code)
		}
	})
}

func TestResumeAfterAReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
		ann.must(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindMic, Live: true})
		bob.must(wire.TypeRelaySend, chat("before"))
		before := ann.see()
		ann.place.Lost()
		synctest.Wait()

		again := newClient(t, w.rooms, ann.who)
		if code := again.join(wire.Join{Seat: before.seat, Name: "Ann"}); code != "" {
			t.Fatal(code)
		}
		got := again.see()
		if got.resumed || got.self != ann.id() || len(got.history) != 1 {
			t.Errorf("resumed %v as %s with %d chats", got.resumed, got.self, len(got.history))
		}
		if n := len(bob.see().people); n != 2 {
			t.Errorf("%d people after the reload", n)
		}
		if bob.sees(ann).Live[meeting.KindMic] {
			t.Error("the microphone of the page that is gone is still live")
		}
	})
}

func TestResumeTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		before := ann.see()
		ann.place.Lost()
		time.Sleep(Grace + time.Second)
		synctest.Wait()
		if n := len(bob.see().people); n != 1 {
			t.Errorf("the others still see %d people", n)
		}
		if code := newClient(t, w.rooms, ann.who).join(wire.Join{Seat: before.seat, Seq: before.seq}); code != meeting.CodeNotFound {
			t.Errorf("resuming too late: %q", code)
		}
		fresh := newClient(t, w.rooms, ann.who)
		if code := fresh.join(wire.Join{Seat: before.seat, Seq: before.seq, Name: "Ann"}); code != "" {
			t.Errorf("with a name it is an ordinary join: %q", code)
		}
		if fresh.id() == before.self || fresh.see().resumed {
			t.Error("the old seat came back")
		}
	})
}

func TestResumeWithoutTheEventsOrTheMedia(t *testing.T) {
	tests := []struct {
		name string
		lose func(w *world, ann, bob *client)
	}{
		{"TooManyEvents", func(_ *world, _, bob *client) {
			for i := range logEvents + 1 {
				bob.must(wire.TypeSelfHand, wire.SelfHand{Up: i%2 == 0})
			}
		}},
		{"MediaFailed", func(w *world, ann, _ *client) { w.media.last().events.Failed(ann.id()) }},
		{"NeverOffered", func(w *world, ann, _ *client) { w.inspect(func(r *Room) { r.byID(ann.id()).offered = "" }) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
				ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
				ann.must(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindCamera, Live: true})
				old := w.media.last().peer(ann.id())
				ann.place.Lost()
				synctest.Wait()
				tt.lose(w, ann, bob)
				synctest.Wait()

				again := ann.back()
				if again.see().resumed || len(again.me().Live) != 0 {
					t.Errorf("resumed %v with %v live", again.see().resumed, again.me().Live)
				}
				if fresh := w.media.last().peer(ann.id()); fresh == old || !old.closed || len(fresh.live) != 0 {
					t.Error("the media connection was not made anew")
				}
				if diff := cmp.Diff(bob.see().people, again.see().people); diff != "" {
					t.Errorf("the picture after resuming (-other +own):\n%s", diff)
				}
				again.checkFault()
			})
		})
	}
}

func TestReplacedConnectionIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann := guest(w).mustJoin("Ann")
		bob := guest(w).mustJoin("Bob")
		bob.got()
		again := ann.back()
		if code := ann.closedWith(); code != meeting.CodeReplaced {
			t.Errorf("the old connection was closed with %q", code)
		}
		ann.place.Lost()
		synctest.Wait()
		if again.me().Disconnected || !again.place.Held() || ann.place.Held() {
			t.Error("the end of the old connection hurt the new one")
		}
		if n := len(bob.see().people); n != 2 {
			t.Errorf("others see %d people", n)
		}
		ann.checkFault()
		again.checkFault()
	})
}

func TestResumeKeepsTheLegHonest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		ann.place.Lost()
		ann.who.Leg.Signalling = meeting.Signalling{Version: "TLS 1.2", Suite: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}
		again := ann.back()
		if got := bob.sees(again).Leg.Signalling; got != ann.who.Leg.Signalling {
			t.Errorf("others see %+v", got)
		}
	})
}

func TestResumeFailsWithTheMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		w.media.joinErr = func() error { return meeting.Errorf(meeting.CodeUnavailable, "Full.") }
		before := ann.see()
		if code := newClient(t, w.rooms, ann.who).join(wire.Join{Seat: before.seat, Seq: before.seq}); code != meeting.CodeUnavailable {
			t.Errorf("resume: %q", code)
		}
		if !bob.sees(ann).Disconnected {
			t.Error("the seat without a connection looks connected")
		}
		w.media.joinErr = nil
		if again := ann.back(); again.id() != before.self {
			t.Error("the seat was lost")
		}
	})
}

func chat(text string) wire.RelaySend {
	return wire.RelaySend{Channel: wire.ChannelChat, Payload: encode(wire.ChatPayload{Text: text})}
}
