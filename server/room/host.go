package room

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// host returns the seat of the host, or nil.
func (r *Room) host() *seat {
	for _, s := range r.seats {
		if s.role == meeting.RoleHost {
			return s
		}
	}
	return nil
}

// greet gives an owner who comes in the host's role, unless they are the host
// already through another connection that stands.
func (r *Room) greet(s *seat) {
	if !s.owner {
		return
	}
	host := r.host()
	if host != nil && host.owner && host.conn != nil {
		s.role = meeting.RoleCoHost
		return
	}
	if host != nil {
		// The newcomer has been told of nothing yet and must not be told of this.
		r.setRole(host, meeting.RoleCoHost, s)
	}
	s.role = meeting.RoleHost
	r.hostLeft = false
}

// setRole changes a role and tells everyone but unheard, which may be nil. Who
// begins or ceases to moderate is told of the lobby and the passcode, or that
// they no longer are.
func (r *Room) setRole(s *seat, role meeting.Role, unheard *seat) {
	moderated := s.role.Moderates()
	s.role = role
	body := encode(wire.ParticipantEvent{Participant: s.view()})
	for _, other := range r.seats {
		if other != unheard {
			other.push(wire.TypeParticipantChanged, body)
		}
	}
	if s.role.Moderates() == moderated {
		return
	}
	waiting := []wire.Waiting{}
	if r.mayAdmit(s) {
		waiting = r.waitingView()
	}
	s.push(wire.TypeRoomChanged, encode(wire.RoomChanged{Room: r.view(s.role.Moderates())}))
	s.push(wire.TypeLobbyChanged, encode(wire.LobbyChanged{Waiting: waiting}))
}

// succeed finds a host for a room whose host has left: the owner through another
// connection, else by the setting the one who has been here longest. It is
// called whenever somebody leaves or comes back.
func (r *Room) succeed() {
	if !r.hostLeft || r.host() != nil {
		return
	}
	var heir *seat
	for _, s := range r.seats {
		switch {
		case s.conn == nil:
		case s.owner:
			heir = s
		case heir == nil && r.settings.Takeover:
			heir = s
		}
		if heir != nil && heir.owner {
			break
		}
	}
	if heir == nil {
		return
	}
	r.hostLeft = false
	r.setRole(heir, meeting.RoleHost, nil)
	r.openForHost()
}

// vacate ends a seat for a reason of wire.ParticipantLeft.
func (r *Room) vacate(s *seat, reason string) {
	r.leaveGroup(s, s.conn != nil || r.now().Before(s.lostAt.Add(removeLost)))
	s.unlink()
	r.seats = without(r.seats, s)
	delete(r.bySecret, hashSecret(s.secret))
	r.dropMedia(s)
	r.broadcast(wire.TypeParticipantLeft, wire.ParticipantLeft{ID: s.id, Reason: reason})
	if r.spotlight == s.id {
		r.spotlight = ""
		r.roomChanged()
	}
	if s.role == meeting.RoleHost {
		r.hostLeft = true
	}
	r.succeed()
	r.rest()
	r.count()
}

// rest notes when the room became empty.
func (r *Room) rest() {
	if r.empty() {
		r.idleSince = r.now()
	}
}
