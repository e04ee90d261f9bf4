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
	pending map[uint64]answer
}

// answer takes the reply to a request, or why there is none. It is called on the
// goroutine that reads and must not block.
type answer func(wire.Message, error)

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
	return &link{ws: ws, gone: make(chan struct{}), pending: map[uint64]answer{}}, nil
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
	defer l.abandon()
	for {
		m, err := l.receive(ctx)
		if err != nil {
			return err
		}
		if m.ID == 0 {
			handle(m)
			continue
		}
		if reply := l.take(m.ID); reply != nil {
			reply(m, nil)
		}
	}
}

// take removes a request that waits for its reply.
func (l *link) take(id uint64) answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	reply := l.pending[id]
	delete(l.pending, id)
	return reply
}

var errNoReply = errors.New("the socket closed before the reply")

// abandon tells everyone who waits that no reply will come.
func (l *link) abandon() {
	close(l.gone)
	l.mu.Lock()
	pending := l.pending
	l.pending = map[uint64]answer{}
	l.mu.Unlock()
	for _, reply := range pending {
		reply(wire.Message{}, errNoReply)
	}
}

// send writes a request under a new id, whose reply goes to reply.
func (l *link) send(ctx context.Context, typ string, body any, reply answer) (uint64, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return 0, fmt.Errorf("encode %s: %w", typ, err)
	}
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
		l.take(id)
		return 0, lost(ctx, err)
	}
	return id, nil
}

// start sends a request; done is called once, in order with the events.
func (l *link) start(ctx context.Context, typ string, body any, done func(json.RawMessage, error)) error {
	id, err := l.send(ctx, typ, body, func(m wire.Message, err error) {
		if err == nil {
			err = decodeReply(m, nil)
		} else {
			err = lost(ctx, err)
		}
		done(m.Body, err)
	})
	if err != nil {
		return err
	}
	select {
	case <-l.gone: // perhaps after all were told
		if reply := l.take(id); reply != nil {
			reply(wire.Message{}, errNoReply)
		}
	default:
	}
	return nil
}

// call sends a request while another goroutine reads, and waits for its reply.
func (l *link) call(ctx context.Context, typ string, body, reply any) error {
	answered := make(chan wire.Message, 1)
	id, err := l.send(ctx, typ, body, func(m wire.Message, err error) {
		if err == nil {
			answered <- m
		}
	})
	if err != nil {
		return err
	}
	select {
	case m := <-answered:
		return decodeReply(m, reply)
	case <-ctx.Done():
		l.take(id)
		return ctx.Err()
	case <-l.gone:
	}
	select { // the reply may have been the last that was read
	case m := <-answered:
		return decodeReply(m, reply)
	default:
		return lost(ctx, errNoReply)
	}
}

// exchange is call for the time before anybody else reads: it reads itself and
// hands events that come in between to handle.
func (l *link) exchange(ctx context.Context, typ string, body, reply any, handle func(wire.Message)) error {
	id, err := l.send(ctx, typ, body, func(wire.Message, error) {})
	if err != nil {
		return err
	}
	defer func() { l.take(id) }()
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
