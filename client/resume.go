package client

import (
	"context"
	"time"

	"github.com/roundel-meet/roundel/core/wire"
)

// Resumption is the body of EventResumed. With Media the media connection went
// on and the missed events follow; without it the SDK offers anew by itself.
type Resumption struct {
	Media bool `json:"media"`
}

// offerTimeout bounds the new offer after a resumption without media.
const offerTimeout = 20 * time.Second

// resumption is the join that takes the seat again.
func (m *Meeting) resumption() wire.Join {
	m.mu.Lock()
	defer m.mu.Unlock()
	return wire.Join{Number: m.number, Seat: m.state.Seat, Seq: m.state.Seq}
}

// resumed takes the state at the moment of resumption. When the missed events
// follow, they bring the missed chat and count on from the last one seen; else
// the snapshot has everything.
func (m *Meeting) resumed(j wire.Joined) {
	m.mu.Lock()
	before := m.state
	m.state = stateOf(j)
	if j.Resumed {
		m.state.Seq, m.state.History = before.Seq, before.History
	}
	if m.state.Seat == "" {
		m.state.Seat = before.Seat
	}
	media := m.media
	m.mu.Unlock()
	m.push(Event{Type: EventResumed, Body: Resumption{Media: j.Resumed}})
	m.bind()
	if media == nil || j.Resumed {
		return
	}
	// The reader must be free to bring the answer, so the offer has its own goroutine.
	m.session.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(m.session.ctx, offerTimeout)
		defer cancel()
		if err := media.renew(ctx); err != nil {
			m.session.log.Warn("media not restored", "err", err)
		}
	})
}

// bind tells the media connection which track each slot plays.
func (m *Meeting) bind() {
	m.mu.Lock()
	media, slots := m.media, m.state.Slots
	m.mu.Unlock()
	if media != nil {
		media.bind(slots)
	}
}
