package sdp_test

import (
	"flag"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/roundel-meet/roundel/media/sdp"
)

var update = flag.Bool("update", false, "write the golden answers")

var params = sdp.Params{
	Ufrag: "serverufrag1", Pwd: "serverpasswordserverpassword1234",
	Fingerprint: "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
	Candidates: []netip.AddrPort{
		netip.MustParseAddrPort("192.0.2.1:8443"), netip.MustParseAddrPort("[2001:db8::1]:8443"),
	},
	TCP:       []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:443")},
	SessionID: 4611686018427387904, Version: 3,
	Local: func(mid string, kind sdp.Kind) sdp.Source {
		base := uint32(1000)
		if kind == sdp.Video {
			base = 2000
		}
		return sdp.Source{SSRC: base + 2*uint32(mid[0]-'0'), RTX: base + 1 + 2*uint32(mid[0]-'0')}
	},
}

// TestGolden answers what Chromium 156 and Firefox ESR 153 really offer.
func TestGolden(t *testing.T) {
	offers, err := filepath.Glob("testdata/*.offer.sdp")
	if err != nil || len(offers) == 0 {
		t.Fatalf("no offers: %v", err)
	}
	for _, path := range offers {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".offer.sdp"), func(t *testing.T) {
			_, got, err := sdp.Answer(mustRead(t, path), params)
			if err != nil {
				t.Fatal(err)
			}
			golden := strings.TrimSuffix(path, ".offer.sdp") + ".answer.sdp"
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(mustRead(t, golden), got); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}

func mustRead(tb testing.TB, path string) string {
	tb.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return string(b)
}

// TestSession: what the SFU learns from a browser's offer with a microphone, a
// camera, two slots for audio and two for video.
func TestSession(t *testing.T) {
	all := []string{"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb"}
	const opus = "minptime=10;useinbandfec=1;cbr=1;usedtx=0;stereo=0"
	for _, tt := range []struct {
		browser    string
		audio      sdp.Codec
		video      []sdp.Codec // without Feedback, which is all
		extensions sdp.Extensions
	}{
		{
			"chromium",
			sdp.Codec{Name: "opus", PayloadType: 111, ClockRate: 48000, Channels: 2, Format: opus, Feedback: []string{"transport-cc"}},
			[]sdp.Codec{
				{Name: "VP8", PayloadType: 96, RTX: 97, ClockRate: 90000},
				{Name: "H264", PayloadType: 108, RTX: 109, ClockRate: 90000, Format: "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
				{Name: "AV1", PayloadType: 45, RTX: 46, ClockRate: 90000, Format: "level-idx=5;profile=0;tier=0"},
				{Name: "VP9", PayloadType: 98, RTX: 99, ClockRate: 90000, Format: "profile-id=0"},
			},
			sdp.Extensions{Mid: 4, TransportCC: 3},
		},
		{
			"firefox",
			sdp.Codec{Name: "opus", PayloadType: 109, ClockRate: 48000, Channels: 2, Format: opus, Feedback: []string{"transport-cc"}},
			[]sdp.Codec{
				{Name: "VP8", PayloadType: 120, RTX: 124, ClockRate: 90000, Format: "max-fs=12288;max-fr=60"},
				{Name: "VP9", PayloadType: 121, RTX: 125, ClockRate: 90000, Format: "max-fs=12288;max-fr=60"},
				{Name: "AV1", PayloadType: 99, RTX: 100, ClockRate: 90000},
			},
			sdp.Extensions{Mid: 3, TransportCC: 7},
		},
	} {
		t.Run(tt.browser, func(t *testing.T) {
			s, _, err := sdp.Answer(mustRead(t, "testdata/"+tt.browser+"-join.offer.sdp"), params)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Lines) != 6 || len(s.Ufrag) < 4 || len(s.Pwd) < 22 || !strings.HasPrefix(s.Fingerprint, "sha-256 ") {
				t.Fatalf("session %+v", s)
			}
			for i, l := range s.Lines {
				sends, audio := i < 2, i == 0 || i == 2 || i == 3
				if l.Refused || l.Sends != sends || l.Receives == sends || audio != (l.Kind == sdp.Audio) || l.Mid != string(rune('0'+i)) {
					t.Errorf("line %d: %+v", i, l)
				}
				if l.Receives != (l.Local.SSRC != 0) || (l.Local.RTX != 0) != (l.Receives && !audio) {
					t.Errorf("line %d has %+v", i, l.Local)
				}
				if sends && (len(l.Sources) != 1 || l.Sources[0].SSRC == 0 || (l.Sources[0].RTX == 0) != audio) {
					t.Errorf("line %d sends %+v", i, l.Sources)
				}
			}
			if diff := cmp.Diff([]sdp.Codec{tt.audio}, s.Lines[0].Codecs); diff != "" {
				t.Errorf("audio (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.video, s.Lines[1].Codecs, cmpopts.IgnoreFields(sdp.Codec{}, "Feedback")); diff != "" {
				t.Errorf("video (-want +got):\n%s", diff)
			}
			for _, c := range s.Lines[1].Codecs {
				for _, f := range all {
					if !c.Has(f) {
						t.Errorf("%s has no %s", c.Name, f)
					}
				}
			}
			if diff := cmp.Diff(tt.extensions, s.Lines[1].Extensions); diff != "" {
				t.Errorf("extensions (-want +got):\n%s", diff)
			}
		})
	}
}

// TestNeverAnswered: what must not be in any answer, since it would tell an
// eavesdropper, or us, about speech, or is not forwarded.
func TestNeverAnswered(t *testing.T) {
	answers, _ := filepath.Glob("testdata/*.answer.sdp")
	for _, path := range answers {
		a := strings.ToLower(mustRead(t, path))
		for _, word := range []string{
			" red/", "ulpfec", "flexfec", "audio-level", "telephone-event", " cn/", "pcmu", "g722",
			"a=setup:act", "video-orientation",
		} {
			if strings.Contains(a, word) {
				t.Errorf("%s has %q", path, word)
			}
		}
		for i, line := range strings.Split(a, "\r\nm=") {
			simulcast := strings.Contains(line, "a=simulcast:")
			if simulcast != strings.Contains(line, "a=rid:") || simulcast != strings.Contains(line, "rtp-stream-id") ||
				simulcast && !strings.Contains(line, "a=recvonly") {
				t.Errorf("%s has half a simulcast in line %d", path, i)
			}
		}
		if n := strings.Count(a, "a=end-of-candidates"); n != 1 {
			t.Errorf("%s has %d transports", path, n)
		}
		// Firefox refuses a restart that does not say so on each line.
		if n := strings.Count(a, "a=ice-ufrag:"); n != strings.Count(a, "a=setup:") {
			t.Errorf("%s has credentials on %d lines", path, n)
		}
		session, _, _ := strings.Cut(a, "\r\nm=")
		if !strings.Contains(session, "a=fingerprint:sha-256 ") {
			t.Errorf("%s has no fingerprint for the whole session", path)
		}
	}
}

// TestLimitsWithoutTransportCC: a line with transport-wide feedback needs nobody's
// limits (RFC 5104); one without has them and the receiver's estimate.
func TestLimitsWithoutTransportCC(t *testing.T) {
	plain := mustRead(t, "testdata/plain-join.offer.sdp")
	full := strings.ReplaceAll(mustRead(t, "testdata/chromium-join.offer.sdp"), "goog-remb", "ccm tmmbr")
	for name, tt := range map[string]struct {
		offer       string
		tmmbr, remb bool
	}{"plain": {plain, true, true}, "full": {full, false, false}} {
		s, _, err := sdp.Answer(tt.offer, params)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range s.Lines {
			if l.Kind != sdp.Video {
				continue
			}
			if (l.Extensions.AbsSendTime != 0) != tt.tmmbr {
				t.Errorf("%s: line %s has %+v", name, l.Mid, l.Extensions)
			}
			for _, c := range l.Codecs {
				if c.Has("ccm tmmbr") != tt.tmmbr || c.Has("goog-remb") != tt.remb {
					t.Errorf("%s: line %s answers %v", name, l.Mid, c.Feedback)
				}
			}
		}
	}
}

// TestSoundIsNotSentAgain: no line of sound answers NACK, whatever is offered, and
// all ask for in-band FEC, in both directions.
func TestSoundIsNotSentAgain(t *testing.T) {
	for _, browser := range []string{"chromium", "firefox", "plain"} {
		text := mustRead(t, "testdata/"+browser+"-join.offer.sdp")
		pt := "111"
		if browser == "firefox" {
			pt = "109"
		}
		text = strings.ReplaceAll(text, "a=rtpmap:"+pt+" ", "a=rtcp-fb:"+pt+" nack\r\na=rtpmap:"+pt+" ")
		s, answer, err := sdp.Answer(text, params)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(answer, "a=rtcp-fb:"+pt+" nack") {
			t.Errorf("%s: NACK of sound is answered", browser)
		}
		sends, receives := 0, 0
		for _, l := range s.Lines {
			if l.Kind != sdp.Audio {
				continue
			}
			if c := l.Codecs[0]; c.Has("nack") || !strings.Contains(c.Format, "useinbandfec=1") {
				t.Errorf("%s: line %s has %+v", browser, l.Mid, c)
			}
			if l.Sends {
				sends++
			} else {
				receives++
			}
		}
		if n := strings.Count(answer, "useinbandfec=1"); n != sends+receives || sends == 0 || receives == 0 {
			t.Errorf("%s: in-band FEC on %d of %d+%d lines", browser, n, sends, receives)
		}
	}
}
