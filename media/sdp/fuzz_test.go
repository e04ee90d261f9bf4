package sdp_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pion "github.com/pion/sdp/v3"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sdp"
)

// FuzzAnswer: any text gets an Error or an answer that is SDP with the same
// lines, and that says nothing the offer could have smuggled in.
func FuzzAnswer(f *testing.F) {
	offers, _ := filepath.Glob("testdata/*-receive.offer.sdp")
	for _, path := range offers {
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(offer(nil))
	f.Add(offer([]string{"a=ssrc-group:FID 1 2", "a=ssrc:1 cname:x", "a=ssrc:2 cname:x", "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:mid"}))
	f.Add(offer([]string{"m=application 0 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:d"}))
	f.Add(streams("send q;~h;f", "q send pt=96;max-width=320", "h send", "f send"))
	f.Add(streams("recv x send q,h;f;a;b;c", sends("q", "h", "f", "a", "b", "c")...))
	f.Add(mustRead(f, "testdata/firefox-simulcast.offer.sdp"))
	f.Fuzz(func(t *testing.T, text string) {
		s, answer, err := sdp.Answer(text, fuzzParams)
		if err != nil {
			if c := meeting.CodeOf(err); c != meeting.CodeInvalid && c != meeting.CodeTooLarge {
				t.Fatalf("code %s: %v", c, err)
			}
			return
		}
		var d pion.SessionDescription
		if err := d.UnmarshalString(answer); err != nil {
			t.Fatalf("%v in\n%s", err, answer)
		}
		if len(d.MediaDescriptions) != len(s.Lines) {
			t.Fatalf("%d lines for %d", len(d.MediaDescriptions), len(s.Lines))
		}
		if n := strings.Count(answer, "\r\na=end-of-candidates"); n > 1 {
			t.Fatalf("%d transports in\n%s", n, answer)
		}
		for i, m := range d.MediaDescriptions {
			if refused := m.MediaName.Port.Value == 0; refused != s.Lines[i].Refused {
				t.Fatalf("line %d refused: %v", i, refused)
			}
			checkSimulcast(t, &s.Lines[i], m)
		}
	})
}

// checkSimulcast holds a line to what the SFU and the client rely on: the answer
// names the streams of the line, each once, and no others.
func checkSimulcast(t *testing.T, l *sdp.Line, m *pion.MediaDescription) {
	var named []string
	list := ""
	for _, a := range m.Attributes {
		switch a.Key {
		case "rid":
			id, rest, _ := strings.Cut(a.Value, " ")
			if direction, _, _ := strings.Cut(rest, " "); direction != "recv" {
				t.Fatalf("a=rid:%s", a.Value)
			}
			named = append(named, id)
		case "simulcast":
			if list != "" {
				t.Fatal("two lists of streams")
			}
			list = a.Value
		}
	}
	if !slices.Equal(named, l.RIDs) {
		t.Fatalf("the answer names %q, the line has %q", named, l.RIDs)
	}
	if len(l.RIDs) == 0 {
		if list != "" || l.Extensions.RID != 0 || l.Extensions.RepairedRID != 0 {
			t.Fatalf("no streams, but %q and %+v", list, l.Extensions)
		}
		return
	}
	if want := "recv " + strings.Join(l.RIDs, ";"); strings.ReplaceAll(list, "~", "") != want {
		t.Fatalf("the answer lists %q, want %q", list, want)
	}
	if n := len(l.RIDs); n < 2 || n > sdp.MaxRIDs || len(slices.Compact(slices.Sorted(slices.Values(l.RIDs)))) != n {
		t.Fatalf("RIDs %q", l.RIDs)
	}
	for _, id := range l.RIDs {
		if len(id) == 0 || len(id) > 16 {
			t.Fatalf("RIDs %q", l.RIDs)
		}
	}
	e := l.Extensions
	if !l.Sends || l.Kind != sdp.Video || e.Mid == 0 || e.RID == 0 || e.RID == e.Mid || e.RepairedRID == e.RID || e.RepairedRID == e.Mid {
		t.Fatalf("streams of a line %+v", l)
	}
}

var fuzzParams = sdp.Params{
	Ufrag: "u", Pwd: "p", Fingerprint: "AA",
	Local: func(string, sdp.Kind) sdp.Source { return sdp.Source{SSRC: 1, RTX: 2} },
}
