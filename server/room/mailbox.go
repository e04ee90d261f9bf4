package room

import "sync"

// message is something that a room's goroutine does when it comes to it.
type message interface{ handle(*Room) }

// mailbox carries messages into a room. Putting never blocks, so the media
// plane can report from its own goroutines while the room calls into it. It
// stays small: every connection waits for its request, and media events are few.
type mailbox struct {
	wake chan struct{} // holds one token while there is mail

	mu     sync.Mutex
	mail   []message
	closed bool
}

func newMailbox() *mailbox { return &mailbox{wake: make(chan struct{}, 1)} }

// put reports false when the room has ended.
func (m *mailbox) put(msg message) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.mail = append(m.mail, msg)
	select {
	case m.wake <- struct{}{}:
	default:
	}
	return true
}

// take returns all mail, using the array of spent for what comes next.
func (m *mailbox) take(spent []message) []message {
	m.mu.Lock()
	defer m.mu.Unlock()
	mail := m.mail
	m.mail = spent[:0]
	return mail
}

// shut refuses all further mail and drops what is left.
func (m *mailbox) shut() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	m.mail = nil
}
