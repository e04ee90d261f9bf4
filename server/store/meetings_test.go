package store_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

func mustMeeting(tb testing.TB, s *store.Store, owner *store.User, title string) meeting.Meeting {
	tb.Helper()
	m, err := s.CreateMeeting(tb.Context(), owner, title, meeting.DefaultSettings())
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func TestCreateMeeting(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna := mustUser(t, f.Store, "Anna", store.RoleMember)
		settings := meeting.Settings{Lobby: true, Locked: true, Passcode: "p\"ä'; --\x00", Takeover: true}
		m, err := f.CreateMeeting(ctx, anna, " Weekly \n planning ", settings)
		if err != nil {
			t.Fatal(err)
		}
		want := meeting.Meeting{
			ID: m.ID, AccountID: anna.AccountID, OwnerID: anna.ID, Number: m.Number,
			Title: "Weekly planning", Settings: settings, CreatedAt: start.Truncate(time.Millisecond),
		}
		if diff := cmp.Diff(want, m); diff != "" {
			t.Errorf("CreateMeeting (-want +got):\n%s", diff)
		}
		if !regexp.MustCompile(`^[1-9][0-9]{9}$`).MatchString(m.Number) {
			t.Errorf("number %q, want ten digits", m.Number)
		}
		for name, find := range map[string]func() (meeting.Meeting, error){
			"Meeting":         func() (meeting.Meeting, error) { return f.Meeting(ctx, m.ID) },
			"MeetingByNumber": func() (meeting.Meeting, error) { return f.MeetingByNumber(ctx, m.Number) },
		} {
			got, err := find()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		for name, tt := range map[string]struct {
			title    string
			settings meeting.Settings
		}{
			"ErrTitle":    {strings.Repeat("x", meeting.MaxTitle+1), settings},
			"ErrPasscode": {"", meeting.Settings{Passcode: strings.Repeat("x", meeting.MaxPasscode+1)}},
		} {
			if _, err := f.CreateMeeting(ctx, anna, tt.title, tt.settings); meeting.CodeOf(err) != meeting.CodeInvalid {
				t.Errorf("%s: CreateMeeting: %v, want invalid", name, err)
			}
			if err := f.SaveSettings(ctx, m.ID, tt.title, tt.settings); meeting.CodeOf(err) != meeting.CodeInvalid {
				t.Errorf("%s: SaveSettings: %v, want invalid", name, err)
			}
		}
		if _, err := f.Meeting(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Meeting of no id: %v, want ErrNotFound", err)
		}
		if _, err := f.MeetingByNumber(ctx, "0000000000"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("MeetingByNumber of no number: %v, want ErrNotFound", err)
		}
	})
}

func TestSaveSettingsAndEnd(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		m := mustMeeting(t, f.Store, mustOwner(t, f.Store), "Before")
		settings := meeting.Settings{Passcode: "1234"}
		if err := f.SaveSettings(ctx, m.ID, "After", settings); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(time.Hour)
		if err := f.EndMeeting(ctx, m.ID); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(time.Hour)
		if err := f.EndMeeting(ctx, m.ID); err != nil {
			t.Errorf("ending it again: %v", err)
		}
		m.Title, m.Settings, m.EndedAt = "After", settings, start.Add(time.Hour).Truncate(time.Millisecond)
		got, err := f.MeetingByNumber(ctx, m.Number)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got); diff != "" {
			t.Errorf("ended meeting (-want +got):\n%s", diff)
		}
		for name, err := range map[string]error{
			"ErrEnded":      f.SaveSettings(ctx, m.ID, "Later", settings),
			"ErrNoMeeting":  f.SaveSettings(ctx, "none", "Later", settings),
			"ErrNothingEnd": f.EndMeeting(ctx, "none"),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", name, err)
			}
		}
	})
}

func TestListMeetings(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna, ben := mustUser(t, f.Store, "Anna", store.RoleMember), mustUser(t, f.Store, "Ben", store.RoleMember)
		first, ended, last := mustMeeting(t, f.Store, anna, "1"), mustMeeting(t, f.Store, anna, "2"), mustMeeting(t, f.Store, anna, "")
		mustMeeting(t, f.Store, ben, "theirs")
		if err := f.EndMeeting(ctx, ended.ID); err != nil {
			t.Fatal(err)
		}
		got, err := f.ListMeetings(ctx, anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]meeting.Meeting{last, first}, got); diff != "" {
			t.Errorf("newest first (-want +got):\n%s", diff)
		}
		for range store.ListLimit {
			mustMeeting(t, f.Store, anna, "many")
		}
		if got, err = f.ListMeetings(ctx, anna.ID); len(got) != store.ListLimit || err != nil {
			t.Errorf("ListMeetings = %d, %v; want %d", len(got), err, store.ListLimit)
		}
	})
}

func TestNumberRestsAfterTheEnd(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		owner := mustOwner(t, f.Store)
		const number = "1234567890"
		create := func() *meeting.Meeting {
			t.Helper()
			m, err := f.CreateNumbered(ctx, owner, number)
			if err != nil {
				t.Fatal(err)
			}
			return m
		}
		old := create()
		if old == nil {
			t.Fatal("the number was not free")
		}
		f.clock.Advance(400 * 24 * time.Hour)
		if create() != nil {
			t.Error("the number of a live meeting was given away")
		}
		if err := f.EndMeeting(ctx, old.ID); err != nil {
			t.Fatal(err)
		}
		f.clock.Advance(store.NumberRest - time.Millisecond)
		if create() != nil {
			t.Error("the number was given away before its rest was over")
		}
		f.clock.Advance(time.Millisecond)
		fresh := create()
		if fresh == nil {
			t.Fatal("the number was not free after its rest")
		}
		got, err := f.MeetingByNumber(ctx, number)
		if err != nil || got.ID != fresh.ID {
			t.Errorf("MeetingByNumber = %s, %v; want the new meeting %s", got.ID, err, fresh.ID)
		}
		if got, err := f.Meeting(ctx, old.ID); err != nil || got.Number != number {
			t.Errorf("the old meeting = %+v, %v; want it as it was", got, err)
		}
	})
}

func TestNumberHasOneWinner(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		owner := mustOwner(t, f.Store)
		for round := range 3 {
			number := fmt.Sprintf("123456789%d", round)
			var (
				wg  sync.WaitGroup
				mu  sync.Mutex
				won int
			)
			for range 6 {
				wg.Go(func() {
					m, err := f.CreateNumbered(t.Context(), owner, number)
					if err != nil {
						t.Errorf("CreateNumbered: %v", err)
					}
					if m != nil {
						mu.Lock()
						won++
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if won != 1 {
				t.Errorf("%d meetings got the number %s, want 1", won, number)
			}
		}
	})
}
