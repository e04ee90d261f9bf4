package client

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// mustDial connects to the fake server and closes the session at the end.
func mustDial(t *testing.T, f *fakeServer) *Session {
	t.Helper()
	s, err := Dial(testContext(t), Options{Server: f.http.URL, CA: f.caFile, Token: "rdl_good"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func mustJoin(t *testing.T, s *Session) *Meeting {
	t.Helper()
	m, err := s.Join(testContext(t), wire.Join{Number: "0123456789", Name: "Me"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func mustNext(t *testing.T, m *Meeting) Event {
	t.Helper()
	e, err := m.Next(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDial(t *testing.T) {
	f := newFakeServer(t)
	s := mustDial(t, f)
	if got := s.Welcome().Server; got != "fake 1" {
		t.Errorf("server = %q", got)
	}
	var hello wire.Hello
	if err := json.Unmarshal(f.requests[0].Body, &hello); err != nil {
		t.Fatal(err)
	}
	want := wire.Hello{Kind: meeting.LegSDK, Client: DefaultName, Features: []string{}}
	if d := cmp.Diff(want, hello); d != "" {
		t.Error(d)
	}
}

func TestDialErrors(t *testing.T) {
	f := newFakeServer(t)
	refusing := newFakeServer(t)
	refusing.replies[wire.TypeHello] = func(wire.Message) (string, any) {
		return wire.TypeError, wire.ErrorBody{Code: "version", Message: "Too old."}
	}
	for _, tt := range []struct {
		name string
		opts Options
		want meeting.Code
	}{
		{"ErrNoURL", Options{Server: "meet.example"}, meeting.CodeInvalid},
		{"ErrUnknownCA", Options{Server: f.http.URL}, meeting.CodeUnavailable},
		{"ErrNotACA", Options{Server: f.http.URL, CA: "doc.go"}, meeting.CodeInvalid},
		{"ErrNobodyThere", Options{Server: "https://127.0.0.1:1", CA: f.caFile}, meeting.CodeUnavailable},
		{"ErrHelloRefused", Options{Server: refusing.http.URL, CA: refusing.caFile}, meeting.CodeVersion},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := Dial(testContext(t), tt.opts)
			if err == nil {
				_ = s.Close()
			}
			if got := meeting.CodeOf(err); got != tt.want {
				t.Errorf("code = %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestCreateMeeting(t *testing.T) {
	f := newFakeServer(t)
	s := mustDial(t, f)
	got, err := s.CreateMeeting(testContext(t), wire.NewMeeting{Title: "Stand-up"})
	if err != nil {
		t.Fatal(err)
	}
	if got.Number != "0123456789" || got.Title != "Stand-up" {
		t.Errorf("meeting = %+v", got)
	}
	s.opts.Token = "rdl_bad"
	_, err = s.CreateMeeting(testContext(t), wire.NewMeeting{})
	if meeting.CodeOf(err) != meeting.CodeUnauthenticated || meeting.MessageOf(err) != "Sign in first." {
		t.Errorf("err = %v", err)
	}
}

func TestJoinRefused(t *testing.T) {
	f := newFakeServer(t)
	f.replies[wire.TypeJoin] = func(wire.Message) (string, any) {
		return wire.TypeError, wire.ErrorBody{Code: "passcode_required", Message: "Passcode, please."}
	}
	s := mustDial(t, f)
	_, err := s.Join(testContext(t), wire.Join{Number: "0123456789", Name: "Me"})
	if meeting.CodeOf(err) != meeting.CodePasscodeRequired {
		t.Fatalf("err = %v", err)
	}
	// The same session may try again with the passcode.
	delete(f.replies, wire.TypeJoin)
	mustJoin(t, s)
}

func TestLobby(t *testing.T) {
	f := newFakeServer(t)
	f.replies[wire.TypeJoin] = func(wire.Message) (string, any) {
		return wire.TypeOK, wire.JoinReply{Lobby: &wire.Lobby{Title: "Board", Reason: "lobby"}}
	}
	m := mustJoin(t, mustDial(t, f))
	if lobby, waiting := m.Lobby(); !waiting || lobby.Title != "Board" {
		t.Errorf("lobby = %+v, %v", lobby, waiting)
	}
	f.event(1, wire.TypeAdmitted, fakeJoined(false))
	if err := m.Admitted(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if got := m.State().Self; got != "me" {
		t.Errorf("self = %q", got)
	}
}

func TestLobbyDenied(t *testing.T) {
	f := newFakeServer(t)
	f.replies[wire.TypeJoin] = func(wire.Message) (string, any) {
		return wire.TypeOK, wire.JoinReply{Lobby: &wire.Lobby{}}
	}
	m := mustJoin(t, mustDial(t, f))
	f.event(0, wire.TypeClosed, wire.Closed{Code: "denied", Message: "The host did not let you in."})
	if err := m.Admitted(testContext(t)); meeting.CodeOf(err) != meeting.CodeDenied {
		t.Errorf("err = %v", err)
	}
}

func TestEventsAndState(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	ann := wire.Participant{ID: "ann", Name: "Ann"}
	f.event(2, wire.TypeParticipantJoined, wire.ParticipantEvent{Participant: ann})
	f.event(2, wire.TypeParticipantJoined, wire.ParticipantEvent{Participant: ann}) // repeated: told once
	ann.Name = "Anna"
	f.event(3, wire.TypeParticipantChanged, wire.ParticipantEvent{Participant: ann})
	f.event(4, wire.TypeLegChanged, wire.LegChanged{ID: "ann", Leg: meeting.Leg{Kind: meeting.LegWeb}})
	f.event(5, wire.TypeRelay, wire.Relayed{Channel: wire.ChannelChat, From: "ann", Payload: mustJSON(t, wire.ChatPayload{Text: "hi"})})
	f.event(6, wire.TypeRoomChanged, wire.RoomChanged{Room: wire.Room{Title: "New"}})
	f.event(7, wire.TypeLobbyChanged, wire.LobbyChanged{Waiting: []wire.Waiting{{ID: "w"}}})
	f.event(8, "some.future", map[string]int{"n": 1})
	f.event(9, wire.TypeParticipantLeft, wire.ParticipantLeft{ID: "me"})
	f.event(10, wire.TypeSpeaking, wire.Speaking{ID: "ann", Speaking: true})
	lines := []wire.Binding{{Mid: "1", Participant: "ann"}, {Mid: "2", Participant: "ann"}}
	f.event(11, wire.TypeSlots, wire.Slots{Slots: lines})
	f.event(12, wire.TypeSlots, wire.Slots{Slots: []wire.Binding{{Mid: "1"}}, Partial: true})
	var types []string
	for len(types) < 11 {
		types = append(types, mustNext(t, m).Type)
	}
	want := []string{"participant.joined", "participant.changed", "leg.changed", "relay", "room.changed", "lobby.changed", "some.future", "participant.left", "participant.speaking", "media.slots", "media.slots"}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
	got := m.State()
	ann.Leg.Kind, ann.Speaking = meeting.LegWeb, true
	if d := cmp.Diff([]wire.Participant{ann}, got.Participants); d != "" {
		t.Error(d)
	}
	if got.Room.Title != "New" || len(got.Waiting) != 1 || len(got.History) != 1 || got.Seq != 12 {
		t.Errorf("state = %+v", got)
	}
	if d := cmp.Diff(lines[1:], got.Slots); d != "" {
		t.Error(d)
	}
}

func TestClosedByTheServer(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	f.event(2, wire.TypeClosed, wire.Closed{Code: "removed", Message: "You were removed."})
	if e := mustNext(t, m); e.Type != wire.TypeClosed {
		t.Errorf("event = %+v", e)
	}
	<-m.Done()
	if _, err := m.Next(testContext(t)); meeting.CodeOf(err) != meeting.CodeRemoved {
		t.Errorf("err = %v", err)
	}
	if err := m.Hand(testContext(t), true); meeting.CodeOf(err) != meeting.CodeRemoved {
		t.Errorf("request after the end: %v", err)
	}
}

func TestRequestError(t *testing.T) {
	f := newFakeServer(t)
	f.replies[wire.TypeEnd] = func(wire.Message) (string, any) {
		return wire.TypeError, wire.ErrorBody{Code: "forbidden", Message: "Only the host ends the meeting."}
	}
	m := mustJoin(t, mustDial(t, f))
	err := m.End(testContext(t))
	if d := cmp.Diff("forbidden: Only the host ends the meeting.", err.Error()); d != "" {
		t.Error(d)
	}
}

func TestActionsOnTheWire(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	ctx := testContext(t)
	title := "T"
	for _, tt := range []struct {
		do   func() error
		want wire.Message
	}{
		{func() error { return m.Wants(ctx) }, wire.Message{Type: "media.wants", Body: []byte(`{"wants":[]}`)}},
		{func() error { return m.Report(ctx, 0.5, 0.1) }, wire.Message{Type: "media.report", Body: []byte(`{"loss":0.5,"rtt":0.1}`)}},
		{func() error { return m.Speaking(ctx, true) }, wire.Message{Type: "self.speaking", Body: []byte(`{"speaking":true}`)}},
		{func() error { return m.Rename(ctx, "Bo") }, wire.Message{Type: "self.name", Body: []byte(`{"name":"Bo"}`)}},
		{func() error { return m.Hand(ctx, true) }, wire.Message{Type: "self.hand", Body: []byte(`{"up":true}`)}},
		{func() error { return m.Chat(ctx, "ann", "hi") }, wire.Message{Type: "relay.send", Body: []byte(`{"channel":"chat","to":"ann","payload":{"text":"hi"}}`)}},
		{func() error { return m.React(ctx, "👍") }, wire.Message{Type: "relay.send", Body: []byte(`{"channel":"reaction","payload":{"emoji":"👍"}}`)}},
		{func() error { return m.Admit(ctx, "") }, wire.Message{Type: "lobby.admit", Body: []byte(`{"id":""}`)}},
		{func() error { return m.Deny(ctx, "w") }, wire.Message{Type: "lobby.deny", Body: []byte(`{"id":"w"}`)}},
		{func() error { return m.Mute(ctx, "ann", meeting.KindMic) }, wire.Message{Type: "participant.mute", Body: []byte(`{"id":"ann","kind":"mic"}`)}},
		{func() error { return m.MuteAll(ctx) }, wire.Message{Type: "participant.muteAll", Body: []byte(`{}`)}},
		{func() error { return m.AskUnmute(ctx, "ann") }, wire.Message{Type: "participant.askUnmute", Body: []byte(`{"id":"ann"}`)}},
		{func() error { return m.LowerHand(ctx, "ann") }, wire.Message{Type: "participant.lowerHand", Body: []byte(`{"id":"ann"}`)}},
		{func() error { return m.Remove(ctx, "ann", true) }, wire.Message{Type: "participant.remove", Body: []byte(`{"id":"ann","ban":true}`)}},
		{func() error { return m.SetRole(ctx, "ann", meeting.RoleCoHost) }, wire.Message{Type: "participant.role", Body: []byte(`{"id":"ann","role":"cohost"}`)}},
		{func() error { return m.TransferHost(ctx, "ann") }, wire.Message{Type: "host.transfer", Body: []byte(`{"id":"ann"}`)}},
		{func() error { return m.ChangeSettings(ctx, wire.SettingsChange{Title: &title}) }, wire.Message{Type: "room.settings", Body: []byte(`{"title":"T"}`)}},
		{func() error { return m.Spotlight(ctx, "ann") }, wire.Message{Type: "room.spotlight", Body: []byte(`{"id":"ann"}`)}},
		{func() error { return m.End(ctx) }, wire.Message{Type: "room.end", Body: []byte(`{}`)}},
	} {
		if err := tt.do(); err != nil {
			t.Fatal(err)
		}
		f.mu.Lock()
		got := f.requests[len(f.requests)-1]
		f.mu.Unlock()
		if got.Type != tt.want.Type || string(got.Body) != string(tt.want.Body) {
			t.Errorf("sent %s %s, want %s %s", got.Type, got.Body, tt.want.Type, tt.want.Body)
		}
	}
}

func TestRequestTellsWhyTheSocketClosed(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	f.mu.Lock()
	f.replies[wire.TypeSelfHand] = func(wire.Message) (string, any) {
		f.event(2, wire.TypeClosed, wire.Closed{Code: "ended", Message: "The meeting has ended."})
		f.cut()
		return wire.TypeOK, wire.Empty{}
	}
	f.mu.Unlock()
	if err := m.Hand(testContext(t), true); meeting.CodeOf(err) != meeting.CodeEnded {
		t.Errorf("err = %v", err)
	}
}
