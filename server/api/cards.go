package api

import (
	"context"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

type cardRequest struct {
	Number string `path:"number" maxLength:"32" doc:"Ten digits; spaces and dashes do not count." example:"1234567890"`
	Body   wire.CardUpdate
}

// putCard is for the owner alone: whoever may end a meeting must not be able to
// replace what its link holders trust.
func (s *service) putCard(ctx context.Context, in *cardRequest) (*struct{}, error) {
	user, err := member(ctx)
	if err != nil {
		return nil, err
	}
	m, err := s.find(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	if m.OwnerID != user.ID {
		return nil, meeting.Errorf(meeting.CodeForbidden, "Only the owner of the meeting can store its card.")
	}
	id, version, err := wire.ParseCardHead(in.Body.Card)
	if err != nil || id != m.ID {
		return nil, meeting.Errorf(meeting.CodeInvalid, "This is not a card of this meeting.")
	}
	if err := s.Store.SaveCard(ctx, m.ID, in.Body.Card, version, in.Body.E2EE); err != nil {
		return nil, err
	}
	s.Rooms.SetCard(m.ID, in.Body.Card)
	return nil, nil
}
