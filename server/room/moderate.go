package room

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func (r *Room) mute(by, onto *seat, body wire.Mute) error {
	if !body.Kind.Valid() {
		return errKind
	}
	r.silence(onto, body.Kind, by)
	if body.Kind == meeting.KindScreen {
		r.silence(onto, meeting.KindScreenAudio, by)
	}
	return nil
}

// muteAll spares the host, whom a co-host may not mute.
func (r *Room) muteAll(by *seat, _ wire.Empty) error {
	for _, s := range r.seats {
		if s != by && s.role != meeting.RoleHost {
			r.silence(s, meeting.KindMic, by)
		}
	}
	return nil
}

// silence stops a track at the server at once and tells its client to stop too.
func (r *Room) silence(s *seat, kind meeting.Kind, by *seat) {
	if !s.live[kind] {
		return
	}
	r.setLive(s, kind, false)
	s.push(wire.TypeMuted, encode(wire.Muted{Kind: kind, By: by.id}))
	r.changed(s)
}

func (r *Room) askUnmute(by, onto *seat, _ wire.Target) error {
	onto.push(wire.TypeAsked, encode(wire.Asked{By: by.id}))
	return nil
}

func (r *Room) lowerHand(_, onto *seat, _ wire.Target) error {
	return r.setHand(onto, wire.SelfHand{Up: false})
}

// remove takes somebody out. The meeting's owner stays: it is their meeting.
func (r *Room) remove(_, onto *seat, body wire.Remove) error {
	if onto.owner {
		return meeting.Errorf(meeting.CodeForbidden, "The owner of the meeting cannot be removed.")
	}
	gone := wire.Closed{Code: string(meeting.CodeRemoved), Message: "You were removed from the meeting."}
	if body.Ban {
		r.bans = r.bans.add(onto.caller.Traces)
		gone = wire.Closed{Code: string(meeting.CodeBanned), Message: "You were removed from the meeting and cannot come back."}
	}
	onto.push(wire.TypeClosed, encode(gone))
	r.vacate(onto, "removed")
	return nil
}

func (r *Room) assign(_, onto *seat, body wire.SetRole) error {
	if body.Role != meeting.RoleCoHost && body.Role != meeting.RoleParticipant {
		return meeting.Errorf(meeting.CodeInvalid, "The role can be cohost or participant.")
	}
	if onto.role != body.Role {
		r.setRole(onto, body.Role, nil)
	}
	return nil
}

func (r *Room) transfer(by, onto *seat, _ wire.Target) error {
	if onto.conn == nil {
		return meeting.Errorf(meeting.CodeConflict, "This person is not connected right now.")
	}
	r.setRole(by, meeting.RoleCoHost, nil)
	r.setRole(onto, meeting.RoleHost, nil)
	return nil
}

func (r *Room) setSpotlight(_ *seat, body wire.Target) error {
	if body.ID != "" && r.byID(body.ID) == nil {
		return errNobody
	}
	if r.spotlight != body.ID {
		r.spotlight = body.ID
		r.roomChanged()
	}
	return nil
}
