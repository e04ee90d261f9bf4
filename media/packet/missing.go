package packet

// Limits of Missing. Times are nanoseconds.
const (
	maxMissing  = 128
	maxTries    = 10
	reorderTime = 10e6 // a gap this young may be reordering
	missingLife = 2e9  // after this time nobody waits for the packet
	minRetry    = 20e6
)

type missing struct {
	seq   int64
	since int64
	asked int64
	tries uint8
}

// Missing is the list of packets that a stream lacks and that are worth asking
// for (RFC 4585, 6.2.1). It is bounded; the oldest packets are given up first.
// The zero value is ready.
type Missing struct {
	items []missing // ascending
}

// Add notes that the packets from first to last, both included, did not come.
func (m *Missing) Add(first, last, now int64) {
	first = max(first, last-maxMissing+1)
	if m.items == nil {
		m.items = make([]missing, 0, maxMissing)
	}
	if over := len(m.items) + int(last-first+1) - maxMissing; over > 0 {
		m.items = m.items[:copy(m.items, m.items[min(over, len(m.items)):])]
	}
	for seq := first; seq <= last; seq++ {
		m.items = append(m.items, missing{seq: seq, since: now})
	}
}

// Found takes a packet off the list. waited is the time since it was last asked
// for when it was asked for exactly once, so that it measures a round trip, or 0.
func (m *Missing) Found(seq, now int64) (waited int64, was bool) {
	for i := range m.items {
		if m.items[i].seq != seq {
			continue
		}
		if m.items[i].tries == 1 {
			waited = now - m.items[i].asked
		}
		m.items = append(m.items[:i], m.items[i+1:]...)
		return waited, true
	}
	return 0, false
}

// Due appends to dst the numbers that are to be asked for now, ascending, given
// the round trip time rtt, and forgets what was asked for too often or too long.
func (m *Missing) Due(dst []uint16, now, rtt int64) []uint16 {
	kept := m.items[:0]
	for _, it := range m.items {
		if it.tries >= maxTries || now-it.since > missingLife {
			continue
		}
		first := it.tries == 0 && now-it.since >= reorderTime
		again := it.tries > 0 && now-it.asked >= max(minRetry, rtt+rtt/4)
		if first || again {
			it.tries++
			it.asked = now
			dst = append(dst, uint16(it.seq))
		}
		kept = append(kept, it)
	}
	m.items = kept
	return dst
}

// Len returns how many packets are on the list.
func (m *Missing) Len() int { return len(m.items) }

// Reset empties the list.
func (m *Missing) Reset() { m.items = m.items[:0] }
