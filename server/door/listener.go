package door

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/server/limit"
)

// plainReply is what a client hears that speaks HTTP without TLS (RFC 9110, 15.5.1).
const plainReply = "HTTP/1.1 400 Bad Request\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\n" +
	"Connection: close\r\n" +
	"Content-Length: 65\r\n\r\n" +
	"This port speaks HTTPS only. Use https:// in place of http:// .\r\n"

// Open connections that the port accepts. A browser uses two or three, so this is
// a large company behind one address; loopback has no exemption, since load tests
// stay below, too. An idle connection of TLS takes about 40 kB.
const (
	maxConns           = 10_000 // in all
	maxConnsFromSource = 2_500  // from one address, or one /64 of IPv6
)

// refusedEvery is how often it is logged at most that connections were refused.
const refusedEvery = time.Minute

// acceptAgain is the pause after the system could not give a connection.
const acceptAgain = 100 * time.Millisecond

// Limits of the farewell to a client without TLS.
const (
	plainDrain = 64 << 10
	plainWait  = time.Second
)

// knock is how long a client may take to say what it is: its first bytes, the
// handshake of TLS, and without ALPN (RFC 7301) the first byte below it.
const knock = 10 * time.Second

// takenBuffer bounds what the kernel holds for a client of a taker: media that waits
// longer would only be late.
const takenBuffer = 128 << 10

// Taker takes over a connection that is not one of HTTP.
type Taker func(net.Conn)

// Takers are where connections go that are not of HTTP. Without one they are closed.
type Takers struct {
	Media Taker // datagrams behind their length (RFC 4571): ICE over TCP
	Relay Taker // TURN (RFC 8656), over TCP or TLS
}

// Listen returns connections of inner whose TLS is done, for HTTP. A client that
// speaks plain HTTP is told so; media and TURN go to takers. Connections over the
// port's bounds are closed at once: nothing can be said to them before a handshake,
// which is the dear part. It ends with inner.
func Listen(inner net.Listener, cfg *tls.Config, takers Takers, log *slog.Logger) net.Listener {
	return listen(inner, cfg, takers, limit.NewCap(maxConnsFromSource, maxConns), log)
}

func listen(inner net.Listener, cfg *tls.Config, takers Takers, open *limit.Cap, log *slog.Logger) *listener {
	l := &listener{
		inner: inner, tls: cfg, takers: takers, open: open, log: log,
		ready: make(chan net.Conn), done: make(chan struct{}), sorting: map[net.Conn]struct{}{},
	}
	l.tasks.Go(l.accept)
	return l
}

type listener struct {
	// immutable
	inner  net.Listener
	tls    *tls.Config
	takers Takers
	open   *limit.Cap
	log    *slog.Logger
	ready  chan net.Conn
	done   chan struct{} // closed at the end
	tasks  sync.WaitGroup

	// owned by accept
	refused int       // connections since the last line of the log
	told    time.Time // when that was

	mu      sync.Mutex
	err     error                 // why it ended
	sorting map[net.Conn]struct{} // that have not said what they are; nil: closed
}

// Accept returns the next connection of HTTP.
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.done:
		l.mu.Lock()
		defer l.mu.Unlock()
		return nil, l.err
	}
}

// Addr returns where it listens.
func (l *listener) Addr() net.Addr { return l.inner.Addr() }

// Close ends it, with the connections that have not said what they are.
func (l *listener) Close() error {
	err := l.inner.Close()
	l.mu.Lock()
	sorting := l.sorting
	l.sorting = nil
	l.mu.Unlock()
	for c := range sorting {
		_ = c.Close()
	}
	l.tasks.Wait()
	return err
}

// accept takes the connections that the port has room for.
func (l *listener) accept() {
	for {
		c, err := l.inner.Accept()
		if errors.Is(err, net.ErrClosed) {
			l.mu.Lock()
			l.err = err
			l.mu.Unlock()
			close(l.done)
			return
		}
		if err != nil { // no descriptors left, for example: that passes
			l.log.Warn("a connection could not be accepted", "error", err)
			time.Sleep(acceptAgain)
			continue
		}
		source := limit.Addr(c.RemoteAddr().String())
		if !l.open.Enter(source) {
			_ = c.Close()
			l.tell()
			continue
		}
		held := &counted{Conn: c, leave: sync.OnceFunc(func() { l.open.Leave(source) })}
		l.mu.Lock()
		closed := l.sorting == nil
		if !closed {
			l.sorting[held] = struct{}{}
			l.tasks.Go(func() { l.sort(held) })
		}
		l.mu.Unlock()
		if closed {
			_ = held.Close()
		}
	}
}

// tell logs that connections are refused, once in a while.
func (l *listener) tell() {
	l.refused++
	if now := time.Now(); now.Sub(l.told) >= refusedEvery {
		l.log.Warn("too many connections, some were refused", "refused", l.refused)
		l.refused, l.told = 0, now
	}
}

