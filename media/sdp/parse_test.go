package sdp_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sdp"
)

// offer builds an offer of one audio line; lines are added to it, and replace
// takes "old", "new" pairs.
func offer(lines []string, replace ...string) string {
	all := append([]string{
		"v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0", "a=group:BUNDLE 0",
		"m=audio 9 UDP/TLS/RTP/SAVPF 111", "c=IN IP4 0.0.0.0", "a=mid:0", "a=rtcp-mux", "a=sendrecv",
		"a=ice-ufrag:abcd", "a=ice-pwd:0123456789012345678901", "a=setup:actpass",
		"a=fingerprint:SHA-256 AA:BB", "a=rtpmap:111 opus/48000/2",
	}, lines...)
	return strings.NewReplacer(replace...).Replace(strings.Join(all, "\r\n") + "\r\n")
}

// TestErrors: every refusal is an Error with a sentence for people.
func TestErrors(t *testing.T) {
	second := []string{"m=audio 9 UDP/TLS/RTP/SAVPF 111", "a=mid:1", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"}
	many := make([]string, 20)
	for i := range many {
		many[i] = fmt.Sprintf("a=ssrc:%d cname:x", i+1)
	}
	for _, tt := range []struct {
		name, offer string
		code        meeting.Code
		message     string // part of it
	}{
		{"ErrEmpty", "", meeting.CodeInvalid, "no media lines"},
		{"ErrText", "hello", meeting.CodeInvalid, "not valid SDP"},
		{"ErrNoLines", "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n", meeting.CodeInvalid, "no media lines"},
		{"ErrHuge", strings.Repeat("a", sdp.MaxOffer+1), meeting.CodeTooLarge, "larger than"},
		{"ErrLines", offer(strings.Split(strings.Repeat("m=audio 0 RTP/SAVPF 0,", sdp.MaxLines)+"m=audio 0 RTP/SAVPF 0", ",")), meeting.CodeTooLarge, "more than 256"},
		{"ErrBundle", offer(nil, "a=group:BUNDLE 0", "a=x"), meeting.CodeInvalid, "must bundle"},
		{"ErrNotBundled", offer(second), meeting.CodeInvalid, "not in the BUNDLE"},
		{"ErrMux", offer(nil, "a=rtcp-mux", "a=x"), meeting.CodeInvalid, "multiplex RTCP"},
		{"ErrMid", offer(nil, "a=mid:0", "a=x"), meeting.CodeInvalid, "no usable identifier"},
		{"ErrMidTwice", offer(second, "a=mid:1", "a=mid:0"), meeting.CodeInvalid, "two lines"},
		{"ErrMidText", offer(nil, "a=mid:0", "a=mid:a b", "BUNDLE 0", "BUNDLE a b"), meeting.CodeInvalid, "no usable identifier"},
		{"ErrICE", offer(nil, "a=ice-ufrag:abcd", "a=x"), meeting.CodeInvalid, "no ICE credentials"},
		{"ErrPassword", offer(nil, "0123456789012345678901", "0123"), meeting.CodeInvalid, "no ICE credentials"},
		{"ErrFingerprint", offer(nil, "a=fingerprint:SHA-256 AA:BB", "a=x"), meeting.CodeInvalid, "no DTLS certificate"},
		{"ErrPassive", offer(nil, "actpass", "passive"), meeting.CodeInvalid, "passive in DTLS"},
		{"ErrSSRC", offer([]string{"a=ssrc:x cname:y"}), meeting.CodeInvalid, "malformed SSRC"},
		{"ErrSSRCs", offer(many), meeting.CodeInvalid, "more than 16 SSRCs"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := sdp.Answer(tt.offer, params)
			if got := meeting.CodeOf(err); got != tt.code {
				t.Fatalf("got %v, want %s", err, tt.code)
			}
			if got := meeting.MessageOf(err); !strings.Contains(got, tt.message) || !strings.HasSuffix(got, ".") {
				t.Errorf("message %q, want %q", got, tt.message)
			}
		})
	}
}

