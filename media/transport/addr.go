package transport

import (
	"net/netip"
	"sync/atomic"
)

// remote is a peer's address with what sending to it needs. Immutable but for
// noGSO; egress compares remotes by pointer.
type remote struct {
	addr  netip.AddrPort // unmapped
	raw   rawAddr
	noGSO atomic.Bool // a train to this peer was refused: the path's MTU is smaller

	way way // to the peer; nil: it is reached from the UDP port
}

// way is how a peer is reached that is not reached from the UDP port: by TCP, its own
// connection or that of the relay.
type way interface {
	send(b []byte) bool // copies a datagram, or drops it rather than wait
	relayed() bool
	close()
}

// protocol is how the peer is reached.
func (r *remote) protocol() string {
	if r.way != nil {
		return "tcp"
	}
	return "udp"
}

func newRemote(addr netip.AddrPort, v6socket bool) *remote {
	addr = unmap(addr)
	return &remote{addr: addr, raw: makeRawAddr(addr, v6socket)}
}

// unmap turns ::ffff:a.b.c.d, as a dual-stack socket sees IPv4 peers, into a.b.c.d.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
