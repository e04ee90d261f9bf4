package door

import (
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
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

// Limits of the farewell to a client without TLS.
const (
	plainDrain = 64 << 10
	plainWait  = time.Second
)

// Why a connection does not become one of TLS.
var (
	errPlain = errors.New("client speaks HTTP without TLS")
	errMedia = errors.New("client sends media")
)

// Media takes over a connection of somebody who sends media, with what has been
// read of it.
type Media func(conn net.Conn, head []byte)

// Listen returns connections of inner under TLS. A client that speaks plain HTTP
// is told so; one that begins as media does (RFC 4571) is given to media.
// Connections over the port's bounds are closed at once: nothing can be said to
// them before a handshake, which is the dear part.
func Listen(inner net.Listener, cfg *tls.Config, media Media, log *slog.Logger) net.Listener {
	open := limit.NewCap(maxConnsFromSource, maxConns)
	return tls.NewListener(&listener{Listener: inner, open: open, media: media, log: log}, cfg)
}

type listener struct {
	net.Listener
	// immutable
	open  *limit.Cap
	media Media
	log   *slog.Logger

	// owned by the caller of Accept
	refused int       // connections since the last line of the log
	told    time.Time // when that was
}

// Accept returns the next connection that the port has room for.
func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		source := limit.Addr(c.RemoteAddr().String())
		if l.open.Enter(source) {
			return &firstByte{Conn: c, media: l.media, leave: sync.OnceFunc(func() { l.open.Leave(source) })}, nil
		}
		_ = c.Close()
		l.tell()
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

// firstByte looks at the first byte that comes in: TLS begins with a record of
// type handshake, 22 (RFC 8446, 5.1), HTTP with a method in capital letters, media
// with the upper byte of a length of at most 1,500 (RFC 4571, 2).
type firstByte struct {
	net.Conn
	media Media
	leave func()      // gives up the connection's place
	seen  bool        // owned by the reader
	given atomic.Bool // to media
}

// Close ends the connection and gives up its place, unless it was given away.
func (c *firstByte) Close() error {
	if c.given.Load() {
		return nil
	}
	return c.end()
}

func (c *firstByte) end() error {
	c.leave()
	return c.Conn.Close()
}

// given is a connection of media: its end gives up the place.
type given struct {
	net.Conn
	from *firstByte
}

// SetWriteBuffer bounds what the kernel holds for the peer.
func (g given) SetWriteBuffer(n int) error {
	if tcp, ok := g.Conn.(*net.TCPConn); ok {
		return tcp.SetWriteBuffer(n)
	}
	return nil
}

// Close ends the connection and gives up its place.
func (g given) Close() error { return g.from.end() }

// mediaBelow is over the upper byte of the longest frame of media.
const mediaBelow = 1500>>8 + 1

// Read reads. It ends the connection with a word when it is plain HTTP, and gives
// it away when it is media.
func (c *firstByte) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.seen || n == 0 {
		return n, err
	}
	c.seen = true
	switch {
	case p[0] < mediaBelow && c.media != nil:
		c.given.Store(true)
		c.media(given{c.Conn, c}, p[:n])
		return 0, errMedia
	case p[0] >= 'A' && p[0] <= 'Z':
		c.farewell()
		return 0, errPlain
	}
	return n, err
}

// farewell answers and reads on for a moment: closing with unread input would
// reset the connection, and the client would never see the answer.
func (c *firstByte) farewell() {
	_ = c.SetDeadline(time.Now().Add(plainWait))
	if _, err := io.WriteString(c.Conn, plainReply); err != nil {
		return
	}
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	_, _ = io.CopyN(io.Discard, c.Conn, plainDrain)
}
