package store_test

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/server/store"
)

// testMain stops the database before the leak check looks.
type testMain struct{ *testing.M }

func (m testMain) Run() int {
	code := m.M.Run()
	stopPostgres()
	return code
}

func TestMain(m *testing.M) { goleak.VerifyTestMain(testMain{m}) }

// databases are what every conformance test runs on.
var databases = []struct {
	name string
	dsn  func(testing.TB) string // of a new, empty database
}{
	{"sqlite", func(tb testing.TB) string { return filepath.Join(tb.TempDir(), "roundel.db") }},
	{"postgres", newPostgres},
}

// clock is time that passes when a test says so.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// start is a moment with more than milliseconds, which the store does not keep.
var start = time.Date(2026, 3, 29, 1, 30, 0, 123_456_789, time.UTC)

// fixture is a store on a database of its own.
type fixture struct {
	*store.Store
	dsn   string
	clock *clock
}

func (f *fixture) reopen(tb testing.TB) *store.Store {
	tb.Helper()
	return mustOpen(tb, f.dsn, f.clock)
}

func mustOpen(tb testing.TB, dsn string, c *clock) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), dsn, store.WithClock(c.Now))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// conform runs a test on every database.
func conform(t *testing.T, test func(t *testing.T, f *fixture)) {
	t.Helper()
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			f := &fixture{dsn: db.dsn(t), clock: &clock{now: start}}
			f.Store = f.reopen(t)
			test(t, f)
		})
	}
}

func mustOwner(tb testing.TB, s *store.Store) *store.User {
	tb.Helper()
	u, err := s.Prepare(context.Background())
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func mustUser(tb testing.TB, s *store.Store, name string, role store.Role) *store.User {
	tb.Helper()
	u, err := s.CreateUser(context.Background(), store.User{
		AccountID: mustOwner(tb, s).AccountID, Name: name, Role: role, PasswordHash: "phc",
	})
	if err != nil {
		tb.Fatal(err)
	}
	return u
}
