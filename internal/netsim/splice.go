package netsim

import (
	"io"
	"net"
	"net/netip"
	"sync"
)

// Splice passes TCP connections on to a server until it is cut: where a Relay stands
// for the server it can stand for its TCP port, too.
type Splice struct {
	listener net.Listener
	server   netip.AddrPort
	tasks    sync.WaitGroup

	mu    sync.Mutex
	cut   bool // lets nothing through
	conns map[net.Conn]struct{}
}

// NewSplice listens for connections to server. The caller closes it.
func NewSplice(listen, server netip.AddrPort) (*Splice, error) {
	l, err := net.ListenTCP("tcp", net.TCPAddrFromAddrPort(listen))
	if err != nil {
		return nil, err
	}
	s := &Splice{listener: l, server: server, conns: map[net.Conn]struct{}{}}
	s.tasks.Go(s.accept)
	return s, nil
}

// Addr returns where it listens.
func (s *Splice) Addr() netip.AddrPort {
	return s.listener.Addr().(*net.TCPAddr).AddrPort()
}

// Close ends all connections and waits for what was started.
func (s *Splice) Close() {
	_ = s.listener.Close()
	s.Cut(true)
	s.tasks.Wait()
}

// Cut ends all connections; with stay no other comes through until Mend.
func (s *Splice) Cut(stay bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = stay
	for c := range s.conns {
		_ = c.Close()
	}
}

// Mend lets connections through again.
func (s *Splice) Mend() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut = false
}

func (s *Splice) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.tasks.Go(func() { s.pass(c) })
	}
}

// pass copies both ways until one of them ends.
func (s *Splice) pass(from net.Conn) {
	defer s.drop(from)
	to, err := net.Dial("tcp", s.server.String())
	if err != nil || !s.keep(from, to) {
		if to != nil {
			_ = to.Close()
		}
		return
	}
	defer s.drop(to)
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(from, to)
		_ = from.Close()
	})
	_, _ = io.Copy(to, from)
	_ = to.Close()
	back.Wait()
}

// keep notes connections for Cut; false when nothing comes through.
func (s *Splice) keep(conns ...net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cut {
		return false
	}
	for _, c := range conns {
		s.conns[c] = struct{}{}
	}
	return true
}

func (s *Splice) drop(c net.Conn) {
	_ = c.Close()
	s.mu.Lock()
	delete(s.conns, c)
	s.mu.Unlock()
}
