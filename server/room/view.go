package room

import (
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/relay"
)

// joined is the whole state as s may know it.
func (r *Room) joined(s *seat) wire.Joined {
	j := wire.Joined{
		Self:         s.id,
		Seat:         s.secret,
		GraceSeconds: int(Grace.Seconds()),
		Seq:          s.log.seq,
		Room:         r.view(s.role.Moderates()),
		Participants: []wire.Participant{},
		Waiting:      []wire.Waiting{},
		History:      r.history.For(s.id),
		Slots:        list(s.slots),
		Card:         r.card,
	}
	for _, other := range r.seats {
		j.Participants = append(j.Participants, other.view())
	}
	if r.mayAdmit(s) {
		j.Waiting = r.waitingView()
	}
	return j
}

// beforeMissed cuts off history what missed will bring as events.
func beforeMissed(history []wire.Relayed, missed []wire.Message) []wire.Relayed {
	for _, m := range missed {
		if m.Type == wire.TypeRelay && len(history) > 0 && relay.KeptBody(m.Body) {
			history = history[:len(history)-1]
		}
	}
	return history
}

// view is the room as those who moderate, or the others, know it.
func (r *Room) view(moderates bool) wire.Room {
	v := wire.Room{
		ID: r.id, Number: r.number, Title: r.title,
		StartedAt: r.startedAt, Settings: r.settings, Spotlight: r.spotlight, E2EE: r.e2ee.state,
	}
	if !moderates {
		v.Settings.Passcode = ""
	}
	return v
}

// roomChanged tells everyone of the title, the settings and the spotlight.
func (r *Room) roomChanged() {
	all := encode(wire.RoomChanged{Room: r.view(true)})
	public := encode(wire.RoomChanged{Room: r.view(false)})
	for _, s := range r.seats {
		if s.role.Moderates() {
			s.push(wire.TypeRoomChanged, all)
		} else {
			s.push(wire.TypeRoomChanged, public)
		}
	}
}

// changed tells everyone of s as it is now.
func (r *Room) changed(s *seat) {
	r.broadcast(wire.TypeParticipantChanged, wire.ParticipantEvent{Participant: s.view()})
}

// broadcast gives every seat one event.
func (r *Room) broadcast(typ string, body any) {
	raw := encode(body)
	for _, s := range r.seats {
		s.push(typ, raw)
	}
}

// byID returns the seat of a participant, or nil.
func (r *Room) byID(id string) *seat {
	for _, s := range r.seats {
		if s.id == id {
			return s
		}
	}
	return nil
}

// count keeps the figures of Rooms.Stats.
func (r *Room) count() {
	seats, waiting := int64(len(r.seats)), int64(len(r.waiting))
	r.rooms.seats.Add(seats - r.counted.seats)
	r.rooms.waiting.Add(waiting - r.counted.waiting)
	r.counted.seats, r.counted.waiting = seats, waiting
}
