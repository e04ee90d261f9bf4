package transport

import (
	"net/netip"
	"sync"
)

// handshakeSlots bounds the DTLS handshakes in flight, in total and per source,
// since each costs a signature and a key agreement.
type handshakeSlots struct {
	total, perSource int // immutable

	mu       sync.Mutex
	used     int
	bySource map[netip.Addr]int
}

func (h *handshakeSlots) limits(b Budgets) {
	h.total, h.perSource = b.Handshakes, b.HandshakesPerSource
	h.bySource = make(map[netip.Addr]int)
}

func (h *handshakeSlots) take(source netip.Addr) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.used >= h.total || h.bySource[source] >= h.perSource {
		return false
	}
	h.used++
	h.bySource[source]++
	return true
}

func (h *handshakeSlots) give(source netip.Addr) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.used--
	if h.bySource[source]--; h.bySource[source] == 0 {
		delete(h.bySource, source)
	}
}
