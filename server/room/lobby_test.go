package room

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func lobbied() meeting.Settings { return meeting.Settings{JoinBeforeHost: true, Lobby: true} }

func TestLobby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		owner := user(w, ownerID).mustJoin("")
		ann, bob, cyd := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob"), user(w, "cyd").mustJoin("Cyd")

		if got := ann.see().lobby; got == nil || got.Title != "Standup" || got.Reason != waitLobby {
			t.Fatalf("Ann is told %+v", got)
		}
		waiting := owner.see().waiting
		if len(waiting) != 3 || waiting[0].Name != "Ann" || !waiting[0].Guest || waiting[2].Guest {
			t.Fatalf("the host sees %+v", waiting)
		}
		if code := ann.do(wire.TypeSelfHand, wire.SelfHand{Up: true}); code != meeting.CodeConflict {
			t.Errorf("a request from the lobby: %q", code)
		}
		owner.must(wire.TypeAdmit, wire.Target{ID: waiting[0].ID})
		if was := waiting[0].ID; ann.id() != was {
			t.Errorf("Ann waited as %s and has the seat of %s", was, ann.id())
		}
		if len(ann.see().people) != 2 || len(owner.see().people) != 2 || len(owner.see().waiting) != 2 {
			t.Errorf("after admitting: %+v", owner.see())
		}
		owner.must(wire.TypeDeny, wire.Target{ID: waiting[1].ID})
		if code := bob.closedWith(); code != meeting.CodeDenied {
			t.Errorf("Bob was closed with %q", code)
		}
		if code := owner.do(wire.TypeAdmit, wire.Target{ID: waiting[1].ID}); code != meeting.CodeNotFound {
			t.Errorf("admitting somebody who was denied: %q", code)
		}
		if code := ann.do(wire.TypeAdmit, wire.Target{}); code != meeting.CodeForbidden {
			t.Errorf("a participant admits: %q", code)
		}
		cyd.must(wire.TypeLeave, wire.Empty{})
		if n := len(owner.see().waiting); n != 0 {
			t.Errorf("%d still wait", n)
		}
		for _, c := range []*client{owner, ann, bob, cyd} {
			c.checkFault()
		}
	})
}

func TestAdmitAndDenyAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		owner := user(w, ownerID).mustJoin("")
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		owner.must(wire.TypeAdmit, wire.Target{})
		if len(ann.see().people) != 3 || len(bob.see().people) != 3 {
			t.Errorf("after admitting all: %d and %d people", len(ann.see().people), len(bob.see().people))
		}
		cyd, dan := guest(w).mustJoin("Cyd"), guest(w).mustJoin("Dan")
		owner.must(wire.TypeDeny, wire.Target{})
		if cyd.closedWith() != meeting.CodeDenied || dan.closedWith() != meeting.CodeDenied {
			t.Error("not all were denied")
		}
	})
}

func TestAdmitIntoAFullMeeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		owner := user(w, ownerID).mustJoin("")
		ann := guest(w).mustJoin("Ann")
		w.inspect(func(*Room) { w.rooms.cfg.MaxSeats = 1 })
		if code := owner.do(wire.TypeAdmit, wire.Target{}); code != meeting.CodeFull {
			t.Errorf("admit: %q", code)
		}
		if !ann.place.Held() || len(owner.see().waiting) != 1 {
			t.Error("Ann lost her place in the lobby")
		}
	})
}

func TestOneSourceCannotFillTheLobby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		from := func(source string) *client { return newClient(t, w.rooms, Caller{Source: source}) }
		first := from("192.0.2.7")
		first.mustJoin("Ann")
		for range defaultMaxWaitingFromSource - 1 {
			from("192.0.2.7").mustJoin("Ann")
		}
		if code := from("192.0.2.7").join(wire.Join{Name: "Ann"}); code != meeting.CodeFull {
			t.Errorf("one more from the same source: %q", code)
		}
		from("192.0.2.8").mustJoin("Bob")
		first.must(wire.TypeLeave, wire.Empty{})
		from("192.0.2.7").mustJoin("Cyd")
	})
}

func TestLobbyIsLostWithTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		owner := user(w, ownerID).mustJoin("")
		guest(w).mustJoin("Ann").place.Lost()
		synctest.Wait()
		if n := len(owner.see().waiting); n != 0 {
			t.Errorf("%d wait", n)
		}
	})
}

func TestWaitingKeepsTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		ann := guest(w).mustJoin("Ann")
		time.Sleep(24 * time.Hour)
		owner := user(w, ownerID).mustJoin("")
		owner.must(wire.TypeAdmit, wire.Target{})
		if got := ann.see(); got.self == "" || !got.room.StartedAt.Equal(time.Now()) {
			t.Errorf("after a day in the lobby: %+v", got)
		}
		owner.must(wire.TypeLeave, wire.Empty{})
		ann.must(wire.TypeLeave, wire.Empty{})
		time.Sleep(Grace + time.Second)
		synctest.Wait()
		if w.live() != nil {
			t.Error("the room lives on")
		}
	})
}

func TestWaitForHost(t *testing.T) {
	tests := []struct {
		name  string
		lobby bool
		in    bool // Ann is in once the host is there
	}{{"WithoutLobby", false, true}, {"WithLobby", true, false}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.Settings{Lobby: tt.lobby})
				ann := guest(w).mustJoin("Ann")
				if got := ann.see().lobby; got == nil || got.Reason != waitHost {
					t.Fatalf("Ann is told %+v", got)
				}
				owner := user(w, ownerID).mustJoin("")
				if got := ann.see().self != ""; got != tt.in {
					t.Errorf("Ann is in: %v", got)
				}
				want := 1
				if tt.in {
					want = 0
				}
				if got := len(owner.see().waiting); got != want {
					t.Errorf("the host sees %d waiting, want %d", got, want)
				}
				bob := guest(w).mustJoin("Bob")
				if got := bob.see().self != ""; got != tt.in {
					t.Errorf("Bob is in: %v", got)
				}
				owner.checkFault()
				ann.checkFault()
			})
		})
	}
}

