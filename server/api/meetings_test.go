package api_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/store"
)

func (f *fixture) mustCreate(tb testing.TB, token, body string) wire.Meeting {
	tb.Helper()
	a := f.do(tb, call{method: "POST", path: "/meetings", token: token, body: body})
	if a.StatusCode != 201 {
		tb.Fatalf("create: %d %s", a.StatusCode, a.text)
	}
	var m wire.Meeting
	a.decode(tb, &m)
	return m
}

func TestCreateMeeting(t *testing.T) {
	f := newFixture(t, plenty())
	token := f.user(t, "Anna", store.RoleMember)
	for _, tt := range []struct {
		name, body, title string
		settings          meeting.Settings
	}{
		{"OK defaults", `{}`, "", meeting.DefaultSettings()},
		{"OK null settings", `{"settings":null}`, "", meeting.DefaultSettings()},
		{"OK title", `{"title":" Weekly  planning "}`, "Weekly planning", meeting.DefaultSettings()},
		{
			"OK settings",
			`{"settings":{"lobby":true,"locked":true,"passcode":"12-34","joinBeforeHost":false,"takeover":true}}`, "",
			meeting.Settings{Lobby: true, Locked: true, Passcode: "12-34", Takeover: true},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := f.mustCreate(t, token, tt.body)
			want := wire.Meeting{
				ID: got.ID, Number: got.Number, Title: tt.title, Settings: tt.settings,
				CreatedAt: time.Now(), Path: "/j/" + got.Number,
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(time.Minute)); diff != "" {
				t.Errorf("meeting (-want +got):\n%s", diff)
			}
			kept, err := f.store.MeetingByNumber(t.Context(), got.Number)
			if err != nil || kept.ID != got.ID || kept.Settings != tt.settings {
				t.Errorf("the store has %+v, %v", kept, err)
			}
		})
	}
	for _, tt := range []struct {
		name, body, token string
		status            int
		code, detail      string
	}{
		{"ErrGuest", `{}`, "", 401, "unauthenticated", "Please sign in first."},
		{"ErrToken", `{}`, "rdl_canary", 401, "unauthenticated", "The API token is not valid."},
		{"ErrLongTitle", `{"title":"` + strings.Repeat("x", meeting.MaxTitle+1) + `"}`, token, 400, "invalid", "The title is longer than 120 characters."},
		{
			"ErrLongPasscode", `{"settings":{"lobby":false,"locked":false,"passcode":"` + strings.Repeat("canary", 6) + `","joinBeforeHost":true,"takeover":false}}`,
			token, 400, "invalid", "The passcode is longer than 32 characters.",
		},
		{"ErrSetting", `{"settings":{"lobby":"canary","locked":false,"passcode":"","joinBeforeHost":true,"takeover":false}}`, token, 400, "invalid", "The request is not valid: expected boolean at body.settings.lobby."},
		{"ErrHalfSettings", `{"settings":{"lobby":true,"locked":false,"passcode":"","takeover":false}}`, token, 400, "invalid", "The request is not valid: expected required property joinBeforeHost to be present at body.settings."},
		{"ErrUnknownField", `{"canary.canary":"x"}`, token, 400, "invalid", "The request is not valid: it has a property that does not belong there."},
		{"ErrArray", `[]`, token, 400, "invalid", "The request is not valid: expected object at body."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := f.do(t, call{method: "POST", path: "/meetings", token: tt.token, body: tt.body}).problem(t)
			if p.Status != tt.status || p.Code != tt.code || p.Detail != tt.detail {
				t.Errorf("got %d %s %q, want %d %s %q", p.Status, p.Code, p.Detail, tt.status, tt.code, tt.detail)
			}
		})
	}
}

func TestListMeetings(t *testing.T) {
	f := newFixture(t, plenty())
	anna, ben := f.user(t, "Anna", store.RoleMember), f.user(t, "Ben", store.RoleMember)
	if a := f.do(t, call{method: "GET", path: "/meetings", token: anna}); a.text != "[]\n" {
		t.Errorf("no meetings: %q, want an empty list", a.text)
	}
	first := f.mustCreate(t, anna, `{"title":"First"}`)
	ended := f.mustCreate(t, anna, `{"title":"Ended"}`)
	last := f.mustCreate(t, anna, `{"title":"Last"}`)
	f.mustCreate(t, ben, `{"title":"Theirs"}`)
	if a := f.do(t, call{method: "DELETE", path: "/meetings/" + ended.Number, token: anna}); a.StatusCode != 204 {
		t.Fatalf("end: %d %s", a.StatusCode, a.text)
	}
	var got []wire.Meeting
	f.do(t, call{method: "GET", path: "/meetings", token: anna}).decode(t, &got)
	if diff := cmp.Diff([]wire.Meeting{last, first}, got); diff != "" {
		t.Errorf("meetings (-want +got):\n%s", diff)
	}
	if p := f.do(t, call{method: "GET", path: "/meetings"}).problem(t); p.Code != "unauthenticated" {
		t.Errorf("as a guest: code %q, want unauthenticated", p.Code)
	}
}

