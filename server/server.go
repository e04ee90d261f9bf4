// Package server is the whole server: the only place that knows all parts and
// joins them. New opens everything a Config names, Run serves until its context
// ends, Close gives everything back.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/media/sfu"
	"github.com/roundel-meet/roundel/media/transport"
	"github.com/roundel-meet/roundel/media/turn"
	"github.com/roundel-meet/roundel/server/api"
	"github.com/roundel-meet/roundel/server/auth"
	"github.com/roundel-meet/roundel/server/blob"
	"github.com/roundel-meet/roundel/server/door"
	"github.com/roundel-meet/roundel/server/room"
	"github.com/roundel-meet/roundel/server/signal"
	"github.com/roundel-meet/roundel/server/store"
	"github.com/roundel-meet/roundel/server/webui"
	"github.com/roundel-meet/roundel/web"
)

// What is in the data folder: SQLite's file with everything that is kept, and a
// folder for the files of meetings that are going on.
const (
	databaseFile = "roundel.db"
	filesFolder  = "files"
)

// Limits of one HTTP connection. A websocket leaves them behind when it is made.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = time.Minute
	idleTimeout   = 2 * time.Minute
	maxHeader     = 32 << 10
	stopTimeout   = 5 * time.Second
)

// Server is everything that runs. Run may be called once.
type Server struct {
	// immutable
	config  Config
	log     *slog.Logger
	at      Addresses
	source  door.Source
	store   *store.Store
	files   *blob.Store
	socket  *transport.Socket
	sfu     *sfu.SFU
	relay   *turn.Server
	rooms   *room.Rooms
	signal  *signal.Door
	http    *http.Server
	tcp     net.Listener
	closing sync.Once
	err     error // of closing
}

// New opens what c names: the data folder, the database, both ports and the
// certificate. An error is one line for the operator.
func New(c Config) (_ *Server, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	if err := makeFolder(c.Data); err != nil {
		return nil, err
	}
	s := &Server{config: c, log: c.Logger}
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	var bound netip.AddrPort
	if s.tcp, bound, err = listenTCP(c.Listen); err != nil {
		return nil, err
	}
	if s.socket, err = listenUDP(&c, bound, c.Logger); err != nil {
		return nil, err
	}
	if s.source, err = newSource(&c, bound); err != nil {
		return nil, err
	}
	if s.store, err = openStore(context.Background(), c); err != nil {
		return nil, err
	}
	if s.files, err = blob.Open(filepath.Join(c.Data, filesFolder), blob.DefaultLimits()); err != nil {
		return nil, err
	}
	if s.at, err = s.addresses(bound); err != nil {
		return nil, err
	}
	handler, err := s.wire()
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler:           handler,
		Protocols:         door.Protocols(c.Transport.Ciphers),
		ConnContext:       door.Context,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		// What clients do wrong is no news; handlers log their own faults.
		ErrorLog: slog.NewLogLogger(c.Logger.Handler(), slog.LevelDebug),
	}
	return s, nil
}

// openStore opens the database that c names. The caller closes it.
func openStore(ctx context.Context, c Config) (*store.Store, error) {
	dsn := c.Database
	if dsn == "" {
		dsn = filepath.Join(c.Data, databaseFile)
	}
	s, err := store.Open(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("the database cannot be opened: %w", err)
	}
	return s, nil
}

// newSource picks where the certificate comes from.
func newSource(c *Config, tcp netip.AddrPort) (door.Source, error) {
	switch {
	case c.TLS.Certificate != "":
		return door.OpenFiles(c.TLS.Certificate, c.TLS.Key, c.Logger)
	case c.ACME.Domain != "":
		return door.NewACME(door.ACMEConfig{
			Dir: c.Data, Domain: c.ACME.Domain, Email: c.ACME.Email,
			Directory: c.ACME.Directory, Roots: c.ACME.Roots,
			Host: tcp.Addr().String(), Port: int(tcp.Port()), Logger: c.Logger,
		})
	default:
		names := func() door.Names { return door.MachineNames(hostOf(c)) }
		return door.OpenLocal(c.Data, names, c.Logger)
	}
}

