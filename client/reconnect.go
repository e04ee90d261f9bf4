package client

import (
	"context"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Pauses between attempts to dial again, in turn; the last repeats. The first is
// short because most losses are a change of network that is already over.
var redialPauses = [...]time.Duration{
	100 * time.Millisecond, 300 * time.Millisecond, time.Second, 2 * time.Second, 4 * time.Second,
}

// attemptTimeout bounds one attempt to dial and resume.
const attemptTimeout = 10 * time.Second

// reconnect dials until the seat is resumed, its grace is over, or the server
// says that it is gone. It runs on the reader's goroutine.
func (s *Session) reconnect() (*link, error) {
	s.mu.Lock()
	m := s.meeting
	s.mu.Unlock()
	if m == nil || m.State().Seat == "" {
		return nil, meeting.Errorf(meeting.CodeUnavailable, "The connection to the server was lost.")
	}
	m.push(Event{Type: EventLost})
	grace := time.Duration(m.State().GraceSeconds) * time.Second
	ctx, cancel := context.WithTimeout(s.ctx, max(grace, attemptTimeout))
	defer cancel()
	for attempt := 0; ; attempt++ {
		select {
		case <-time.After(redialPauses[min(attempt, len(redialPauses)-1)]):
		case <-ctx.Done():
			return nil, meeting.Errorf(meeting.CodeUnavailable, "The connection to the server was lost.")
		}
		l, err := s.resume(ctx, m)
		if err == nil {
			return l, nil
		}
		s.log.Info("reconnect failed", "attempt", attempt, "err", err)
		if final(err) {
			return nil, err
		}
	}
}

// resume says hello on a new socket and takes the seat again.
func (s *Session) resume(ctx context.Context, m *Meeting) (*link, error) {
	ctx, cancel := context.WithTimeout(ctx, attemptTimeout)
	defer cancel()
	l, err := s.hello(ctx)
	if err != nil {
		return nil, err
	}
	var reply wire.JoinReply
	// Events of the missed stretch may come right behind the reply, never before.
	err = l.exchange(ctx, wire.TypeJoin, m.resumption(), &reply, func(wire.Message) {})
	if err == nil && reply.Joined == nil {
		err = meeting.Errorf(meeting.CodeConflict, "The server did not give the seat back.")
	}
	if err != nil {
		_ = l.ws.CloseNow()
		return nil, err
	}
	m.resumed(*reply.Joined)
	return l, nil
}

// final reports whether trying again cannot help.
func final(err error) bool {
	switch meeting.CodeOf(err) {
	case meeting.CodeUnavailable, meeting.CodeRateLimited, meeting.CodeInternal:
		return false
	}
	return true
}
