package store_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

func mustBootstrap(tb testing.TB, s *store.Store) store.Digest {
	tb.Helper()
	token, err := s.Bootstrap(tb.Context())
	if err != nil {
		tb.Fatal(err)
	}
	if len(token) < 22 { // 128 bits in base 64
		tb.Fatalf("Bootstrap returned %q, want a long token", token)
	}
	return store.DigestOf(token)
}

func TestPrepareMakesTheOwnerOnce(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		if _, err := f.AccountID(t.Context()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("AccountID of an empty database: %v, want ErrNotFound", err)
		}
		if _, err := f.Claimed(t.Context()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("Claimed of an empty database: %v, want ErrNotFound", err)
		}
		first := mustOwner(t, f.Store)
		want := &store.User{
			ID: first.ID, AccountID: first.AccountID, Name: "owner", Role: store.RoleOwner,
			CreatedAt: start.Truncate(time.Millisecond),
		}
		if diff := cmp.Diff(want, first); diff != "" {
			t.Errorf("owner (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(first, mustOwner(t, f.Store)); diff != "" {
			t.Errorf("owner of the second Prepare (-want +got):\n%s", diff)
		}
		if id, err := f.AccountID(t.Context()); id != first.AccountID || err != nil {
			t.Errorf("AccountID = %q, %v; want %q", id, err, first.AccountID)
		}
	})
}

func TestClaim(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		lost := mustBootstrap(t, f.Store)
		claim := mustBootstrap(t, f.Store) // a restart mends a lost link
		mustOwner(t, f.Store)              // and making an API token does not break one
		mustUser(t, f.Store, "Anna", store.RoleMember)
		if claimed, err := f.Claimed(ctx); claimed || err != nil {
			t.Errorf("Claimed before = %v, %v; want false", claimed, err)
		}
		if err := f.CheckClaim(ctx, lost); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("CheckClaim of the replaced token: %v, want ErrNotFound", err)
		}
		if err := f.CheckClaim(ctx, claim); err != nil {
			t.Errorf("CheckClaim: %v", err)
		}
		for _, tt := range []struct {
			name  string
			token store.Digest
			as    string
			want  meeting.Code
		}{
			{"ErrReplaced", lost, "Erin", meeting.CodeNotFound},
			{"ErrWrong", store.DigestOf("wrong"), "Erin", meeting.CodeNotFound},
			{"ErrEmptyName", claim, "  ", meeting.CodeInvalid},
			{"ErrNameTaken", claim, "ANNA", meeting.CodeConflict},
		} {
			u, err := f.Claim(ctx, tt.token, tt.as, "phc")
			if got := meeting.CodeOf(err); got != tt.want || u != nil {
				t.Errorf("%s: Claim = %v, %v; want code %q", tt.name, u, err, tt.want)
			}
		}
		got, err := f.Claim(ctx, claim, " Erin  Example ", "phc")
		if err != nil {
			t.Fatal(err)
		}
		want := mustOwner(t, f.Store)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("claimed owner (-want +got):\n%s", diff)
		}
		if want.Name != "Erin Example" || want.PasswordHash != "phc" || want.Role != store.RoleOwner {
			t.Errorf("owner after the claim: %+v", want)
		}
		if _, err := f.Claim(ctx, claim, "Mallory", "phc2"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("second use of the claim: %v, want ErrNotFound", err)
		}
		if claimed, err := f.Claimed(ctx); !claimed || err != nil {
			t.Errorf("Claimed after = %v, %v; want true", claimed, err)
		}
		if token, err := f.Bootstrap(ctx); token != "" || err != nil {
			t.Errorf("Bootstrap after the claim = %q, %v; want none", token, err)
		}
	})
}

func TestClaimNeverReplacesAPassword(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		claim := mustBootstrap(t, f.Store)
		owner := mustOwner(t, f.Store)
		if err := f.SetPassword(t.Context(), owner.ID, "phc"); err != nil {
			t.Fatal(err)
		}
		if _, err := f.Claim(t.Context(), claim, "Mallory", "other"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("claiming an owner with a password: %v, want ErrNotFound", err)
		}
		if got := mustOwner(t, f.Store); got.PasswordHash != "phc" || got.Name != "owner" {
			t.Errorf("owner after the attempt: %+v", got)
		}
	})
}

func TestClaimHasOneWinner(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		claim := mustBootstrap(t, f.Store)
		var (
			wg   sync.WaitGroup
			errs = make([]error, 6)
		)
		for i := range errs {
			wg.Go(func() { _, errs[i] = f.Claim(t.Context(), claim, "Erin", "phc") })
		}
		wg.Wait()
		won := 0
		for _, err := range errs {
			switch {
			case err == nil:
				won++
			case !errors.Is(err, store.ErrNotFound):
				t.Errorf("a loser got %v, want ErrNotFound", err)
			}
		}
		if won != 1 {
			t.Errorf("%d claims succeeded, want 1", won)
		}
	})
}
