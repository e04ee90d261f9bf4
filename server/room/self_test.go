package room

import (
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestSelf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob")
		peer := w.media.last().peer(ann.id())

		ann.must(wire.TypeSelfName, wire.SelfName{Name: " Anna "})
		if got := bob.sees(ann).Name; got != "Anna" {
			t.Errorf("the new name is %q", got)
		}
		if code := ann.do(wire.TypeSelfName, wire.SelfName{Name: "\u200f"}); code != meeting.CodeInvalid {
			t.Errorf("an invisible name: %q", code)
		}
		ann.must(wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: true})
		if bob.sees(ann).Speaking {
			t.Error("somebody speaks through a muted microphone")
		}
		live(ann, meeting.KindMic)
		ann.must(wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: true})
		if !bob.sees(ann).Speaking || !peer.speaking {
			t.Error("nobody sees who speaks")
		}
		ann.must(wire.TypeMediaLive, wire.MediaLive{Kind: meeting.KindMic})
		if bob.sees(ann).Speaking || peer.speaking {
			t.Error("a muted participant still speaks")
		}
		ann.must(wire.TypeMediaReport, wire.MediaReport{Loss: 0.25, RTT: 0.1})
		if peer.loss != 0.25 {
			t.Errorf("the report says %v", peer.loss)
		}
		wants := []wire.Want{{Participant: bob.id(), Kind: meeting.KindCamera, Pixels: 100}}
		ann.must(wire.TypeMediaWants, wire.MediaWants{Wants: wants})
		if diff := cmp.Diff(wants, peer.wants); diff != "" {
			t.Errorf("wants (-want +got):\n%s", diff)
		}
	})
}

// TestLayers: each video has layers of its own, and the last word counts.
func TestLayers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann := guest(w).mustJoin("Ann")
		peer := w.media.last().peer(ann.id())

		camera := []wire.Layer{
			{RID: "q", Pixels: 320 * 180, Bitrate: 150_000},
			{RID: "h", Pixels: 640 * 360, Bitrate: 500_000},
			{RID: "f", Pixels: 1280 * 720, Bitrate: 1_500_000},
		}
		screen := []wire.Layer{{RID: "f", Pixels: 1920 * 1080}}
		ann.must(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: camera})
		ann.must(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindScreen, Layers: screen})
		want := map[meeting.Kind][]wire.Layer{meeting.KindCamera: camera, meeting.KindScreen: screen}
		if diff := cmp.Diff(want, peer.layers); diff != "" {
			t.Errorf("layers (-want +got):\n%s", diff)
		}
		if code := ann.do(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: []wire.Layer{{}}}); code != meeting.CodeInvalid {
			t.Errorf("a layer without a RID: %q", code)
		}
		if diff := cmp.Diff(want, peer.layers); diff != "" {
			t.Errorf("refused layers changed some (-want +got):\n%s", diff)
		}
		ann.must(wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: camera[:2]})
		if diff := cmp.Diff(camera[:2], peer.layers[meeting.KindCamera]); diff != "" {
			t.Errorf("layers of a smaller camera (-want +got):\n%s", diff)
		}
	})
}

func TestSelfRefused(t *testing.T) {
	layer := func(rid string, pixels, bitrate int) []wire.Layer {
		return []wire.Layer{{RID: rid, Pixels: pixels, Bitrate: bitrate}}
	}
	many := make([]wire.Want, maxWants+1)
	for i := range many {
		many[i].Kind = meeting.KindCamera
	}
	tests := []struct {
		name string
		typ  string
		body any
		want meeting.Code
	}{
		{"ErrKind", wire.TypeMediaLive, wire.MediaLive{Kind: "nose", Live: true}, meeting.CodeInvalid},
		{"ErrTooManyWants", wire.TypeMediaWants, wire.MediaWants{Wants: many}, meeting.CodeTooLarge},
		{"ErrWantAudio", wire.TypeMediaWants, wire.MediaWants{Wants: []wire.Want{{Kind: meeting.KindMic}}}, meeting.CodeInvalid},
		{"ErrWantPixels", wire.TypeMediaWants, wire.MediaWants{Wants: []wire.Want{{Kind: meeting.KindCamera, Pixels: -1}}}, meeting.CodeInvalid},
		{"ErrLayersOfNothing", wire.TypeMediaLayers, wire.MediaLayers{Kind: "nose"}, meeting.CodeInvalid},
		{"ErrLayersOfAudio", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindMic, Layers: layer("q", 1, 1)}, meeting.CodeInvalid},
		{"ErrTooManyLayers", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: make([]wire.Layer, maxLayers+1)}, meeting.CodeTooLarge},
		{"ErrLayerNoRID", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: layer("", 1, 1)}, meeting.CodeInvalid},
		{"ErrLayerLongRID", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: layer(strings.Repeat("q", maxRID+1), 1, 1)}, meeting.CodeInvalid},
		{"ErrLayerPixels", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindCamera, Layers: layer("q", -1, 1)}, meeting.CodeInvalid},
		{"ErrLayerBitrate", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindScreen, Layers: layer("q", 1, -1)}, meeting.CodeInvalid},
		{"OKNoLayers", wire.TypeMediaLayers, wire.MediaLayers{Kind: meeting.KindScreen}, ""},
		{"ErrLoss", wire.TypeMediaReport, wire.MediaReport{Loss: 1.5}, meeting.CodeInvalid},
		{"ErrRTT", wire.TypeMediaReport, wire.MediaReport{RTT: -1}, meeting.CodeInvalid},
		{"ErrName", wire.TypeSelfName, wire.SelfName{Name: strings.Repeat("x", 65)}, meeting.CodeInvalid},
		{"ErrBody", wire.TypeSelfHand, []int{1}, meeting.CodeInvalid},
		{"ErrBodyField", wire.TypeSelfHand, map[string]any{"up": "yes"}, meeting.CodeInvalid},
		{"OKUnknownField", wire.TypeSelfHand, map[string]any{"up": true, "high": 3}, ""},
		{"ErrUnknownType", "self.dance", wire.Empty{}, meeting.CodeUnknownType},
		{"ErrHelloInside", wire.TypeHello, wire.Hello{}, meeting.CodeUnknownType},
		{"ErrChannel", wire.TypeRelaySend, wire.RelaySend{Channel: "smoke", Payload: json.RawMessage(`{}`)}, meeting.CodeInvalid},
		{"ErrToNobody", wire.TypeRelaySend, wire.RelaySend{Channel: "chat", To: "nobody", Payload: json.RawMessage(`{"text":"x"}`)}, meeting.CodeNotFound},
		{"ErrOfferNoSDP", wire.TypeMediaOffer, wire.MediaOffer{}, meeting.CodeInvalid},
		{"ErrOfferBadOrigin", wire.TypeMediaOffer, wire.MediaOffer{SDP: "v=0\no=-\n"}, meeting.CodeInvalid},
		{"ErrOfferKind", wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp, Sends: map[string]meeting.Kind{"0": "nose"}}, meeting.CodeInvalid},
		{"ErrOfferTwice", wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp, Sends: map[string]meeting.Kind{"0": "mic", "1": "mic"}}, meeting.CodeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.DefaultSettings())
				ann := guest(w).mustJoin("Ann")
				if got := ann.do(tt.typ, tt.body); got != tt.want {
					t.Errorf("%s: %q, want %q", tt.typ, got, tt.want)
				}
			})
		})
	}
}

func TestChat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob, cyd := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob"), guest(w).mustJoin("Cyd")
		ann.must(wire.TypeRelaySend, chat("to all"))
		private := chat("to Bob")
		private.To = bob.id()
		ann.must(wire.TypeRelaySend, private)
		ann.must(wire.TypeRelaySend, wire.RelaySend{Channel: wire.ChannelReaction, Payload: encode(wire.ReactionPayload{Emoji: "👍"})})
		if code := ann.do(wire.TypeRelaySend, wire.RelaySend{Channel: "chat", To: ann.id(), Payload: private.Payload}); code != meeting.CodeInvalid {
			t.Errorf("a private message to oneself: %q", code)
		}

		read := func(c *client) []string {
			lines := []string{}
			for _, e := range c.see().history {
				lines = append(lines, e.Name+">"+e.ToName+" "+string(e.Payload))
			}
			return lines
		}
		all := `Ann> {"text":"to all"}`
		bobs := `Ann>Bob {"text":"to Bob"}`
		thumb := `Ann> {"emoji":"👍"}`
		late := guest(w).mustJoin("Dan")
		w.inspect(func(r *Room) { r.byID(bob.id()).log.kept = nil })
		bob.place.Lost()
		again := bob.back()
		for _, tt := range []struct {
			name string
			of   *client
			want []string
		}{
			{"Sender", ann, []string{all, bobs, thumb}},
			{"Addressee", bob, []string{all, bobs, thumb}},
			{"Other", cyd, []string{all, thumb}},
			{"Latecomer", late, []string{all}},
			{"AddresseeWithSnapshot", again, []string{all, bobs}},
		} {
			if diff := cmp.Diff(tt.want, read(tt.of)); diff != "" {
				t.Errorf("%s reads (-want +got):\n%s", tt.name, diff)
			}
		}
	})
}

func TestChatIsHeldToABudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann := guest(w).mustJoin("Ann")
		var refused int
		for range 30 {
			if ann.do(wire.TypeRelaySend, chat("again")) == meeting.CodeRateLimited {
				refused++
			}
		}
		if refused != 10 {
			t.Errorf("%d of 30 messages at once were refused, want 10", refused)
		}
	})
}
