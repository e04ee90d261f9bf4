package room

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// turnOn opens the host's group and reports that encryption is on.
func turnOn(host *client, offer bool) {
	host.t.Helper()
	host.open()
	host.commit(0)
	host.must(wire.TypeE2EEReport, wire.E2EEReport{On: true, Epoch: 1, Offer: offer})
}

func TestSwitchAtTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host, ann, old := capableOwner(w).mustJoin(""), capable(w).mustJoin("Ann"), guest(w).mustJoin("Old")
		for _, typ := range []string{wire.TypeE2EEPreview, wire.TypeE2EEPrepare, wire.TypeE2EEReport} {
			if code := ann.do(typ, wire.Empty{}); code != meeting.CodeForbidden {
				t.Errorf("%s of a participant: %q", typ, code)
			}
		}
		stops := reply[wire.E2EEPreview](host, wire.TypeE2EEPreview, wire.Empty{}).Stops
		if len(stops) != 1 || stops[0].ID != old.id() || stops[0].Name != "Old" || stops[0].Kind != wire.StopParticipant {
			t.Errorf("the preview shows %+v", stops)
		}
		if old.closedWith() != "" {
			t.Error("the preview ended something")
		}
		if code := host.do(wire.TypeE2EEReport, wire.E2EEReport{On: true}); code != meeting.CodeConflict {
			t.Errorf("a report without a group: %q", code)
		}

		until := reply[wire.E2EEPrepared](host, wire.TypeE2EEPrepare, wire.Empty{}).Until
		if time.Until(until) != prepareFor {
			t.Errorf("the gate is closed until %v", until)
		}
		if old.closedWith() != meeting.CodeE2EERequired {
			t.Errorf("a client that cannot take part is told %q", old.closedWith())
		}
		if code := guest(w).join(wire.Join{Name: "New"}); code != meeting.CodeE2EERequired {
			t.Errorf("a newcomer at the closed gate: %q", code)
		}
		ann.must(wire.TypeRelaySend, chat("not yet encrypted"))
		time.Sleep(prepareFor)
		guest(w).mustJoin("Newer").must(wire.TypeLeave, wire.Empty{})

		turnOn(host, false)
		if e := ann.see().room.E2EE; e == nil || !e.On || e.By != host.id() || !e.Since.Equal(time.Now()) {
			t.Errorf("the room says %+v", e)
		}
		if code := guest(w).join(wire.Join{Name: "New"}); code != meeting.CodeE2EERequired {
			t.Errorf("a newcomer while on: %q", code)
		}
		time.Sleep(2 * prepareFor)
		if code := guest(w).join(wire.Join{Name: "New"}); code != meeting.CodeE2EERequired {
			t.Errorf("a newcomer later: %q", code)
		}
		capable(w).mustJoin("Cyd")
		if code := host.do(wire.TypeE2EEReport, wire.E2EEReport{On: false}); code != meeting.CodeConflict {
			t.Errorf("a report of an earlier epoch: %q", code)
		}
		if code := host.do(wire.TypeE2EEReport, wire.E2EEReport{On: false, Epoch: 9}); code != meeting.CodeConflict {
			t.Errorf("a report of a later epoch: %q", code)
		}
		host.commit(1)
		host.must(wire.TypeE2EEReport, wire.E2EEReport{On: false, Epoch: 2})
		if e := ann.see().room.E2EE; e == nil || e.On {
			t.Errorf("the room says %+v", e)
		}
		guest(w).mustJoin("New")
		host.checkFault()
		ann.checkFault()
	})
}

func TestWhatIsRefusedWhileOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host, ann := capableOwner(w).mustJoin(""), capable(w).mustJoin("Ann")
		ann.must(wire.TypeSelfHand, wire.SelfHand{Up: true})
		refused := map[string]any{
			wire.TypeSelfName:  wire.SelfName{Name: "Ann B."},
			wire.TypeRelaySend: chat("in clear"),
			wire.TypeSelfHand:  wire.SelfHand{Up: true},
		}
		features := []Feature{
			FeatureChat, FeatureReaction, FeatureName, FeatureHand, FeatureRecording,
			FeatureStream, FeaturePhone, FeatureRoomLeg, FeatureCaptions,
		}
		allowed := func() (list []Feature) {
			for _, f := range features {
				switch err := w.rooms.Allows(context.Background(), number, f); meeting.CodeOf(err) {
				case "":
					list = append(list, f)
				case meeting.CodeE2EEOn:
				default:
					t.Errorf("%s: %v", f, err)
				}
			}
			return list
		}
		if diff := cmp.Diff(features, allowed()); diff != "" {
			t.Errorf("while off (-want +got):\n%s", diff)
		}
		host.must(wire.TypeE2EEPrepare, wire.Empty{})
		if diff := cmp.Diff(features[:4], allowed()); diff != "" {
			t.Errorf("while a host prepares (-want +got):\n%s", diff)
		}
		turnOn(host, false)
		if diff := cmp.Diff([]Feature(nil), allowed()); diff != "" {
			t.Errorf("while on (-want +got):\n%s", diff)
		}
		err := w.rooms.Allows(context.Background(), number, FeatureRecording)
		if got := meeting.MessageOf(err); got != "End-to-end encryption is on: the server cannot record." {
			t.Errorf("a person reads %q", got)
		}
		ann.must(wire.TypeSelfHand, wire.SelfHand{Up: false})
		for typ, body := range refused {
			if code := ann.do(typ, body); code != meeting.CodeE2EEOn {
				t.Errorf("%s: %q", typ, code)
			}
		}
		ann.must(wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: true})
		host.must(wire.TypeE2EEReport, wire.E2EEReport{On: false, Epoch: 1})
		for typ, body := range refused {
			if code := ann.do(typ, body); code != "" {
				t.Errorf("%s after the end: %q", typ, code)
			}
		}
		if code := meeting.CodeOf(w.rooms.Allows(context.Background(), number, "teleport")); code != meeting.CodeInvalid {
			t.Errorf("an unknown feature: %q", code)
		}
		if code := meeting.CodeOf(w.rooms.Allows(context.Background(), otherNum, FeatureStream)); code != meeting.CodeNotStarted {
			t.Errorf("a meeting without a room: %q", code)
		}
	})
}