// TestDirections: the offer's direction is the client's, the answer's ours.
func TestDirections(t *testing.T) {
	for _, tt := range []struct {
		offer           string
		sends, receives bool
		answer          string
	}{
		{"a=sendrecv", true, true, "sendrecv"},
		{"a=sendonly", true, false, "recvonly"},
		{"a=recvonly", false, true, "sendonly"},
		{"a=inactive", false, false, "inactive"},
		{"a=x-none", true, true, "sendrecv"},
	} {
		t.Run(tt.offer, func(t *testing.T) {
			s, answer, err := sdp.Answer(offer(nil, "a=sendrecv", tt.offer), params)
			if err != nil {
				t.Fatal(err)
			}
			l := s.Lines[0]
			if l.Sends != tt.sends || l.Receives != tt.receives || !strings.Contains(answer, "a="+tt.answer+"\r\n") {
				t.Errorf("sends %v, receives %v in\n%s", l.Sends, l.Receives, answer)
			}
			if announced := strings.Contains(answer, "a=ssrc:"); announced != tt.receives {
				t.Errorf("an SSRC is announced: %v", announced)
			}
		})
	}
}

// TestRefused: lines that are answered with port 0 keep their place.
func TestRefused(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lines []string
	}{
		{"DataChannel", []string{"m=application 9 UDP/DTLS/SCTP webrtc-datachannel", "a=mid:1"}},
		{"Recycled", []string{"m=video 0 UDP/TLS/RTP/SAVPF 0", "a=mid:1"}},
		{"RecycledWithoutMid", []string{"m=video 0 UDP/TLS/RTP/SAVPF 0"}},
		{"NoCodec", []string{"m=audio 9 UDP/TLS/RTP/SAVPF 0", "a=mid:1", "a=rtcp-mux", "a=rtpmap:0 PCMU/8000"}},
		{"PlainRTP", []string{"m=audio 9 RTP/AVP 111", "a=mid:1", "a=rtcp-mux", "a=rtpmap:111 opus/48000/2"}},
		{"Text", []string{"m=text 9 UDP/TLS/RTP/SAVPF 98", "a=mid:1", "a=rtcp-mux"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, answer, err := sdp.Answer(offer(tt.lines, "BUNDLE 0", "BUNDLE 0 1"), params)
			if err != nil {
				t.Fatal(err)
			}
			if len(s.Lines) != 2 || s.Lines[0].Refused || !s.Lines[1].Refused || s.Lines[1].Sends || s.Lines[1].Receives {
				t.Fatalf("lines %+v", s.Lines)
			}
			media := strings.Fields(tt.lines[0])[0] + " 0 "
			if !strings.Contains(answer, media) || !strings.Contains(answer, "a=group:BUNDLE 0\r\n") {
				t.Errorf("answer:\n%s", answer)
			}
		})
	}
}

// TestFirstLineRefused: the transport goes to the first line that is taken.
func TestFirstLineRefused(t *testing.T) {
	o := offer(nil, "m=audio 9", "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\nm=audio 9")
	s, answer, err := sdp.Answer(o, params)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(answer, "m=audio 9")
	if !s.Lines[0].Refused || !strings.Contains(rest, "a=ice-ufrag:") || strings.Count(answer, "a=candidate:") != 3 {
		t.Errorf("answer:\n%s", answer)
	}
}

