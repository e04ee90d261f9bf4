package room

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

var errSeatGone = meeting.Errorf(meeting.CodeNotFound, "This seat is gone. Please join again.")

// owns reports whether c is the user ownerID.
func (c Caller) owns(ownerID string) bool { return c.User != nil && c.User.ID == ownerID }

// join is a newcomer or a lost connection that comes back.
type join struct {
	// in
	id         uint64
	body       wire.Join
	attendance *Attendance
	// out
	err  error
	done chan struct{}
}

// result is for the caller's goroutine, after done.
func (j *join) result() (*Attendance, error) {
	if j.err != nil {
		return nil, j.err
	}
	return j.attendance, nil
}

func (j *join) handle(r *Room) {
	defer close(j.done)
	if j.body.Seat != "" {
		if s := r.bySecret[hashSecret(j.body.Seat)]; s != nil {
			j.err = r.logged(r.resume(j, s))
			return
		}
		if j.body.Name == "" {
			j.err = errSeatGone
			return
		}
	}
	j.err = r.logged(r.enter(j))
}

// enter shows a newcomer to a seat, to the lobby or out.
func (r *Room) enter(j *join) error {
	a := j.attendance
	name, err := cleanName(j.body.Name, a.caller)
	if err != nil {
		return err
	}
	wait, err := r.rooms.try(r.id, a.caller.Source, entry{
		settings:    r.settings,
		owner:       a.caller.owns(r.ownerID),
		banned:      r.bans.has(a.caller.Known),
		passcode:    j.body.Passcode,
		full:        len(r.seats) >= r.rooms.cfg.MaxSeats,
		hostPresent: r.host() != nil,
		sealed:      r.sealed(),
		capable:     a.caller.Leg.E2EE,
		offered:     r.offers(),
	})
	if err != nil {
		return err
	}
	if wait != "" {
		w, err := r.enqueue(a, name, wait)
		if err != nil {
			return err
		}
		a.ok(j.id, wire.JoinReply{Lobby: &wire.Lobby{Self: w.id, Title: r.title, Reason: wait, Card: r.card}})
		if wait == waitE2EE {
			r.offerEnd(w)
		}
		r.lobbyChanged()
		return nil
	}
	s, err := r.seat(a, newID(), name)
	if err != nil {
		return err
	}
	joined := r.joined(s)
	a.ok(j.id, wire.JoinReply{Joined: &joined})
	r.showKnocks(s)
	r.arrived(s)
	return nil
}

// cleanName is the name a caller asks for, or a user's own.
func cleanName(name string, c Caller) (string, error) {
	if name == "" && c.User != nil {
		name = c.User.Name
	}
	return meeting.CleanName(name)
}

// seat gives a connection a seat, without telling anyone yet.
func (r *Room) seat(a *Attendance, id, name string) (*seat, error) {
	now := r.now()
	s := newSeat(a.caller, id, name, a.caller.owns(r.ownerID), now)
	if err := r.openMedia(s); err != nil {
		return nil, err
	}
	if r.startedAt.IsZero() {
		r.startedAt = now
	}
	s.conn = a
	a.sit(s)
	r.seats = append(r.seats, s)
	r.bySecret[hashSecret(s.secret)] = s
	r.greet(s)
	r.count()
	return s, nil
}

// arrived tells the others of a new seat that has been told of them.
func (r *Room) arrived(s *seat) {
	body := encode(wire.ParticipantEvent{Participant: s.view()})
	for _, other := range r.seats {
		if other != s {
			other.push(wire.TypeParticipantJoined, body)
		}
	}
	if s.role == meeting.RoleHost {
		r.openForHost()
	}
}

// resume gives a seat to a new connection.
func (r *Room) resume(j *join, s *seat) error {
	a := j.attendance
	if r.sealed() && !a.caller.Leg.E2EE {
		return errE2EERequired
	}
	r.replace(s)
	missed, whole := s.log.after(j.body.Seq)
	// A page that was reloaded has seen nothing and has no media connection.
	resumed := j.body.Seq > 0 && whole && s.peer != nil && s.offered != ""
	if !resumed {
		r.dropMedia(s)
		s.live, s.speaking, s.wants = map[meeting.Kind]bool{}, false, nil
		s.layers = map[meeting.Kind][]wire.Layer{}
		if err := r.openMedia(s); err != nil {
			r.changed(s)
			return err
		}
	}
	before := s.leg
	s.leg.Kind, s.leg.Client, s.leg.Signalling = a.caller.Leg.Kind, a.caller.Leg.Client, a.caller.Leg.Signalling
	s.leg.E2EE = a.caller.Leg.E2EE
	if j.body.Seq == 0 || !s.leg.E2EE {
		r.leaveGroup(s, false) // a page that was reloaded has lost its keys
	}
	s.conn = a
	a.sit(s)

	joined := r.joined(s)
	if resumed {
		joined.Resumed = true
		joined.Seq = j.body.Seq
		joined.History = beforeMissed(joined.History, missed)
	}
	a.ok(j.id, wire.JoinReply{Joined: &joined})
	if resumed {
		for _, m := range missed {
			a.out.Send(m)
		}
	}
	if !resumed {
		r.regroup(s, j.body.Seq, missed)
	}
	if before != s.leg || !resumed {
		r.broadcast(wire.TypeLegChanged, wire.LegChanged{ID: s.id, Leg: s.leg})
	}
	r.changed(s)
	r.succeed()
	return nil
}

// replace parts s from a connection that the seat has been taken over from, and
// tells that connection so. It gets the number of the next event, which the new
// connection will count for itself.
func (r *Room) replace(s *seat) {
	if s.conn == nil {
		return
	}
	body := encode(wire.Closed{Code: string(meeting.CodeReplaced), Message: "You joined from another window or device."})
	s.conn.out.Send(wire.Message{Seq: s.log.seq + 1, Type: wire.TypeClosed, Body: body})
	s.unlink()
	s.lostAt = r.now()
}
