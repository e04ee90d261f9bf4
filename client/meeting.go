package client

import (
	"context"
	"sync"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// maxEvents bounds the events that wait for Next. When nobody calls Next the
// oldest go; State stays true without them.
const maxEvents = 4096

// Meeting is a seat in a meeting, or a place in its lobby. Its methods may be
// called from any goroutine.
type Meeting struct {
	session *Session
	number  string
	lobby   *wire.Lobby // as at Join; nil when let in at once
	watch   func(Event) // nil for nobody

	admitted chan struct{} // closed on entry
	done     chan struct{} // closed when the seat is gone

	mu     sync.Mutex
	state  State
	events []Event
	wake   chan struct{} // has one token when events may have come
	err    error         // why the seat is gone
	media  *Media
}

// Join takes a seat, or a place in the lobby: then Admitted waits for the door.
// A session joins one meeting in its life. It fails with the server's reason, for
// example not_found, passcode_required, locked, banned or full.
func (s *Session) Join(ctx context.Context, j wire.Join) (*Meeting, error) {
	return s.JoinWatched(ctx, j, nil)
}

// JoinWatched is Join with a watcher that gets every event, also before Join
// returns. It is called on the goroutine that reads and must not block. Only a
// watcher gets the events of the meeting's group: Next leaves them out.
func (s *Session) JoinWatched(ctx context.Context, j wire.Join, watch func(Event)) (*Meeting, error) {
	m := &Meeting{
		session: s, number: j.Number, watch: watch,
		admitted: make(chan struct{}), done: make(chan struct{}), wake: make(chan struct{}, 1),
	}
	s.mu.Lock()
	if s.meeting != nil {
		s.mu.Unlock()
		return nil, meeting.Errorf(meeting.CodeConflict, "This session has already joined a meeting.")
	}
	s.meeting = m // before the reply, so that no event behind it is missed
	s.mu.Unlock()
	var reply wire.JoinReply
	err := s.Request(ctx, wire.TypeJoin, j, &reply)
	if err == nil && (reply.Joined == nil) == (reply.Lobby == nil) {
		err = meeting.Errorf(meeting.CodeInternal, "The server's answer to the join is not understood.")
	}
	if err != nil {
		s.mu.Lock()
		s.meeting = nil
		s.mu.Unlock()
		return nil, err
	}
	if reply.Lobby != nil {
		m.lobby = reply.Lobby
		return m, nil
	}
	m.enter(*reply.Joined)
	return m, nil
}

// Lobby tells whether Join ended in the lobby, and what a waiting person may know.
func (m *Meeting) Lobby() (wire.Lobby, bool) {
	if m.lobby == nil {
		return wire.Lobby{}, false
	}
	return *m.lobby, true
}

// Number is the meeting's number as Join was given it.
func (m *Meeting) Number() string { return m.number }

// Card is the meeting card as the server gave it, nil without one. It says nothing
// before it has been verified with the meeting's link.
func (m *Meeting) Card() []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lobby != nil && m.state.Card == nil {
		return m.lobby.Card
	}
	return m.state.Card
}

// Admitted waits until a moderator opens the door. It returns at once for those
// who are in, and fails with denied, ended or another reason of the server.
func (m *Meeting) Admitted(ctx context.Context) error {
	select {
	case <-m.admitted:
		return nil
	case <-m.done:
		return m.Err()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Next returns the next event. When the seat is gone and all events are told it
// fails with the reason, a *meeting.Error.
func (m *Meeting) Next(ctx context.Context) (Event, error) {
	for {
		m.mu.Lock()
		if len(m.events) > 0 {
			e := m.events[0]
			m.events = m.events[1:]
			m.mu.Unlock()
			return e, nil
		}
		err := m.err
		m.mu.Unlock()
		if err != nil {
			return Event{}, err
		}
		select {
		case <-m.wake:
		case <-m.done:
		case <-ctx.Done():
			return Event{}, ctx.Err()
		}
	}
}

// State returns the meeting as it is now.
func (m *Meeting) State() State {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.clone()
}

// Done is closed when the seat is gone.
func (m *Meeting) Done() <-chan struct{} { return m.done }

// Err is nil while the seat is held, then the reason why it is gone.
func (m *Meeting) Err() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

// enter takes the state at the moment of entry. Events that overtook the reply
// in this process are applied again; all of them carry whole objects.
func (m *Meeting) enter(j wire.Joined) {
	m.mu.Lock()
	m.state = stateOf(j)
	for _, e := range m.events {
		if e.Seq > j.Seq {
			m.state.apply(e)
		}
	}
	m.mu.Unlock()
	close(m.admitted)
}

// push queues an event and applies it to the state.
func (m *Meeting) push(e Event) {
	m.mu.Lock()
	m.state.apply(e)
	if !e.ofGroup() {
		if len(m.events) == maxEvents {
			m.events = m.events[1:]
		}
		m.events = append(m.events, e)
	}
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default:
	}
	if m.watch != nil {
		m.watch(e)
	}
}

// finish ends the seat, once.
func (m *Meeting) finish(why error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = why
		close(m.done)
	}
}

// handle takes every message without an id. It runs on the reader's goroutine
// and must not wait for the server.
func (s *Session) handle(msg wire.Message) {
	s.mu.Lock()
	m := s.meeting
	s.mu.Unlock()
	if m == nil {
		return
	}
	e, err := decodeEvent(msg)
	if err != nil {
		s.log.Warn("event not understood", "type", msg.Type, "err", err)
		return
	}
	m.mu.Lock()
	seen := e.Seq != 0 && e.Seq <= m.state.Seq
	m.mu.Unlock()
	if seen {
		return // told before the socket was lost
	}
	m.push(e)
	switch b := e.Body.(type) {
	case wire.Joined:
		m.closeAdmitted()
	case wire.Muted:
		m.muted(b.Kind)
	case wire.Slots:
		m.bind()
	case wire.Closed:
		s.end(&meeting.Error{Code: meeting.Code(b.Code), Message: b.Message})
	}
}

func (m *Meeting) closeAdmitted() {
	select {
	case <-m.admitted:
	default:
		close(m.admitted)
	}
}
