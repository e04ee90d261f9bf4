package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Upload streams size bytes to the server, which keeps them until the meeting is
// over. It needs a seat.
func (m *Meeting) Upload(ctx context.Context, body io.Reader, size int64) (wire.File, error) {
	var file wire.File
	req, err := m.fileRequest(ctx, http.MethodPost, "", io.NopCloser(body))
	if err != nil {
		return file, err
	}
	req.ContentLength = size
	req.Header.Set("Content-Type", "application/octet-stream")
	resp, err := m.fileAnswer(req)
	if err != nil {
		return file, err
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxRESTBody)).Decode(&file); err != nil {
		return file, fmt.Errorf("decode the answer to an upload: %w", err)
	}
	return file, nil
}

// Download streams what Upload kept. The caller closes it.
func (m *Meeting) Download(ctx context.Context, id string) (io.ReadCloser, error) {
	req, err := m.fileRequest(ctx, http.MethodGet, "/"+url.PathEscape(id), nil)
	if err != nil {
		return nil, err
	}
	resp, err := m.fileAnswer(req)
	if err != nil {
		return nil, err
	}
	return resp.Body, nil
}

func (m *Meeting) fileRequest(ctx context.Context, method, id string, body io.Reader) (*http.Request, error) {
	digits, err := meeting.ParseNumber(m.number)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, m.session.URL(apiBase+"/meetings/"+digits+"/files"+id), body)
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	m.mu.Lock()
	req.Header.Set(wire.SeatHeader, m.state.Seat)
	m.mu.Unlock()
	return req, nil
}

// fileAnswer sends a request; an error answer becomes a *meeting.Error.
func (m *Meeting) fileAnswer(req *http.Request) (*http.Response, error) {
	resp, err := m.session.http.Do(req)
	if err != nil {
		if ctxErr := req.Context().Err(); ctxErr != nil {
			return nil, ctxErr
		}
		return nil, meeting.Wrap(meeting.CodeUnavailable, err, "The connection to the server was lost.")
	}
	if resp.StatusCode >= 300 {
		defer resp.Body.Close()
		answer, _ := io.ReadAll(io.LimitReader(resp.Body, maxRESTBody))
		return nil, problem(resp.StatusCode, answer)
	}
	return resp, nil
}
