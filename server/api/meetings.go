package api

import (
	"context"
	"errors"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/store"
)

type (
	newMeetingRequest struct{ Body wire.NewMeeting }
	meetingReply      struct{ Body wire.Meeting }
	meetingsReply     struct {
		Body []wire.Meeting `nullable:"false"`
	}
	numberRequest struct {
		Number string `path:"number" maxLength:"32" doc:"Ten digits; spaces and dashes do not count." example:"1234567890"`
	}
	meetingInfoReply struct{ Body wire.MeetingInfo }
)

func wireMeeting(m meeting.Meeting) wire.Meeting {
	return wire.Meeting{
		ID: m.ID, Number: m.Number, Title: m.Title, Settings: m.Settings,
		CreatedAt: m.CreatedAt, Path: "/j/" + m.Number,
	}
}

func (s *service) createMeeting(ctx context.Context, in *newMeetingRequest) (*meetingReply, error) {
	user, err := member(ctx)
	if err != nil {
		return nil, err
	}
	if err := allow(s.limits.create, user.ID); err != nil {
		return nil, err
	}
	settings := meeting.DefaultSettings()
	if in.Body.Settings != nil {
		settings = *in.Body.Settings
	}
	m, err := s.Store.CreateMeeting(ctx, user, in.Body.Title, settings)
	if err != nil {
		return nil, err
	}
	return &meetingReply{wireMeeting(m)}, nil
}

func (s *service) listMeetings(ctx context.Context, _ *struct{}) (*meetingsReply, error) {
	user, err := member(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Store.ListMeetings(ctx, user.ID)
	if err != nil {
		return nil, err
	}
	reply := &meetingsReply{Body: make([]wire.Meeting, len(list))}
	for i, m := range list {
		reply.Body[i] = wireMeeting(m)
	}
	return reply, nil
}

var errNoMeeting = meeting.Errorf(meeting.CodeNotFound, "There is no meeting with this number.")

// find returns the meeting of a number that somebody typed. Only numbers that
// lead nowhere use up the limit: people with a link make none, guessing does.
func (s *service) find(ctx context.Context, typed string) (meeting.Meeting, error) {
	number, err := meeting.ParseNumber(typed)
	if err != nil {
		return meeting.Meeting{}, err
	}
	ip := callerOf(ctx).ip
	if ok, wait := s.limits.miss.Check(ip); !ok {
		return meeting.Meeting{}, tooMany(wait)
	}
	m, err := s.Store.MeetingByNumber(ctx, number)
	if errors.Is(err, store.ErrNotFound) {
		s.limits.miss.Allow(ip)
		return meeting.Meeting{}, errNoMeeting
	}
	return m, err
}

func (s *service) getMeeting(ctx context.Context, in *numberRequest) (*meetingInfoReply, error) {
	m, err := s.find(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	if !m.EndedAt.IsZero() {
		return nil, meeting.Errorf(meeting.CodeEnded, "This meeting has ended.")
	}
	return &meetingInfoReply{wire.MeetingInfo{
		Number: m.Number, Title: m.Title, PasscodeRequired: m.Settings.Passcode != "",
		Lobby: m.Settings.Lobby, Locked: m.Settings.Locked, E2EE: m.E2EE, Card: m.Card,
	}}, nil
}

func (s *service) endMeeting(ctx context.Context, in *numberRequest) (*struct{}, error) {
	user, err := member(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.find(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	if m.OwnerID != user.ID && (m.AccountID != user.AccountID || !user.Role.Administers()) {
		return nil, meeting.Errorf(meeting.CodeForbidden, "Only the owner of the meeting can end it.")
	}
	if err := s.Store.EndMeeting(ctx, m.ID); err != nil {
		return nil, err
	}
	s.Rooms.End(ctx, m.ID)
	return nil, nil
}
