package api_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/store"
)

func (f *fixture) mustClaim(tb testing.TB) (user wire.User, cookie string) {
	tb.Helper()
	a := f.do(tb, call{
		method: "POST", path: "/owner",
		body: mustJSON(tb, wire.Claim{Token: f.claim, Name: "Erin", Password: password}),
	})
	if a.StatusCode != http.StatusOK {
		tb.Fatalf("claim: %d %s", a.StatusCode, a.text)
	}
	var s wire.Session
	a.decode(tb, &s)
	cookie, _ = a.session()
	return s.User, cookie
}

// who returns whom GET /info takes the caller for.
func (f *fixture) who(tb testing.TB, cookie, token string) *wire.User {
	tb.Helper()
	var info wire.Info
	f.do(tb, call{method: "GET", path: "/info", cookie: cookie, token: token}).decode(tb, &info)
	return info.User
}

func TestInfo(t *testing.T) {
	f := newFixture(t, plenty())
	want := wire.Info{
		Server: "roundel test", LocalCA: true,
		Signalling: meeting.Signalling{Version: "TLS 1.3", Suite: "TLS_AES_256_GCM_SHA384"},
	}
	info := func(cookie string) (got wire.Info) {
		t.Helper()
		f.do(t, call{method: "GET", path: "/info", cookie: cookie}).decode(t, &got)
		return got
	}
	if diff := cmp.Diff(want, info("")); diff != "" {
		t.Errorf("new server (-want +got):\n%s", diff)
	}
	user, cookie := f.mustClaim(t)
	want.Claimed = true
	if diff := cmp.Diff(want, info("")); diff != "" {
		t.Errorf("as a guest (-want +got):\n%s", diff)
	}
	want.User = &user
	if diff := cmp.Diff(want, info(cookie)); diff != "" {
		t.Errorf("signed in (-want +got):\n%s", diff)
	}
}

func TestClaimOwner(t *testing.T) {
	f := newFixture(t, plenty())
	claim := func(token, name, password string) string {
		return mustJSON(t, wire.Claim{Token: token, Name: name, Password: password})
	}
	f.user(t, "Anna", store.RoleMember)
	for _, tt := range []struct {
		name, body   string
		status       int
		code, detail string
	}{
		{"ErrToken", claim("canary-token", "Erin", password), 403, "forbidden", "This link is not valid, or it was used already."},
		{"ErrNoToken", claim("", "Erin", password), 403, "forbidden", "This link is not valid, or it was used already."},
		{"ErrEmptyName", claim(f.claim, " ", password), 400, "invalid", "The name is empty."},
		{"ErrShortPassword", claim(f.claim, "Erin", "canary"), 400, "invalid", "The password needs at least 10 characters."},
		{"ErrNameTaken", claim(f.claim, "anna", password), 409, "conflict", "Another user has that name already."},
		{"ErrMissing", `{"token":"canary-token"}`, 400, "invalid", "The request is not valid: expected required property name to be present at body."},
		{"ErrType", `{"token":"canary-token","name":"Erin","password":["canary-password"]}`, 400, "invalid", "The request is not valid: expected string at body.password."},
		{"ErrUnknownField", `{"token":"t","name":"Erin","password":"canary-password","canary":"canary"}`, 400, "invalid", "The request is not valid: it has a property that does not belong there."},
		{"ErrNull", `null`, 400, "invalid", "The request is not valid: expected object at body."},
		{"ErrNoJSON", `canary-password`, 400, "invalid", "The request is not valid: invalid character 'c' looking for beginning of value at body."},
		{"ErrCutOff", `{"password":"canary-password`, 400, "invalid", "The request is not valid: unexpected end of JSON input at body."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := f.do(t, call{method: "POST", path: "/owner", body: tt.body})
			p := a.problem(t)
			if p.Status != tt.status || p.Code != tt.code || p.Detail != tt.detail {
				t.Errorf("got %d %s %q, want %d %s %q", p.Status, p.Code, p.Detail, tt.status, tt.code, tt.detail)
			}
			if _, ok := a.session(); ok {
				t.Error("a refusal set a session cookie")
			}
		})
	}
	t.Run("OK after all of these", func(t *testing.T) {
		user, cookie := f.mustClaim(t)
		if user.Name != "Erin" || user.Role != "owner" {
			t.Errorf("user %+v, want the owner Erin", user)
		}
		if diff := cmp.Diff(&user, f.who(t, cookie, "")); diff != "" {
			t.Errorf("signed in as (-want +got):\n%s", diff)
		}
	})
	t.Run("ErrUsed", func(t *testing.T) {
		p := f.do(t, call{method: "POST", path: "/owner", body: claim(f.claim, "Mallory", password)}).problem(t)
		if p.Code != "forbidden" {
			t.Errorf("code %q, want forbidden", p.Code)
		}
	})
}