// TestCodecChoice: which of several payload types of a codec is taken.
func TestCodecChoice(t *testing.T) {
	video := func(attributes ...string) string {
		return offer(append([]string{"m=video 9 UDP/TLS/RTP/SAVPF 100 101 102 103", "a=mid:1", "a=rtcp-mux"}, attributes...), "BUNDLE 0", "BUNDLE 0 1")
	}
	for _, tt := range []struct {
		name, offer string
		want        []string // name:payload type:rtx
	}{
		{"H264Mode1", video("a=rtpmap:100 H264/90000", "a=fmtp:100 profile-level-id=42e01f;packetization-mode=0",
			"a=rtpmap:101 H264/90000", "a=fmtp:101 profile-level-id=42e01f; packetization-mode=1",
			"a=rtpmap:102 rtx/90000", "a=fmtp:102 apt=101"), []string{"H264:101:102"}},
		{"H264NotHigh", video("a=rtpmap:100 H264/90000", "a=fmtp:100 profile-level-id=64001f;packetization-mode=1"), nil},
		{"H264NotPlainBaseline", video("a=rtpmap:100 H264/90000", "a=fmtp:100 profile-level-id=42001f;packetization-mode=1"), nil},
		{"VP9Profile0", video("a=rtpmap:100 VP9/90000", "a=fmtp:100 profile-id=2", "a=rtpmap:101 VP9/90000"), []string{"VP9:101:0"}},
		{"AV1Main", video("a=rtpmap:100 AV1/90000", "a=fmtp:100 profile=1", "a=rtpmap:101 AV1/90000"), []string{"AV1:101:0"}},
		{"FirstWins", video("a=rtpmap:103 VP8/90000", "a=rtpmap:100 vp8/90000"), []string{"VP8:100:0"}},
		{"WrongClock", video("a=rtpmap:100 VP8/8000"), nil},
		{"ForeignRTX", video("a=rtpmap:100 VP8/90000", "a=rtpmap:101 rtx/90000", "a=fmtp:101 apt=99"), []string{"VP8:100:0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := sdp.Parse(tt.offer)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range s.Lines[1].Codecs {
				got = append(got, fmt.Sprintf("%s:%d:%d", c.Name, c.PayloadType, c.RTX))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || (len(got) == 0) != s.Lines[1].Refused {
				t.Errorf("codecs (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCandidates: only UDP addresses are kept, once each.
func TestCandidates(t *testing.T) {
	s, err := sdp.Parse(offer([]string{
		"a=candidate:1 1 udp 1 192.0.2.1 5000 typ host generation 0",
		"a=candidate:1 1 UDP 1 192.0.2.1 5000 typ host",
		"a=candidate:2 1 udp 1 0f1e2d3c.local 5001 typ host",
		"a=candidate:3 1 tcp 1 192.0.2.1 9 typ host tcptype active",
		"a=candidate:4 1 udp 1 2001:db8::1 5002 typ srflx raddr :: rport 0",
		"a=candidate:5 1 udp 1 192.0.2.1 99999 typ host",
		"a=candidate:6 1 udp 1 192.0.2.1 5003 typ strange",
		"a=candidate:7",
	}))
	want := []sdp.Candidate{
		{Addr: netip.MustParseAddrPort("192.0.2.1:5000"), Type: "host"},
		{Addr: netip.MustParseAddrPort("[2001:db8::1]:5002"), Type: "srflx"},
	}
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, s.Candidates, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Errorf("candidates (-want +got):\n%s", diff)
	}
}

// TestExtensions: two-byte ids are left alone, a direction is no part of the id
// and turned round in the answer, and abs-send-time is only for those without
// transport-wide feedback.
func TestExtensions(t *testing.T) {
	const mid, twcc, abs = "urn:ietf:params:rtp-hdrext:sdes:mid",
		"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
		"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
	for _, tt := range []struct {
		name   string
		lines  []string
		want   sdp.Extensions
		answer []string
	}{
		{
			"OK",
			[]string{"a=extmap:1 " + mid, "a=extmap:2/sendonly " + twcc, "a=extmap:3 " + abs},
			sdp.Extensions{Mid: 1, TransportCC: 2},
			[]string{"a=extmap:1 " + mid, "a=extmap:2/recvonly " + twcc},
		},
		{"OKAbsSendTime", []string{"a=extmap:3/recvonly " + abs}, sdp.Extensions{AbsSendTime: 3}, []string{"a=extmap:3/sendonly " + abs}},
		{"OKLast", []string{"a=extmap:1 " + mid, "a=extmap:2 " + mid}, sdp.Extensions{Mid: 2}, []string{"a=extmap:2 " + mid}},
		{"ErrInactive", []string{"a=extmap:1/inactive " + mid}, sdp.Extensions{}, nil},
		{"ErrTwoByte", []string{"a=extmap:15 " + mid, "a=extmap:200 " + twcc}, sdp.Extensions{}, nil},
		{"ErrZero", []string{"a=extmap:0 " + mid, "a=extmap:x " + twcc}, sdp.Extensions{}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, answer, err := sdp.Answer(offer(tt.lines), params)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, s.Lines[0].Extensions); diff != "" {
				t.Errorf("extensions (-want +got):\n%s", diff)
			}
			var answered []string
			for l := range strings.SplitSeq(answer, "\r\n") {
				if strings.HasPrefix(l, "a=extmap:") {
					answered = append(answered, l)
				}
			}
			if diff := cmp.Diff(tt.answer, answered); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
		})
	}
}
