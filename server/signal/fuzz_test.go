package signal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group/grouptest"
)

// FuzzSession has three clients send raw messages to a real room, in turns: the
// owner, who is in already, and two others. Whatever they send, no room may
// panic, what comes back must be the protocol, and the owner must be served on.
func FuzzSession(f *testing.F) {
	hello := `{"id":1,"type":"hello","body":{"kind":"web","client":"x"}}`
	join := `{"id":2,"type":"join","body":{"number":"` + number + `","name":"A"}}`
	f.Add([]byte(strings.Join([]string{
		`{"id":9,"type":"room.settings","body":{"lobby":true}}`, hello, hello,
		`{"id":10,"type":"lobby.admit","body":{"id":""}}`, join, join,
	}, "\n")))
	f.Add([]byte(strings.Join([]string{
		`{"id":9,"type":"media.offer","body":{"sdp":"o=- 1","sends":{"0":"mic"}}}`, hello, `x`,
		`{"id":10,"type":"media.live","body":{"kind":"mic","live":true}}`, join, `{"id":0}`,
		`{"id":11,"type":"relay.send","body":{"channel":"chat","payload":{"text":"hi"}}}`, `{"id":3,"type":"leave"}`, hello,
	}, "\n")))
	capable := `{"id":1,"type":"hello","body":{"kind":"web","client":"x","features":["e2ee"]}}`
	base64 := base64.StdEncoding.EncodeToString
	f.Add([]byte(strings.Join([]string{
		`{"id":9,"type":"e2ee.prepare"}`, capable, capable,
		`{"id":9,"type":"e2ee.preview"}`, join, join,
		`{"id":9,"type":"e2ee.report","body":{"on":true}}`, `{"id":3,"type":"group.open","body":{"info":"` + base64(grouptest.Info("g", 0)) + `"}}`, `{"id":3,"type":"group.fetch"}`,
		`{"id":9,"type":"group.fetch"}`, `{"id":4,"type":"group.send","body":{"message":"eA==","to":["x"]}}`, `{"id":4,"type":"group.commit","body":{"epoch":0,"commit":"` + base64(grouptest.External("g", 0)) + `","added":["x"]}}`,
		`{"id":9,"type":"ping"}`, `{"id":5,"type":"group.refuse","body":{"epoch":0}}`, `{"id":5,"type":"group.refuse","body":{"epoch":0}}`,
		`{"id":9,"type":"ping"}`, `{"id":6,"type":"group.knock","body":{"keyPackage":"eA=="}}`, `{"id":6,"type":"group.info","body":{"epoch":1,"info":"eA=="}}`,
	}, "\n")))
	f.Add([]byte(`{"id":18446744073709551615,"type":"room.end"}`))
	f.Add([]byte(`{"id":3,"type":"room.spotlight","body":null}` + "\n\n" + `{"id":1,"type":"hello","body":{}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		faults := &faultLog{Handler: slog.DiscardHandler}
		b := newBench(t, meeting.DefaultSettings())
		b.cfg.Logger = slog.New(faults)
		b.cfg.Rooms = roomsWith(b, b.cfg.Logger)
		owner := b.line(ownerID).hello()
		owner.say(wire.TypeJoin, wire.Join{Number: number})
		lines := []*line{owner, b.line(""), b.line("")}
		for i, raw := range bytes.Split(data, []byte("\n")) {
			l := lines[i%len(lines)]
			if l.err != nil {
				continue
			}
			for _, m := range l.raw(string(raw)) {
				if (m.ID == 0) == (m.Seq == 0) && m.Type != wire.TypeError || !json.Valid(m.Body) {
					t.Errorf("%q was answered with %+v", raw, m)
				}
			}
		}
		if faults.seen.Load() {
			t.Error("a room panicked")
		}
		if owner.err == nil {
			owner.session.rate.SetBurst(1000)
			answers := codes(owner.say(wire.TypePing, wire.Empty{}))
			ended := len(answers) == 0 // the meeting was ended, and with it the outbox
			if !ended && answers[len(answers)-1] != wire.TypeOK {
				t.Errorf("the owner is answered %v", answers)
			}
		}
		for _, l := range lines {
			l.session.end()
		}
	})
}
