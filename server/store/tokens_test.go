package store_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

func TestTokens(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna, ben := mustUser(t, f.Store, "Anna", store.RoleMember), mustUser(t, f.Store, "Ben", store.RoleMember)
		create := func(u *store.User, name, secret string) store.Token {
			t.Helper()
			token, err := f.CreateToken(ctx, u, name, store.DigestOf(secret))
			if err != nil {
				t.Fatal(err)
			}
			return *token
		}
		first, second := create(anna, " backup  script", "s1"), create(anna, "backup script", "s2")
		other := create(ben, "load test", "s3")
		if first.Name != "backup script" {
			t.Errorf("name %q, want it cleaned", first.Name)
		}

		list, err := f.Tokens(ctx, anna.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]store.Token{first, second}, list); diff != "" {
			t.Errorf("tokens (-want +got):\n%s", diff)
		}
		u, err := f.TokenUser(ctx, store.DigestOf("s1"))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(anna, u); diff != "" {
			t.Errorf("user of a token (-want +got):\n%s", diff)
		}

		if err := f.DeleteToken(ctx, anna.ID, first.ID); err != nil {
			t.Fatal(err)
		}
		for name, err := range map[string]error{
			"ErrDeleted":   errOf(f.TokenUser(ctx, store.DigestOf("s1"))),
			"ErrUnknown":   errOf(f.TokenUser(ctx, store.DigestOf("s9"))),
			"ErrTwice":     f.DeleteToken(ctx, anna.ID, first.ID),
			"ErrNotTheirs": f.DeleteToken(ctx, anna.ID, other.ID),
		} {
			if !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: %v, want ErrNotFound", name, err)
			}
		}
		if _, err := f.CreateToken(ctx, anna, "", store.DigestOf("s4")); meeting.CodeOf(err) != meeting.CodeInvalid {
			t.Errorf("a token without a name: %v, want invalid", err)
		}
	})
}

func errOf[T any](_ T, err error) error { return err }

// TestTokensWhileServing is `roundel token create` beside a running server: two
// handles on one database, both writing.
func TestTokensWhileServing(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		const each = 15
		stores := []*store.Store{f.Store, f.reopen(t)}
		owner := mustOwner(t, f.Store)
		var wg sync.WaitGroup
		for i, s := range stores {
			for j := range 2 {
				wg.Go(func() {
					for k := range each {
						name := fmt.Sprintf("%d-%d-%d", i, j, k)
						if _, err := s.CreateToken(t.Context(), owner, name, store.DigestOf(name)); err != nil {
							t.Errorf("CreateToken: %v", err)
						}
						if err := s.SetPassword(t.Context(), owner.ID, name); err != nil {
							t.Errorf("SetPassword: %v", err)
						}
					}
				})
			}
		}
		wg.Wait()
		list, err := f.Tokens(t.Context(), owner.ID)
		if err != nil || len(list) != 4*each {
			t.Errorf("Tokens = %d, %v; want %d", len(list), err, 4*each)
		}
	})
}
