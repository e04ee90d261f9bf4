package sdp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sdp"
)

const (
	extMid      = "a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid"
	extRID      = "a=extmap:2 urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	extRepaired = "a=extmap:3 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
)

// camera is an offer of a microphone and a camera, whose line 1 has the
// attributes besides its codecs VP8 and AV1.
func camera(attributes ...string) string {
	return offer(append([]string{
		"m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99", "a=mid:1", "a=rtcp-mux", "a=sendonly",
		"a=rtpmap:96 VP8/90000", "a=rtpmap:97 rtx/90000", "a=fmtp:97 apt=96",
		"a=rtpmap:98 AV1/90000", "a=rtpmap:99 red/90000",
	}, attributes...), "BUNDLE 0", "BUNDLE 0 1")
}

// streams is a camera with the header extensions, an a=rid line for each of
// rids and the a=simulcast value.
func streams(simulcast string, rids ...string) string {
	lines := []string{extMid, extRID, extRepaired}
	for _, rid := range rids {
		lines = append(lines, "a=rid:"+rid)
	}
	return camera(append(lines, "a=simulcast:"+simulcast)...)
}

// sends returns a=rid values of streams without restrictions.
func sends(ids ...string) []string {
	for i := range ids {
		ids[i] += " send"
	}
	return ids
}

// simulcastOf returns what an answer says of simulcast in a line.
func simulcastOf(line string) (said []string) {
	for l := range strings.SplitSeq(line, "\r\n") {
		if strings.HasPrefix(l, "a=rid:") || strings.HasPrefix(l, "a=simulcast:") {
			said = append(said, strings.TrimPrefix(l, "a="))
		}
	}
	return said
}

