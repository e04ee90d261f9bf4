package signal

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/room"
)

func TestHelloInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		ws, _, err := h.dial(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = ws.CloseNow() }()
		start := time.Now()
		c := &talk{t, ws}
		c.want(wire.TypeClosed)
		if waited := time.Since(start); waited != helloTimeout {
			t.Errorf("closed after %v", waited)
		}
		c.wantEnd(websocket.StatusPolicyViolation)

		polite := h.talk()
		time.Sleep(2 * helloTimeout)
		polite.send(`{"id":2,"type":"ping"}`)
		polite.want(wire.TypeOK)
	})
}

func TestConversation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		ann, bob := h.talk(), h.talk()
		ann.join()
		bob.join()
		ann.want(wire.TypeParticipantJoined)
		bob.send(`{"id":3,"type":"self.hand","body":{"up":true}}`)
		ann.want(wire.TypeParticipantChanged)
		bob.want(wire.TypeParticipantChanged)
		bob.want(wire.TypeOK)
		_ = bob.ws.CloseNow()
		lost := ann.want(wire.TypeParticipantChanged)
		if !strings.Contains(string(lost.Body), `"disconnected":true`) {
			t.Errorf("after the cut: %s", lost.Body)
		}
		ann.want(wire.TypeParticipantLeft)
	})
}

func TestBadFramesCloseWithAReason(t *testing.T) {
	tests := []struct {
		name   string
		kind   websocket.MessageType
		frame  string
		count  int
		status websocket.StatusCode
	}{
		{"ErrBinary", websocket.MessageBinary, "x", 1, websocket.StatusPolicyViolation},
		{"ErrGarbageAgainAndAgain", websocket.MessageText, "{", faultsBurst + 1, websocket.StatusPolicyViolation},
		{"ErrFarTooLarge", websocket.MessageText, strings.Repeat("x", readLimit+1), 1, websocket.StatusMessageTooBig},
		{"ErrTooLargeAgainAndAgain", websocket.MessageText, `"` + strings.Repeat("x", wire.MaxMessage) + `"`, 61, websocket.StatusMessageTooBig},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := newHouse(t)
				c := h.talk()
				go func() {
					for range tt.count {
						if c.ws.Write(context.Background(), tt.kind, []byte(tt.frame)) != nil {
							return
						}
					}
				}()
				c.wantEnd(tt.status)
			})
		})
	}
}

// loud is a participant of the room without a socket.
type loud struct{}

func (loud) Send(wire.Message) {}

func TestSlowReaderIsCutAndKeepsTheSeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		slow := h.talk()
		joined := slow.join()
		bob, err := h.cfg.Rooms.Join(t.Context(), room.Caller{Source: "x"}, loud{}, 1, wire.Join{Number: number, Name: "Bob"})
		if err != nil {
			t.Fatal(err)
		}
		// Nobody reads: the pipe takes one message, the outbox takes maxQueued.
		start := time.Now()
		for i := range maxQueued + 10 {
			bob.Request(t.Context(), wire.Message{ID: 2, Type: wire.TypeSelfHand, Body: []byte(map[bool]string{true: `{"up":true}`, false: `{}`}[i%2 == 0])})
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("the slow reader held the room for %v", took)
		}
		synctest.Wait()
		h.door.mu.Lock()
		if n := len(h.door.sockets); n != 0 {
			t.Errorf("%d connections are open", n)
		}
		h.door.mu.Unlock()

		again := h.talk()
		again.send(`{"id":2,"type":"join","body":{"number":"` + number + `","seat":"` + joined.Seat + `","seq":0}}`)
		if m := again.want(wire.TypeOK); !strings.Contains(string(m.Body), `"self":"`+joined.Self+`"`) {
			t.Error("the slow reader lost the seat")
		}
	})
}

func TestSilentClientIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		c := h.talk()
		c.join()
		// A client that does not read answers no ping.
		time.Sleep(pingEvery + pingTimeout + time.Second)
		synctest.Wait()
		h.door.mu.Lock()
		defer h.door.mu.Unlock()
		if n := len(h.door.sockets); n != 0 {
			t.Errorf("%d connections are open", n)
		}
	})
}

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		seated, idle, deaf := h.talk(), h.talk(), h.talk()
		seated.join()
		closed := make(chan struct{})
		go func() {
			h.cfg.Rooms.Close()
			ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
			defer cancel()
			h.door.Close(ctx)
			close(closed)
		}()
		for _, c := range []*talk{seated, idle} {
			if m := c.want(wire.TypeClosed); !strings.Contains(string(m.Body), string(meeting.CodeUnavailable)) {
				t.Errorf("closed with %s", m.Body)
			}
			c.wantEnd(websocket.StatusServiceRestart)
		}
		<-closed
		_ = deaf // never reads, and is cut
		if ws, _, err := h.dial(nil); err == nil {
			late := &talk{t, ws}
			late.wantEnd(websocket.StatusGoingAway)
		}
	})
}
