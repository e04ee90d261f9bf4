package server

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/api"
	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/store"
	"github.com/roundel-meet/roundel/server/webui"
)

// healthTimeout bounds how long a health check waits for the database.
const healthTimeout = 2 * time.Second

// doors are the handlers behind the port.
type doors struct {
	ui, api, signal, metrics http.Handler

	store  *store.Store
	auth   *auth.Auth
	ca     []byte // PEM of the local CA, nil without one
	public func() bool
	log    *slog.Logger
}

// handler routes requests.
func (d doors) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", d.ui)
	mux.Handle(api.Base+"/", d.api)
	mux.Handle(wire.SignalPath, d.signal)
	mux.HandleFunc("GET /healthz", d.health)
	mux.HandleFunc("GET /metrics", d.serveMetrics)
	if d.ca != nil {
		mux.HandleFunc("GET /ca.crt", d.serveCA)
	}
	return webui.Secure(guard(mux, d.log), d.public)
}

// health answers 200 while the server can do its work.
func (d doors) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	if err := d.store.Ping(ctx); err != nil {
		d.log.Error("database does not answer", "error", err)
		http.Error(w, "The database does not answer.", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// serveCA offers the local CA's certificate with the media type by which
// browsers and phones know what to do with it.
func (d doors) serveCA(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-x509-ca-cert")
	w.Header().Set("Content-Disposition", `attachment; filename="roundel-ca.crt"`)
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(d.ca)
}

// serveMetrics answers administrators' API tokens. A session cookie is not
// enough: no page needs the figures.
func (d doors) serveMetrics(w http.ResponseWriter, r *http.Request) {
	user, err := d.auth.FromRequest(r)
	switch {
	case r.Header.Get("Authorization") == "" || err != nil:
		w.Header().Set("WWW-Authenticate", `Bearer realm="metrics"`)
		http.Error(w, "Send an API token: Authorization: Bearer rdl_…", http.StatusUnauthorized)
	case user == nil || !user.Role.Administers():
		http.Error(w, "The figures are for administrators.", http.StatusForbidden)
	default:
		d.metrics.ServeHTTP(w, r)
	}
}

// guard answers a panic in a handler with status 500, and logs where it came
// from. The panic's value is not logged: it may quote the request.
func guard(next http.Handler, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			log.Error("request ended by a panic",
				"method", r.Method, "kind", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
			http.Error(w, "Something failed on the server. Please try again.", http.StatusInternalServerError)
		}()
		next.ServeHTTP(w, r)
	})
}
