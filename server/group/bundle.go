package group

import (
	"time"

	"github.com/roundel-meet/roundel/core/wire"
)

// How long a message may wait for others. Nobody notices the short wait; the long
// one holds while many members answer at the same time, as heartbeats do.
const (
	waitQuiet   = 20 * time.Millisecond
	waitBusy    = 100 * time.Millisecond
	busyBundles = 10        // in a second
	bundleBytes = 512 << 10 // leave at once
)

// Envelope is an application message on its way.
type Envelope struct {
	wire.GroupMessage
	To []string // nil for everyone
}

// Bundle collects application messages that leave together. The zero value is
// empty.
type Bundle struct {
	pending []Envelope
	bytes   int
	due     time.Time

	second time.Time // when the count of bundles began
	count  int
	last   time.Time // when a bundle left
}

// Add puts a message behind the others.
func (b *Bundle) Add(now time.Time, e Envelope) {
	if len(b.pending) == 0 {
		b.due = now.Add(waitQuiet)
		if busy := b.last.Add(waitBusy); b.count >= busyBundles && now.Sub(b.second) < time.Second && busy.After(b.due) {
			b.due = busy
		}
	}
	b.pending = append(b.pending, e)
	b.bytes += len(e.Message)
	if b.bytes > bundleBytes {
		b.due = now
	}
}

// Due returns when the bundle leaves; ok is false while it is empty.
func (b *Bundle) Due() (at time.Time, ok bool) { return b.due, len(b.pending) > 0 }

// Take empties the bundle.
func (b *Bundle) Take(now time.Time) []Envelope {
	taken := b.pending
	b.pending, b.bytes, b.last = nil, 0, now
	if now.Sub(b.second) >= time.Second {
		b.second, b.count = now, 0
	}
	b.count++
	return taken
}
