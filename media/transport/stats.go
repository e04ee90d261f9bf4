package transport

import "sync/atomic"

// Stats are totals since Listen.
type Stats struct {
	Received   uint64 // datagrams read
	Delivered  uint64 // of these, RTP and RTCP given to an inbox
	OverBudget uint64 // dropped because a 5-tuple or source sent too much
	Unknown    uint64 // dropped: no such 5-tuple, ufrag or protocol
	BadChecks  uint64 // connectivity checks with a wrong MESSAGE-INTEGRITY
	Full       uint64 // dropped because an inbox was full
	Sent       uint64 // packets sent by egress
	SentCalls  uint64 // system calls they took
	Unsent     uint64 // packets the kernel refused
	Conns      int    // open connections
	GSO        bool   // packets leave in trains
}

// counters are added to once per batch, never per packet.
type counters struct {
	received, delivered, overBudget, unknown, badChecks, full atomic.Uint64
	sent, sentCalls, unsent                                   atomic.Uint64
}

// Stats returns the socket's totals.
func (s *Socket) Stats() Stats {
	s.mu.RLock()
	conns := len(s.conns)
	s.mu.RUnlock()
	c := &s.counters
	return Stats{
		Received: c.received.Load(), Delivered: c.delivered.Load(), OverBudget: c.overBudget.Load(),
		Unknown: c.unknown.Load(), BadChecks: c.badChecks.Load(), Full: c.full.Load(),
		Sent: c.sent.Load(), SentCalls: c.sentCalls.Load(), Unsent: c.unsent.Load(),
		Conns: conns, GSO: s.gso.Load(),
	}
}
