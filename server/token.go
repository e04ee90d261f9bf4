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
func CreateToken(ctx context.Context, c Config, user, name string) (_ string, err error) {
	if err := c.check(); err != nil {
		return "", err
	}
	if err := makeFolder(c.Data); err != nil {
		return "", err
	}
	s, err := openStore(ctx, c)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	owner, err := s.Prepare(ctx)
	if err != nil {
		return "", fmt.Errorf("the database cannot be prepared: %w", err)
	}
	who, err := s.UserByName(ctx, owner.AccountID, user)
	if errors.Is(err, store.ErrNotFound) {
		return "", fmt.Errorf("there is no user %q", user)
	}
	if err != nil {
		return "", fmt.Errorf("look up %q: %w", user, err)
	}
	return auth.New(auth.Config{Store: s}).CreateToken(ctx, who, name)
}
