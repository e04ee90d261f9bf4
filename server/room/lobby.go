package room

import (
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group"
)

// waiter is somebody in the lobby. The place lasts as long as the connection.
type waiter struct {
	id     string // also of the seat they will have
	name   string
	since  time.Time
	reason string    // waitLobby, waitHost or waitE2EE
	until  time.Time // with waitE2EE: when they are turned away
	conn   *Attendance

	held        heldEvents
	groupBudget *group.Budget
}

func (w *waiter) view() wire.Waiting {
	return wire.Waiting{ID: w.id, Name: w.name, Guest: w.conn.caller.User == nil, Since: w.since}
}

var errLobbyFull = meeting.Errorf(meeting.CodeFull, "Too many people from your network wait already.")

// enqueue puts a newcomer into the lobby, or returns a full Error.
func (r *Room) enqueue(a *Attendance, name, reason string) (*waiter, error) {
	if len(r.waiting) >= r.rooms.cfg.MaxWaiting {
		return nil, errFull
	}
	if r.waitingFrom(a.caller.Source) >= r.rooms.cfg.MaxWaitingFromSource {
		return nil, errLobbyFull
	}
	w := &waiter{id: newID(), name: name, since: r.now(), reason: reason, conn: a, groupBudget: group.NewBudget()}
	a.waiter = w
	r.waiting = append(r.waiting, w)
	return w, nil
}

// waitingFrom counts who waits from one source.
func (r *Room) waitingFrom(source string) int {
	n := 0
	for _, w := range r.waiting {
		if w.conn.caller.Source == source {
			n++
		}
	}
	return n
}

// dismiss takes w out of the lobby without a word to it.
func (r *Room) dismiss(w *waiter) {
	w.conn.waiter = nil
	r.waiting = without(r.waiting, w)
	r.unknock(w)
	r.rest()
	r.lobbyChanged()
}

// unknock forgets that somebody who leaves the lobby asked to be added.
func (r *Room) unknock(w *waiter) {
	if r.delivery.knocks.Drop(w.id) {
		r.knocksChanged()
	}
}

// admit gives w a seat; w's connection is told by TypeAdmitted.
func (r *Room) admit(w *waiter) error {
	if r.sealed() && !w.conn.caller.Leg.E2EE {
		return errE2EERequired
	}
	if len(r.seats) >= r.rooms.cfg.MaxSeats {
		return errFull
	}
	a := w.conn
	s, err := r.seat(a, w.id, w.name)
	if err != nil {
		return err
	}
	a.waiter = nil
	r.waiting = without(r.waiting, w)
	joined := r.joined(s)
	joined.Seq = s.log.seq + 1
	s.push(wire.TypeAdmitted, encode(joined))
	r.admittedToGroup(w, s)
	r.arrived(s)
	return nil
}

// admitWaiting lets everyone in who waits for reason, as far as there is room.
func (r *Room) admitWaiting(reason string) {
	for _, w := range append([]*waiter(nil), r.waiting...) {
		if w.reason != reason {
			continue
		}
		if err := r.admit(w); meeting.CodeOf(err) != meeting.CodeE2EERequired && err != nil {
			break
		}
	}
	r.lobbyChanged()
}

// openForHost ends the wait for the host: who waited for it now waits in the
// lobby, if there is one, or walks in.
func (r *Room) openForHost() {
	changed := false
	for _, w := range r.waiting {
		if w.reason == waitHost {
			w.reason = waitLobby
			changed = true
		}
	}
	if changed && !r.settings.Lobby {
		r.admitWaiting(waitLobby)
	}
}

// mayAdmit reports whether s may let people in from the lobby: who moderates, and
// by the setting everybody, unless the meeting is locked.
func (r *Room) mayAdmit(s *seat) bool {
	return s.role.Moderates() || r.settings.MembersAdmit && !r.settings.Locked
}

// mayLetIn reports whether s may let w in: members only out of the lobby, not who
// waits for the host or for the end of encryption.
func (r *Room) mayLetIn(s *seat, w *waiter) bool {
	return s.role.Moderates() || r.mayAdmit(s) && w.reason == waitLobby
}

// lobbyChanged tells those who may admit who waits now.
func (r *Room) lobbyChanged() {
	r.count()
	body := encode(wire.LobbyChanged{Waiting: r.waitingView()})
	for _, s := range r.seats {
		if r.mayAdmit(s) {
			s.push(wire.TypeLobbyChanged, body)
		}
	}
}

// admittersChanged tells those who do not moderate who waits, or that they see
// the lobby no longer.
func (r *Room) admittersChanged() {
	shown := encode(wire.LobbyChanged{Waiting: r.waitingView()})
	hidden := encode(wire.LobbyChanged{Waiting: []wire.Waiting{}})
	for _, s := range r.seats {
		switch {
		case s.role.Moderates():
		case r.mayAdmit(s):
			s.push(wire.TypeLobbyChanged, shown)
		default:
			s.push(wire.TypeLobbyChanged, hidden)
		}
	}
}

func (r *Room) waitingView() []wire.Waiting {
	views := []wire.Waiting{}
	for _, w := range r.waiting {
		views = append(views, w.view())
	}
	return views
}

// chosen returns the waiting people that a Target names.
func (r *Room) chosen(id string) ([]*waiter, error) {
	if id == "" {
		return append([]*waiter(nil), r.waiting...), nil
	}
	for _, w := range r.waiting {
		if w.id == id {
			return []*waiter{w}, nil
		}
	}
	return nil, meeting.Errorf(meeting.CodeNotFound, "This person no longer waits.")
}

func (r *Room) admitRequest(by *seat, body wire.Target) error {
	if !r.mayAdmit(by) {
		return errForbidden
	}
	if body.ID != "" && r.byID(body.ID) != nil {
		return nil // they are in already, perhaps added to the group at the same time
	}
	chosen, err := r.chosen(body.ID)
	if err != nil {
		return err
	}
	for _, w := range chosen {
		if !r.mayLetIn(by, w) {
			if body.ID != "" {
				return errForbidden
			}
			continue
		}
		if err = r.admit(w); err != nil {
			break
		}
	}
	r.lobbyChanged()
	return err
}

func (r *Room) denyRequest(_ *seat, body wire.Target) error {
	chosen, err := r.chosen(body.ID)
	if err != nil {
		return err
	}
	gone := encode(wire.Closed{Code: string(meeting.CodeDenied), Message: "The host did not let you in."})
	for _, w := range chosen {
		r.waiting = without(r.waiting, w)
		r.unknock(w)
		w.conn.closed(gone)
	}
	r.rest()
	r.lobbyChanged()
	return nil
}

// without returns l without x.
func without[T comparable](l []T, x T) []T {
	kept := make([]T, 0, len(l))
	for _, e := range l {
		if e != x {
			kept = append(kept, e)
		}
	}
	return kept
}
