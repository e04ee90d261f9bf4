package room

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Caller says who asks to enter and through which connection. It is immutable.
type Caller struct {
	User   *wire.User  // nil for a guest
	Leg    meeting.Leg // kind, client and signalling facts
	Source string      // where tries of passcodes are counted, for example an address
	Known  []string    // marks by which a ban recognises the caller; opaque to rooms
	Traces []string    // marks that a ban of the caller remembers
}

// Outlet is a connection as a room sees it. Send never blocks: a connection that
// cannot keep up closes itself. After a message of wire.TypeClosed nothing
// follows.
type Outlet interface{ Send(wire.Message) }

// Attendance is one connection's hold on a room: a seat, or a place in the lobby.
type Attendance struct {
	// immutable
	room   *Room
	out    Outlet
	caller Caller

	// out
	seated atomic.Bool // seat is not nil

	// owned by the room's goroutine
	seat   *seat
	waiter *waiter
}

// sit gives a its seat, or takes it away with nil.
func (a *Attendance) sit(s *seat) {
	a.seat = s
	a.seated.Store(s != nil)
}

// Groups reports whether a has a seat whose client takes part in end-to-end
// encryption: it may send requests of up to wire.MaxGroupRequest bytes.
func (a *Attendance) Groups() bool { return a.seated.Load() && a.caller.Leg.E2EE }

// Request carries one request out and returns when it has been answered through
// the Outlet, or when the room has ended. It is not for concurrent use.
func (a *Attendance) Request(ctx context.Context, m wire.Message) {
	cmd, ok := commands[m.Type]
	if !ok {
		a.fail(m.ID, ErrUnknownType)
		return
	}
	body, err := cmd.decode(m.Body)
	if err != nil {
		a.fail(m.ID, err)
		return
	}
	c := &call{from: a, id: m.ID, typ: m.Type, body: body, run: cmd.run, lobby: cmd.lobby, done: make(chan struct{})}
	if !a.room.inbox.put(c) {
		a.fail(m.ID, errGone)
		return
	}
	select {
	case <-c.done:
	case <-a.room.done:
	case <-ctx.Done():
		return
	}
	if c.after != nil {
		c.after()
	}
}

// Lost says that the connection is gone. The seat is kept for Grace.
func (a *Attendance) Lost() { a.room.inbox.put(lost{a}) }

// Held reports, through the room, whether a still holds a seat or a place in
// the lobby; false once the room has ended.
func (a *Attendance) Held() bool {
	q := &held{from: a, answer: make(chan bool, 1)}
	if !a.room.inbox.put(q) {
		return false
	}
	select {
	case ok := <-q.answer:
		return ok
	case <-a.room.done:
		return false
	}
}

func (a *Attendance) ok(id uint64, body any) {
	raw, encoded := body.(json.RawMessage)
	if !encoded {
		raw = encode(body)
	}
	a.out.Send(wire.Message{ID: id, Type: wire.TypeOK, Body: raw})
}

func (a *Attendance) fail(id uint64, err error) {
	body := wire.ErrorBody{Code: string(meeting.CodeOf(err)), Message: meeting.MessageOf(err)}
	a.out.Send(wire.Message{ID: id, Type: wire.TypeError, Body: encode(body)})
}

// closed sends the last event to a connection without a seat.
func (a *Attendance) closed(body json.RawMessage) {
	a.sit(nil)
	a.waiter = nil
	a.out.Send(wire.Message{Seq: 1, Type: wire.TypeClosed, Body: body})
}

// call is one request on its way through the room.
type call struct {
	from  *Attendance
	id    uint64
	typ   string
	body  any
	run   func(*Room, *call)
	lobby bool          // people in the lobby may ask this
	done  chan struct{} // closed when answered, or when after is set
	after func()        // what the caller's own goroutine does next
}

func (c *call) handle(r *Room) {
	if c.from.seat == nil && !(c.lobby && c.from.waiter != nil) {
		c.finish(nil, errGone)
		return
	}
	c.run(r, c)
}

// finish answers the request; a nil reply is an empty body.
func (c *call) finish(reply any, err error) {
	defer close(c.done)
	switch {
	case err != nil:
		c.from.fail(c.id, c.from.room.logged(err))
	case reply == nil:
		c.from.ok(c.id, wire.Empty{})
	default:
		c.from.ok(c.id, reply)
	}
}

type lost struct{ from *Attendance }

func (l lost) handle(r *Room) {
	if w := l.from.waiter; w != nil {
		r.dismiss(w)
	}
	s := l.from.seat
	if s == nil {
		return
	}
	s.unlink()
	s.lostAt = r.now()
	s.speaking = false
	r.changed(s)
}

type held struct {
	from   *Attendance
	answer chan bool
}

func (q *held) handle(*Room) { q.answer <- q.from.seat != nil || q.from.waiter != nil }
