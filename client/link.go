package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// maxFromServer bounds one message from the server, in bytes. A snapshot with
// the chat's history is larger than anything a client may send.
const maxFromServer = 16 << 20

// link is one websocket. One goroutine reads it; any may call.
type link struct {
	ws   *websocket.Conn
	gone chan struct{} // closed when reading has ended

	mu      sync.Mutex
	next    uint64
	pending map[uint64]chan wire.Message
}

// dialLink opens the websocket and names the protocol.
func dialLink(ctx context.Context, s *Session) (*link, error) {
	target := *s.base
	target.Path = wire.SignalPath
	header := http.Header{}
	if s.opts.Token != "" {
		header.Set("Authorization", "Bearer "+s.opts.Token)
	}
	ws, resp, err := websocket.Dial(ctx, target.String(), &websocket.DialOptions{
		HTTPClient: s.http, HTTPHeader: header, Subprotocols: []string{wire.Protocol},
	})
	if err != nil {
		return nil, dialError(resp, err)
	}
	if ws.Subprotocol() != wire.Protocol {
		_ = ws.Close(websocket.StatusProtocolError, "no common protocol")
		return nil, meeting.Errorf(meeting.CodeVersion, "The server does not speak %s.", wire.Protocol)
	}
	ws.SetReadLimit(maxFromServer)
	return &link{ws: ws, gone: make(chan struct{}), pending: map[uint64]chan wire.Message{}}, nil
}

// dialError turns a refused upgrade into what the person can act on.
func dialError(resp *http.Response, err error) error {
	if resp != nil {
		switch resp.StatusCode {
		case http.StatusUnauthorized:
			return meeting.Wrap(meeting.CodeUnauthenticated, err, "The server does not accept this token.")
		case http.StatusForbidden:
			return meeting.Wrap(meeting.CodeForbidden, err, "The server refused the connection.")
		case http.StatusTooManyRequests:
			return meeting.Wrap(meeting.CodeRateLimited, err, "The server asks to slow down.")
		}
	}
	return meeting.Wrap(meeting.CodeUnavailable, err, "The server cannot be reached.")
}

// receive reads one message.
func (l *link) receive(ctx context.Context) (wire.Message, error) {
	var m wire.Message
	_, b, err := l.ws.Read(ctx)
	if err != nil {
		return m, fmt.Errorf("read from the server: %w", err)
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return m, fmt.Errorf("decode a message of the server: %w", err)
	}
	return m, nil
}

// read delivers replies to their callers and everything else to handle, until
// the socket ends.
func (l *link) read(ctx context.Context, handle func(wire.Message)) error {
	defer close(l.gone)
	for {
		m, err := l.receive(ctx)
		if err != nil {
			return err
		}
		if m.ID == 0 {
			handle(m)
			continue
		}
		l.mu.Lock()
		reply := l.pending[m.ID]
		delete(l.pending, m.ID)
		l.mu.Unlock()
		if reply != nil {
			reply <- m
		}
	}
}

// send writes a request under a new id and returns the channel of its reply.
func (l *link) send(ctx context.Context, typ string, body any) (uint64, <-chan wire.Message, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, nil, fmt.Errorf("encode %s: %w", typ, err)
	}
	reply := make(chan wire.Message, 1)
	l.mu.Lock()
	l.next++
	id := l.next
	l.pending[id] = reply
	l.mu.Unlock()
	b, err := json.Marshal(wire.Message{ID: id, Type: typ, Body: raw})
	if err == nil {
		err = l.ws.Write(ctx, websocket.MessageText, b)
	}
	if err != nil {
		l.forget(id)
		return 0, nil, lost(ctx, err)
	}
	return id, reply, nil
}

// call sends a request while another goroutine reads, and waits for its reply.
func (l *link) call(ctx context.Context, typ string, body, reply any) error {
	id, answer, err := l.send(ctx, typ, body)
	if err != nil {
		return err
	}
	select {
	case m := <-answer:
		return decodeReply(m, reply)
	case <-ctx.Done():
		l.forget(id)
		return ctx.Err()
	case <-l.gone:
		return lost(ctx, errors.New("the socket closed before the reply"))
	}
}

// exchange is call for the time before anybody else reads: it reads itself and
// hands events that come in between to handle.
func (l *link) exchange(ctx context.Context, typ string, body, reply any, handle func(wire.Message)) error {
	id, _, err := l.send(ctx, typ, body)
	if err != nil {
		return err
	}
	defer l.forget(id)
	for {
		m, err := l.receive(ctx)
		if err != nil {
			return lost(ctx, err)
		}
		if m.ID == id {
			return decodeReply(m, reply)
		}
		handle(m)
	}
}

func (l *link) forget(id uint64) {
	l.mu.Lock()
	delete(l.pending, id)
	l.mu.Unlock()
}

// decodeReply fills reply from an ok, or returns the server's error.
func decodeReply(m wire.Message, reply any) error {
	if m.Type == wire.TypeError {
		var e wire.ErrorBody
		if err := json.Unmarshal(m.Body, &e); err != nil {
			return fmt.Errorf("decode an error of the server: %w", err)
		}
		return &meeting.Error{Code: meeting.Code(e.Code), Message: e.Message}
	}
	if reply == nil || len(m.Body) == 0 {
		return nil
	}
	if err := json.Unmarshal(m.Body, reply); err != nil {
		return fmt.Errorf("decode a reply of the server: %w", err)
	}
	return nil
}

// lost names a broken connection, unless the caller itself gave up.
func lost(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return meeting.Wrap(meeting.CodeUnavailable, err, "The connection to the server was lost.")
}
