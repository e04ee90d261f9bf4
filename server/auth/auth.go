// Package auth says who sends a request: it checks passwords, keeps browser
// sessions and knows API tokens. What that person may do is not its business,
// and it does not limit how often somebody tries.
package auth

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

// How long a session lasts: it ends when it was not used for idleLimit, and
// after ageLimit in any case.
const (
	idleLimit = 14 * 24 * time.Hour
	ageLimit  = 90 * 24 * time.Hour
)

// touchEvery spares the database a write for each request.
const touchEvery = time.Hour

// Config is what New needs.
type Config struct {
	Store *store.Store
	Cost  Cost             // of a password hash; zero for DefaultCost
	Now   func() time.Time // nil for the wall clock; must agree with the store's
}

// Auth authenticates, safe for concurrent use. It runs no goroutine.
type Auth struct {
	store  *store.Store
	hasher *hasher
	now    func() time.Time
}

// New returns an Auth on the users of c.Store.
func New(c Config) *Auth {
	if c.Cost == (Cost{}) {
		c.Cost = DefaultCost
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	// Half the cores at most: the others go on forwarding media.
	atOnce := max(1, runtime.GOMAXPROCS(0)/2)
	return &Auth{store: c.Store, hasher: newHasher(c.Cost, atOnce), now: c.Now}
}

var (
	errSignIn = meeting.Errorf(meeting.CodeUnauthenticated, "The name or the password is wrong.")
	errClaim  = meeting.Errorf(meeting.CodeForbidden, "This link is not valid, or it was used already.")
	errToken  = meeting.Errorf(meeting.CodeUnauthenticated, "The API token is not valid.")
)

// Claim uses the first-run token to give the owner a name and a password, and
// signs them in. It returns a forbidden Error when the token is wrong or used,
// and an invalid one when the name or password cannot be; then it stays usable.
func (a *Auth) Claim(ctx context.Context, token, name, password string) (*store.User, *Session, error) {
	name, err := meeting.CleanName(name)
	if err != nil {
		return nil, nil, err
	}
	password, err = normalize(password)
	if err != nil {
		return nil, nil, err
	}
	digest := store.DigestOf(token)
	if err := a.store.CheckClaim(ctx, digest); err != nil { // before the dear part
		return nil, nil, asClaim(err)
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return nil, nil, err
	}
	user, err := a.store.Claim(ctx, digest, name, hash)
	if err != nil {
		return nil, nil, asClaim(err)
	}
	session, err := a.newSession(ctx, user)
	return user, session, err
}

func asClaim(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return errClaim
	}
	if errors.Is(err, store.ErrExists) {
		return meeting.Errorf(meeting.CodeConflict, "Another user has that name already.")
	}
	return err
}

// SignIn checks a password and starts a session. A wrong name, a wrong password
// and a user without a password give the same Error after the same work.
func (a *Auth) SignIn(ctx context.Context, name, password string) (*store.User, *Session, error) {
	account, err := a.store.AccountID(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("account: %w", err)
	}
	user, err := a.store.UserByName(ctx, account, name)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, nil, fmt.Errorf("user: %w", err)
	}
	hash := ""
	if user != nil {
		hash = user.PasswordHash
	}
	normal, err := normalize(password)
	if err != nil {
		// Nobody has such a password; check something else at the same cost.
		hash, normal = "", ""
	}
	ok, err := a.hasher.check(ctx, hash, normal)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, errSignIn
	}
	session, err := a.newSession(ctx, user)
	return user, session, err
}

// SetPassword gives the user a new password and ends all their sessions. It
// returns an invalid Error when the password is too short or too long.
func (a *Auth) SetPassword(ctx context.Context, userID, password string) error {
	password, err := normalize(password)
	if err != nil {
		return err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return err
	}
	return a.store.SetPassword(ctx, userID, hash)
}

// tokenPrefix lets people and secret scanners recognise an API token.
const tokenPrefix = "rdl_"

// CreateToken makes an API token that acts as user; name says what it is for.
// The token is returned once and cannot be read again.
func (a *Auth) CreateToken(ctx context.Context, user *store.User, name string) (string, error) {
	token := tokenPrefix + newSecret()
	if _, err := a.store.CreateToken(ctx, user, name, store.DigestOf(token)); err != nil {
		return "", err
	}
	return token, nil
}

// userOfToken returns the user of an API token, or errToken.
func (a *Auth) userOfToken(ctx context.Context, token string) (*store.User, error) {
	if !strings.HasPrefix(token, tokenPrefix) {
		return nil, errToken
	}
	user, err := a.store.TokenUser(ctx, store.DigestOf(token))
	if errors.Is(err, store.ErrNotFound) {
		return nil, errToken
	}
	return user, err
}