func TestGetMeeting(t *testing.T) {
	f := newFixture(t, plenty())
	token := f.user(t, "Anna", store.RoleMember)
	m := f.mustCreate(t, token, `{"title":"Weekly"}`)
	settings := meeting.Settings{Lobby: true, Locked: true, Passcode: "canary"}
	if err := f.store.SaveSettings(t.Context(), m.ID, "Weekly", settings); err != nil {
		t.Fatal(err)
	}
	want := wire.MeetingInfo{Number: m.Number, Title: "Weekly", PasscodeRequired: true, Lobby: true, Locked: true}
	for _, typed := range []string{
		m.Number, m.Number[:3] + "-" + m.Number[3:6] + "-" + m.Number[6:], m.Number[:5] + "%20" + m.Number[5:],
	} {
		var got wire.MeetingInfo
		f.do(t, call{method: "GET", path: "/meetings/" + typed}).decode(t, &got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", typed, diff)
		}
	}
	ended := f.mustCreate(t, token, `{"title":"Ended"}`)
	if err := f.store.EndMeeting(t.Context(), ended.ID); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, number, code string
		status             int
	}{
		{"ErrUnknown", "0000000000", "not_found", 404},
		{"ErrEnded", ended.Number, "ended", 410},
		{"ErrShort", "123", "invalid", 400},
		{"ErrLetters", "12345abcde", "invalid", 400},
		{"ErrLong", strings.Repeat("1", 33), "invalid", 400},
		{"ErrTraversal", "..%2f..%2fetc", "invalid", 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := f.do(t, call{method: "GET", path: "/meetings/" + tt.number}).problem(t)
			if p.Status != tt.status || p.Code != tt.code {
				t.Errorf("got %d %s, want %d %s", p.Status, p.Code, tt.status, tt.code)
			}
		})
	}
}

func TestEndMeeting(t *testing.T) {
	f := newFixture(t, plenty())
	tokens := map[string]string{
		"owner": f.user(t, "", store.RoleOwner), "admin": f.user(t, "Adam", store.RoleAdmin),
		"anna": f.user(t, "Anna", store.RoleMember), "ben": f.user(t, "Ben", store.RoleMember), "guest": "",
	}
	for _, tt := range []struct {
		name, by, number string
		status           int
		code             string
	}{
		{"OK theirs", "anna", "", 204, ""},
		{"OK administrator", "admin", "", 204, ""},
		{"OK account owner", "owner", "", 204, ""},
		{"ErrOther", "ben", "", 403, "forbidden"},
		{"ErrGuest", "guest", "", 401, "unauthenticated"},
		{"ErrUnknown", "anna", "0000000000", 404, "not_found"},
		{"ErrNumber", "anna", "x", 400, "invalid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := f.mustCreate(t, tokens["anna"], `{}`)
			if tt.number == "" {
				tt.number = m.Number
			}
			f.rooms.ended = nil
			var want []string
			for range 2 { // ending it again changes nothing
				a := f.do(t, call{method: "DELETE", path: "/meetings/" + tt.number, token: tokens[tt.by]})
				if a.StatusCode != tt.status {
					t.Fatalf("status %d, want %d: %s", a.StatusCode, tt.status, a.text)
				}
				if tt.status == 204 {
					want = append(want, m.ID)
				} else if p := a.problem(t); p.Code != tt.code {
					t.Errorf("code %q, want %q", p.Code, tt.code)
				}
			}
			if diff := cmp.Diff(want, f.rooms.ended); diff != "" {
				t.Errorf("rooms ended (-want +got):\n%s", diff)
			}
			kept, err := f.store.Meeting(t.Context(), m.ID)
			if err != nil || kept.EndedAt.IsZero() != (tt.status != 204) {
				t.Errorf("the store has %+v, %v after status %d", kept, err, tt.status)
			}
		})
	}
}
