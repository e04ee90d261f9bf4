package auth_test

import (
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "correct horse"

// fixture is an Auth on a new store whose clock a test moves.
type fixture struct {
	*auth.Auth
	store *store.Store
	claim string

	mu  sync.Mutex
	now time.Time
}

func (f *fixture) time() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

func (f *fixture) advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	f := &fixture{now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
	s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "roundel.db"), store.WithClock(f.time))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if f.claim, err = s.Bootstrap(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.store = s
	f.Auth = auth.New(auth.Config{Store: s, Cost: auth.Cost{Passes: 1, Memory: 64, Lanes: 1}, Now: f.time})
	return f
}

func (f *fixture) mustClaim(t *testing.T) (*store.User, *auth.Session) {
	t.Helper()
	u, session, err := f.Claim(t.Context(), f.claim, "Erin", password)
	if err != nil {
		t.Fatal(err)
	}
	return u, session
}

// who returns the id of the user that a request with this cookie comes from.
func (f *fixture) who(t *testing.T, c *http.Cookie) string {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
	r.AddCookie(c)
	u, err := f.FromRequest(r)
	if err != nil {
		t.Fatal(err)
	}
	if u == nil {
		return ""
	}
	return u.ID
}

func TestClaim(t *testing.T) {
	f := newFixture(t)
	for _, tt := range []struct {
		name, token, as, password string
		want                      meeting.Code
	}{
		{"ErrToken", "canary-token", "Erin", password, meeting.CodeForbidden},
		{"ErrNoToken", "", "Erin", password, meeting.CodeForbidden},
		{"ErrName", f.claim, "\u202e", password, meeting.CodeInvalid},
		{"ErrPassword", f.claim, "Erin", "canary", meeting.CodeInvalid},
		{"OK", f.claim, "Erin", password, ""},
		{"ErrUsed", f.claim, "Mallory", password, meeting.CodeForbidden},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, session, err := f.Claim(t.Context(), tt.token, tt.as, tt.password)
			if got := meeting.CodeOf(err); got != tt.want {
				t.Fatalf("Claim: %v, want code %q", err, tt.want)
			}
			if err != nil {
				if strings.Contains(err.Error(), "canary") {
					t.Errorf("the error quotes a secret: %v", err)
				}
				return
			}
			if u.Name != "Erin" || f.who(t, session.Cookie()) != u.ID {
				t.Errorf("Claim = %+v; want Erin, signed in", u)
			}
		})
	}
}

func TestSignIn(t *testing.T) {
	f := newFixture(t)
	owner, _ := f.mustClaim(t)
	_, err := f.store.CreateUser(t.Context(), store.User{
		AccountID: owner.AccountID, Name: "Invited", Role: store.RoleMember,
	})
	if err != nil {
		t.Fatal(err)
	}
	const wrong = "unauthenticated: The name or the password is wrong."
	for _, tt := range []struct{ name, user, password, want string }{
		{"OK", "Erin", password, ""},
		{"OK other spelling", " eRIN ", password, ""},
		{"OK as owner", "owner", password, ""},
		{"ErrPassword", "Erin", "correct horsf", wrong},
		{"ErrPasswordCase", "Erin", "Correct horse", wrong},
		{"ErrShortPassword", "Erin", "x", wrong},
		{"ErrNoPassword", "Erin", "", wrong},
		{"ErrUnknown", "Frank", password, wrong},
		{"ErrImpossibleName", "\x00", password, wrong},
		{"ErrUserWithoutPassword", "Invited", password, wrong},
		{"ErrUserWithoutPasswordEmpty", "Invited", "", wrong},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, session, err := f.SignIn(t.Context(), tt.user, tt.password)
			got := ""
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Fatalf("SignIn: %q, want %q", got, tt.want)
			}
			if err == nil && (u.ID != owner.ID || f.who(t, session.Cookie()) != owner.ID) {
				t.Errorf("SignIn = %+v, want the owner with a session", u)
			}
		})
	}
}

func TestSetPasswordSignsOutEverywhere(t *testing.T) {
	f := newFixture(t)
	owner, session := f.mustClaim(t)
	if err := f.SetPassword(t.Context(), owner.ID, "short"); meeting.CodeOf(err) != meeting.CodeInvalid {
		t.Errorf("SetPassword to a short one: %v, want invalid", err)
	}
	if f.who(t, session.Cookie()) != owner.ID {
		t.Error("a refused change ended the session")
	}
	if err := f.SetPassword(t.Context(), owner.ID, "battery staple"); err != nil {
		t.Fatal(err)
	}
	if f.who(t, session.Cookie()) != "" {
		t.Error("the session outlived the password")
	}
	if _, _, err := f.SignIn(t.Context(), "Erin", password); meeting.CodeOf(err) != meeting.CodeUnauthenticated {
		t.Errorf("SignIn with the old password: %v, want unauthenticated", err)
	}
	if _, _, err := f.SignIn(t.Context(), "Erin", "battery staple"); err != nil {
		t.Errorf("SignIn with the new password: %v", err)
	}
}

