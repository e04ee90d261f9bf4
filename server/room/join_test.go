package room

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestJoin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner := user(w, ownerID).mustJoin("")
		ann := guest(w).mustJoin("  Ann\u202e \t B. ")

		if got := owner.me(); got.Role != meeting.RoleHost || got.Guest || got.Name != "User the-owner" {
			t.Errorf("the owner is %+v", got)
		}
		if got := owner.sees(ann); got.Role != meeting.RoleParticipant || !got.Guest || got.Name != "Ann B." {
			t.Errorf("the guest is %+v", got)
		}
		if diff := cmp.Diff(owner.see().people, ann.see().people); diff != "" {
			t.Errorf("two see two meetings (-owner +guest):\n%s", diff)
		}
		if diff := cmp.Diff([]string{wire.TypeParticipantJoined}, owner.got()); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if got := w.rooms.Stats(); got != (Stats{Rooms: 1, Participants: 2}) {
			t.Errorf("stats = %+v", got)
		}
		ann.must(wire.TypeLeave, wire.Empty{})
		if got := owner.see().people; len(got) != 1 {
			t.Errorf("the owner still sees %d people", len(got))
		}
		if code := ann.do(wire.TypeSelfHand, wire.SelfHand{Up: true}); code != meeting.CodeConflict {
			t.Errorf("a request after leaving: %q", code)
		}
		if ann.place.Held() {
			t.Error("the place is held after leaving")
		}
	})
}

func TestJoinRefused(t *testing.T) {
	tests := []struct {
		name  string
		join  wire.Join
		setup func(*world)
		want  meeting.Code
	}{
		{name: "ErrNumber", join: wire.Join{Number: "12", Name: "Ann"}, want: meeting.CodeInvalid},
		{name: "ErrNoMeeting", join: wire.Join{Number: "5555555555", Name: "Ann"}, want: meeting.CodeNotFound},
		{name: "ErrNoName", join: wire.Join{}, want: meeting.CodeInvalid},
		{name: "ErrSeatGone", join: wire.Join{Seat: "x"}, want: meeting.CodeNotFound},
		{
			name: "ErrEnded", join: wire.Join{Name: "Ann"}, want: meeting.CodeEnded,
			setup: func(w *world) { w.dir.meetings[number].EndedAt = time.Now() },
		},
		{
			name: "ErrFull", join: wire.Join{Name: "Ann"}, want: meeting.CodeFull,
			setup: func(w *world) { w.rooms.cfg.MaxSeats = 1; guest(w).mustJoin("Bob") },
		},
		{
			name: "ErrLobbyFull", join: wire.Join{Name: "Ann"}, want: meeting.CodeFull,
			setup: func(w *world) {
				w.dir.meetings[number].Settings.Lobby = true
				w.rooms.cfg.MaxWaiting = 1
				guest(w).mustJoin("Bob")
			},
		},
		{
			name: "ErrLocked", join: wire.Join{Name: "Ann"}, want: meeting.CodeLocked,
			setup: func(w *world) {
				user(w, ownerID).mustJoin("").must(wire.TypeSettings, wire.SettingsChange{Locked: ptr(true)})
			},
		},
		{
			name: "ErrMedia", join: wire.Join{Name: "Ann"}, want: meeting.CodeUnavailable,
			setup: func(w *world) {
				w.media.joinErr = func() error { return meeting.Errorf(meeting.CodeUnavailable, "Full.") }
			},
		},
		{
			name: "ErrStopping", join: wire.Join{Name: "Ann"}, want: meeting.CodeUnavailable,
			setup: func(w *world) { w.rooms.Close() },
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				if tt.setup != nil {
					tt.setup(w)
				}
				if got := guest(w).join(tt.join); got != tt.want {
					t.Errorf("join: %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestARefusedNewcomerStartsNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.Settings{JoinBeforeHost: true, Passcode: "7"})
		guest(w).join(wire.Join{Name: "Ann"})
		guest(w).join(wire.Join{Name: "Ann", Passcode: "8"})
		if n := w.rooms.Stats().Rooms; n != 0 {
			t.Errorf("%d rooms run", n)
		}
	})
}

func TestPasscodeTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.Settings{JoinBeforeHost: true, Passcode: "7777"})
		right := wire.Join{Name: "Ann", Passcode: "7777"}
		wrong := wire.Join{Name: "Ann", Passcode: "1111"}
		from := func(source string) *client { return newClient(t, w.rooms, Caller{Source: source}) }

		if code := from("a").join(wire.Join{Name: "Ann"}); code != meeting.CodePasscodeRequired {
			t.Errorf("no passcode: %q", code)
		}
		for range 5 {
			if code := from("a").join(wrong); code != meeting.CodePasscodeWrong {
				t.Fatalf("wrong passcode: %q", code)
			}
			from("a").join(wire.Join{Name: "Ann"}) // does not count
		}
		if code := from("a").join(right); code != meeting.CodeRateLimited {
			t.Errorf("right passcode after five wrong ones: %q", code)
		}
		if code := from("b").join(right); code != "" {
			t.Errorf("another source: %q", code)
		}
		if code := from("a").join(wire.Join{Number: otherNum, Name: "Ann", Passcode: "7777"}); code != "" {
			t.Errorf("another meeting: %q", code)
		}
		if code := user(w, ownerID).join(wire.Join{}); code != "" {
			t.Errorf("the owner without a passcode: %q", code)
		}
		for range 20 {
			if code := from("b").join(right); code != "" {
				t.Fatalf("the right passcode was counted: %q", code)
			}
		}
		time.Sleep(13 * time.Second)
		if code := from("a").join(right); code != "" {
			t.Errorf("after a wait: %q", code)
		}
	})
}

func TestRoomEndsAfterTheLastSeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		guest(w).mustJoin("Ann").must(wire.TypeLeave, wire.Empty{})
		time.Sleep(Grace - time.Second)
		synctest.Wait()
		if w.live() == nil {
			t.Fatal("the room ended early")
		}
		bob := guest(w).mustJoin("Bob")
		time.Sleep(time.Hour)
		if w.live() == nil {
			t.Fatal("the room ended with somebody in it")
		}
		first := w.media.last()
		bob.must(wire.TypeLeave, wire.Empty{})
		time.Sleep(Grace + time.Second)
		synctest.Wait()
		if w.live() != nil {
			t.Fatal("the empty room lives on")
		}
		if !first.closed {
			t.Error("its media lives on")
		}
		guest(w).mustJoin("Cyd")
		if second := w.media.last(); second.id == first.id {
			t.Errorf("two terms of the room share the name %s", second.id)
		}
	})
}

func ptr[T any](v T) *T { return &v }