func TestSignInAndOut(t *testing.T) {
	f := newFixture(t, plenty())
	user, first := f.mustClaim(t)
	token := f.user(t, "", store.RoleOwner)
	signIn := func(name, password, cookie string) answer {
		t.Helper()
		return f.do(t, call{
			method: "POST", path: "/session", cookie: cookie,
			body: mustJSON(t, wire.SignIn{Name: name, Password: password}),
		})
	}

	a := signIn("ERIN", password, "")
	var got wire.Session
	a.decode(t, &got)
	if diff := cmp.Diff(wire.Session{User: user}, got); a.StatusCode != 200 || diff != "" {
		t.Errorf("sign-in: %d (-want +got):\n%s", a.StatusCode, diff)
	}
	second, _ := a.session()
	if second == first || second == "" {
		t.Errorf("sign-in set the cookie %q", second)
	}

	third, _ := signIn("erin", password, second).session()
	for name, tt := range map[string]struct {
		cookie string
		want   *wire.User
	}{
		"the other browser's goes on": {first, &user},
		"the replaced one has ended":  {second, nil},
		"the new one":                 {third, &user},
	} {
		if diff := cmp.Diff(tt.want, f.who(t, tt.cookie, "")); diff != "" {
			t.Errorf("session: %s (-want +got):\n%s", name, diff)
		}
	}

	for range 2 { // signing out twice is no error
		a = f.do(t, call{method: "DELETE", path: "/session", cookie: third})
		if value, ok := a.session(); a.StatusCode != 204 || !ok || value != "" || a.text != "" {
			t.Errorf("sign-out: %d, cookie %q %v, body %q; want 204 and the cookie gone", a.StatusCode, value, ok, a.text)
		}
	}
	if got := f.who(t, third, ""); got != nil {
		t.Errorf("after signing out still %+v", got)
	}
	if a := f.do(t, call{method: "DELETE", path: "/session", token: token}); a.StatusCode != 204 {
		t.Errorf("sign-out with a token: %d, want 204", a.StatusCode)
	}
	if f.who(t, "", token) == nil {
		t.Error("signing out ended an API token")
	}
}

func TestSignInRefusals(t *testing.T) {
	f := newFixture(t, plenty())
	f.mustClaim(t)
	f.user(t, "Invited", store.RoleMember)
	const wrong = "The name or the password is wrong."
	for _, tt := range []struct {
		name, body   string
		status       int
		code, detail string
	}{
		{"ErrPassword", `{"name":"Erin","password":"canary-passwort"}`, 401, "unauthenticated", wrong},
		{"ErrShortPassword", `{"name":"Erin","password":"canary"}`, 401, "unauthenticated", wrong},
		{"ErrUnknown", `{"name":"Frank","password":"canary-password"}`, 401, "unauthenticated", wrong},
		{"ErrUserWithoutPassword", `{"name":"Invited","password":""}`, 401, "unauthenticated", wrong},
		{"ErrEmpty", `{"name":"","password":""}`, 401, "unauthenticated", wrong},
		{"ErrMissing", `{"name":"Erin"}`, 400, "invalid", "The request is not valid: expected required property password to be present at body."},
		{"ErrNoBody", ``, 415, "invalid", "The request must be JSON: send the header Content-Type: application/json."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := f.do(t, call{method: "POST", path: "/session", body: tt.body})
			p := a.problem(t)
			if p.Status != tt.status || p.Code != tt.code || p.Detail != tt.detail {
				t.Errorf("got %d %s %q, want %d %s %q", p.Status, p.Code, p.Detail, tt.status, tt.code, tt.detail)
			}
			if _, ok := a.session(); ok {
				t.Error("a refusal set a session cookie")
			}
			if got := a.Header.Get("WWW-Authenticate"); (got == "Bearer") != (tt.status == 401) {
				t.Errorf("WWW-Authenticate %q with status %d", got, tt.status)
			}
		})
	}
}
