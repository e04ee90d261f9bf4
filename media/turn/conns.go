package turn

import (
	"net"
	"sync"
	"time"
)

// How long a client may be silent, and a write may take.
const (
	clientSilence = time.Minute // connectivity checks come every few seconds
	clientWrite   = 10 * time.Second
)

// client is a connection that has a place.
type client struct {
	net.Conn
	to *accepted
}

// Read does not wait for a client that has gone without a word.
func (c *client) Read(b []byte) (int, error) {
	_ = c.Conn.SetReadDeadline(time.Now().Add(clientSilence))
	return c.Conn.Read(b)
}

// Write does not wait for a client that takes nothing.
func (c *client) Write(b []byte) (int, error) {
	_ = c.Conn.SetWriteDeadline(time.Now().Add(clientWrite))
	n, err := c.Conn.Write(b)
	if err != nil {
		_ = c.Close()
	}
	return n, err
}

// Close ends the connection and gives up its place.
func (c *client) Close() error {
	c.to.drop(c)
	return c.Conn.Close()
}

// accepted is a listener of connections that somebody else accepted.
type accepted struct {
	queue chan *client

	mu     sync.Mutex
	open   map[*client]struct{} // nil: closed
	closed chan struct{}
}

func newAccepted() *accepted {
	return &accepted{queue: make(chan *client, maxConns), open: map[*client]struct{}{}, closed: make(chan struct{})}
}

// put gives a connection to Accept, or closes it when there are too many.
func (a *accepted) put(conn net.Conn) {
	c := &client{conn, a}
	a.mu.Lock()
	ok := a.open != nil && len(a.open) < maxConns
	if ok {
		a.open[c] = struct{}{}
		a.queue <- c // has room for all that may be open
	}
	a.mu.Unlock()
	if !ok {
		_ = conn.Close()
	}
}

func (a *accepted) drop(c *client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, c)
}

// Accept implements net.Listener.
func (a *accepted) Accept() (net.Conn, error) {
	select {
	case c := <-a.queue:
		return c, nil
	case <-a.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; it ends all connections.
func (a *accepted) Close() error {
	a.mu.Lock()
	open := a.open
	a.open = nil
	a.mu.Unlock()
	if open == nil {
		return nil
	}
	close(a.closed)
	for c := range open {
		_ = c.Conn.Close()
	}
	return nil
}

// Addr implements net.Listener with an address that means nothing.
func (*accepted) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }
