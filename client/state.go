package client

import (
	"maps"
	"slices"

	"github.com/roundel-meet/roundel/core/wire"
)

// State is the meeting as this participant knows it: a copy that stays as it is.
type State struct {
	Self         string // own participant id; "" while in the lobby
	Seat         string // the secret that resumes the seat; never show or log it
	GraceSeconds int
	Seq          uint64
	Room         wire.Room
	Participants []wire.Participant // in the order in which they joined
	Waiting      []wire.Waiting
	History      []wire.Relayed // chat, oldest first, the last maxHistory
	Slots        []wire.Binding
	Card         []byte // the meeting card, nil without one; only ever replaced
}

// maxHistory bounds the chat that the SDK keeps for State.
const maxHistory = 1000

// Participant finds one participant by id.
func (s State) Participant(id string) (wire.Participant, bool) {
	if p := s.participant(id); p != nil {
		return *p, true
	}
	return wire.Participant{}, false
}

// stateOf is the state at the moment of entry.
func stateOf(j wire.Joined) State {
	return State{
		Self: j.Self, Seat: j.Seat, GraceSeconds: j.GraceSeconds, Seq: j.Seq, Room: j.Room,
		Participants: j.Participants, Waiting: j.Waiting, History: j.History, Slots: j.Slots, Card: j.Card,
	}
}

// clone copies everything that apply may change.
func (s State) clone() State {
	s.Participants = slices.Clone(s.Participants)
	for i := range s.Participants {
		s.Participants[i].Live = maps.Clone(s.Participants[i].Live)
	}
	s.Waiting = slices.Clone(s.Waiting)
	s.History = slices.Clone(s.History)
	s.Slots = slices.Clone(s.Slots)
	return s
}

// apply carries an event into the state.
func (s *State) apply(e Event) {
	if e.Seq > s.Seq {
		s.Seq = e.Seq
	}
	switch b := e.Body.(type) {
	case wire.Joined:
		*s = stateOf(b)
	case wire.LobbyChanged:
		s.Waiting = b.Waiting
	case wire.ParticipantEvent:
		s.put(b.Participant)
	case wire.ParticipantLeft:
		s.Participants = slices.DeleteFunc(s.Participants, func(p wire.Participant) bool { return p.ID == b.ID })
	case wire.RoomChanged:
		s.Room = b.Room
	case wire.RoomCard:
		s.Card = b.Card
	case wire.LegChanged:
		if p := s.participant(b.ID); p != nil {
			p.Leg = b.Leg
		}
	case wire.Slots:
		s.Slots = b.After(s.Slots)
	case wire.Speaking:
		if p := s.participant(b.ID); p != nil {
			p.Speaking = b.Speaking
		}
	case wire.Relayed:
		if b.Channel == wire.ChannelChat {
			s.History = append(s.History, b)
			s.History = s.History[max(0, len(s.History)-maxHistory):]
		}
	}
}

func (s *State) put(p wire.Participant) {
	if known := s.participant(p.ID); known != nil {
		*known = p
		return
	}
	s.Participants = append(s.Participants, p)
}

// participant returns who has an id, or nil.
func (s *State) participant(id string) *wire.Participant {
	for i := range s.Participants {
		if s.Participants[i].ID == id {
			return &s.Participants[i]
		}
	}
	return nil
}
