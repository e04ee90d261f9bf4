// Package signal is the websocket door of the signalling protocol roundel.v1:
// it upgrades, limits, decodes and answers, and hands what belongs to a meeting
// to its room. It keeps no state of meetings.
package signal

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/limit"
	"github.com/roundel-meet/roundel/server/room"
)

// Config is what the door needs. Limits may be nil in tests; all else is required.
type Config struct {
	Rooms *room.Rooms
	// Authenticate returns who sent the handshake, or nil for a guest. An error
	// refuses the connection.
	Authenticate func(*http.Request) (*wire.User, error)
	// Facts returns the TLS facts of the handshake's connection.
	Facts  func(*http.Request) meeting.Signalling
	Limits *Limits
	Server string // product and version, for Welcome
	Logger *slog.Logger
}

// Limits is what one source, for example an address, may do.
type Limits struct {
	Connect *limit.Limiter // handshakes
	Join    *limit.Limiter // requests for a seat
	Unknown *limit.Limiter // requests for a seat in a meeting that does not exist
	Open    *limit.Cap     // connections at the same time
}

// Open connections: fewer than the port accepts, from one source and in all, so
// that pages and the API answer even then. Hundreds of synthetic clients of one
// machine fit in, which load tests rely on.
const (
	maxOpen           = 8_000
	maxOpenFromSource = 2_000
)

// DefaultLimits let a whole office behind one address join at nine o'clock, and
// nobody search for meetings by trying numbers.
func DefaultLimits() *Limits {
	return &Limits{
		Connect: limit.New(limit.Rate{Burst: 1000, Every: 50 * time.Millisecond}),
		Join:    limit.New(limit.Rate{Burst: 1000, Every: 50 * time.Millisecond}),
		Unknown: limit.New(limit.Rate{Burst: 20, Every: 5 * time.Second}),
		Open:    limit.NewCap(maxOpenFromSource, maxOpen),
	}
}

// Door serves wire.SignalPath.
type Door struct {
	cfg     Config
	devices *devices

	open    sync.WaitGroup
	traffic traffic

	mu      sync.Mutex
	sockets map[*socket]struct{}
	closed  bool
}

// New returns a Door that is open until Close.
func New(cfg Config) *Door {
	return &Door{cfg: cfg, devices: newDevices(), sockets: map[*socket]struct{}{}}
}

// ServeHTTP upgrades to a websocket and returns when it is closed. Requests from
// pages of another origin are refused; clients that are no browser send none.
func (d *Door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	source := limit.IP(r)
	if limits := d.cfg.Limits; limits != nil {
		if ok, _ := limits.Connect.Allow(source); !ok {
			refuse(w, http.StatusTooManyRequests, meeting.Errorf(meeting.CodeRateLimited, "Too many connections. Please wait a moment."))
			return
		}
		if !limits.Open.Enter(source) {
			refuse(w, http.StatusTooManyRequests, meeting.Errorf(meeting.CodeRateLimited, "Too many connections from your network are open."))
			return
		}
		defer limits.Open.Leave(source)
	}
	if !offersProtocol(r) {
		refuse(w, http.StatusBadRequest, meeting.Errorf(meeting.CodeVersion, "This server speaks the websocket subprotocol %s.", wire.Protocol))
		return
	}
	user, err := d.cfg.Authenticate(r)
	if err != nil {
		refuse(w, refusal(err), err)
		return
	}
	device := d.devices.recognise(w, r)
	c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Protocol}})
	if err != nil {
		d.cfg.Logger.Debug("handshake refused", "err", err)
		return
	}
	s := newSocket(c, &d.traffic)
	if !d.enter(s) {
		_ = c.Close(websocket.StatusGoingAway, string(meeting.CodeUnavailable))
		return
	}
	defer d.leave(s)
	s.serve(newSession(&d.cfg, s.out, visitor{
		user: user, facts: d.cfg.Facts(r), source: source, device: device, devices: d.devices,
	}))
}

// Stats are totals since the start, over all connections.
type Stats struct {
	MessagesIn, OctetsIn   uint64
	MessagesOut, OctetsOut uint64
}

// Stats returns what was counted until now.
func (d *Door) Stats() Stats {
	t := &d.traffic
	return Stats{t.messagesIn.Load(), t.octetsIn.Load(), t.messagesOut.Load(), t.octetsOut.Load()}
}

// traffic counts what all connections carry.
type traffic struct{ messagesIn, octetsIn, messagesOut, octetsOut atomic.Uint64 }

func offersProtocol(r *http.Request) bool {
	for _, header := range r.Header.Values("Sec-WebSocket-Protocol") {
		names := strings.FieldsFunc(header, func(c rune) bool { return c == ',' || c == ' ' })
		if slices.Contains(names, wire.Protocol) {
			return true
		}
	}
	return false
}

// refusal is the HTTP status for an error of Authenticate.
func refusal(err error) int {
	switch meeting.CodeOf(err) {
	case meeting.CodeUnauthenticated, meeting.CodeForbidden:
		return http.StatusUnauthorized
	case meeting.CodeRateLimited:
		return http.StatusTooManyRequests
	case meeting.CodeUnavailable:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// refuse answers a handshake that does not become a websocket.
func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire.ErrorBody{Code: string(meeting.CodeOf(err)), Message: meeting.MessageOf(err)})
}

func (d *Door) enter(s *socket) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return false
	}
	d.open.Add(1)
	d.sockets[s] = struct{}{}
	return true
}

func (d *Door) leave(s *socket) {
	d.mu.Lock()
	delete(d.sockets, s)
	d.mu.Unlock()
	d.open.Done()
}

// Close tells every client that the server stops and returns when all
// connections are closed. Those that have not gone when ctx is done are cut.
func (d *Door) Close(ctx context.Context) {
	d.mu.Lock()
	d.closed = true
	for s := range d.sockets {
		s.out.Send(closedFor(meeting.CodeUnavailable, "The server is restarting. Please join again in a moment."))
	}
	d.mu.Unlock()
	gone := make(chan struct{})
	go func() {
		d.open.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return
	case <-ctx.Done():
	}
	d.mu.Lock()
	for s := range d.sockets {
		s.cut(errors.New("the server stops"))
	}
	d.mu.Unlock()
	<-gone
}
