package room

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestSettings(t *testing.T) {
	tests := []struct {
		name   string
		by     string // owner, co or ann
		change wire.SettingsChange
		code   meeting.Code
		want   func(title *string, s *meeting.Settings)
	}{
		{"OKTitle", "co", wire.SettingsChange{Title: ptr(" Retro ")}, "", func(title *string, _ *meeting.Settings) { *title = "Retro" }},
		{"OKLobby", "co", wire.SettingsChange{Lobby: ptr(true)}, "", func(_ *string, s *meeting.Settings) { s.Lobby = true }},
		{"OKLock", "co", wire.SettingsChange{Locked: ptr(true)}, "", func(_ *string, s *meeting.Settings) { s.Locked = true }},
		{"OKPasscode", "owner", wire.SettingsChange{Passcode: ptr("12")}, "", func(_ *string, s *meeting.Settings) { s.Passcode = "12" }},
		{"OKTakeover", "owner", wire.SettingsChange{Takeover: ptr(true)}, "", func(_ *string, s *meeting.Settings) { s.Takeover = true }},
		{"OKNothing", "owner", wire.SettingsChange{}, "", nil},
		{"ErrTakeoverByCoHost", "co", wire.SettingsChange{Takeover: ptr(true), Lobby: ptr(true)}, meeting.CodeForbidden, nil},
		{"ErrByParticipant", "ann", wire.SettingsChange{Lobby: ptr(true)}, meeting.CodeForbidden, nil},
		{"ErrTitle", "owner", wire.SettingsChange{Title: ptr(" "), Lobby: ptr(true)}, meeting.CodeInvalid, nil},
		{"ErrPasscode", "owner", wire.SettingsChange{Passcode: ptr(strings.Repeat("x", 33))}, meeting.CodeInvalid, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				owner, co, ann := trio(w)
				by := map[string]*client{"owner": owner, "co": co, "ann": ann}[tt.by]
				if code := by.do(wire.TypeSettings, tt.change); code != tt.code {
					t.Errorf("settings: %q, want %q", code, tt.code)
				}
				title, want := "Standup", meeting.DefaultSettings()
				if tt.want != nil {
					tt.want(&title, &want)
				}
				if got := owner.see().room; got.Title != title || got.Settings != want {
					t.Errorf("the host sees %q, %+v", got.Title, got.Settings)
				}
				if got := w.dir.meetings[number]; got.Title != title || got.Settings != want {
					t.Errorf("the store has %q, %+v", got.Title, got.Settings)
				}
				want.Passcode = ""
				if got := ann.see().room; got.Title != title || got.Settings != want {
					t.Errorf("a participant sees %q, %+v", got.Title, got.Settings)
				}
			})
		})
	}
}

func TestASlowStoreDoesNotHoldTheRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, co, ann := trio(w)
		w.dir.delay = 5 * time.Second
		start := time.Now()
		done := make(chan meeting.Code, 2)
		go func() { done <- owner.do(wire.TypeSettings, wire.SettingsChange{Lobby: ptr(true)}) }()
		synctest.Wait()
		go func() { done <- co.do(wire.TypeSettings, wire.SettingsChange{Locked: ptr(true)}) }()
		synctest.Wait()
		ann.must(wire.TypeSelfHand, wire.SelfHand{Up: true})
		if took := time.Since(start); took != 0 {
			t.Errorf("a request waited %v for the store", took)
		}
		for range 2 {
			if code := <-done; code != "" {
				t.Errorf("settings: %q", code)
			}
		}
		if got := ann.see().room.Settings; !got.Lobby || !got.Locked {
			t.Errorf("one change undid the other: %+v", got)
		}
	})
}

func TestSettingsThatCannotBeSaved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner := user(w, ownerID).mustJoin("")
		w.dir.err = errors.New("disk full at /var/lib")
		code, reply := owner.ask(wire.TypeSettings, wire.SettingsChange{Locked: ptr(true)})
		if code != meeting.CodeInternal || strings.Contains(string(reply.Body), "disk") {
			t.Errorf("settings: %s", reply.Body)
		}
		if owner.see().room.Settings.Locked {
			t.Error("a change is made that was not saved")
		}
		if code := owner.do(wire.TypeEnd, wire.Empty{}); code != meeting.CodeInternal {
			t.Errorf("end: %q", code)
		}
		w.dir.err = nil
		owner.must(wire.TypeSettings, wire.SettingsChange{Locked: ptr(true)})
	})
}

func TestWhoLeavesWhileSavingIsNotObeyed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, co, _ := trio(w)
		w.dir.delay = time.Second
		first, second := make(chan meeting.Code), make(chan meeting.Code)
		go func() { first <- owner.do(wire.TypeSettings, wire.SettingsChange{Title: ptr("First")}) }()
		synctest.Wait()
		go func() { second <- co.do(wire.TypeSettings, wire.SettingsChange{Title: ptr("Second")}) }()
		synctest.Wait()
		w.inspect(func(r *Room) { r.setRole(r.byID(co.id()), meeting.RoleParticipant, nil) })
		if diff := cmp.Diff([]meeting.Code{"", meeting.CodeForbidden}, []meeting.Code{<-first, <-second}); diff != "" {
			t.Errorf("replies (-want +got):\n%s", diff)
		}
		if got := owner.see().room.Title; got != "First" {
			t.Errorf("the title is %q", got)
		}
	})
}

func TestEnd(t *testing.T) {
	tests := []struct {
		name string
		end  func(w *world, owner *client)
		want meeting.Code
	}{
		{"ByTheHost", func(_ *world, owner *client) { owner.must(wire.TypeEnd, wire.Empty{}) }, meeting.CodeEnded},
		{"ByTheAPI", func(w *world, _ *client) {
			_ = w.dir.EndMeeting(context.Background(), meetID)
			w.rooms.End(context.Background(), meetID)
			w.rooms.End(context.Background(), "no such meeting")
		}, meeting.CodeEnded},
		{"ByClosing", func(w *world, _ *client) { w.rooms.Close() }, meeting.CodeUnavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				owner, ann := user(w, ownerID).mustJoin(""), guest(w).mustJoin("Ann")
				owner.must(wire.TypeSettings, wire.SettingsChange{Lobby: ptr(true)})
				bob := guest(w).mustJoin("Bob")
				tt.end(w, owner)
				synctest.Wait()
				for _, c := range []*client{owner, ann, bob} {
					if code := c.closedWith(); code != tt.want {
						t.Errorf("closed with %q, want %q", code, tt.want)
					}
					c.checkFault()
				}
				if got := w.rooms.Stats(); got != (Stats{}) {
					t.Errorf("stats = %+v", got)
				}
				if code := guest(w).join(wire.Join{Name: "Dan"}); code != tt.want {
					t.Errorf("joining afterwards: %q", code)
				}
				if !w.media.last().closed {
					t.Error("the media lives on")
				}
			})
		})
	}
}

func TestOnlyTheHostEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		_, co, ann := trio(w)
		for _, c := range []*client{co, ann} {
			if code := c.do(wire.TypeEnd, wire.Empty{}); code != meeting.CodeForbidden {
				t.Errorf("end: %q", code)
			}
		}
	})
}

func TestEndingWhileJoining(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ending := &endsOnLookUp{fakeDirectory: w.dir}
		w.rooms.cfg.Directory = ending
		if code := guest(w).join(wire.Join{Name: "Ann"}); code != meeting.CodeEnded {
			t.Errorf("join: %q", code)
		}
		synctest.Wait()
		if w.live() != nil {
			t.Error("a room of an ended meeting runs")
		}
	})
}