func TestSwitchingTheLobbyOffLetsEveryoneIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		owner := user(w, ownerID).mustJoin("")
		ann := guest(w).mustJoin("Ann")
		owner.must(wire.TypeSettings, wire.SettingsChange{Lobby: ptr(false)})
		if len(ann.see().people) != 2 || len(owner.see().waiting) != 0 {
			t.Errorf("Ann sees %d people", len(ann.see().people))
		}
	})
}

func TestModeratorsLearnOfTheLobbyWithTheirRole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.Settings{JoinBeforeHost: true, Passcode: "77"})
		owner := user(w, ownerID).mustJoin("")
		ann := guest(w)
		ann.join(wire.Join{Name: "Ann", Passcode: "77"})
		owner.must(wire.TypeSettings, wire.SettingsChange{Lobby: ptr(true)})
		guest(w).join(wire.Join{Name: "Bob", Passcode: "77"})

		know := func() (int, string) { m := ann.see(); return len(m.waiting), m.room.Settings.Passcode }
		if n, code := know(); n != 0 || code != "" {
			t.Errorf("a participant knows of %d waiting and the passcode %q", n, code)
		}
		owner.must(wire.TypeSetRole, wire.SetRole{ID: ann.id(), Role: meeting.RoleCoHost})
		if n, code := know(); n != 1 || code != "77" {
			t.Errorf("a co-host knows of %d waiting and the passcode %q", n, code)
		}
		owner.must(wire.TypeSetRole, wire.SetRole{ID: ann.id(), Role: meeting.RoleParticipant})
		if n, code := know(); n != 0 || code != "" {
			t.Errorf("a former co-host knows of %d waiting and the passcode %q", n, code)
		}
	})
}

// TestMembersAdmit: by the setting everybody sees the lobby and lets people in,
// by a request or by adding them to the group; not while the meeting is locked.
func TestMembersAdmit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		settings := lobbied()
		w := newWorld(t, settings)
		host := capableOwner(w).mustJoin("")
		host.open()
		member := capable(w).mustJoin("Max")
		host.must(wire.TypeAdmit, wire.Target{ID: member.see().lobby.Self})
		member.enterGroup(0)
		ann, bob, cyd := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob"), capable(w).mustJoin("Cyd")
		waits := func(c *client) bool { return c.see().lobby != nil }

		// The setting is off: neither door opens.
		if code := member.do(wire.TypeAdmit, wire.Target{ID: ann.see().lobby.Self}); code != meeting.CodeForbidden {
			t.Errorf("a member admits: %q", code)
		}
		member.commit(1, ann.see().lobby.Self)
		if !waits(ann) || len(member.see().waiting) != 0 {
			t.Error("a member adds somebody from the lobby, or sees it")
		}
		on := true
		host.must(wire.TypeSettings, wire.SettingsChange{MembersAdmit: &on})
		if n := len(member.see().waiting); n != 3 {
			t.Errorf("the member sees %d of three who wait", n)
		}
		member.must(wire.TypeAdmit, wire.Target{ID: ann.see().lobby.Self})
		member.commit(2, bob.see().lobby.Self)
		if waits(ann) || waits(bob) || !waits(cyd) {
			t.Error("not let in, or somebody else was")
		}
		if n := len(ann.see().waiting); n != 1 {
			t.Errorf("who was let in sees %d of one who waits", n)
		}
		if code := member.do(wire.TypeDeny, wire.Target{ID: cyd.see().lobby.Self}); code != meeting.CodeForbidden {
			t.Errorf("a member denies: %q", code)
		}
		host.must(wire.TypeSettings, wire.SettingsChange{Locked: &on})
		if code := member.do(wire.TypeAdmit, wire.Target{ID: cyd.see().lobby.Self}); code != meeting.CodeForbidden {
			t.Errorf("a member admits into a locked meeting: %q", code)
		}
		member.commit(3, cyd.see().lobby.Self)
		if !waits(cyd) || len(member.see().waiting) != 0 {
			t.Error("a member adds somebody to a locked meeting, or sees who waits")
		}
		for _, c := range []*client{host, member, ann, bob, cyd} {
			c.checkFault()
		}
	})
}

// TestMembersDoNotReplaceTheHost: who waits for the host is let in by nobody who
// only may admit from the lobby.
func TestMembersDoNotReplaceTheHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.Settings{MembersAdmit: true})
		host := capableOwner(w).mustJoin("")
		host.open()
		member := capable(w).mustJoin("Max")
		member.enterGroup(0)
		host.must(wire.TypeLeave, wire.Empty{})
		ann := capable(w).mustJoin("Ann")
		if got := ann.see().lobby; got == nil || got.Reason != waitHost {
			t.Fatalf("Ann is told %+v", got)
		}
		if code := member.do(wire.TypeAdmit, wire.Target{ID: ann.see().lobby.Self}); code != meeting.CodeForbidden {
			t.Errorf("a member admits: %q", code)
		}
		member.must(wire.TypeAdmit, wire.Target{})
		member.commit(1, ann.see().lobby.Self)
		if ann.see().lobby == nil {
			t.Error("a member lets somebody in who waits for the host")
		}
		back := capableOwner(w).mustJoin("")
		if ann.see().lobby != nil {
			t.Error("the host does not let in who waited for the host")
		}
		for _, c := range []*client{member, ann, back} {
			c.checkFault()
		}
	})
}
