package signal

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/limit"
)

func TestBeforeJoining(t *testing.T) {
	hello := `{"id":1,"type":"hello","body":{"kind":"web","client":"test 1","features":["x"],"later":1}}`
	tests := []struct {
		name  string
		lines []string
		want  []string // of the last line
		close bool
	}{
		{"OKHello", []string{hello}, []string{"ok"}, false},
		{"ErrHelloTwice", []string{hello, hello}, []string{"conflict"}, false},
		{"OKPing", []string{hello, `{"id":2,"type":"ping"}`}, []string{"ok"}, false},
		{"ErrNotInAMeeting", []string{hello, `{"id":2,"type":"self.hand"}`}, []string{"conflict"}, false},
		{"ErrUnknownType", []string{hello, `{"id":2,"type":"self.dance"}`}, []string{"unknown_type"}, false},
		{"ErrJSON", []string{hello, `{"id":2,`}, []string{"invalid"}, false},
		{"ErrNotAnObject", []string{hello, `[1]`}, []string{"invalid"}, false},
		{"ErrTwoObjects", []string{hello, `{"id":2,"type":"ping"} {}`}, []string{"invalid"}, false},
		{"ErrNoID", []string{hello, `{"type":"ping"}`}, []string{"invalid"}, false},
		{"ErrNegativeID", []string{hello, `{"id":-1,"type":"ping"}`}, []string{"invalid"}, false},
		{"ErrNoType", []string{hello, `{"id":2}`}, []string{"invalid"}, false},
		{"ErrJoinBody", []string{hello, `{"id":2,"type":"join","body":7}`}, []string{"invalid"}, false},
		{"ErrJoinNoBody", []string{hello, `{"id":2,"type":"join"}`}, []string{"invalid"}, false},
		{"ErrNoSuchMeeting", []string{hello, `{"id":2,"type":"join","body":{"number":"111 111-1111","name":"A"}}`}, []string{"not_found"}, false},
		{"ErrPingFirst", []string{`{"id":1,"type":"ping"}`}, []string{"invalid"}, true},
		{"ErrHelloKind", []string{`{"id":1,"type":"hello","body":{"kind":"pigeon","client":"x"}}`}, []string{"invalid"}, true},
		{"ErrHelloClient", []string{`{"id":1,"type":"hello","body":{"kind":"web"}}`}, []string{"invalid"}, true},
		{"ErrHelloLongClient", []string{`{"id":1,"type":"hello","body":{"kind":"web","client":"` + strings.Repeat("x", 121) + `"}}`}, []string{"invalid"}, true},
		{"ErrHelloBody", []string{`{"id":1,"type":"hello","body":[]}`}, []string{"invalid"}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newBench(t, meeting.DefaultSettings()).line("")
			var got []wire.Message
			for _, raw := range tt.lines {
				got = l.raw(raw)
			}
			if diff := cmp.Diff(tt.want, codes(got)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if (l.err != nil) != tt.close {
				t.Errorf("closing: %v, want %v", l.err, tt.close)
			}
		})
	}
}

func TestJoinLeaveJoin(t *testing.T) {
	l := newBench(t, meeting.DefaultSettings()).line("").hello()
	join := wire.Join{Number: number, Name: "Ann"}
	steps := []struct {
		typ  string
		body any
		want string
	}{
		{wire.TypeJoin, join, "ok"},
		{wire.TypeJoin, join, "conflict"},
		{wire.TypeLeave, wire.Empty{}, "ok"},
		{wire.TypeLeave, wire.Empty{}, "conflict"},
		{wire.TypeJoin, join, "ok"},
	}
	for i, step := range steps {
		got := codes(l.say(step.typ, step.body))
		if len(got) != 1 || got[0] != step.want {
			t.Errorf("step %d, %s: %v, want %s", i, step.typ, got, step.want)
		}
	}
}

func TestTooManyMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBench(t, meeting.DefaultSettings()).line("").hello()
		answers := map[string]int{}
		flood := func(n int) {
			for range n {
				for _, code := range codes(l.say(wire.TypePing, wire.Empty{})) {
					answers[code]++
				}
			}
		}
		flood(2*wire.MaxMessagesPerSec - 1 + 10)
		if diff := cmp.Diff(map[string]int{"ok": 99, "rate_limited": 10}, answers); diff != "" || l.err != nil {
			t.Errorf("a burst: %v (-want +got):\n%s", l.err, diff)
		}
		time.Sleep(time.Second)
		clear(answers)
		flood(wire.MaxMessagesPerSec)
		if diff := cmp.Diff(map[string]int{"ok": 50}, answers); diff != "" {
			t.Errorf("after a second (-want +got):\n%s", diff)
		}
		flood(faultsBurst)
		if meeting.CodeOf(l.err) != meeting.CodeRateLimited {
			t.Errorf("a client that goes on: %v", l.err)
		}
	})
}

func TestTooLargeMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newBench(t, meeting.DefaultSettings()).line("").hello()
		large := fmt.Sprintf(`{"id":7,"type":"ping","body":"%s"}`, strings.Repeat("x", wire.MaxMessage))
		for i := range 4 {
			got := l.raw(large)
			if diff := cmp.Diff([]string{"too_large"}, codes(got)); diff != "" || got[0].ID != 7 {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if closing := l.err != nil; closing != (i == 3) {
				t.Errorf("message %d: closing %v", i, l.err)
			}
		}
	})
}

func TestGuessingNumbersIsLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, meeting.DefaultSettings())
		b.cfg.Limits = DefaultLimits()
		l := b.line("").hello()
		answers := map[string]int{}
		for i := range 25 {
			body := wire.Join{Number: fmt.Sprintf("%010d", i), Name: "Ann"}
			answers[codes(l.say(wire.TypeJoin, body))[0]]++
		}
		if diff := cmp.Diff(map[string]int{"not_found": 20, "rate_limited": 5}, answers); diff != "" {
			t.Errorf("answers (-want +got):\n%s", diff)
		}
		b.cfg.Limits = &Limits{
			Join:    limit.New(limit.Rate{Burst: 1, Every: time.Hour}),
			Unknown: limit.New(limit.Rate{Burst: 1, Every: time.Hour}),
		}
		l.say(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})
		l.say(wire.TypeLeave, wire.Empty{})
		if got := codes(l.say(wire.TypeJoin, wire.Join{Number: number, Name: "Ann"})); got[0] != "rate_limited" {
			t.Errorf("joining again at once: %v", got)
		}
	})
}

func TestMarks(t *testing.T) {
	d := newDevices()
	user := &wire.User{ID: "u"}
	banned := []visitor{
		{source: "home", device: device{id: "phone"}, devices: d},
		{source: "home", device: device{id: "phone"}, user: user, devices: d},
	}
	tests := []struct {
		name string
		visitor
		want [2]bool // recognised after the ban of a guest, of a user
	}{
		{"SameBrowser", visitor{source: "cafe", device: device{id: "phone", known: true}}, [2]bool{true, true}},
		{"FreshBrowserSameAddress", visitor{source: "home", device: device{id: "new"}}, [2]bool{true, true}},
		{"OtherBrowserSameAddress", visitor{source: "home", device: device{id: "tablet", known: true}}, [2]bool{false, false}},
		{"FreshBrowserOtherAddress", visitor{source: "cafe", device: device{id: "new"}}, [2]bool{false, false}},
		{"SameUserElsewhere", visitor{source: "cafe", device: device{id: "new"}, user: user}, [2]bool{false, true}},
		{"OtherUserSameAddress", visitor{source: "home", device: device{id: "new"}, user: &wire.User{ID: "v"}}, [2]bool{false, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.devices = d
			known, _ := tt.marks()
			for i, b := range banned {
				_, traces := b.marks()
				hit := false
				for _, k := range known {
					for _, trace := range traces {
						hit = hit || k == trace
					}
				}
				if hit != tt.want[i] {
					t.Errorf("ban %d recognises: %v, want %v", i, hit, tt.want[i])
				}
			}
		})
	}
}
