package auth

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/server/store"
)

// CookieName is the session cookie. The prefix makes browsers insist on Secure
// and Path=/ and on no Domain (RFC 6265bis, section 4.1.3.2).
const CookieName = "__Host-roundel"

// secretSize is the length of session secrets and API tokens, in random bytes.
const secretSize = 32

func newSecret() string { return base64.RawURLEncoding.EncodeToString(random(secretSize)) }

// Session is what a browser gets when it signs in.
type Session struct {
	secret  string
	maxAge  time.Duration
	Expires time.Time // unless it is used before
}

// Cookie returns the cookie that carries the session. Scripts cannot read it,
// other sites cannot make a browser send it.
func (s *Session) Cookie() *http.Cookie { return cookie(s.secret, int(s.maxAge/time.Second)) }

// NoCookie returns the cookie that removes the session's.
func NoCookie() *http.Cookie { return cookie("", -1) }

func cookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: CookieName, Value: value, Path: "/", MaxAge: maxAge,
		Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	}
}

func (a *Auth) newSession(ctx context.Context, user *store.User) (*Session, error) {
	// Signing in is rare, so this is where the dead sessions go.
	if _, err := a.store.DropExpiredSessions(ctx); err != nil {
		return nil, err
	}
	secret := newSecret()
	kept, err := a.store.CreateSession(ctx, user, store.DigestOf(secret), a.now().Add(idleLimit))
	if err != nil {
		return nil, err
	}
	return &Session{secret: secret, maxAge: ageLimit, Expires: kept.ExpiresAt}, nil
}

// FromRequest returns who sends r: the user of its API token (Authorization:
// Bearer, RFC 6750) or of its session cookie, or nil for a guest. A token that
// is not valid is an unauthenticated Error; a cookie that is not, a guest.
func (a *Auth) FromRequest(r *http.Request) (*store.User, error) {
	if header := r.Header.Get("Authorization"); header != "" {
		scheme, token, _ := strings.Cut(header, " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return nil, errToken
		}
		return a.userOfToken(r.Context(), strings.TrimSpace(token))
	}
	c, err := r.Cookie(CookieName)
	if err != nil || c.Value == "" {
		return nil, nil
	}
	return a.userOfSession(r.Context(), c.Value)
}

func (a *Auth) userOfSession(ctx context.Context, secret string) (*store.User, error) {
	session, user, err := a.store.Session(ctx, store.DigestOf(secret))
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	now := a.now()
	if now.Sub(session.SeenAt) < touchEvery {
		return user, nil
	}
	expires := now.Add(idleLimit)
	if last := session.CreatedAt.Add(ageLimit); expires.After(last) {
		expires = last
	}
	if err := a.store.TouchSession(ctx, session.ID, expires); err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return user, nil
}

// SignOut ends the session of r's cookie, if it has one.
func (a *Auth) SignOut(r *http.Request) error {
	c, err := r.Cookie(CookieName)
	if err != nil {
		return nil
	}
	return a.store.EndSession(r.Context(), store.DigestOf(c.Value))
}
