package relay

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestClean(t *testing.T) {
	long := strings.Repeat("ä", meeting.MaxChat)
	tests := []struct {
		name    string
		channel string
		to      string
		payload string
		want    string
		code    meeting.Code
	}{
		{name: "OKChat", channel: "chat", payload: `{"text":" hi "}`, want: `{"text":"hi"}`},
		{name: "OKPrivate", channel: "chat", to: "x", payload: `{"text":"hi"}`, want: `{"text":"hi"}`},
		{name: "OKLongest", channel: "chat", payload: `{"text":"` + long + `"}`, want: `{"text":"` + long + `"}`},
		{name: "OKExtrasAreDropped", channel: "chat", payload: `{"text":"hi","html":"<b>"}`, want: `{"text":"hi"}`},
		{name: "OKLines", channel: "chat", payload: `{"text":"a\nb\u0000"}`, want: `{"text":"a\nb"}`},
		{name: "OKFile", channel: "chat", to: "x", payload: `{"text":"no","file":{"id":"a-B_1","name":" plan.pdf","type":"application/pdf","size":5,"key":"k"}}`, want: `{"text":"","file":{"id":"a-B_1","name":"plan.pdf","type":"application/pdf","size":5}}`},
		{name: "ErrFileID", channel: "chat", payload: `{"file":{"id":"../a","name":"a","size":5}}`, code: meeting.CodeInvalid},
		{name: "ErrFileNameEmpty", channel: "chat", payload: `{"file":{"id":"a","name":" ","size":5}}`, code: meeting.CodeInvalid},
		{name: "ErrFileNameLong", channel: "chat", payload: `{"file":{"id":"a","name":"` + strings.Repeat("x", wire.MaxFileName+1) + `","size":5}}`, code: meeting.CodeTooLarge},
		{name: "ErrFileTypeLong", channel: "chat", payload: `{"file":{"id":"a","name":"a","type":"` + strings.Repeat("x", wire.MaxFileName+1) + `","size":5}}`, code: meeting.CodeTooLarge},
		{name: "ErrFileSize", channel: "chat", payload: `{"file":{"id":"a","name":"a","size":-1}}`, code: meeting.CodeInvalid},
		{name: "ErrFileLarge", channel: "chat", payload: `{"file":{"id":"a","name":"a","size":` + fmt.Sprint(wire.MaxFile+1) + `}}`, code: meeting.CodeInvalid},
		{name: "OKReaction", channel: "reaction", payload: `{"emoji":"🎉"}`, want: `{"emoji":"🎉"}`},
		{name: "ErrChannel", channel: "board", payload: `{}`, code: meeting.CodeInvalid},
		{name: "ErrNoChannel", payload: `{}`, code: meeting.CodeInvalid},
		{name: "ErrTooLong", channel: "chat", payload: `{"text":"` + long + `x"}`, code: meeting.CodeTooLarge},
		{name: "ErrTooLarge", channel: "chat", payload: `{"text":"` + strings.Repeat("x", wire.MaxPayload) + `"}`, code: meeting.CodeTooLarge},
		{name: "ErrEmpty", channel: "chat", payload: `{"text":" \n"}`, code: meeting.CodeInvalid},
		{name: "ErrNull", channel: "chat", payload: `null`, code: meeting.CodeInvalid},
		{name: "ErrNothing", channel: "chat", code: meeting.CodeInvalid},
		{name: "ErrNotText", channel: "chat", payload: `{"text":7}`, code: meeting.CodeInvalid},
		{name: "ErrPrivateReaction", channel: "reaction", to: "x", payload: `{"emoji":"🎉"}`, code: meeting.CodeInvalid},
		{name: "ErrReaction", channel: "reaction", payload: `{"emoji":"💩"}`, code: meeting.CodeInvalid},
		{name: "ErrReactionBody", channel: "reaction", payload: `[]`, code: meeting.CodeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Clean(wire.RelaySend{Channel: tt.channel, To: tt.to, Payload: json.RawMessage(tt.payload)})
			if meeting.CodeOf(err) != tt.code || string(got) != tt.want {
				t.Errorf("Clean = %s, %v; want %s, %q", got, err, tt.want, tt.code)
			}
		})
	}
}

func message(from, to, text string) wire.Relayed {
	return wire.Relayed{Channel: wire.ChannelChat, From: from, To: to, Payload: json.RawMessage(text)}
}

func TestHistory(t *testing.T) {
	var h History
	if got := h.For("a"); got == nil || len(got) != 0 {
		t.Errorf("the empty history is %v", got)
	}
	h.Add(message("a", "", "1"))
	h.Add(message("a", "b", "2"))
	h.Add(wire.Relayed{Channel: wire.ChannelReaction, From: "a", Payload: json.RawMessage("3")})
	h.Add(message("b", "a", "4"))
	for _, tt := range []struct{ who, want string }{{"a", "124"}, {"b", "124"}, {"c", "1"}} {
		got := ""
		for _, r := range h.For(tt.who) {
			got += string(r.Payload)
		}
		if got != tt.want {
			t.Errorf("%s sees %s, want %s", tt.who, got, tt.want)
		}
	}
}

func TestHistoryIsBounded(t *testing.T) {
	tests := []struct {
		name  string
		size  int
		first int // of 1000 that is still kept
	}{
		{"ByCount", 4, 1000 - historyEnvelopes},
		{"ByBytes", 8 << 10, 1000 - historyBytes/(8<<10)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h History
			for i := range 1000 {
				h.Add(message(fmt.Sprint(i), "", strings.Repeat("x", tt.size)))
			}
			got := h.For("")
			if diff := cmp.Diff(fmt.Sprint(tt.first), got[0].From); diff != "" {
				t.Errorf("the oldest that is kept (-want +got):\n%s", diff)
			}
			if h.bytes != len(got)*tt.size {
				t.Errorf("%d bytes counted for %d envelopes", h.bytes, len(got))
			}
		})
	}
}

func TestBudget(t *testing.T) {
	now := time.Unix(1, 0)
	tests := []struct {
		name string
		size int
		want int // of 100 at once that pass
		then int // of 100 ten seconds later
	}{
		{"Small", 10, burstEnvelopes, burstEnvelopes},
		{"Large", 16 << 10, burstBytes / (16 << 10), 10 * budgetBytes / (16 << 10)},
		{"ErrLargerThanTheBurst", burstBytes + 1, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := NewBudget()
			for i, want := range []int{tt.want, tt.then} {
				at, passed := now.Add(time.Duration(i)*10*time.Second), 0
				for range 100 {
					err := b.Spend(at, tt.size)
					if err == nil {
						passed++
					} else if meeting.CodeOf(err) != meeting.CodeRateLimited {
						t.Fatal(err)
					}
				}
				if passed != want {
					t.Errorf("round %d: %d passed, want %d", i, passed, want)
				}
			}
		})
	}
}

func TestKeptBody(t *testing.T) {
	tests := map[string]bool{
		`{"channel":"chat"}`: true, `{"channel":"reaction"}`: false, `{"channel":"x"}`: false, `{}`: false, `x`: false,
	}
	for body, want := range tests {
		if got := KeptBody(json.RawMessage(body)); got != want {
			t.Errorf("KeptBody(%s) = %v", body, got)
		}
	}
}
