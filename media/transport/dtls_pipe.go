package transport

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// pipe is the net.PacketConn that pion/dtls reads and writes: in from the
// demultiplexer, out to wherever the peer's selected 5-tuple is by then.
type pipe struct {
	conn     *Conn
	fallback *remote // where DTLS came from, while nothing is selected
	queue    chan []byte

	mu       sync.Mutex
	closed   bool
	deadline chan struct{} // closed when a read must give up
	timer    *time.Timer
}

// pipeDepth is how many datagrams wait for pion: a flight is four at most.
const pipeDepth = 16

func newPipe(c *Conn, from *remote) *pipe {
	return &pipe{conn: c, fallback: from, queue: make(chan []byte, pipeDepth), deadline: make(chan struct{})}
}

// push copies b for the next read, or drops it when pion does not keep up.
func (p *pipe) push(b []byte) {
	select {
	case p.queue <- append([]byte(nil), b...):
	default:
	}
}

// ReadFrom implements net.PacketConn.
func (p *pipe) ReadFrom(b []byte) (int, net.Addr, error) {
	p.mu.Lock()
	deadline, closed := p.deadline, p.closed
	p.mu.Unlock()
	if closed {
		return 0, nil, io.EOF
	}
	select {
	case d := <-p.queue:
		return copy(b, d), p.LocalAddr(), nil
	case <-deadline:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return 0, nil, io.EOF
	}
	return 0, nil, os.ErrDeadlineExceeded
}

// WriteTo implements net.PacketConn; the address is ours to know.
func (p *pipe) WriteTo(b []byte, _ net.Addr) (int, error) {
	p.mu.Lock()
	closed := p.closed
	p.mu.Unlock()
	if closed {
		return 0, net.ErrClosed
	}
	r := p.conn.remote.Load()
	if r == nil {
		r = p.fallback
	}
	p.conn.socket.writeTo(b, r)
	return len(b), nil
}

// Close implements net.PacketConn. Nothing is sent after it, so pion's
// close_notify does not tell the peer to drop a connection that lives on.
func (p *pipe) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.expireLocked()
	}
	return nil
}

// LocalAddr implements net.PacketConn with an address that means nothing.
func (p *pipe) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.IPv4Unspecified(), 0))
}

// SetReadDeadline implements net.PacketConn.
func (p *pipe) SetReadDeadline(t time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
	select {
	case <-p.deadline:
		if !p.closed {
			p.deadline = make(chan struct{})
		}
	default:
	}
	if t.IsZero() {
		return nil
	}
	if d := time.Until(t); d > 0 {
		p.timer = time.AfterFunc(d, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.expireLocked()
		})
		return nil
	}
	p.expireLocked()
	return nil
}

func (p *pipe) expireLocked() {
	select {
	case <-p.deadline:
	default:
		close(p.deadline)
	}
}

// SetDeadline implements net.PacketConn.
func (p *pipe) SetDeadline(t time.Time) error { return p.SetReadDeadline(t) }

// SetWriteDeadline implements net.PacketConn; writes never block.
func (p *pipe) SetWriteDeadline(time.Time) error { return nil }
