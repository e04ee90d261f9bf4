package signal

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/limit"
)

// pipes is a listener and a dialer in memory, so that a whole server lives in a
// synctest bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { close(p.done); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1)} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- addressed{server}:
		return client, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type addressed struct{ net.Conn }

func (addressed) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 4242} }

// house is a served door.
type house struct {
	*bench
	door   *Door
	client *http.Client
}

func newHouse(t *testing.T) *house {
	h := &house{bench: newBench(t, meeting.DefaultSettings())}
	h.door = New(h.cfg)
	p := &pipes{conns: make(chan net.Conn), done: make(chan struct{})}
	server := &http.Server{Handler: h.door}
	go func() { _ = server.Serve(p) }()
	transport := &http.Transport{DialContext: p.dial}
	h.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		h.door.Close(ctx)
		_ = server.Close()
		transport.CloseIdleConnections()
	})
	return h
}

func (h *house) dial(header http.Header) (*websocket.Conn, *http.Response, error) {
	return websocket.Dial(context.Background(), "ws://meet.example"+wire.SignalPath, &websocket.DialOptions{
		HTTPClient: h.client, HTTPHeader: header, Subprotocols: []string{wire.Protocol},
	})
}

// talk is a connection that has said hello.
type talk struct {
	t  *testing.T
	ws *websocket.Conn
}

func (h *house) talk() *talk {
	h.t.Helper()
	ws, _, err := h.dial(nil)
	if err != nil {
		h.t.Fatal(err)
	}
	ws.SetReadLimit(8 << 20)
	h.t.Cleanup(func() { _ = ws.CloseNow() })
	c := &talk{h.t, ws}
	c.send(`{"id":1,"type":"hello","body":{"kind":"sdk","client":"test"}}`)
	c.want(wire.TypeOK)
	return c
}

func (c *talk) send(text string) {
	c.t.Helper()
	if err := c.ws.Write(context.Background(), websocket.MessageText, []byte(text)); err != nil {
		c.t.Fatal(err)
	}
}

// want reads the next message, which has to be of that type.
func (c *talk) want(typ string) wire.Message {
	c.t.Helper()
	_, data, err := c.ws.Read(context.Background())
	var m wire.Message
	if err == nil {
		err = json.Unmarshal(data, &m)
	}
	if err != nil || m.Type != typ {
		c.t.Fatalf("got %s, %v; want %s", data, err, typ)
	}
	return m
}

// wantEnd reads until the server closes, which it has to do with status.
func (c *talk) wantEnd(status websocket.StatusCode) {
	c.t.Helper()
	for {
		if _, _, err := c.ws.Read(context.Background()); err != nil {
			if got := websocket.CloseStatus(err); got != status {
				c.t.Errorf("closed with %v (%v), want %v", got, err, status)
			}
			return
		}
	}
}

func (c *talk) join() wire.Joined {
	c.t.Helper()
	c.send(`{"id":2,"type":"join","body":{"number":"` + number + `","name":"Ann"}}`)
	var reply wire.JoinReply
	if err := json.Unmarshal(c.want(wire.TypeOK).Body, &reply); err != nil || reply.Joined == nil {
		c.t.Fatal("no seat", err)
	}
	return *reply.Joined
}

