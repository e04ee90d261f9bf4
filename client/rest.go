package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

const (
	apiBase     = "/api/v1"
	maxRESTBody = 1 << 20 // bytes read of one answer
)

// Info asks what the server says of itself and of this connection.
func (s *Session) Info(ctx context.Context) (wire.Info, error) {
	var info wire.Info
	err := s.rest(ctx, http.MethodGet, "/info", nil, &info)
	return info, err
}

// CreateMeeting makes a meeting owned by the token's user. It fails with
// unauthenticated without a token.
func (s *Session) CreateMeeting(ctx context.Context, m wire.NewMeeting) (wire.Meeting, error) {
	var made wire.Meeting
	err := s.rest(ctx, http.MethodPost, "/meetings", m, &made)
	return made, err
}

// MeetingInfo tells what a guest may know of a meeting before joining, or fails
// with not_found.
func (s *Session) MeetingInfo(ctx context.Context, number string) (wire.MeetingInfo, error) {
	var info wire.MeetingInfo
	digits, err := meeting.ParseNumber(number)
	if err != nil {
		return info, err
	}
	err = s.rest(ctx, http.MethodGet, "/meetings/"+digits, nil, &info)
	return info, err
}

// EndMeeting ends one of the token's user's meetings for everyone.
func (s *Session) EndMeeting(ctx context.Context, number string) error {
	digits, err := meeting.ParseNumber(number)
	if err != nil {
		return err
	}
	return s.rest(ctx, http.MethodDelete, "/meetings/"+digits, nil, nil)
}

// PutCard stores the card of one of the token's user's meetings.
func (s *Session) PutCard(ctx context.Context, number string, c wire.CardUpdate) error {
	digits, err := meeting.ParseNumber(number)
	if err != nil {
		return err
	}
	return s.rest(ctx, http.MethodPut, "/meetings/"+digits+"/card", c, nil)
}

// rest performs one JSON request. An error answer becomes a *meeting.Error.
func (s *Session) rest(ctx context.Context, method, path string, body, reply any) error {
	var payload io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode %s: %w", path, err)
		}
		payload = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, s.base.JoinPath(apiBase, path).String(), payload)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.opts.Token != "" {
		req.Header.Set("Authorization", "Bearer "+s.opts.Token)
	}
	resp, err := s.http.Do(req)
	if err != nil {
		return meeting.Wrap(meeting.CodeUnavailable, err, "The server cannot be reached.")
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxRESTBody))
	if err != nil {
		return meeting.Wrap(meeting.CodeUnavailable, err, "The connection to the server was lost.")
	}
	if resp.StatusCode >= 300 {
		return problem(resp.StatusCode, answer)
	}
	if reply == nil {
		return nil
	}
	if err := json.Unmarshal(answer, reply); err != nil {
		return fmt.Errorf("decode the answer of %s: %w", path, err)
	}
	return nil
}

// problem reads an RFC 9457 problem with Roundel's member "code".
func problem(status int, body []byte) error {
	var p struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	if err := json.Unmarshal(body, &p); err != nil || p.Code == "" {
		return meeting.Errorf(meeting.CodeInternal, "The server answered with status %d.", status)
	}
	return &meeting.Error{Code: meeting.Code(p.Code), Message: p.Detail}
}
