package server

import (
	"context"
	"errors"
	"fmt"

	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/store"
)

// CreateToken makes an API token that acts as the named user of the server that
// c configures, whether that is running or not. The token is a secret.
func CreateToken(ctx context.Context, c Config, user, name string) (token string, err error) {
	err = withUser(ctx, c, user, func(s *store.Store, u *store.User) error {
		token, err = auth.New(auth.Config{Store: s}).CreateToken(ctx, u, name)
		return err
	})
	return token, err
}

// Tokens lists the API tokens of the named user, oldest first, without what is
// secret of them.
func Tokens(ctx context.Context, c Config, user string) (list []store.Token, err error) {
	err = withUser(ctx, c, user, func(s *store.Store, u *store.User) error {
		list, err = s.Tokens(ctx, u.ID)
		return err
	})
	return list, err
}

// RevokeToken makes the named user's API token with this id invalid from the next
// request on.
func RevokeToken(ctx context.Context, c Config, user, id string) error {
	return withUser(ctx, c, user, func(s *store.Store, u *store.User) error {
		err := s.DeleteToken(ctx, u.ID, id)
		if errors.Is(err, store.ErrNotFound) {
			return fmt.Errorf("%s has no token with the id %q", user, id)
		}
		return err
	})
}

// SetPassword gives the named user a new password and signs them out everywhere.
// An owner without one is claimed by it. API tokens stay valid.
func SetPassword(ctx context.Context, c Config, user, password string) error {
	return withUser(ctx, c, user, func(s *store.Store, u *store.User) error {
		return auth.New(auth.Config{Store: s}).SetPassword(ctx, u.ID, password)
	})
}

// withUser opens the database that c configures, whether a server runs on it or
// not, and does something with the named user.
func withUser(ctx context.Context, c Config, name string, do func(*store.Store, *store.User) error) (err error) {
	if err := c.check(); err != nil {
		return err
	}
	if err := makeFolder(c.Data); err != nil {
		return err
	}
	s, err := openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	owner, err := s.Prepare(ctx)
	if err != nil {
		return fmt.Errorf("the database cannot be prepared: %w", err)
	}
	u, err := s.UserByName(ctx, owner.AccountID, name)
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no user %q", name)
	}
	if err != nil {
		return fmt.Errorf("look up %q: %w", name, err)
	}
	return do(s, u)
}