func TestSimulcast(t *testing.T) {
	qhf := sends("q", "h", "f")
	both := []string{"rid:q recv", "rid:f recv", "simulcast:recv q;f"}
	long := strings.Repeat("x", 16)
	for _, tt := range []struct {
		name, offer string
		rids        []string
		answer      []string // a=rid and a=simulcast without "a="
	}{
		{"OK", streams("send q;h;f", qhf...), []string{"q", "h", "f"}, []string{"rid:q recv", "rid:h recv", "rid:f recv", "simulcast:recv q;h;f"}},
		{"OKOrderOfTheList", streams("send f;q", qhf...), []string{"f", "q"}, []string{"rid:f recv", "rid:q recv", "simulcast:recv f;q"}},
		{"OKPaused", streams("send ~q;h;~f", qhf...), []string{"q", "h", "f"}, []string{"rid:q recv", "rid:h recv", "rid:f recv", "simulcast:recv ~q;h;~f"}},
		{"OKReceives", streams("send q;f recv 1;2", append(qhf, "1 recv", "2 recv")...), []string{"q", "f"}, both},
		{"OKReceivesFirst", streams("recv 1 send q;f", append(qhf, "1 recv")...), []string{"q", "f"}, both},
		{"OKAlternatives", streams("send q,h;f", qhf...), []string{"q", "f"}, both},
		{"OKAlternativeThatIsDescribed", streams("send x,~q;f", qhf...), []string{"q", "f"}, []string{"rid:q recv", "rid:f recv", "simulcast:recv ~q;f"}},
		{"OKLongest", streams("send q;"+long, sends("q", long)...), []string{"q", long}, []string{"rid:q recv", "rid:" + long + " recv", "simulcast:recv q;" + long}},
		{"OKLetters", streams("send a-1;B_2", sends("a-1", "B_2")...), []string{"a-1", "B_2"}, []string{"rid:a-1 recv", "rid:B_2 recv", "simulcast:recv a-1;B_2"}},
		{
			"OKFirstFour", streams("send a;b;c;d;e", sends("a", "b", "c", "d", "e")...),
			[]string{"a", "b", "c", "d"},
			[]string{"rid:a recv", "rid:b recv", "rid:c recv", "rid:d recv", "simulcast:recv a;b;c;d"},
		},
		{"OKTwice", streams("send q;f;q", qhf...), []string{"q", "f"}, both},
		{"OKDescribedTwice", streams("send q;f", "q send", "f send", "q send pt=96"), []string{"q", "f"}, both},
		{"OKNotDescribed", streams("send q;x;f", qhf...), []string{"q", "f"}, both},
		{"OKReceivedOnly", streams("send q;x;f", append(qhf, "x recv")...), []string{"q", "f"}, both},
		{"OKTooLong", streams("send q;x"+long+";f", append(qhf, "x"+long+" send")...), []string{"q", "f"}, both},
		{"OKStrange", streams("send q;x/y;f", append(qhf, "x/y send")...), []string{"q", "f"}, both},
		{
			"OKRestrictions", streams("send q;f", "q send pt=96,98;max-width=320;max-fps=15", "f send max-br=2000000"),
			[]string{"q", "f"},
			[]string{"rid:q recv pt=96,98;max-width=320;max-fps=15", "rid:f recv max-br=2000000", "simulcast:recv q;f"},
		},
		{
			"OKPayloadTypesNotTaken", streams("send q;f", "q send pt=99,96,97,200", "f send pt=98"),
			[]string{"q", "f"},
			[]string{"rid:q recv pt=96", "rid:f recv pt=98", "simulcast:recv q;f"},
		},
		{"OKNonePlayable", streams("send q;x;f", append(qhf, "x send pt=99")...), []string{"q", "f"}, both},
		{"OKUnknownRestriction", streams("send q;x;f", append(qhf, "x send max-smell=3")...), []string{"q", "f"}, both},
		{"OKDepends", streams("send q;x;f", append(qhf, "x send depend=q")...), []string{"q", "f"}, both},
		{"OKRestrictedTwice", streams("send q;x;f", append(qhf, "x send pt=96;pt=98")...), []string{"q", "f"}, both},
		{"OKRestrictionNotText", streams("send q;x;f", append(qhf, "x send max-fs=\x01")...), []string{"q", "f"}, both},
		{"OKManyRestrictions", streams("send q;x;f", append(qhf, "x send "+strings.Repeat("max-fs=1;", 17)+"pt=96")...), []string{"q", "f"}, both},

		{"NoneAlone", streams("send q", qhf...), nil, nil},
		{"NoneLeft", streams("send q;x", "q send", "x send pt=99"), nil, nil},
		{"NoneDescribed", streams("send q;f"), nil, nil},
		{"NoneListed", camera(extMid, extRID, "a=rid:q send", "a=rid:f send"), nil, nil},
		{"NoneReceives", streams("recv q;f", "q recv", "f recv"), nil, nil},
		{"NoneMid", camera(extRID, "a=rid:q send", "a=rid:f send", "a=simulcast:send q;f"), nil, nil},
		{"NoneRID", camera(extMid, "a=rid:q send", "a=rid:f send", "a=simulcast:send q;f"), nil, nil},
		{"NoneTwoByteID", strings.Replace(streams("send q;f", qhf...), "extmap:2 ", "extmap:15 ", 1), nil, nil},
		{"NoneSameID", strings.Replace(streams("send q;f", qhf...), "extmap:2 ", "extmap:1 ", 1), nil, nil},
		{"NoneInactiveExtension", strings.Replace(streams("send q;f", qhf...), "extmap:2 ", "extmap:2/inactive ", 1), nil, nil},
		{"NoneNotSent", strings.Replace(streams("send q;f", qhf...), "a=sendonly", "a=recvonly", 1), nil, nil},
		{"NoneRefused", strings.Replace(streams("send q;f", qhf...), "m=video 9", "m=video 0", 1), nil, nil},
		{"NoneMalformedWhereRefused", strings.Replace(streams("send", qhf...), "m=video 9", "m=video 0", 1), nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, answer, err := sdp.Answer(tt.offer, params)
			if err != nil {
				t.Fatal(err)
			}
			l := s.Lines[1]
			if diff := cmp.Diff(tt.rids, l.RIDs); diff != "" {
				t.Errorf("RIDs (-want +got):\n%s", diff)
			}
			audio, video, _ := strings.Cut(answer, "m=video")
			if diff := cmp.Diff(tt.answer, simulcastOf(video)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if said := simulcastOf(audio); said != nil {
				t.Errorf("the microphone is answered with %v", said)
			}
			named := tt.rids != nil
			if (l.Extensions.RID != 0) != named || (l.Extensions.RepairedRID != 0) != named || strings.Contains(video, "rtp-stream-id") != named {
				t.Errorf("extensions %+v in\n%s", l.Extensions, video)
			}
		})
	}
}

