package api

import (
	"context"
	"net/http"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/door"
	"github.com/roundel-meet/roundel/server/store"
)

type infoReply struct{ Body wire.Info }

func (s *service) info(ctx context.Context, _ *struct{}) (*infoReply, error) {
	claimed, err := s.Store.Claimed(ctx)
	if err != nil {
		return nil, err
	}
	c := callerOf(ctx)
	info := wire.Info{
		Server: s.Server, Claimed: claimed, LocalCA: s.LocalCA,
		Signalling: door.Facts(c.request),
	}
	if c.user != nil {
		u := wireUser(c.user)
		info.User = &u
	}
	return &infoReply{info}, nil
}

func wireUser(u *store.User) wire.User {
	return wire.User{ID: u.ID, Name: u.Name, Role: string(u.Role)}
}

type sessionReply struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
	Body      wire.Session
}

type claimRequest struct{ Body wire.Claim }

func (s *service) claim(ctx context.Context, in *claimRequest) (*sessionReply, error) {
	c := callerOf(ctx)
	if err := allow(s.limits.claim, c.ip); err != nil {
		return nil, err
	}
	user, session, err := s.Auth.Claim(ctx, in.Body.Token, in.Body.Name, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.signedIn(c, user, session)
}

type signInRequest struct{ Body wire.SignIn }

func (s *service) signIn(ctx context.Context, in *signInRequest) (*sessionReply, error) {
	c := callerOf(ctx)
	if err := allow(s.limits.signIn, c.ip); err != nil {
		return nil, err
	}
	if err := allow(s.limits.name, nameBucket(in.Body.Name)); err != nil {
		return nil, err
	}
	user, session, err := s.Auth.SignIn(ctx, in.Body.Name, in.Body.Password)
	if err != nil {
		return nil, err
	}
	return s.signedIn(c, user, session)
}

// signedIn answers with a new session; the one it replaces in the browser ends.
func (s *service) signedIn(c *caller, user *store.User, session *auth.Session) (*sessionReply, error) {
	if err := s.Auth.SignOut(c.request); err != nil {
		return nil, err
	}
	return &sessionReply{SetCookie: *session.Cookie(), Body: wire.Session{User: wireUser(user)}}, nil
}

type signOutReply struct {
	SetCookie http.Cookie `header:"Set-Cookie"`
}

func (s *service) signOut(ctx context.Context, _ *struct{}) (*signOutReply, error) {
	if err := s.Auth.SignOut(callerOf(ctx).request); err != nil {
		return nil, err
	}
	return &signOutReply{SetCookie: *auth.NoCookie()}, nil
}
