package turn

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roundel-meet/roundel/media/transport"
)

// relay is one allocation: what pion takes for its UDP port is the SFU's way to the
// client.
type relay struct {
	server *Server
	addr   netip.AddrPort
	way    *transport.Relayed
	peer   atomic.Pointer[net.UDPAddr] // of the SFU, that the client sent to last
	down   chan []byte
	done   chan struct{}
	once   sync.Once
}

// depth is how many datagrams wait for a client: a second of 2 Mbit/s.
const depth = 256

var buffers = sync.Pool{New: func() any { return new([transport.MaxDatagram]byte) }}

func newRelay(s *Server, addr netip.AddrPort) *relay {
	r := &relay{server: s, addr: addr, down: make(chan []byte, depth), done: make(chan struct{})}
	r.way = s.socket.Relay(addr, r.send)
	return r
}

// send queues a datagram for the client, or drops it when the client does not keep up.
func (r *relay) send(b []byte) bool {
	p := buffers.Get().(*[transport.MaxDatagram]byte)
	d := p[:copy(p[:], b)]
	select {
	case r.down <- d:
		return true
	default:
		buffers.Put(p)
		return false
	}
}

// WriteTo implements net.PacketConn: from the client, for one of the SFU's addresses.
func (r *relay) WriteTo(b []byte, to net.Addr) (int, error) {
	peer, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, net.ErrClosed
	}
	at := peer.AddrPort()
	if !r.server.peers[netip.AddrPortFrom(at.Addr().Unmap(), at.Port())] {
		return len(b), nil // as if it was lost
	}
	if last := r.peer.Load(); last == nil || last.Port != peer.Port || !last.IP.Equal(peer.IP) {
		r.peer.Store(peer)
	}
	r.way.Receive(b)
	return len(b), nil
}

// ReadFrom implements net.PacketConn: from the SFU, for the client.
func (r *relay) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-r.down:
		n := copy(b, d)
		buffers.Put((*[transport.MaxDatagram]byte)(d[:transport.MaxDatagram]))
		return n, r.peer.Load(), nil
	case <-r.done:
		return 0, nil, net.ErrClosed
	}
}

// Close implements net.PacketConn.
func (r *relay) Close() error {
	r.once.Do(func() {
		r.way.Close()
		r.server.give(r.addr.Port())
		close(r.done)
	})
	return nil
}

// LocalAddr implements net.PacketConn.
func (r *relay) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(r.addr) }

// SetDeadline implements net.PacketConn; reading ends with Close, writing never waits.
func (*relay) SetDeadline(time.Time) error { return nil }

// SetReadDeadline implements net.PacketConn.
func (*relay) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline implements net.PacketConn.
func (*relay) SetWriteDeadline(time.Time) error { return nil }