// TestSimulcastErrors: what is not the grammar of RFC 8853, or has no end.
func TestSimulcastErrors(t *testing.T) {
	ids := make([]string, 17)
	for i := range ids {
		ids[i] = fmt.Sprintf("r%d", i)
	}
	qf := sends("q", "f")
	for _, tt := range []struct{ name, offer, message string }{
		{"ErrEmpty", streams("", qf...), "malformed simulcast"},
		{"ErrNoList", streams("send", qf...), "malformed simulcast"},
		{"ErrDirection", streams("both q;f", qf...), "malformed simulcast"},
		{"ErrSecondDirection", streams("send q;f both 1", qf...), "malformed simulcast"},
		{"ErrSendTwice", streams("send q send f", qf...), "malformed simulcast"},
		{"ErrHalf", streams("send q;f recv", qf...), "malformed simulcast"},
		{"ErrMore", streams("send q;f recv 1 recv 2", qf...), "malformed simulcast"},
		{"ErrNoName", streams("send q;;f", qf...), "malformed simulcast"},
		{"ErrPausedNothing", streams("send q;~", qf...), "malformed simulcast"},
		{"ErrNoAlternative", streams("send q,;f", qf...), "malformed simulcast"},
		{"ErrReceivesNothing", streams("send q;f recv ;", qf...), "malformed simulcast"},
		{"ErrTwoLines", streams("send q;f\r\na=simulcast:send q;f", qf...), "malformed simulcast"},
		{"ErrStreams", streams("send "+strings.Join(ids, ";"), qf...), "more than 16 simulcast streams"},
		{"ErrAlternatives", streams("send "+strings.Join(ids, ","), qf...), "more than 16 simulcast streams"},
		{"ErrReceivedStreams", streams("send q;f recv "+strings.Join(ids, ";"), qf...), "more than 16 simulcast streams"},
		{"ErrRIDs", streams("send r0;r1", sends(ids...)...), "more than 16 streams"},
		{"ErrWithoutExtensions", camera("a=simulcast:send"), "malformed simulcast"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := sdp.Answer(tt.offer, params)
			if code := meeting.CodeOf(err); code != meeting.CodeInvalid {
				t.Fatalf("got %v", err)
			}
			if got := meeting.MessageOf(err); !strings.Contains(got, tt.message) || !strings.HasSuffix(got, ".") {
				t.Errorf("message %q, want %q", got, tt.message)
			}
		})
	}
}

// TestSimulcastOfAudio: the SFU forwards one stream of a microphone.
func TestSimulcastOfAudio(t *testing.T) {
	s, answer, err := sdp.Answer(offer([]string{extMid, extRID, "a=rid:q send", "a=rid:f send", "a=simulcast:send q;f"}), params)
	if err != nil {
		t.Fatal(err)
	}
	if l := s.Lines[0]; l.RIDs != nil || l.Extensions != (sdp.Extensions{Mid: 1}) || simulcastOf(answer) != nil {
		t.Errorf("line %+v, answer:\n%s", l, answer)
	}
}

// TestSimulcastOfBrowsers: what Chromium 156 and Firefox ESR 153 offer for a
// camera with three encodings. Firefox announces SSRCs all the same.
func TestSimulcastOfBrowsers(t *testing.T) {
	for _, tt := range []struct {
		file       string
		extensions sdp.Extensions
		sources    int
	}{
		{"chromium-simulcast", sdp.Extensions{Mid: 4, RID: 10, RepairedRID: 11, TransportCC: 3, DependencyDescriptor: 12}, 0},
		{"chromium-paused", sdp.Extensions{Mid: 4, RID: 10, RepairedRID: 11, TransportCC: 3, DependencyDescriptor: 12}, 0},
		{"firefox-simulcast", sdp.Extensions{Mid: 3, RID: 9, RepairedRID: 10, TransportCC: 7, DependencyDescriptor: 8}, 3},
	} {
		t.Run(tt.file, func(t *testing.T) {
			s, err := sdp.Parse(mustRead(t, "testdata/"+tt.file+".offer.sdp"))
			if err != nil {
				t.Fatal(err)
			}
			for i, l := range s.Lines {
				if i != 1 && (l.RIDs != nil || l.Extensions.RID != 0 || l.Extensions.RepairedRID != 0) {
					t.Errorf("line %d: %+v", i, l)
				}
			}
			l := s.Lines[1]
			if diff := cmp.Diff([]string{"q", "h", "f"}, l.RIDs); diff != "" {
				t.Errorf("RIDs (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.extensions, l.Extensions); diff != "" {
				t.Errorf("extensions (-want +got):\n%s", diff)
			}
			if len(l.Sources) != tt.sources {
				t.Errorf("sources %+v", l.Sources)
			}
			for _, source := range l.Sources {
				if source.SSRC == 0 || source.RTX == 0 {
					t.Errorf("source %+v", source)
				}
			}
		})
	}
}
