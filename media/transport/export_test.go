package transport

import (
	"slices"
	"time"
)

// SetLinger sets how soon DTLS sessions are put away: after the handshake and
// after something arrived again. It must come before the first handshake.
func (s *Socket) SetLinger(first, again time.Duration) { s.lingers = lingers{first, again} }

// Resting reports whether c's DTLS session was put away.
func (c *Conn) Resting() bool {
	c.dtls.mu.Lock()
	defer c.dtls.mu.Unlock()
	return c.dtls.resting != nil && c.dtls.pipe == nil
}

// PanicInDTLS runs a panic where c's handshake runs.
func (c *Conn) PanicInDTLS() {
	p := newPipe(c, c.remote.Load())
	c.dtls.guard(p, func() { panic("canary of a datagram") })
}

// ReadBy returns how many proven addresses each socket of the port reads.
func (s *Socket) ReadBy() []int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	count := make([]int, len(s.ports))
	for c := range s.conns {
		c.paths.Lock()
		for _, t := range c.tuples {
			count[slices.Index(s.ports, t.port)]++
		}
		c.paths.Unlock()
	}
	return count
}