func TestHandshake(t *testing.T) {
	type headers map[string]string
	tests := []struct {
		name    string
		headers headers
		status  int
		code    meeting.Code
	}{
		{"ErrNoSubprotocol", headers{"Sec-WebSocket-Protocol": ""}, 400, meeting.CodeVersion},
		{"ErrOtherSubprotocol", headers{"Sec-WebSocket-Protocol": "roundel.v0, chat"}, 400, meeting.CodeVersion},
		{"ErrToken", headers{"X-User": "nobody"}, 401, meeting.CodeUnauthenticated},
		{"ErrOfOurs", headers{"X-User": "broken"}, 500, meeting.CodeInternal},
		{"ErrForeignOrigin", headers{"Origin": "https://evil.example"}, 403, ""},
		{"ErrNullOrigin", headers{"Origin": "null"}, 403, ""},
		{"ErrNoWebsocket", headers{"Upgrade": "", "Connection": ""}, 426, ""},
		{"OKSameOrigin", headers{"Origin": "https://meet.example"}, 101, ""},
		{"OKNoOrigin", nil, 101, ""},
		{"OKSeveralSubprotocols", headers{"Sec-WebSocket-Protocol": "roundel.v9, roundel.v1"}, 101, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				r, _ := http.NewRequest(http.MethodGet, "http://meet.example"+wire.SignalPath, nil)
				for k, v := range map[string]string{
					"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
					"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol": wire.Protocol,
				} {
					r.Header.Set(k, v)
				}
				for k, v := range tt.headers {
					if v == "" {
						r.Header.Del(k)
					} else {
						r.Header.Set(k, v)
					}
				}
				resp, err := h.client.Do(r)
				if err != nil {
					t.Fatal(err)
				}
				defer resp.Body.Close()
				if resp.StatusCode != tt.status {
					t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
				}
				if tt.code != "" {
					var body wire.ErrorBody
					if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || meeting.Code(body.Code) != tt.code {
						t.Errorf("body %+v, %v; want code %q", body, err, tt.code)
					}
				}
			})
		})
	}
}

func TestTooManyConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.door.cfg.Limits = DefaultLimits()
		h.door.cfg.Limits.Connect = limit.New(limit.Rate{Burst: 1, Every: time.Hour})
		first, _, err := h.dial(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = first.CloseNow() }()
		if _, resp, err := h.dial(nil); err == nil || resp.StatusCode != http.StatusTooManyRequests {
			t.Errorf("the second handshake: %v", err)
		}
	})
}

func TestTooManyOpenConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		h.door.cfg.Limits = DefaultLimits()
		h.door.cfg.Limits.Open = limit.NewCap(2, 100)
		var open []*websocket.Conn
		for range 2 {
			ws, _, err := h.dial(nil)
			if err != nil {
				t.Fatal(err)
			}
			open = append(open, ws)
		}
		_, resp, err := h.dial(nil)
		if err == nil || resp.StatusCode != http.StatusTooManyRequests {
			t.Fatalf("the third connection: %v", err)
		}
		var body wire.ErrorBody
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil || body.Code != string(meeting.CodeRateLimited) {
			t.Errorf("the refusal: %+v, %v", body, err)
		}
		_ = open[0].CloseNow()
		synctest.Wait()
		ws, _, err := h.dial(nil)
		if err != nil {
			t.Fatalf("after one has gone: %v", err)
		}
		_, _ = open[1].CloseNow(), ws.CloseNow()
		synctest.Wait()
		if n := h.door.cfg.Limits.Open.Len(); n != 0 {
			t.Errorf("%d sources are remembered of nobody", n)
		}
	})
}

func TestDeviceCookie(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		given := func(cookie string) string {
			header := http.Header{}
			if cookie != "" {
				header.Set("Cookie", cookie)
			}
			ws, resp, err := h.dial(header)
			if err != nil {
				t.Fatal(err)
			}
			_ = ws.CloseNow()
			return resp.Header.Get("Set-Cookie")
		}
		set := given("")
		for _, attribute := range []string{"__Host-roundel-device=", "Path=/", "Secure", "HttpOnly", "SameSite=Strict"} {
			if !strings.Contains(set, attribute) {
				t.Errorf("the cookie %q has no %s", set, attribute)
			}
		}
		cookie, _, _ := strings.Cut(set, ";")
		if again := given(cookie); again != "" {
			t.Errorf("a known device got another cookie: %q", again)
		}
		if forged := given(deviceCookie + "=mine.mine"); forged == "" {
			t.Error("a made-up cookie was believed")
		}
	})
}
