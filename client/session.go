package client

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Session is a connection to the server that has said hello. Its methods may be
// called from any goroutine. Close it when done.
type Session struct {
	// immutable after Dial
	opts    Options
	base    *url.URL
	http    *http.Client
	log     *slog.Logger
	welcome wire.Welcome
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	tasks   sync.WaitGroup // the reader and the keep-alive

	mu      sync.Mutex
	link    *link         // nil while the socket is lost
	changed chan struct{} // closed and replaced whenever link or ended changes
	ended   error         // why the session is over; nil while it lives
	meeting *Meeting      // the seat, if joined
}

// Dial connects to the server, says hello and returns the session. The context
// bounds only the dialling. It fails with unavailable when the server cannot be
// reached, version when it speaks another protocol, unauthenticated when it
// does not know the token.
func Dial(ctx context.Context, o Options) (*Session, error) {
	o, base, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	hc, err := httpClient(o.CA, o.Jar)
	if err != nil {
		return nil, err
	}
	s := &Session{opts: o, base: base, http: hc, log: o.Logger, changed: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	l, err := s.hello(ctx)
	if err != nil {
		s.cancel()
		hc.CloseIdleConnections()
		return nil, err
	}
	s.link = l
	s.tasks.Go(func() { s.run(l) })
	s.tasks.Go(s.keepAlive)
	return s, nil
}

// hello dials and performs the first exchange.
func (s *Session) hello(ctx context.Context) (*link, error) {
	l, err := dialLink(ctx, s)
	if err != nil {
		return nil, err
	}
	hello := wire.Hello{Kind: s.opts.Kind, Client: s.opts.Client, Features: s.opts.Features}
	if hello.Features == nil {
		hello.Features = []string{}
	}
	var welcome wire.Welcome
	if err := l.exchange(ctx, wire.TypeHello, hello, &welcome, s.handle); err != nil {
		_ = l.ws.CloseNow()
		return nil, err
	}
	s.mu.Lock()
	s.welcome = welcome
	s.mu.Unlock()
	return l, nil
}

// Welcome is what the server said to the latest hello.
func (s *Session) Welcome() wire.Welcome {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.welcome
}

// Request sends any request of the protocol and decodes its reply into reply,
// which may be nil. While the socket is lost it waits for the next one. It fails
// with the server's *meeting.Error, with unavailable when the socket breaks
// before the reply, or with the context's error.
func (s *Session) Request(ctx context.Context, typ string, body, reply any) error {
	l, err := s.current(ctx)
	if err != nil {
		return err
	}
	return s.reason(l.call(ctx, typ, body, reply))
}

// Start sends a request of the protocol and does not wait for its reply, which
// done gets: the body, or the error that Request would return. It is called once,
// on the goroutine that reads, so in order with the events that a watcher gets,
// and must not block. While the socket is lost Start waits for the next one, as
// long as the context allows; an error of Start itself means that done is not
// called.
func (s *Session) Start(ctx context.Context, typ string, body any, done func(json.RawMessage, error)) error {
	l, err := s.current(ctx)
	if err != nil {
		return err
	}
	return s.reason(l.start(ctx, typ, body, func(b json.RawMessage, err error) { done(b, s.reason(err)) }))
}

// current is the socket, once there is one.
func (s *Session) current(ctx context.Context) (*link, error) {
	for {
		s.mu.Lock()
		l, changed, ended := s.link, s.changed, s.ended
		s.mu.Unlock()
		switch {
		case ended != nil:
			return nil, ended
		case l != nil:
			return l, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Offers reports whether the hello names an optional ability.
func (s *Session) Offers(feature string) bool { return slices.Contains(s.opts.Features, feature) }

// URL is the server's base URL with a path.
func (s *Session) URL(path string) string { return s.base.JoinPath(path).String() }

// reason replaces a broken socket by why the server closed it, if it said so.
func (s *Session) reason(err error) error {
	if err == nil || meeting.CodeOf(err) != meeting.CodeUnavailable {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return s.ended
	}
	return err
}

// Close ends the session, its meeting and its media, and waits for them.
func (s *Session) Close() error {
	s.end(meeting.Errorf(meeting.CodeUnavailable, "The session is closed."))
	s.mu.Lock()
	l, m := s.link, s.meeting
	s.mu.Unlock()
	if m != nil {
		m.closeMedia()
	}
	if l != nil {
		// The close handshake also ends the reader; on its failure cancel does.
		_ = l.ws.Close(websocket.StatusNormalClosure, "")
	}
	s.cancel()
	s.tasks.Wait()
	s.http.CloseIdleConnections()
	return nil
}

// end marks the session as over, once.
func (s *Session) end(why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return
	}
	s.ended = why
	s.notify()
	if s.meeting != nil {
		s.meeting.finish(why)
	}
}

// setLink makes l the current socket, or nil while there is none.
func (s *Session) setLink(l *link) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.link = l
	s.notify()
}

// notify wakes those who wait for a change. The caller holds mu.
func (s *Session) notify() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// over reports whether the session has ended.
func (s *Session) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended != nil
}

// run reads the socket and, when it is lost with a seat, finds the next one.
func (s *Session) run(l *link) {
	for {
		err := l.read(s.ctx, s.handle)
		_ = l.ws.CloseNow()
		s.setLink(nil)
		if s.over() {
			return
		}
		s.log.Info("socket lost", "err", err)
		next, err := s.reconnect()
		if err != nil {
			s.end(err)
			return
		}
		l = next
		s.setLink(l)
	}
}

// keepAlive finds out about a socket that died silently: a ping without an
// answer closes it, and run takes it from there.
func (s *Session) keepAlive() {
	tick := time.NewTicker(s.opts.Ping)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		l := s.link
		s.mu.Unlock()
		if l == nil {
			continue
		}
		ctx, cancel := context.WithTimeout(s.ctx, s.opts.Ping)
		err := l.call(ctx, wire.TypePing, wire.Empty{}, nil)
		cancel()
		if err != nil && s.ctx.Err() == nil {
			_ = l.ws.CloseNow()
		}
	}
}