func TestSessionSlidesUpToItsAge(t *testing.T) {
	f := newFixture(t)
	owner, session := f.mustClaim(t)
	const day = 24 * time.Hour
	f.advance(14*day - time.Second)
	for range 6 { // used every 14 days, it goes on
		if f.who(t, session.Cookie()) != owner.ID {
			t.Fatalf("the session ended at %v although it was in use", f.time())
		}
		f.advance(14*day - time.Minute)
	}
	if f.who(t, session.Cookie()) != "" {
		t.Error("the session lasts longer than 90 days")
	}

	_, session, err := f.SignIn(t.Context(), "Erin", password)
	if err != nil {
		t.Fatal(err)
	}
	f.advance(14 * day)
	if f.who(t, session.Cookie()) != "" {
		t.Error("the session lasts longer than 14 days without use")
	}
}

func TestCookie(t *testing.T) {
	f := newFixture(t)
	_, session := f.mustClaim(t)
	c := session.Cookie()
	if err := c.Valid(); err != nil {
		t.Error(err)
	}
	if len(c.Value) != 43 { // 32 bytes in base 64
		t.Errorf("secret of %d characters, want 43", len(c.Value))
	}
	_, attributes, _ := strings.Cut(c.String(), ";")
	if diff := cmp.Diff(" Path=/; Max-Age=7776000; HttpOnly; Secure; SameSite=Strict", attributes); diff != "" {
		t.Errorf("cookie (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff("__Host-roundel=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Strict", auth.NoCookie().String()); diff != "" {
		t.Errorf("removal (-want +got):\n%s", diff)
	}
}

func TestFromRequest(t *testing.T) {
	f := newFixture(t)
	owner, session := f.mustClaim(t)
	token, err := f.CreateToken(t.Context(), owner, "test")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(token, "rdl_") || len(token) != 47 {
		t.Errorf("token %q, want rdl_ and 43 characters", token)
	}
	cookie := session.Cookie().Value
	for _, tt := range []struct {
		name, header, cookie, want string
		code                       meeting.Code
	}{
		{"OK guest", "", "", "", ""},
		{"OK cookie", "", cookie, owner.ID, ""},
		{"OK stale cookie is a guest", "", "canary", "", ""},
		{"OK token", "Bearer " + token, "", owner.ID, ""},
		{"OK token, scheme in any case", "bEARER  " + token, "", owner.ID, ""},
		{"OK token before cookie", "Bearer " + token, "canary", owner.ID, ""},
		{"ErrToken", "Bearer rdl_canary", cookie, "", meeting.CodeUnauthenticated},
		{"ErrTokenWithoutPrefix", "Bearer " + strings.TrimPrefix(token, "rdl_"), "", "", meeting.CodeUnauthenticated},
		{"ErrSessionIsNoToken", "Bearer " + cookie, "", "", meeting.CodeUnauthenticated},
		{"ErrTokenIsNoSession", "", token, "", ""},
		{"ErrScheme", "Basic canary", cookie, "", meeting.CodeUnauthenticated},
		{"ErrNothing", "Bearer", "", "", meeting.CodeUnauthenticated},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), "GET", "/", nil)
			if tt.header != "" {
				r.Header.Set("Authorization", tt.header)
			}
			if tt.cookie != "" {
				r.AddCookie(&http.Cookie{Name: auth.CookieName, Value: tt.cookie})
			}
			u, err := f.FromRequest(r)
			got := ""
			if u != nil {
				got = u.ID
			}
			if got != tt.want || meeting.CodeOf(err) != tt.code {
				t.Errorf("FromRequest = %q, %v; want %q, code %q", got, err, tt.want, tt.code)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes a secret: %v", err)
			}
		})
	}
}

func TestSignOut(t *testing.T) {
	f := newFixture(t)
	owner, session := f.mustClaim(t)
	_, other, err := f.SignIn(t.Context(), "Erin", password)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), "DELETE", "/", nil)
	if err := f.SignOut(r); err != nil {
		t.Errorf("SignOut of a guest: %v", err)
	}
	r.AddCookie(session.Cookie())
	for range 2 {
		if err := f.SignOut(r); err != nil {
			t.Errorf("SignOut: %v", err)
		}
	}
	if f.who(t, session.Cookie()) != "" {
		t.Error("the session goes on after signing out")
	}
	if f.who(t, other.Cookie()) != owner.ID {
		t.Error("signing out ended another browser's session")
	}
}
