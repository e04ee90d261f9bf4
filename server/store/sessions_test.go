package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/server/store"
)

func TestSessionLife(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna := mustUser(t, f.Store, "Anna", store.RoleMember)
		hash := store.DigestOf("secret")
		want, err := f.CreateSession(ctx, anna, hash, start.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		check := func(when string) {
			t.Helper()
			got, u, err := f.Session(ctx, hash)
			if err != nil {
				t.Fatalf("%s: %v", when, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: session (-want +got):\n%s", when, diff)
			}
			if diff := cmp.Diff(anna, u); diff != "" {
				t.Errorf("%s: user (-want +got):\n%s", when, diff)
			}
		}
		check("new")
		if _, err := f.CreateSession(ctx, anna, hash, start.Add(time.Hour)); !errors.Is(err, store.ErrExists) {
			t.Errorf("the same secret twice: %v, want ErrExists", err)
		}

		f.clock.Advance(30 * time.Minute)
		if err := f.TouchSession(ctx, want.ID, start.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		want.SeenAt = start.Add(30 * time.Minute).Truncate(time.Millisecond)
		want.ExpiresAt = start.Add(2 * time.Hour).Truncate(time.Millisecond)
		check("touched")

		f.clock.Advance(89 * time.Minute)
		check("a minute before its end")
		f.clock.Advance(time.Minute)
		if _, _, err := f.Session(ctx, hash); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("at its end: %v, want ErrNotFound", err)
		}
	})
}

func TestEndSession(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna := mustUser(t, f.Store, "Anna", store.RoleMember)
		for secret, life := range map[string]time.Duration{"short": time.Minute, "long": time.Hour, "ended": time.Hour} {
			if _, err := f.CreateSession(ctx, anna, store.DigestOf(secret), start.Add(life)); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 { // ending twice is no error
			if err := f.EndSession(ctx, store.DigestOf("ended")); err != nil {
				t.Fatal(err)
			}
		}
		f.clock.Advance(2 * time.Minute)
		if n, err := f.DropExpiredSessions(ctx); n != 1 || err != nil {
			t.Errorf("DropExpiredSessions = %d, %v; want 1", n, err)
		}
		if _, _, err := f.Session(ctx, store.DigestOf("ended")); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an ended session: %v, want ErrNotFound", err)
		}
		if _, _, err := f.Session(ctx, store.DigestOf("long")); err != nil {
			t.Errorf("a session that goes on: %v", err)
		}
	})
}