// sort finds out what a client wants and takes it there. A panic ends the one
// connection.
func (l *listener) sort(c *counted) {
	defer func() {
		if v := recover(); v != nil {
			_ = c.Close()
			l.known(c)
			l.log.Error("a connection ended by a panic", "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	conn, err := l.sorted(c)
	l.known(c)
	if err != nil {
		_ = c.Close()
		l.log.Debug("a connection came to nothing", "from", c.RemoteAddr().String(), "error", err)
		return
	}
	if conn == nil {
		return // it was taken
	}
	select {
	case l.ready <- conn:
	case <-l.done:
		_ = conn.Close()
	}
}

// known forgets a connection that has said what it is.
func (l *listener) known(c *counted) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sorting, c)
}

// The first bytes that tell what a client speaks. TLS begins with a record of type
// handshake (RFC 8446, 5.1), HTTP with a method in capital letters, TURN as STUN
// does (RFC 8489, 5), media with a length and then STUN.
const (
	tlsHandshake = 22
	magicCookie  = 0x2112a442
	stunBelow    = 4
	mediaBelow   = 1500>>8 + 1
)

// sorted returns the connection when it is one of HTTP, nil when it was taken.
func (l *listener) sorted(c *counted) (net.Conn, error) {
	_ = c.SetDeadline(time.Now().Add(knock))
	first, err := read(c, 1)
	if err != nil {
		return nil, err
	}
	switch b := first[0]; {
	case b == tlsHandshake:
		return l.secured(c, first)
	case b >= 'A' && b <= 'Z':
		farewell(c)
		return nil, errors.New("HTTP without TLS")
	case b >= mediaBelow:
		return nil, errors.New("nothing that this port speaks")
	}
	// A STUN header, or a length and the beginning of one.
	rest, err := read(c, 7)
	if err != nil {
		return nil, err
	}
	head := append(first, rest...)
	if head[0] < stunBelow && binary.BigEndian.Uint32(head[4:]) == magicCookie {
		return nil, give(l.takers.Relay, c, &resumed{Conn: c, head: head})
	}
	return nil, give(l.takers.Media, c, &resumed{Conn: c, head: head})
}

// secured does the handshake of TLS. Browsers name HTTP in it; who names nothing may
// be a script, or TURN.
func (l *listener) secured(c *counted, head []byte) (net.Conn, error) {
	conn := tls.Server(&resumed{Conn: c, head: head}, l.tls)
	ctx, cancel := context.WithTimeout(context.Background(), knock)
	defer cancel()
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	switch conn.ConnectionState().NegotiatedProtocol {
	case "":
	case turnProtocol:
		return nil, give(l.takers.Relay, c, conn)
	default:
		return conn, conn.SetDeadline(time.Time{})
	}
	first, err := read(conn, 1)
	if err != nil {
		return nil, err
	}
	whole := resumed{Conn: conn, head: first}
	if first[0] < stunBelow {
		return nil, give(l.takers.Relay, c, &whole)
	}
	return &unnamed{whole, conn.ConnectionState()}, conn.SetDeadline(time.Time{})
}

// give hands what came over c to a taker, which closes it from now on.
func give(to Taker, c *counted, conn net.Conn) error {
	if to == nil {
		return errors.New("nobody takes it")
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return err
	}
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		_ = tcp.SetWriteBuffer(takenBuffer)
	}
	to(conn)
	return nil
}

func read(c net.Conn, n int) ([]byte, error) {
	b := make([]byte, n, 8)
	_, err := io.ReadFull(c, b)
	return b, err
}

// counted is a connection that has a place on the port.
type counted struct {
	net.Conn
	leave func() // gives it up
}

// Close ends the connection and gives up its place.
func (c *counted) Close() error {
	c.leave()
	return c.Conn.Close()
}

// resumed is a connection some of which was read before.
type resumed struct {
	net.Conn
	head []byte // owned by the reader
}

// Read reads what was read before first.
func (r *resumed) Read(b []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.head)
	r.head = r.head[n:]
	return n, nil
}

// unnamed is a connection of TLS whose client named no protocol. The HTTP server
// does not see that it is one: Context tells.
type unnamed struct {
	resumed
	state tls.ConnectionState
}

type stateKey struct{}

// Context is for http.Server.ConnContext: it lets Facts know of the TLS of c.
func Context(ctx context.Context, c net.Conn) context.Context {
	if u, ok := c.(*unnamed); ok {
		return context.WithValue(ctx, stateKey{}, &u.state)
	}
	return ctx
}

// farewell answers and reads on for a moment: closing with unread input would
// reset the connection, and the client would never see the answer.
func farewell(c *counted) {
	_ = c.SetDeadline(time.Now().Add(plainWait))
	if _, err := io.WriteString(c, plainReply); err != nil {
		return
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, c, plainDrain)
}
