package transport

import (
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Socket is the server's one UDP port. One goroutine reads it, one watches
// consent; shards send through an Egress each.
type Socket struct {
	// immutable
	config        Config
	udp           *net.UDPConn
	raw           syscall.RawConn
	addr          netip.AddrPort
	v6            bool // the socket's family is IPv6, which may carry IPv4 too
	candidates    []netip.AddrPort
	tcpCandidates []netip.AddrPort
	cert          *certificate
	log           *slog.Logger
	done          chan struct{}
	tasks         sync.WaitGroup
	lingers       lingers

	gso      atomic.Bool // UDP_SEGMENT is believed to work
	counters counters
	slots    handshakeSlots

	mu      sync.RWMutex
	closed  bool
	conns   map[*Conn]struct{}
	creds   map[string]*credentials // by our ufrag
	stale   []rawAddr               // 5-tuples that are dropped; their entries are the reader's to delete
	gone    []*Conn                 // closed; their 5-tuples are the reader's to drop
	streams map[*tcpStream]struct{}
}

// socketBuffer is asked for in both directions: at 4 Gbit/s it is 16 ms.
const socketBuffer = 8 << 20

// Listen opens the UDP port and starts reading. It makes a certificate of its
// own, so fingerprints differ between processes.
func Listen(c Config) (*Socket, error) {
	c.Budgets = c.Budgets.withDefaults()
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	cert, err := newCertificate()
	if err != nil {
		return nil, fmt.Errorf("transport: make certificate: %w", err)
	}
	udp, err := listenUDP(c.Listen)
	if err != nil {
		return nil, err
	}
	s := &Socket{
		config: c, udp: udp, cert: cert, log: c.Logger,
		addr: unmap(udp.LocalAddr().(*net.UDPAddr).AddrPort()),
		done: make(chan struct{}), lingers: defaultLingers,
		conns: make(map[*Conn]struct{}),
		creds: make(map[string]*credentials), streams: make(map[*tcpStream]struct{}),
	}
	s.v6 = !c.Listen.Addr().Unmap().Is4() && c.Listen.Addr().IsValid()
	if s.raw, err = udp.SyscallConn(); err == nil {
		s.candidates, err = candidates(s.addr, c.Advertise, c.Public)
	}
	if err == nil && c.TCP.IsValid() {
		s.tcpCandidates, err = candidates(c.TCP, c.Advertise, c.Public)
	}
	if err != nil {
		udp.Close()
		return nil, fmt.Errorf("transport: %w", err)
	}
	setBuffers(udp, s.raw, socketBuffer)
	s.gso.Store(canSegment(s.raw))
	s.slots.limits(c.Budgets)
	s.tasks.Go(s.read)
	s.tasks.Go(s.watch)
	return s, nil
}

// listenUDP opens a socket of the family that addr says; an unspecified IPv6
// address is dual-stack, an invalid one is IPv4 on all interfaces.
func listenUDP(addr netip.AddrPort) (*net.UDPConn, error) {
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
	udp, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(netip.AddrPortFrom(ip, addr.Port())))
	if err != nil {
		return nil, fmt.Errorf("transport: listen on UDP %v: %w", addr, err)
	}
	return udp, nil
}

// Addr returns the address the socket is bound to.
func (s *Socket) Addr() netip.AddrPort { return s.addr }

// Candidates returns the host candidates for an answer, best first.
func (s *Socket) Candidates() []netip.AddrPort { return s.candidates }

// TCPCandidates returns the passive TCP candidates for an answer, best first.
func (s *Socket) TCPCandidates() []netip.AddrPort { return s.tcpCandidates }

// Fingerprint returns the certificate's SHA-256 as upper-case hexadecimal with
// colons (RFC 8122 section 5), for "a=fingerprint:sha-256 …".
func (s *Socket) Fingerprint() string { return s.cert.fingerprint }

// Connect makes a connection that waits for the peer's connectivity checks. It
// returns an invalid Error for a fingerprint that cannot be checked, and
// ErrClosed on a closed Socket.
func (s *Socket) Connect(p ConnParams) (*Conn, error) {
	print, err := parseFingerprint(p.RemoteFingerprint)
	if err != nil {
		return nil, err
	}
	if p.RemoteUfrag == "" || p.RemotePwd == "" {
		return nil, meeting.Errorf(meeting.CodeInvalid, "The offer has no ICE credentials.")
	}
	if p.Inbox == nil {
		return nil, fmt.Errorf("transport: ConnParams without Inbox")
	}
	c := &Conn{
		socket: s, inbox: p.Inbox, owner: p.Owner, fingerprint: print,
		candidates: slices.Clone(p.RemoteCandidates[:min(len(p.RemoteCandidates), maxCandidates)]),
		onState:    p.OnState, created: Now(),
	}
	c.dtls = newHandshake(c)
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil, ErrClosed
	}
	s.conns[c] = struct{}{}
	s.mu.Unlock()
	fresh := s.newCredentials(c)
	c.mu.Lock()
	c.current = fresh
	c.mu.Unlock()
	return c, nil
}

// maxCandidates bounds what is kept of an offer's candidates.
const maxCandidates = 32

// forget drops what the socket knows of c. The reader drops the 5-tuples.
func (s *Socket) forget(c *Conn) {
	c.mu.Lock()
	current, previous := c.current, c.previous
	c.mu.Unlock()
	s.dropCredentials(current)
	s.dropCredentials(previous)
	s.mu.Lock()
	delete(s.conns, c)
	s.gone = append(s.gone, c)
	s.mu.Unlock()
	s.poke()
}

// poke makes the reader look at gone now. The reader resets the deadline before
// it looks, so a poke is never lost.
func (s *Socket) poke() { _ = s.udp.SetReadDeadline(time.Unix(1, 0)) }

// watch applies the consent timers once a second.
func (s *Socket) watch() {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-s.done:
			return
		case <-t.C:
			s.expire(Now())
		}
	}
}

// expire applies the consent timers of all connections at time now.
func (s *Socket) expire(now int64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for c := range s.conns {
		c.expire(now)
	}
}

// Close closes every connection and the port, and waits for everything the
// socket started, OnState calls included; so OnState must not call it.
func (s *Socket) Close() error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return nil
	}
	s.closed = true
	open := make([]*Conn, 0, len(s.conns))
	for c := range s.conns {
		open = append(open, c)
	}
	streams := slices.Collect(maps.Keys(s.streams))
	s.mu.Unlock()
	for _, c := range open {
		_ = c.Close()
	}
	for _, one := range streams {
		one.close()
	}
	close(s.done)
	err := s.udp.Close()
	s.tasks.Wait()
	return err
}

// writeTo sends one datagram outside the packet path: STUN and DTLS.
func (s *Socket) writeTo(b []byte, r *remote) {
	if r.way != nil {
		r.way.send(b)
		return
	}
	_, _ = s.udp.WriteToUDPAddrPort(b, r.addr)
}
