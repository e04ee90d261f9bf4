package transport

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// port is one of the sockets that share the UDP port. The kernel gives each peer's
// datagrams to one of them, always the same, so that a reader on another core knows
// nothing of it.
type port struct {
	// immutable
	socket *Socket
	udp    *net.UDPConn
	raw    syscall.RawConn

	mu    sync.Mutex
	stale []rawAddr // 5-tuples that others dropped; their entries are the reader's to delete
}

// coresPerReader is how many processors there are to a reader if nothing else is
// said: reading is the smaller part, every packet leaves many times.
const coresPerReader = 4

// readers returns how many sockets share the port.
func (c Config) readers() int {
	switch {
	case !canShare:
		return 1
	case c.Readers > 0:
		return c.Readers
	}
	return (runtime.GOMAXPROCS(0) + coresPerReader - 1) / coresPerReader
}

// listenPorts opens so many sockets on one UDP port. That of another program, which
// the kernel would share too, is refused.
func listenPorts(addr netip.AddrPort, n int) ([]*port, error) {
	only, network, err := listenUDP(addr)
	if err != nil {
		return nil, err
	}
	sockets := []*net.UDPConn{only}
	if n > 1 {
		at := only.LocalAddr().String()
		only.Close()
		if sockets, err = share(network, at, n); err != nil {
			return nil, fmt.Errorf("transport: listen on UDP %v: %w", addr, err)
		}
	}
	ports := make([]*port, len(sockets))
	for i, udp := range sockets {
		raw, err := udp.SyscallConn()
		if err != nil {
			closeAll(sockets)
			return nil, fmt.Errorf("transport: %w", err)
		}
		ports[i] = &port{udp: udp, raw: raw}
	}
	return ports, nil
}

// share opens n sockets on a port with SO_REUSEPORT.
func share(network, at string, n int) ([]*net.UDPConn, error) {
	var sockets []*net.UDPConn
	config := net.ListenConfig{Control: reusePort}
	for range n {
		c, err := config.ListenPacket(context.Background(), network, at)
		if err != nil {
			closeAll(sockets)
			return nil, err
		}
		sockets = append(sockets, c.(*net.UDPConn))
	}
	return sockets, nil
}

func closeAll(sockets []*net.UDPConn) {
	for _, udp := range sockets {
		udp.Close()
	}
}

// listenUDP opens a socket of the family that addr says; an unspecified IPv6
// address is dual-stack, an invalid one is IPv4 on all interfaces.
func listenUDP(addr netip.AddrPort) (udp *net.UDPConn, network string, err error) {
	ip, network := addr.Addr().Unmap(), "udp"
	if !ip.IsValid() {
		ip = netip.IPv4Unspecified()
	}
	switch {
	case ip.Is4():
		network = "udp4"
	case !ip.IsUnspecified():
		network = "udp6"
	}
	udp, err = net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, addr.Port())))
	if err != nil {
		return nil, "", fmt.Errorf("transport: listen on UDP %v: %w", addr, err)
	}
	return udp, network, nil
}

// poke makes the reader look at what others left for it. It resets the deadline
// before it looks, so a poke is never lost.
func (p *port) poke() { _ = p.udp.SetReadDeadline(time.Unix(1, 0)) }

// drop has the reader delete the entry of a 5-tuple that is gone.
func (p *port) drop(addr rawAddr) {
	p.mu.Lock()
	p.stale = append(p.stale, addr)
	p.mu.Unlock()
	p.poke()
}

// dropped returns what drop was told since.
func (p *port) dropped() []rawAddr {
	p.mu.Lock()
	defer p.mu.Unlock()
	stale := p.stale
	p.stale = nil
	return stale
}
