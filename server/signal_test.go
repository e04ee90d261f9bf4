package server

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// line is one signalling connection of a test.
type line struct {
	tb testing.TB
	ws *websocket.Conn
	id uint64
}

// dial opens a signalling connection with the client's cookies.
func (p *program) dial(ctx context.Context) *line {
	p.tb.Helper()
	ws, _, err := websocket.Dial(ctx, p.URL+wire.SignalPath, &websocket.DialOptions{
		HTTPClient: p.Client, Subprotocols: []string{wire.Protocol},
	})
	if err != nil {
		p.tb.Fatal(err)
	}
	ws.SetReadLimit(1 << 20)
	p.tb.Cleanup(func() { ws.CloseNow() })
	return &line{tb: p.tb, ws: ws}
}

// request sends a request and reads its answer into out, over any events.
func (l *line) request(ctx context.Context, kind string, body, out any) {
	l.tb.Helper()
	l.id++
	raw, err := json.Marshal(body)
	if err != nil {
		l.tb.Fatal(err)
	}
	data, err := json.Marshal(wire.Message{ID: l.id, Type: kind, Body: raw})
	if err != nil {
		l.tb.Fatal(err)
	}
	if err := l.ws.Write(ctx, websocket.MessageText, data); err != nil {
		l.tb.Fatal(err)
	}
	for {
		m := l.read(ctx)
		if m.ID != l.id {
			continue
		}
		if m.Type != wire.TypeOK {
			l.tb.Fatalf("%s: %s", kind, m.Body)
		}
		if err := json.Unmarshal(m.Body, out); err != nil {
			l.tb.Fatal(err)
		}
		return
	}
}

func (l *line) read(ctx context.Context) wire.Message {
	l.tb.Helper()
	_, data, err := l.ws.Read(ctx)
	if err != nil {
		l.tb.Fatal(err)
	}
	var m wire.Message
	if err := json.Unmarshal(data, &m); err != nil {
		l.tb.Fatal(err)
	}
	return m
}

func TestSignalling(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	p := MustServe(t, nil)
	p.claim()
	var made wire.Meeting
	p.call("POST", "/api/v1/meetings", wire.NewMeeting{Title: "Standup"}, &made, http.StatusCreated)

	l := p.dial(ctx)
	var welcome wire.Welcome
	l.request(ctx, wire.TypeHello, wire.Hello{Kind: meeting.LegSDK, Client: "test 1"}, &welcome)
	if welcome.Server != "roundel test" || welcome.Signalling.Version != "TLS 1.3" ||
		!strings.HasPrefix(welcome.Signalling.Suite, "TLS_") || welcome.User == nil || welcome.User.Name != "Ada" {
		t.Errorf("got %+v", welcome)
	}
	var reply wire.JoinReply
	l.request(ctx, wire.TypeJoin, wire.Join{Number: made.Number, Name: "Ada"}, &reply)
	if reply.Joined == nil || reply.Joined.Room.Title != "Standup" || len(reply.Joined.Participants) != 1 {
		t.Fatalf("got %+v", reply)
	}
	me := reply.Joined.Participants[0]
	if me.Role != meeting.RoleHost || me.Leg.Signalling != welcome.Signalling {
		t.Errorf("got %+v", me)
	}

	// A connection in no meeting is told as well.
	idle := p.dial(ctx)
	idle.request(ctx, wire.TypeHello, wire.Hello{Kind: meeting.LegSDK, Client: "test 1"}, &welcome)

	stopped := make(chan error, 1)
	go func() { stopped <- p.stop() }()
	for name, l := range map[string]*line{"in the meeting": l, "idle": idle} {
		var closed wire.Closed
		for {
			m := l.read(ctx)
			if m.Type != wire.TypeClosed {
				continue
			}
			if err := json.Unmarshal(m.Body, &closed); err != nil {
				t.Fatal(err)
			}
			break
		}
		if closed.Code != string(meeting.CodeUnavailable) {
			t.Errorf("%s: told %+v", name, closed)
		}
		l.ws.Close(websocket.StatusNormalClosure, "")
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

// TestEndByAPI ends a meeting from outside while somebody is in it.
func TestEndByAPI(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	p := MustServe(t, nil)
	p.claim()
	var made wire.Meeting
	p.call("POST", "/api/v1/meetings", wire.NewMeeting{}, &made, http.StatusCreated)
	l := p.dial(ctx)
	l.request(ctx, wire.TypeHello, wire.Hello{Kind: meeting.LegSDK, Client: "test 1"}, &wire.Welcome{})
	l.request(ctx, wire.TypeJoin, wire.Join{Number: made.Number, Name: "Ada"}, &wire.JoinReply{})
	p.call("DELETE", "/api/v1/meetings/"+made.Number, nil, nil, http.StatusNoContent)
	for {
		if m := l.read(ctx); m.Type == wire.TypeClosed {
			if !strings.Contains(string(m.Body), string(meeting.CodeEnded)) {
				t.Errorf("told %s", m.Body)
			}
			break
		}
	}
	p.call("GET", "/api/v1/meetings/"+made.Number, nil, nil, http.StatusGone)
}
