package door

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// plainReply is what a client hears that speaks HTTP without TLS (RFC 9110, 15.5.1).
const plainReply = "HTTP/1.1 400 Bad Request\r\n" +
	"Content-Type: text/plain; charset=utf-8\r\n" +
	"Connection: close\r\n" +
	"Content-Length: 65\r\n\r\n" +
	"This port speaks HTTPS only. Use https:// in place of http:// .\r\n"

// Limits of the farewell to a client without TLS.
const (
	plainDrain = 64 << 10
	plainWait  = time.Second
)

var errPlain = errors.New("client speaks HTTP without TLS")

// Listen returns connections of inner under TLS. A client that speaks plain HTTP
// is told so.
func Listen(inner net.Listener, cfg *tls.Config) net.Listener {
	return tls.NewListener(listener{inner}, cfg)
}

type listener struct{ net.Listener }

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &firstByte{Conn: c}, nil
}

// firstByte looks at the first byte that comes in: TLS begins with a record of
// type handshake, 22 (RFC 8446, 5.1), HTTP with a method in capital letters.
type firstByte struct {
	net.Conn
	seen bool // owned by the reader
}

// Read reads, and ends the connection with a word when it is plain HTTP.
func (c *firstByte) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if c.seen || n == 0 {
		return n, err
	}
	c.seen = true
	if p[0] < 'A' || p[0] > 'Z' {
		return n, err
	}
	c.farewell()
	return 0, errPlain
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
