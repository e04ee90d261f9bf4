package secure

import (
	"context"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// maxInbox bounds the events that wait for the loop. Of too many the newest are
// lost, and the machine finds its way back as after any loss.
const maxInbox = 8192

// inbox carries work into the loop. Putting never blocks.
type inbox struct {
	wake chan struct{}

	mu     sync.Mutex
	work   []func()
	closed bool
}

func newInbox() inbox { return inbox{wake: make(chan struct{}, 1)} }

// put queues work; false means that the loop has ended or that there is too much.
func (b *inbox) put(do func()) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || len(b.work) >= maxInbox {
		return false
	}
	b.work = append(b.work, do)
	select {
	case b.wake <- struct{}{}:
	default:
	}
	return true
}

func (b *inbox) take() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	work := b.work
	b.work = nil
	return work
}

// close refuses further work and returns what is left.
func (b *inbox) close() []func() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	work := b.work
	b.work = nil
	return work
}

// run owns the machine until the seat is gone.
func (m *Meeting) run(ctx context.Context) {
	defer m.finish()
	timer := time.NewTimer(0)
	defer timer.Stop()
	m.roster = !m.lobby
	m.online = true
	m.tellRoster()
	m.tellRoom()
	m.handle(session.Online{})
	for {
		m.settle()
		timer.Reset(m.pause())
		select {
		case <-ctx.Done():
			return
		case <-m.Seat.Done():
			return
		case <-timer.C:
			m.machine.Tick(time.Now())
			m.effects()
		case <-m.in.wake:
			for _, do := range m.in.take() {
				do()
			}
		}
	}
}

// runPlain is the loop of a meeting without a card.
func (m *Meeting) runPlain(ctx context.Context) {
	defer func() {
		m.in.close()
		close(m.over)
		m.events.close(m.reason())
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.Seat.Done():
			return
		case <-m.in.wake:
			for _, do := range m.in.take() {
				do()
			}
		}
	}
}

// pause is how long the loop may sleep.
func (m *Meeting) pause() time.Duration {
	next := m.machine.Next()
	if at := m.flipAt(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
		next = at
	}
	if next.IsZero() {
		return time.Hour
	}
	return max(time.Until(next), 0)
}

// settle is what a batch of work ends with.
func (m *Meeting) settle() {
	m.tellRoster()
	if e, due := m.takeFlip(); due {
		m.handle(e)
	}
	m.tellName()
	if !m.changed {
		return
	}
	m.changed = false
	m.meetPeople()
	m.events.put(Changed{})
	m.workWaits()
}

// finish forgets the secrets and tells everyone who waits.
func (m *Meeting) finish() {
	view := m.machine.View()
	view.Phase, view.Online, view.Lock = session.PhaseRefused, false, false
	m.machine.Close()
	m.effects()
	m.hold()
	m.mu.Lock()
	m.last = view
	m.mu.Unlock()
	left := m.in.close()
	close(m.over)
	for _, do := range left {
		do() // commands only answer now: the machine is closed
	}
	for _, w := range m.waits {
		w.done <- m.reason()
	}
	m.waits = nil
	m.events.close(m.reason())
}

// handle gives the machine an event and carries out what follows.
func (m *Meeting) handle(e session.Event) {
	if m.machine == nil {
		return // a meeting without a card
	}
	m.machine.Handle(time.Now(), e)
	m.effects()
}

// tellRoster tells the machine who is signalled, once per batch of changes.
func (m *Meeting) tellRoster() {
	if !m.roster || m.lobby {
		return
	}
	m.roster = false
	people := []session.Person{}
	for _, p := range m.Seat.State().Participants {
		people = append(people, session.Person{
			ID: p.ID, Name: p.Name, Host: p.Role == meeting.RoleHost, Moderator: p.Role.Moderates(),
			Capable: p.Leg.E2EE, Connected: !p.Disconnected,
		})
	}
	m.handle(session.Roster{People: people})
}

// tellRoom tells the machine what the server has of the switch.
func (m *Meeting) tellRoom() {
	if m.lobby || m.machine == nil {
		return
	}
	e2ee := m.Seat.State().Room.E2EE
	m.handle(session.RoomSays{On: e2ee != nil && e2ee.On})
}

// tellName tells the server the name when this device has found the meeting not
// encrypted on its way in. Later it never does: what was sealed stays so.
func (m *Meeting) tellName() {
	if m.named || m.sends.Mode == session.Hold {
		return
	}
	m.named = true
	if m.sends.Mode == session.Clear && m.opts.Name != "" {
		m.send(wire.TypeSelfName, wire.SelfName{Name: m.opts.Name}, nil)
	}
}

// View is the current picture; the last one when the meeting is over, nil in a
// meeting without a card.
func (m *Meeting) View() *session.View {
	if m.cipher == nil {
		return nil
	}
	answer := make(chan *session.View, 1)
	if m.in.put(func() { answer <- m.machine.View() }) {
		select {
		case v := <-answer:
			return v
		case <-m.over:
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.last == nil {
		return &session.View{}
	}
	return m.last
}

// do carries out a command in the loop.
func (m *Meeting) do(c session.Command) error {
	if m.cipher == nil {
		return ErrNoGroup
	}
	answer := make(chan error, 1)
	put := m.in.put(func() {
		err := m.machine.Do(time.Now(), c)
		m.effects()
		answer <- err
	})
	if !put {
		return ErrClosed
	}
	select {
	case err := <-answer:
		return err
	case <-m.over:
		return ErrClosed
	}
}

// wait is somebody who waits for the view to say something.
type wait struct {
	ok   func(*session.View) bool
	fail string     // the order's name: its failure ends the wait
	done chan error // capacity 1
}

// until waits until ok holds of the view.
func (m *Meeting) until(ctx context.Context, ok func(*session.View) bool) error {
	return m.order(ctx, nil, "", ok)
}

// order carries out a command and waits until ok holds or the machine says that
// the order of that name has failed.
func (m *Meeting) order(ctx context.Context, c session.Command, name string, ok func(*session.View) bool) error {
	if m.cipher == nil {
		return ErrNoGroup
	}
	w := &wait{ok: ok, fail: name, done: make(chan error, 1)}
	put := m.in.put(func() {
		m.waits = append(m.waits, w) // before the command, which may fail at once
		if c != nil {
			if err := m.machine.Do(time.Now(), c); err != nil {
				m.endWait(w, err)
			}
			m.effects()
		}
		m.changed = true
	})
	if !put {
		return ErrClosed
	}
	select {
	case err := <-w.done:
		return err
	case <-ctx.Done():
		m.in.put(func() { m.endWait(w, ctx.Err()) })
		return ctx.Err()
	case <-m.over:
		return m.reason()
	}
}

func (m *Meeting) endWait(w *wait, err error) {
	for i, o := range m.waits {
		if o == w {
			m.waits = append(m.waits[:i:i], m.waits[i+1:]...)
			w.done <- err
			return
		}
	}
}

// workWaits looks at the view for all who wait.
func (m *Meeting) workWaits() {
	if len(m.waits) == 0 {
		return
	}
	view := m.machine.View()
	for _, w := range append([]*wait(nil), m.waits...) {
		switch {
		case w.ok(view):
			m.endWait(w, nil)
		case view.Phase == session.PhaseRefused:
			m.endWait(w, refused(view.Reason))
		}
	}
}

func refused(reason string) error {
	return meeting.Errorf(meeting.CodeForbidden, "This device is out of the meeting's group: %s.", reason)
}
