package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

func TestRun(t *testing.T) {
	for _, tt := range []struct {
		name   string
		args   string
		status int
		stdout string // a part
		stderr string // a part
	}{
		{"OKVersion", "version", 0, "roundelctl dev\n", ""},
		{"OKHelp", "--help", 0, "Usage: roundelctl <command>", ""},
		{"OKHelpOfLoad", "load --help", 0, "--video-bitrate=1500k", ""},
		{"ErrNoCommand", "", 2, "", "expected one of"},
		{"ErrUnknownFlag", "load --server https://127.0.0.1:1 --fast", 2, "", "unknown flag --fast"},
		{"ErrBitrate", "load --server https://127.0.0.1:1 --video-bitrate fast", 2, "", `"fast" is not a bit rate`},
		{"ErrSuite", "load --server https://127.0.0.1:1 --srtp null", 2, "", "--srtp must be one of"},
		{"ErrNoServer", "join --number 1", 2, "", "missing flags: --server"},
		{"ErrNoNumber", "join --server https://127.0.0.1:1", 2, "", "missing flags: --number or --link"},
		{"ErrNotALink", "join --link https://127.0.0.1:1/j/0123456789#1.secret", 2, "", "--link is not the link of a meeting"},
		{"ErrE2EEWord", "join --number 0123456789 --server https://127.0.0.1:1 --e2ee maybe", 2, "", "--e2ee must be one of"},
		{"OKHelpOfCreate", "meeting create --help", 0, "print its link and host link", ""},
		{"ErrNotAURL", "load --server meet.example", 1, "", `"meet.example" is not the URL of a server.`},
		{"ErrNobodyThere", "join --number 0123456789 --server https://127.0.0.1:1", 1, "", "The server cannot be reached. (connection refused)"},
		{"OKAudit", "audit --data . --canary " + strings.Repeat("quux", 3), 0, "0 findings", ""},
		{"ErrAuditNothing", "audit --canary canary-of-nothing", 1, "", "name what to look at"},
		{"ErrAuditFound", "audit --data main.go --canary package", 1, "found: canary 1 (raw) in ", "the server had what it must not have"},
		{"ErrNotIVF", "join --number 0123456789 --server https://127.0.0.1:1 --video main.go", 1, "", "not an IVF file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			status := run(context.Background(), strings.Fields(tt.args), &stdout, &stderr)
			if status != tt.status || !strings.Contains(stdout.String(), tt.stdout) || !strings.Contains(stderr.String(), tt.stderr) {
				t.Errorf("status %d\nstdout: %s\nstderr: %s", status, &stdout, &stderr)
			}
		})
	}
}

func TestLinkSaysWhereToGo(t *testing.T) {
	const secret = "1.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA"
	for _, tt := range []struct {
		name   string
		in     joinCmd
		server string
		number string
		invite bool
	}{
		{"OKLink", joinCmd{Link: "https://meet.example:8443/j/0123456789#" + secret}, "https://meet.example:8443", "0123456789", true},
		{"OKLinkWithoutSecret", joinCmd{Link: "https://meet.example/j/0123456789"}, "https://meet.example", "0123456789", false},
		{"OKServerWins", joinCmd{Server: "https://127.0.0.1:1", Link: "https://meet.example/j/0123456789#" + secret}, "https://127.0.0.1:1", "0123456789", true},
		{"OKNumber", joinCmd{Server: "https://127.0.0.1:1", Number: "1"}, "https://127.0.0.1:1", "1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, invite, err := tt.in.target()
			if err != nil || s.Server != tt.server || tt.in.Number != tt.number || (invite != nil) != tt.invite {
				t.Errorf("%s, %s, invite %v, %v", s.Server, tt.in.Number, invite != nil, err)
			}
		})
	}
}

func TestEncryptionIsPrintedForPeople(t *testing.T) {
	var out bytes.Buffer
	p := &printer{out: &out}
	view := &session.View{Phase: session.PhaseIn, Mode: session.ModeOn, Lock: true, Codes: []session.CodeView{{Code: session.SecurityCode([]byte("x"))}}}
	p.event("encryption", encryptionOf(view))
	p.event("chat", said{From: "id", Name: "Ann", Text: "hello"})
	p.event("notice", noticed{What: "failed", Text: "why"})
	for _, want := range []string{"encryption on, in, locked, security code " + view.Codes[0].Code.String(), "Ann: hello (not encrypted)", "failed why"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("not printed: %s\n%s", want, &out)
		}
	}
}