// addresses says where the server is reached once it is, and makes the link
// that claims it while nobody has.
func (s *Server) addresses(tcp netip.AddrPort) (Addresses, error) {
	at := Addresses{
		URL: publicURL(&s.config, tcp), LAN: lanURLs(&s.config, tcp),
		TCP: tcp, UDP: s.socket.Addr(),
	}
	token, err := s.store.Bootstrap(context.Background())
	if err != nil {
		return at, fmt.Errorf("the database cannot be prepared: %w", err)
	}
	if token != "" {
		at.Owner = at.URL + "/claim#" + token
	}
	return at, nil
}

// wire joins the parts and returns what answers requests.
func (s *Server) wire() (http.Handler, error) {
	ui, err := webui.New(web.Files(), web.Placeholder)
	if err != nil {
		return nil, err
	}
	people := auth.New(auth.Config{Store: s.store})
	if s.relay, err = turn.New(s.socket); err != nil {
		return nil, err
	}
	s.sfu = sfu.New(sfu.Config{Socket: s.socket, Logger: s.log})
	s.rooms = room.New(room.Config{
		Media: mediaPlane{s.sfu}, Directory: s.store, Logger: s.log, Over: s.files.Drop, Relay: s.relay.Credentials,
		MaxSeats: s.config.MaxParticipants,
	})
	var ca []byte
	if local, ok := s.source.(*door.Local); ok {
		ca = local.CertificatePEM()
	}
	name := "roundel " + s.config.Version
	s.signal = signal.New(signal.Config{
		Rooms: s.rooms, Authenticate: caller(people), Facts: door.Facts,
		Limits: signal.DefaultLimits(), Server: name, Logger: s.log,
	})
	d := doors{
		ui: ui, signal: s.signal,
		api: api.New(api.Config{
			Store: s.store, Auth: people, Rooms: s.rooms, Files: s.files, Server: name, LocalCA: ca != nil, Logger: s.log,
		}),
		metrics: newFigures(s.rooms, s.sfu, s.socket, s.signal).handler(),
		store:   s.store, auth: people, ca: ca, public: s.source.Public, log: s.log,
	}
	return d.handler(), nil
}

// caller tells the signalling who is there, as the API does.
func caller(people *auth.Auth) func(*http.Request) (*wire.User, error) {
	return func(r *http.Request) (*wire.User, error) {
		u, err := people.FromRequest(r)
		if err != nil || u == nil {
			return nil, err
		}
		return &wire.User{ID: u.ID, Name: u.Name, Role: string(u.Role)}, nil
	}
}

// Addresses returns where the server is reached; it is bound already.
func (s *Server) Addresses() Addresses { return s.at }

// Run serves until ctx ends; then it tells everyone in a meeting, gives requests
// that are under way a moment, and returns. It returns early with the error that
// made serving impossible.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var tasks sync.WaitGroup
	tasks.Go(func() {
		s.source.Run(ctx, func() { s.config.Ready(s.at) })
	})
	failed := make(chan error, 1)
	tasks.Go(func() {
		takers := door.Takers{Media: s.socket.ServeTCP, Relay: s.relay.Serve}
		failed <- s.http.Serve(door.Listen(s.tcp, door.TLS(s.config.Transport.Ciphers, s.source), takers, s.log))
	})
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
		err = fmt.Errorf("serve: %w", err)
	}
	cancel()
	err = errors.Join(err, s.Close())
	tasks.Wait()
	return err
}

// Close stops what New started, from the doors inwards: rooms tell their people,
// then the doors, the media plane, its socket and the database are closed. It may
// be called more than once.
func (s *Server) Close() error {
	s.closing.Do(func() { s.err = s.close() })
	return s.err
}

func (s *Server) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	var errs []error
	if s.rooms != nil {
		s.rooms.Close()
	}
	if s.signal != nil {
		s.signal.Close(ctx)
	}
	if s.http != nil && s.http.Shutdown(ctx) != nil {
		errs = append(errs, s.http.Close()) // some request would not end
	}
	if s.tcp != nil {
		_ = s.tcp.Close() // closed already when it was served
	}
	if s.relay != nil {
		errs = append(errs, s.relay.Close())
	}
	if s.sfu != nil {
		errs = append(errs, s.sfu.Close())
	}
	if s.socket != nil {
		errs = append(errs, s.socket.Close())
	}
	if s.files != nil {
		errs = append(errs, s.files.Close())
	}
	if s.store != nil {
		errs = append(errs, s.store.Close())
	}
	return errors.Join(errs...)
}
