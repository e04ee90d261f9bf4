package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/store"
)

// fuzzBody sends bodies to an operation. Whatever they are, the answer is a
// success or a refusal that blames the client. What a success means is for
// accept to check.
func fuzzBody(f *testing.F, c call, accept func(*testing.T, answer)) func(*testing.T, *fixture, string) {
	f.Helper()
	return func(t *testing.T, x *fixture, body string) {
		c.body = body
		a := x.do(t, c)
		switch {
		case a.StatusCode < 300:
			accept(t, a)
		case a.StatusCode >= 500:
			t.Errorf("status %d for %q", a.StatusCode, body)
		default:
			if p := a.problem(t); len(p.Detail) > 1000 {
				t.Errorf("a sentence of %d bytes", len(p.Detail))
			}
		}
	}
}

func never(t *testing.T, a answer) { t.Errorf("signed in: %s", a.text) }

func FuzzClaim(f *testing.F) {
	f.Add(`{"token":"x","name":"Erin","password":"correct horse"}`)
	f.Add(`{"token":"","name":"\u202e","password":"\u0000"}`)
	f.Add(`{"token":{},"name":[],"password":1e999}`)
	x := newFixture(f, plenty())
	try := fuzzBody(f, call{method: "POST", path: "/owner"}, never)
	f.Fuzz(func(t *testing.T, body string) { try(t, x, body) })
}

func FuzzSignIn(f *testing.F) {
	f.Add(`{"name":"Erin","password":"correct horse"}`)
	f.Add(`{"name":"owner","password":""}`)
	f.Add(`{"name":"' OR 1=1 --","password":"\ud800"}`)
	f.Add(`[{"name":"Erin"}]`)
	x := newFixture(f, plenty())
	x.mustClaim(f)
	try := fuzzBody(f, call{method: "POST", path: "/session"}, never)
	f.Fuzz(func(t *testing.T, body string) { try(t, x, body) })
}

func FuzzNewMeeting(f *testing.F) {
	f.Add(`{}`)
	f.Add(`{"title":"Weekly","settings":{"lobby":true,"locked":false,"passcode":"1","joinBeforeHost":true,"takeover":false}}`)
	f.Add(`{"title":"\u0000\u202e ","settings":null}`)
	f.Add(`{"settings":{"passcode":"` + strings.Repeat(`\ud83d\ude00`, 33) + `"}}`)
	x := newFixture(f, plenty())
	token := x.user(f, "Anna", store.RoleMember)
	try := fuzzBody(f, call{method: "POST", path: "/meetings", token: token}, func(t *testing.T, a answer) {
		var m wire.Meeting
		a.decode(t, &m)
		if m.Title != "" {
			if clean, err := meeting.CleanTitle(m.Title); err != nil || clean != m.Title {
				t.Errorf("title %q, want it clean", m.Title)
			}
		}
		if err := m.Settings.Validate(); err != nil {
			t.Errorf("settings %+v: %v", m.Settings, err)
		}
		if got := x.do(t, call{method: "GET", path: "/meetings/" + m.Number}); got.StatusCode != http.StatusOK {
			t.Errorf("the new meeting is not found: %d", got.StatusCode)
		}
	})
	f.Fuzz(func(t *testing.T, body string) { try(t, x, body) })
}