// TestOfferToEnd is the policy end-e2ee-and-notify: a host decides within half a
// minute about a client that cannot take part.
func TestOfferToEnd(t *testing.T) {
	tests := []struct {
		name  string
		offer bool
		then  func(host *client)
		first meeting.Code // of the join
		last  meeting.Code // with which the place in the lobby ended
		in    bool
	}{
		{"ErrNoOffer", false, func(*client) {}, meeting.CodeE2EERequired, "", false},
		{"ErrNoAnswer", true, func(*client) { time.Sleep(offerFor) }, "", meeting.CodeE2EERequired, false},
		{"ErrDeclined", true, func(host *client) {
			host.must(wire.TypeE2EEReport, wire.E2EEReport{On: true, Epoch: 1, Offer: true})
		}, "", meeting.CodeE2EERequired, false},
		{"OK", true, func(host *client) {
			host.must(wire.TypeE2EEReport, wire.E2EEReport{On: false, Epoch: 1})
		}, "", "", true},
		{"ErrAdmitIsNoWay", true, func(host *client) {
			if code := host.do(wire.TypeAdmit, wire.Target{}); code != meeting.CodeE2EERequired {
				host.t.Errorf("admitting: %q", code)
			}
			time.Sleep(offerFor)
		}, "", meeting.CodeE2EERequired, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				host := capableOwner(w).mustJoin("")
				turnOn(host, tt.offer)
				host.told()
				old := guest(w)
				if code := old.join(wire.Join{Name: "Old"}); code != tt.first {
					t.Fatalf("joining: %q", code)
				}
				if tt.first != "" {
					return
				}
				if l := old.see().lobby; l == nil || l.Reason != waitE2EE {
					t.Errorf("the newcomer is told %+v", l)
				}
				wantTold(t, "the host", host, "unsupported Old")
				tt.then(host)
				synctest.Wait()
				if got := old.closedWith(); got != tt.last {
					t.Errorf("the newcomer's place ended with %q", got)
				}
				if in := old.see().seat != ""; in != tt.in {
					t.Errorf("the newcomer is in: %v", in)
				}
				if got := len(host.see().waiting); got != 0 {
					t.Errorf("%d wait", got)
				}
			})
		})
	}
}

func TestNobodyIsAskedWithoutAHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host := capableOwner(w).mustJoin("")
		capable(w).mustJoin("Ann")
		turnOn(host, true)
		host.place.Lost()
		if code := guest(w).join(wire.Join{Name: "Old"}); code != meeting.CodeE2EERequired {
			t.Errorf("joining: %q", code)
		}
	})
}

func TestMeetingThatStartsEncrypted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		w.dir.meetings[number].E2EE = true
		w.dir.meetings[number].Card = []byte("card")
		if code := user(w, ownerID).join(wire.Join{}); code != meeting.CodeE2EERequired {
			t.Errorf("the owner with a client that cannot take part: %q", code)
		}
		if w.live() != nil {
			t.Error("a room was started for somebody who may not enter")
		}
		ann := capable(w).mustJoin("Ann")
		if got := ann.see().lobby; got == nil || string(got.Card) != "card" {
			t.Errorf("in the lobby: %+v", got)
		}
		host := capableOwner(w).mustJoin("")
		if e := host.see().room.E2EE; e == nil || !e.On || e.By != "" {
			t.Errorf("the room says %+v", e)
		}
		host.must(wire.TypeAdmit, wire.Target{})
		w.rooms.SetCard(meetID, []byte("new card"))
		w.rooms.SetCard("another", []byte("x"))
		w.inspect(func(r *Room) {
			if string(r.card) != "new card" {
				t.Errorf("the card is %q", r.card)
			}
		})
	})
}

func TestResumingWithAnotherClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host, ann := capableOwner(w).mustJoin(""), capable(w).mustJoin("Ann")
		turnOn(host, false)
		other := guest(w)
		if code := other.join(wire.Join{Seat: ann.see().seat}); code != meeting.CodeE2EERequired {
			t.Errorf("with one that cannot take part: %q", code)
		}
		if ann.closedWith() != "" {
			t.Errorf("the seat's own client was closed with %q", ann.closedWith())
		}
	})
}

func TestSeatBySecret(t *testing.T) {
	w := newWorld(t, meeting.DefaultSettings())
	ctx := context.Background()
	if _, _, err := w.rooms.Seat(ctx, number, "x"); meeting.CodeOf(err) != meeting.CodeForbidden {
		t.Errorf("without a room: %v", err)
	}
	ann := guest(w).mustJoin("Ann")
	id, who, err := w.rooms.Seat(ctx, number, ann.see().seat)
	if id != meetID || who != ann.id() || err != nil {
		t.Errorf("%q, %q, %v", id, who, err)
	}
	for _, secret := range []string{"", "x", ann.see().seat + "x"} {
		if _, _, err := w.rooms.Seat(ctx, number, secret); meeting.CodeOf(err) != meeting.CodeForbidden {
			t.Errorf("%q: %v", secret, err)
		}
	}
	if _, _, err := w.rooms.Seat(ctx, otherNum, ann.see().seat); meeting.CodeOf(err) != meeting.CodeForbidden {
		t.Errorf("another meeting: %v", err)
	}
}
