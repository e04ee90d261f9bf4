package api

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/limit"
	"github.com/roundel-meet/roundel/server/store"
)

// caller is who sends a request, for the operation that answers it.
type caller struct {
	request *http.Request
	ip      string      // the limiters' key of the address
	user    *store.User // nil for a guest
}

type callerKey struct{}

func callerOf(ctx context.Context) *caller { return ctx.Value(callerKey{}).(*caller) }

var errSignInFirst = meeting.Errorf(meeting.CodeUnauthenticated, "Please sign in first.")

// member returns the caller's user, or an unauthenticated Error for a guest.
func member(ctx context.Context) (*store.User, error) {
	if u := callerOf(ctx).user; u != nil {
		return u, nil
	}
	return nil, errSignInFirst
}

// guard stands before every operation: it catches panics, limits, refuses what
// other sites make browsers send, and says who calls.
func (s *service) guard(next http.Handler) http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.catch(w, r)
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		c, err := s.admit(crossOrigin, r)
		if err != nil {
			writeProblem(w, s.refuse(r.Context(), "guard", err))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// admit returns the caller of r, or why r is not even looked at.
func (s *service) admit(crossOrigin *http.CrossOriginProtection, r *http.Request) (*caller, error) {
	ip := limit.IP(r)
	if err := allow(s.limits.requests, ip); err != nil {
		return nil, err
	}
	if err := crossOrigin.Check(r); err != nil {
		return nil, meeting.Wrap(meeting.CodeForbidden, err, "This request came from another site.")
	}
	if err := checkJSON(r); err != nil {
		return nil, err
	}
	if r.ContentLength > maxBody {
		return nil, meeting.Errorf(meeting.CodeTooLarge, "%s", tooLarge)
	}
	user, err := s.Auth.FromRequest(r)
	if err != nil {
		return nil, fmt.Errorf("authenticate: %w", err)
	}
	return &caller{request: r, ip: ip, user: user}, nil
}

// checkJSON refuses bodies of other types, among them all that a plain HTML form
// can send.
func checkJSON(r *http.Request) error {
	if r.Method != http.MethodPost && r.Method != http.MethodPut && r.Method != http.MethodPatch {
		return nil
	}
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaType != "application/json" {
		return newProblem(http.StatusUnsupportedMediaType, meeting.CodeInvalid, notJSON)
	}
	return nil
}

// catch answers a request whose operation has panicked. The panic's value is
// not logged: it may quote the request.
func (s *service) catch(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	s.Logger.ErrorContext(r.Context(), "API request panicked",
		"kind", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	writeProblem(w, newProblem(http.StatusInternalServerError, meeting.CodeInternal, meeting.MessageOf(nil)))
}
