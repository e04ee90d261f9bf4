package sdp_test

import (
	"os"
	"path/filepath"
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
		if n := strings.Count(answer, "\r\na=ice-ufrag:"); n > 1 {
			t.Fatalf("%d transports in\n%s", n, answer)
		}
		for i, m := range d.MediaDescriptions {
			if refused := m.MediaName.Port.Value == 0; refused != s.Lines[i].Refused {
				t.Fatalf("line %d refused: %v", i, refused)
			}
		}
	})
}

var fuzzParams = sdp.Params{
	Ufrag: "u", Pwd: "p", Fingerprint: "AA",
	Local: func(string, sdp.Kind) sdp.Source { return sdp.Source{SSRC: 1, RTX: 2} },
}
