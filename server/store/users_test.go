package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

func TestCreateUser(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		account := mustOwner(t, f.Store).AccountID
		want := mustUser(t, f.Store, " Zoë \t Ångström ", store.RoleAdmin)
		if want.Name != "Zoë Ångström" {
			t.Errorf("name %q, want it cleaned", want.Name)
		}
		got, err := f.User(ctx, want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("user (-want +got):\n%s", diff)
		}
		for _, tt := range []struct {
			name string
			user store.User
			want meeting.Code
		}{
			{"ErrSameName", store.User{AccountID: account, Name: "Zoë Ångström", Role: store.RoleMember}, meeting.CodeConflict},
			{"ErrSameNameOtherCase", store.User{AccountID: account, Name: "ZOË ÅNGSTRÖM", Role: store.RoleMember}, meeting.CodeConflict},
			{"ErrSameNameDecomposed", store.User{AccountID: account, Name: "Zoe\u0308 A\u030angstro\u0308m", Role: store.RoleMember}, meeting.CodeConflict},
			{"ErrReservedName", store.User{AccountID: account, Name: "Owner", Role: store.RoleAdmin}, meeting.CodeConflict},
			{"ErrSecondOwner", store.User{AccountID: account, Name: "Other", Role: store.RoleOwner}, meeting.CodeConflict},
			{"ErrEmptyName", store.User{AccountID: account, Name: "\u200b", Role: store.RoleMember}, meeting.CodeInvalid},
			{"ErrNoSuchRole", store.User{AccountID: account, Name: "Other", Role: "king"}, meeting.CodeInternal},
			{"ErrNoSuchAccount", store.User{AccountID: "none", Name: "Other", Role: store.RoleMember}, meeting.CodeInternal},
		} {
			u, err := f.CreateUser(ctx, tt.user)
			if got := meeting.CodeOf(err); got != tt.want || u != nil {
				t.Errorf("%s: CreateUser = %v, %v; want code %q", tt.name, u, err, tt.want)
			}
		}
	})
}

func TestUserByName(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		claim := mustBootstrap(t, f.Store)
		owner, err := f.Claim(ctx, claim, "Erin", "phc")
		if err != nil {
			t.Fatal(err)
		}
		anna := mustUser(t, f.Store, "Anna Lee", store.RoleMember)
		for _, tt := range []struct {
			name, typed, want string
		}{
			{"OK", "Anna Lee", anna.ID},
			{"OK other case", "aNNA lee", anna.ID},
			{"OK spaces", "  Anna   Lee ", anna.ID},
			{"OK full width", "Ａｎｎａ Lee", anna.ID},
			{"OK owner by own name", "erin", owner.ID},
			{"OK owner for scripts", "owner", owner.ID},
			{"ErrUnknown", "Anna", ""},
			{"ErrEmpty", "", ""},
			{"ErrControl", "Anna\x00Lee", ""},
			{"ErrInjection", "' OR 1=1 --", ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				u, err := f.UserByName(ctx, owner.AccountID, tt.typed)
				switch {
				case tt.want == "" && !errors.Is(err, store.ErrNotFound):
					t.Errorf("UserByName(%q) = %v, %v; want ErrNotFound", tt.typed, u, err)
				case tt.want != "" && (err != nil || u.ID != tt.want):
					t.Errorf("UserByName(%q) = %v, %v; want id %s", tt.typed, u, err, tt.want)
				}
			})
		}
		if _, err := f.UserByName(ctx, "other account", "Anna Lee"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a name of another account: %v, want ErrNotFound", err)
		}
		if _, err := f.User(ctx, "none"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("User of no id: %v, want ErrNotFound", err)
		}
	})
}

func TestSetPasswordEndsSessions(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		ctx := t.Context()
		anna, ben := mustUser(t, f.Store, "Anna", store.RoleMember), mustUser(t, f.Store, "Ben", store.RoleMember)
		for secret, u := range map[string]*store.User{"a1": anna, "a2": anna, "b1": ben} {
			if _, err := f.CreateSession(ctx, u, store.DigestOf(secret), start.Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := f.CreateToken(ctx, anna, "script", store.DigestOf("token")); err != nil {
			t.Fatal(err)
		}
		if err := f.SetPassword(ctx, anna.ID, "new phc"); err != nil {
			t.Fatal(err)
		}
		got := map[string]bool{}
		for _, secret := range []string{"a1", "a2", "b1"} {
			_, _, err := f.Session(ctx, store.DigestOf(secret))
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Fatal(err)
			}
			got[secret] = err == nil
		}
		if diff := cmp.Diff(map[string]bool{"a1": false, "a2": false, "b1": true}, got); diff != "" {
			t.Errorf("sessions that live on (-want +got):\n%s", diff)
		}
		u, err := f.TokenUser(ctx, store.DigestOf("token"))
		if err != nil || u.PasswordHash != "new phc" {
			t.Errorf("TokenUser after the change = %+v, %v; want the new hash", u, err)
		}
		if err := f.SetPassword(ctx, "none", "phc"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("SetPassword of no user: %v, want ErrNotFound", err)
		}
	})
}
