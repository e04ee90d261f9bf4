package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Socket is the server's one UDP port. A goroutine for every few cores reads it, one
// watches consent; shards send through an Egress each.
type Socket struct {
	// immutable
	config        Config
	ports         []*port // at least one
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
	egresses atomic.Uint32

	mu      sync.RWMutex
	closed  bool
	conns   map[*Conn]struct{}
	creds   map[string]*credentials // by our ufrag
	gone    []*Conn                 // closed; their 5-tuples are the first reader's to drop
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
	ports, err := listenPorts(c.Listen, c.readers())
	if err != nil {
		return nil, err
	}
	s := &Socket{
		config: c, ports: ports, cert: cert, log: c.Logger,
		addr: unmap(ports[0].udp.LocalAddr().(*net.UDPAddr).AddrPort()),
		done: make(chan struct{}), lingers: defaultLingers,
		conns: make(map[*Conn]struct{}),
		creds: make(map[string]*credentials), streams: make(map[*tcpStream]struct{}),
	}
	s.v6 = !c.Listen.Addr().Unmap().Is4() && c.Listen.Addr().IsValid()
	s.candidates, err = candidates(s.addr, c.Advertise, c.Public)
	if err == nil && c.TCP.IsValid() {
		s.tcpCandidates, err = candidates(c.TCP, c.Advertise, c.Public)
	}
	if err != nil {
		_ = s.closePorts()
		return nil, fmt.Errorf("transport: %w", err)
	}
	s.gso.Store(canSegment(ports[0].raw))
	s.slots.limits(c.Budgets)
	for _, p := range ports {
		p.socket = s
		setBuffers(p.udp, p.raw, socketBuffer)
		s.tasks.Go(p.read)
	}
	s.tasks.Go(s.watch)
	return s, nil
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
	s.ports[0].poke()
}

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
	err := s.closePorts()
	s.tasks.Wait()
	return err
}

func (s *Socket) closePorts() error {
	errs := make([]error, len(s.ports))
	for i, p := range s.ports {
		errs[i] = p.udp.Close()
	}
	return errors.Join(errs...)
}

// writeTo sends one datagram outside the packet path: STUN and DTLS.
func (s *Socket) writeTo(b []byte, r *remote) {
	if r.way != nil {
		r.way.send(b)
		return
	}
	_, _ = s.ports[0].udp.WriteToUDPAddrPort(b, r.addr)
}
