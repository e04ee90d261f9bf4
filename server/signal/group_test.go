package signal

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group/grouptest"
)

// capable says hello as a client that takes part in end-to-end encryption.
func (l *line) capable() *line {
	l.say(wire.TypeHello, wire.Hello{Kind: meeting.LegWeb, Client: "test 1", Features: []string{"x", wire.FeatureE2EE}})
	return l
}

func TestSizesOfGroupRequests(t *testing.T) {
	tests := []struct {
		name    string
		capable bool
		join    bool
		lobby   bool
		typ     string
		size    int
		want    string
	}{
		{"OKLarge", true, true, false, wire.TypeGroupOpen, wire.MaxGroupRequest - 100, "invalid"}, // it is read
		{"ErrTooLarge", true, true, false, wire.TypeGroupOpen, wire.MaxGroupRequest, "too_large"},
		{"ErrOtherType", true, true, false, wire.TypeRelaySend, wire.MaxMessage, "too_large"},
		{"ErrWithoutASeat", true, false, false, wire.TypeGroupOpen, wire.MaxMessage, "too_large"},
		{"ErrInTheLobby", true, true, true, wire.TypeGroupKnock, wire.MaxMessage, "too_large"},
		{"ErrOtherClient", false, true, false, wire.TypeGroupOpen, wire.MaxMessage, "too_large"},
		{"ErrOtherClientSmall", false, true, false, wire.TypeGroupOpen, 100, "forbidden"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newBench(t, meeting.Settings{JoinBeforeHost: true, Lobby: tt.lobby}).line("")
				if tt.capable {
					l.capable()
				} else {
					l.hello()
				}
				if tt.join {
					l.say(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
				}
				raw := fmt.Sprintf(`{"id":9,"type":"%s","body":{"info":"%s"}}`, tt.typ, strings.Repeat("A", tt.size/4*4))
				if diff := cmp.Diff([]string{tt.want}, codes(l.raw(raw))); diff != "" {
					t.Errorf("answer (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestGroupBytesAreSlowedDown sends large requests one after the other: a burst
// passes at once, what follows waits.
func TestGroupBytesAreSlowedDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBench(t, meeting.DefaultSettings()).line("").capable()
		l.say(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
		l.session.group.AllowN(time.Now(), groupBytesBurst-3<<20)
		raw := fmt.Sprintf(`{"id":9,"type":"group.open","body":{"info":"%s"}}`, strings.Repeat("A", 1<<20))
		start := time.Now()
		for range 2 {
			l.raw(raw)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("the burst took %v", took)
		}
		l.raw(raw)
		l.raw(raw)
		if took := time.Since(start); took < time.Second {
			t.Errorf("more than the burst took %v", took)
		}
		// What is not for the group has a budget of its own.
		start = time.Now()
		if got := codes(l.say(wire.TypePing, wire.Empty{})); got[0] != wire.TypeOK || time.Since(start) != 0 {
			t.Errorf("a ping after it: %v, %v", got, time.Since(start))
		}
	})
}

func TestLongMessagesOnASocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouse(t)
		long := fmt.Sprintf(`{"id":9,"type":"group.open","body":{"info":"%s"}}`, strings.Repeat("A", 2<<20))
		hello := `{"id":1,"type":"hello","body":{"kind":"web","client":"test","features":["e2ee"]}}`
		dial := func() *talk {
			ws, _, err := h.dial(nil)
			if err != nil {
				t.Fatal(err)
			}
			ws.SetReadLimit(-1)
			c := &talk{t, ws}
			c.send(hello)
			c.want(wire.TypeOK)
			return c
		}
		seated := dial()
		seated.join()
		seated.send(long)
		if m := seated.want(wire.TypeError); !strings.Contains(string(m.Body), "invalid") {
			t.Errorf("with a seat: %s", m.Body)
		}
		stranger := dial()
		go func() { _ = stranger.ws.Write(context.Background(), websocket.MessageText, []byte(long)) }()
		stranger.wantEnd(websocket.StatusMessageTooBig)
	})
}

// TestStormOfCommits has a hundred devices commit for the same epoch, again and
// again: each time one wins, the others learn what they missed, and nobody is
// held back.
func TestStormOfCommits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const people, rounds = 100, 10
		b := newBench(t, meeting.DefaultSettings())
		lines := make([]*line, people)
		for i := range lines {
			lines[i] = b.line("").capable()
			lines[i].say(wire.TypeJoin, wire.Join{Number: number, Name: fmt.Sprint("Person ", i)})
		}
		lines[0].say(wire.TypeGroupOpen, wire.GroupOpen{Info: grouptest.Info("group", 0)})
		for epoch := range uint64(rounds) {
			accepted := 0
			for i, l := range lines {
				reply := lastReply(t, l.say(wire.TypeGroupCommit, wire.GroupCommit{Epoch: epoch, Commit: grouptest.Commit("group", epoch, uint32(i))}))
				if reply.Accepted {
					accepted++
				} else if len(reply.Missed) != 1 || reply.Missed[0].Epoch != epoch {
					t.Fatalf("person %d in epoch %d is answered %+v", i, epoch, reply)
				}
			}
			if accepted != 1 {
				t.Fatalf("%d commits were accepted for epoch %d", accepted, epoch)
			}
			time.Sleep(300 * time.Millisecond)
		}
		// A flood is another matter.
		flood := map[string]int{}
		for range 100 {
			for _, code := range codes(lines[7].say(wire.TypeGroupCommit, wire.GroupCommit{Commit: grouptest.Commit("group", 0, 7)})) {
				flood[code]++
			}
		}
		if flood["rate_limited"] < 40 {
			t.Errorf("a flood is answered %v", flood)
		}
	})
}

// lastReply is the answer among messages.
func lastReply(t *testing.T, messages []wire.Message) (reply wire.GroupReply) {
	t.Helper()
	m := messages[len(messages)-1]
	if m.Type != wire.TypeOK {
		t.Fatalf("answered %s %s", m.Type, m.Body)
	}
	if err := json.Unmarshal(m.Body, &reply); err != nil {
		t.Fatal(err)
	}
	return reply
}