func TestLinesThatAreNoCommands(t *testing.T) {
	a := &attendance{}
	if err := a.line(t.Context(), "/sing"); !errors.Is(err, errLine) {
		t.Errorf("err = %v", err)
	}
}

func TestBitrate(t *testing.T) {
	for in, want := range map[string]bitrate{"1500k": 1_500_000, "2M": 2_000_000, "0.5M": 500_000, "64000": 64000, "0": 0} {
		var got bitrate
		if err := got.UnmarshalText([]byte(in)); err != nil || got != want {
			t.Errorf("%s: %d, %v", in, got, err)
		}
	}
	for _, in := range []string{"", "k", "-1k", "NaN", "1e99", "1500kb"} {
		var got bitrate
		if err := got.UnmarshalText([]byte(in)); err == nil {
			t.Errorf("%q gives %d", in, got)
		}
	}
}

func TestSeatIsNeverPrinted(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		var out bytes.Buffer
		p := &printer{out: &out, json: asJSON}
		p.sdkEvent(client.Event{Type: wire.TypeAdmitted, Body: wire.Joined{Self: "me", Seat: "hush"}})
		p.event("joined", entered(client.State{Self: "me", Seat: "hush"}))
		if strings.Contains(out.String(), "hush") {
			t.Errorf("printed: %s", &out)
		}
	}
}

func TestNetworkIsPrintedWhenItIsNotGood(t *testing.T) {
	for _, tt := range []struct {
		name string
		p    wire.Participant
		want string
	}{
		{"OKUnknown", wire.Participant{Name: "Ann", Role: meeting.RoleHost}, "Ann (host)"},
		{"OKGood", wire.Participant{Name: "Ann", Role: meeting.RoleHost, Quality: 3}, "Ann (host)"},
		{"OKPoor", wire.Participant{Name: "Ann", Role: meeting.RoleHost, Quality: 1, QualityReason: wire.QualityLossUp}, "Ann (host), network poor lossUp"},
		{"OKWithoutAReason", wire.Participant{Name: "Ann", Role: meeting.RoleHost, Quality: 2}, "Ann (host), network fair"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := brief(wire.ParticipantEvent{Participant: tt.p}); got != tt.want {
				t.Errorf("printed %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEventsAreJSONLines(t *testing.T) {
	var out bytes.Buffer
	p := &printer{out: &out, json: true}
	p.sdkEvent(client.Event{Type: wire.TypeMuted, Seq: 4, Body: wire.Muted{Kind: meeting.KindMic, By: "ann"}})
	var got struct {
		Type string
		Body wire.Muted
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Type != wire.TypeMuted || got.Body.By != "ann" {
		t.Errorf("%+v", got)
	}
}

func TestWantsOf(t *testing.T) {
	live := func(kinds ...meeting.Kind) map[meeting.Kind]bool {
		m := map[meeting.Kind]bool{}
		for _, k := range kinds {
			m[k] = true
		}
		return m
	}
	got := wantsOf(client.State{Self: "me", Participants: []wire.Participant{
		{ID: "me", Live: live(meeting.KindCamera)},
		{ID: "ann", Live: live(meeting.KindCamera, meeting.KindMic)},
		{ID: "bob", Live: live(meeting.KindScreen)},
	}})
	want := []wire.Want{
		{Participant: "bob", Kind: meeting.KindScreen, Pixels: 1280 * 720},
		{Participant: "ann", Kind: meeting.KindCamera, Pixels: 1280 * 720},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestExplain(t *testing.T) {
	for want, err := range map[string]error{
		"The meeting is locked.":                  meeting.Errorf(meeting.CodeLocked, "The meeting is locked."),
		"The server cannot be reached. (refused)": meeting.Wrap(meeting.CodeUnavailable, errors.New("refused"), "The server cannot be reached."),
		"no such file":                            errors.New("no such file"),
	} {
		if got := explain(err); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
