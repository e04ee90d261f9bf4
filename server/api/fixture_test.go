package api_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/api"
	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/blob"
	"github.com/roundel-meet/roundel/server/limit"
	"github.com/roundel-meet/roundel/server/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// What no answer and no log line may ever contain.
const (
	password = "canary-password"
	canary   = "canary"
)

// rooms is live rooms that remember what they were told. Seats are known by
// secret.
type rooms struct {
	ended []string
	onEnd func()
	cards map[string]string // by meeting
	seats map[string]string // participant by secret
}

func (r *rooms) SetCard(meetingID string, card []byte) { r.cards[meetingID] = string(card) }

func (r *rooms) Seat(_ context.Context, number, secret string) (meetingID, participant string, err error) {
	if who := r.seats[secret]; who != "" {
		return "meeting " + number, who, nil
	}
	return "", "", meeting.Errorf(meeting.CodeForbidden, "This needs a seat in the meeting.")
}

func (r *rooms) End(_ context.Context, meetingID string) {
	r.ended = append(r.ended, meetingID)
	if r.onEnd != nil {
		r.onEnd()
	}
}

// fixture is an API on a new store.
type fixture struct {
	http.Handler
	store *store.Store
	auth  *auth.Auth
	files *blob.Store
	rooms *rooms
	claim string // the first-run token
	log   *syncBuffer
}

// syncBuffer is a log that several requests may write to.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// plenty never limits a test that is not about limits.
func plenty() *api.Limits {
	r := limit.Rate{Burst: 1 << 30, Every: time.Nanosecond}
	return &api.Limits{Requests: r, SignIn: r, Name: r, Claim: r, Miss: r, Create: r}
}

func newFixture(tb testing.TB, limits *api.Limits) *fixture {
	tb.Helper()
	s, err := store.Open(tb.Context(), filepath.Join(tb.TempDir(), "roundel.db"))
	if err != nil {
		tb.Fatal(err)
	}
	files, err := blob.Open(filepath.Join(tb.TempDir(), "files"), blob.DefaultLimits())
	if err != nil {
		tb.Fatal(err)
	}
	f := &fixture{store: s, files: files, rooms: &rooms{cards: map[string]string{}, seats: map[string]string{}}, log: &syncBuffer{}}
	if f.claim, err = s.Bootstrap(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	f.auth = auth.New(auth.Config{Store: s, Cost: auth.Cost{Passes: 1, Memory: 64, Lanes: 1}})
	f.Handler = api.New(api.Config{
		Store: s, Auth: f.auth, Rooms: f.rooms, Files: files, Server: "roundel test", LocalCA: true, Limits: limits,
		Logger: slog.New(slog.NewJSONHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	tb.Cleanup(func() {
		_ = s.Close()
		_ = files.Close()
		if log := f.log.String(); strings.Contains(log, canary) || strings.Contains(log, f.claim) {
			tb.Errorf("a secret is in the log:\n%s", log)
		}
	})
	return f
}

// user adds a user and returns an API token of theirs.
func (f *fixture) user(tb testing.TB, name string, role store.Role) string {
	tb.Helper()
	u, err := f.store.Prepare(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	if role != store.RoleOwner {
		u, err = f.store.CreateUser(tb.Context(), store.User{AccountID: u.AccountID, Name: name, Role: role})
		if err != nil {
			tb.Fatal(err)
		}
	}
	token, err := f.auth.CreateToken(tb.Context(), u, "test")
	if err != nil {
		tb.Fatal(err)
	}
	return token
}

// call is one request.
type call struct {
	method, path string
	body         string
	token        string // an API token
	cookie       string
	ip           string            // 192.0.2.1 when empty
	header       map[string]string // replaces; "" removes
	chunked      bool              // without Content-Length
}

// answer is what came back.
type answer struct {
	*http.Response
	text string
}

func (f *fixture) do(tb testing.TB, c call) answer {
	tb.Helper()
	var body io.Reader = strings.NewReader(c.body)
	if c.chunked {
		body = struct{ io.Reader }{body}
	}
	r := httptest.NewRequestWithContext(tb.Context(), c.method, "https://meet.example"+api.Base+c.path, body)
	r.RemoteAddr = "192.0.2.1:50000"
	if c.ip != "" {
		r.RemoteAddr = c.ip
	}
	r.TLS = &tls.ConnectionState{Version: tls.VersionTLS13, CipherSuite: tls.TLS_AES_256_GCM_SHA384}
	if c.body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.cookie != "" {
		r.AddCookie(&http.Cookie{Name: auth.CookieName, Value: c.cookie})
	}
	for k, v := range c.header {
		r.Header.Set(k, v)
		if v == "" {
			r.Header.Del(k)
		}
	}
	w := httptest.NewRecorder()
	f.ServeHTTP(w, r)
	a := answer{w.Result(), w.Body.String()}
	f.checkAnswer(tb, c, a)
	return a
}

// checkAnswer holds what is true of every answer.
func (f *fixture) checkAnswer(tb testing.TB, c call, a answer) {
	tb.Helper()
	if strings.Contains(a.text, canary) || strings.Contains(a.text, f.claim) {
		tb.Errorf("%s %s: a secret is in the answer: %s", c.method, c.path, a.text)
	}
	if got := a.Header.Get("Cache-Control"); got != "no-store" {
		tb.Errorf("%s %s: Cache-Control %q, want no-store", c.method, c.path, got)
	}
	want := "application/json"
	switch {
	case a.StatusCode == http.StatusNoContent:
		return
	case a.StatusCode >= 400:
		want = "application/problem+json"
	case strings.HasPrefix(c.path, "/openapi"):
		return
	}
	if got := a.Header.Get("Content-Type"); got != want {
		tb.Errorf("%s %s: %d with Content-Type %q, want %q", c.method, c.path, a.StatusCode, got, want)
	}
}

// problem reads a refusal, and holds what is true of every refusal.
func (a answer) problem(tb testing.TB) api.Problem {
	tb.Helper()
	var p api.Problem
	a.decode(tb, &p)
	if p.Status != a.StatusCode || p.Title != http.StatusText(a.StatusCode) || p.Code == "" || p.Detail == "" {
		tb.Errorf("status %d with the problem %s", a.StatusCode, a.text)
	}
	return p
}

func (a answer) decode(tb testing.TB, v any) {
	tb.Helper()
	d := json.NewDecoder(strings.NewReader(a.text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		tb.Fatalf("status %d, body %q: %v", a.StatusCode, a.text, err)
	}
}

// session returns the value of the session cookie that a sets, and whether it
// sets one.
func (a answer) session() (string, bool) {
	for _, c := range a.Cookies() {
		if c.Name == auth.CookieName {
			return c.Value, true
		}
	}
	return "", false
}

func mustJSON(tb testing.TB, v any) string {
	tb.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

func indent(tb testing.TB, text string) string {
	tb.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		tb.Fatal(err)
	}
	return b.String()
}
