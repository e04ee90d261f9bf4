package sdp_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/media/sdp"
)

// TestDependencyDescriptor: on which video lines it is agreed on, that the client
// sends on and that it receives on.
func TestDependencyDescriptor(t *testing.T) {
	const mixed, uri = "a=extmap-allow-mixed", "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
	offer := mustRead(t, "testdata/chromium-simulcast.offer.sdp")
	for _, tt := range []struct {
		name     string
		old, new string
		want     [2]uint8
	}{
		{"OKBoth", "", "", [2]uint8{12, 12}},
		{"OKOnlySending", "extmap:12 ", "extmap:12/sendonly ", [2]uint8{12, 0}},
		{"OKOnlyReceiving", "extmap:12 ", "extmap:12/recvonly ", [2]uint8{0, 12}},
		{"OKNot", "extmap:12 ", "extmap:12/inactive ", [2]uint8{}},
		{"OKShortExtensionsOnly", mixed + "\r\n", "", [2]uint8{}},
		{"OKSaidForEachLine", mixed + "\r\n", "", [2]uint8{12, 12}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			changed := offer
			if tt.old != "" {
				changed = strings.ReplaceAll(offer, tt.old, tt.new)
			}
			if tt.name == "OKSaidForEachLine" {
				changed = strings.ReplaceAll(changed, "a=rtcp-mux\r\n", "a=rtcp-mux\r\n"+mixed+"\r\n")
			}
			session, answer, err := sdp.Answer(changed, params)
			if err != nil {
				t.Fatal(err)
			}
			var got [2]uint8
			agreed := 0
			for _, l := range session.Lines {
				switch {
				case l.Kind == sdp.Video && l.Sends:
					got[0] = l.Extensions.DependencyDescriptor
				case l.Kind == sdp.Video && l.Receives:
					got[1] = l.Extensions.DependencyDescriptor
				case l.Extensions.DependencyDescriptor != 0:
					t.Errorf("line %s of %s has descriptors", l.Mid, l.Kind)
				}
				if l.Extensions.DependencyDescriptor != 0 {
					agreed++
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("agreed (-want +got):\n%s", diff)
			}
			if strings.Count(answer, uri) != agreed || strings.Count(answer, mixed) != agreed {
				t.Errorf("%d lines, but answered is\n%s", agreed, answer)
			}
		})
	}
}
