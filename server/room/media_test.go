package room

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

var facts = meeting.Media{DTLS: "DTLS 1.2", SRTP: meeting.SRTPAES256GCM, Candidate: "host", Protocol: "udp"}

func TestMediaEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		events := w.media.last().events
		ann.got()
		bob.got()

		events.Connected(ann.id(), facts)
		synctest.Wait()
		if got := bob.sees(ann).Leg.Media; got == nil || *got != facts {
			t.Errorf("the leg's media is %+v", got)
		}
		bindings := []wire.Binding{
			{Mid: "4", Participant: ann.id(), Kind: meeting.KindCamera},
			{Mid: "5", Participant: ann.id(), Kind: meeting.KindMic},
			{Mid: "6", Participant: ann.id(), Kind: meeting.KindScreen},
		}
		events.Slots(bob.id(), bindings)
		bindings = append([]wire.Binding(nil), bindings...)
		bindings[1].Paused = true
		events.Slots(bob.id(), bindings[:2]) // tells of two lines only
		events.Slots(bob.id(), bindings[:2]) // and this of none
		events.Quality(ann.id(), 3, "")
		events.Quality(ann.id(), 3, "")
		synctest.Wait()
		if diff := cmp.Diff(bindings[:2], bob.see().slots); diff != "" {
			t.Errorf("slots (-want +got):\n%s", diff)
		}
		if got := bob.sees(ann).Quality; got != 3 {
			t.Errorf("quality %d", got)
		}
		time.Sleep(time.Second)
		events.Quality(ann.id(), 1, wire.QualitySilent)
		synctest.Wait()
		if got := bob.sees(ann); got.Quality != 1 || got.QualityReason != wire.QualitySilent {
			t.Errorf("quality %d %q without packets", got.Quality, got.QualityReason)
		}
		events.Slots(bob.id(), nil)
		events.Failed(ann.id())
		events.Connected("nobody", facts)
		events.Failed("nobody")
		synctest.Wait()
		if p := bob.sees(ann); p.Leg.Media != nil || p.Quality != 0 || p.QualityReason != "" || p.Disconnected {
			t.Errorf("after the media failed: %+v", p)
		}
		want := []string{
			wire.TypeLegChanged, wire.TypeSlots, wire.TypeSlots, wire.TypeParticipantChanged, wire.TypeParticipantChanged,
			wire.TypeSlots, wire.TypeLegChanged, wire.TypeParticipantChanged,
		}
		if diff := cmp.Diff(want, bob.got()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		events.Connected(ann.id(), facts)
		synctest.Wait()
		if bob.sees(ann).Leg.Media != nil {
			t.Error("a late report of a closed peer was believed")
		}
	})
}

// TestLayersWanted: the event is for the sender alone, and reaches it on a new
// connection too.
func TestLayersWanted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
		events := w.media.last().events
		ann.got()
		bob.got()

		events.Layers(ann.id(), meeting.KindCamera, []string{"q", "f"})
		events.Layers(ann.id(), meeting.KindScreen, nil)
		events.Layers("nobody", meeting.KindCamera, []string{"q"})
		synctest.Wait()
		want := []wire.LayersWanted{{Kind: meeting.KindCamera, RIDs: []string{"q", "f"}}, {Kind: meeting.KindScreen, RIDs: []string{}}}
		if diff := cmp.Diff(want, ann.see().wanted); diff != "" {
			t.Errorf("wanted layers (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{wire.TypeLayersWanted, wire.TypeLayersWanted}, ann.got()); diff != "" {
			t.Errorf("events of the sender (-want +got):\n%s", diff)
		}
		if got := bob.got(); len(got) != 0 {
			t.Errorf("another participant was told %v", got)
		}

		ann.place.Lost()
		events.Layers(ann.id(), meeting.KindCamera, []string{"h"})
		synctest.Wait()
		again := ann.back()
		if diff := cmp.Diff([]wire.LayersWanted{{Kind: meeting.KindCamera, RIDs: []string{"h"}}}, again.see().wanted); diff != "" {
			t.Errorf("wanted layers after resuming (-want +got):\n%s", diff)
		}

		again.checkFault()
		events.Failed(ann.id())
		events.Layers(ann.id(), meeting.KindCamera, []string{"q"})
		synctest.Wait()
		if got := len(again.see().wanted); got != 1 {
			t.Error("a late wish of a closed peer was passed on")
		}
	})
}

// TestLayersOutliveMedia: what a client said of its layers is told to every
// fresh peer of its seat, also when it was said while there was none.
func TestLayersOutliveMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann := guest(w).mustJoin("Ann")
		first := w.media.last().peer(ann.id())
		camera := []wire.Layer{{RID: "q", Pixels: 100, Bitrate: 1000}, {RID: "f", Pixels: 400, Bitrate: 4000}}
		screen := []wire.Layer{{RID: "q", Pixels: 900}}
		ann.must(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: camera})
		w.media.last().events.Failed(ann.id())
		synctest.Wait()
		ann.must(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindScreen, Layers: screen})
		ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})

		second := w.media.last().peer(ann.id())
		if second == first || first.layers[meeting.KindScreen] != nil {
			t.Fatal("the failed peer is still used")
		}
		want := map[meeting.Kind][]wire.Layer{meeting.KindCamera: camera, meeting.KindScreen: screen}
		if diff := cmp.Diff(want, second.layers); diff != "" {
			t.Errorf("layers of the fresh peer (-want +got):\n%s", diff)
		}
	})
}

func TestOffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		live(ann, meeting.KindMic)
		offer := wire.MediaOffer{SDP: sdp, Sends: map[string]meeting.Kind{"0": meeting.KindMic, "1": meeting.KindCamera}}
		code, reply := ann.ask(wire.TypeMediaOffer, offer)
		var answer wire.MediaAnswer
		unmarshal(reply.Body, &answer)
		if code != "" || answer.SDP != "answer to "+sdp {
			t.Fatalf("offer: %q, %s", code, reply.Body)
		}
		first := w.media.last().peer(ann.id())
		ann.must(wire.TypeMediaOffer, offer)
		if got := w.media.last().peer(ann.id()); got != first || first.offers != 2 {
			t.Error("a second offer of the session did not go to the same peer")
		}
		w.media.last().events.Connected(ann.id(), facts)
		synctest.Wait()
		ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: "v=0\no=- 43 2 IN IP4 127.0.0.1\n"})
		second := w.media.last().peer(ann.id())
		if second == first || !first.closed || !second.live[meeting.KindMic] {
			t.Error("an offer of another session did not get a fresh peer with the state of the seat")
		}
		if bob.sees(ann).Leg.Media != nil {
			t.Error("the leg shows the facts of the replaced connection")
		}
	})
}

func TestOfferErrors(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want meeting.Code
	}{
		{"ErrOfTheClient", meeting.Errorf(meeting.CodeInvalid, "No rtcp-mux."), meeting.CodeInvalid},
		{"ErrOfOurs", errors.New("no memory for 10.0.0.1"), meeting.CodeInternal},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				w.media.offer = func(string) (string, error) { return "", tt.err }
				ann := guest(w).mustJoin("Ann")
				if code := ann.do(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp}); code != tt.want {
					t.Errorf("offer: %q", code)
				}
			})
		})
	}
}

// TestAPanicEndsOneRoom injects faults where the media plane meets a room.
func TestAPanicEndsOneRoom(t *testing.T) {
	tests := []struct {
		name  string
		fault func(w *world, ann *client)
	}{
		{"InTheRoom", func(w *world, ann *client) {
			w.media.setLive = func(peer string) {
				if peer == ann.id() {
					panic("quoted")
				}
			}
			ann.do(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindMic, Live: true})
		}},
		{"InAnOffer", func(w *world, ann *client) {
			w.media.offer = func(string) (string, error) { panic("quoted") }
			ann.do(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
		}},
		{"InTheMediaPlane", func(w *world, _ *client) { w.media.rooms[0].events.Ended(errors.New("injected")) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				var log bytes.Buffer
				w.rooms.log = slog.New(slog.NewTextHandler(&log, nil))
				ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
				other := guest(w)
				if code := other.join(wire.Join{Number: otherNum, Name: "Cyd"}); code != "" {
					t.Fatal(code)
				}
				tt.fault(w, ann)
				synctest.Wait()
				for _, c := range []*client{ann, bob} {
					if code := c.closedWith(); code != meeting.CodeInternal {
						t.Errorf("closed with %q", code)
					}
					c.checkFault()
				}
				if text := log.String(); !strings.Contains(text, "level=ERROR") || strings.Contains(text, "quoted") {
					t.Errorf("the log tells nothing of the fault, or quotes it:\n%s", text)
				}
				other.must(wire.TypeSelfHand, wire.SelfHand{Up: true})
				if got := w.rooms.Stats(); got != (Stats{Rooms: 1, Participants: 1}) {
					t.Errorf("stats = %+v", got)
				}
				w.media.offer, w.media.setLive = nil, nil
				guest(w).mustJoin("Ann again").must(wire.TypeSelfHand, wire.SelfHand{Up: true})
			})
		})
	}
}

// TestRelayCredentials: who has a seat gets credentials of the relay, where there is
// one.
func TestRelayCredentials(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann := guest(w).mustJoin("Ann")
		if code, _ := ann.ask(wire.TypeMediaRelay, wire.Empty{}); code != meeting.CodeUnavailable {
			t.Errorf("without a relay: %q", code)
		}
		w.inspect(func(*Room) {
			w.rooms.cfg.Relay = func(d time.Duration) (string, string) { return "user for " + d.String(), "secret" }
		})
		_, reply := ann.ask(wire.TypeMediaRelay, wire.Empty{})
		var got wire.MediaRelay
		if err := json.Unmarshal(reply.Body, &got); err != nil {
			t.Fatal(err)
		}
		if want := (wire.MediaRelay{Username: "user for 10m0s", Password: "secret", Seconds: 600}); got != want {
			t.Errorf("got %+v", got)
		}
	})
}

// TestQualityInACrowd: what happens to all at once is told at a pace that does not
// make it worse; whoever is well again when their turn comes is passed over.
func TestQualityInACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const people = 50
		w := newWorld(t, meeting.DefaultSettings())
		watcher := guest(w).mustJoin("Ann")
		ids := []string{watcher.id()}
		watcher.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
		for i := range people - 1 {
			c := guest(w).mustJoin(fmt.Sprint("P", i))
			c.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
			ids = append(ids, c.id())
		}
		events := w.media.last().events
		watcher.got()
		for _, id := range ids {
			events.Quality(id, 1, wire.QualityLossUp)
		}
		synctest.Wait()
		if got := len(watcher.got()); got != 1 {
			t.Errorf("%d events at once, want 1", got)
		}
		time.Sleep(people * qualityCost * 10)
		synctest.Wait()
		if got := len(watcher.got()); got != 10 {
			t.Errorf("%d events after ten turns, want 10", got)
		}
		for _, id := range ids[20:] {
			events.Quality(id, 0, "")
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := len(watcher.got()); got != 9 {
			t.Errorf("%d events afterwards, want 9", got)
		}
		for i, id := range ids {
			if got := watcher.see().people[id].Quality; (got == 1) != (i < 20) {
				t.Errorf("person %d has quality %d", i, got)
			}
		}
	})
}
