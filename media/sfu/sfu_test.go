package sfu_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sfu"
)

var camOnly = []meeting.Kind{meeting.KindCamera}

func TestForward(t *testing.T) {
	s := mustSFU(t, false)
	var d diary
	room := s.NewRoom("r", d.events())
	ann := mustJoin(t, room, "ann", setup{sends: []meeting.Kind{meeting.KindMic, meeting.KindCamera}})
	bob := mustJoin(t, room, "bob", setup{audio: 2, video: 2})
	eve := mustJoin(t, room, "eve", setup{audio: 1, video: 1})
	ann.peer.SetLive(meeting.KindCamera, true)
	bob.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera, Pixels: 1000}})
	eve.peer.SetWants([]sfu.Want{{Peer: "ann", Kind: meeting.KindCamera}, {Peer: "eve", Kind: meeting.KindCamera}})
	ann.film(t, meeting.KindCamera)
	eventually(t, "slots", func() bool { return len(d.slotsOf("bob")) == 1 && len(d.slotsOf("eve")) == 1 })
	want := []sfu.Binding{{Mid: "2", Peer: "ann", Kind: meeting.KindCamera}}
	if diff := cmp.Diff(want, d.slotsOf("bob")); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
	eventually(t, "pictures", func() bool { return len(bob.packets("2")) > 150 && len(eve.packets("1")) > 150 })
	for name, got := range map[string][]uint64{"bob": numbers(bob, "2"), "eve": numbers(eve, "1")} {
		for i := 1; i < len(got); i++ {
			if got[i] != got[i-1] && got[i] != got[i-1]+1 {
				t.Fatalf("%s: frame %d follows %d", name, got[i], got[i-1])
			}
		}
	}
	if p := bob.packets("2")[0]; p.Payload[4]&1 != 0 {
		t.Error("the first packet does not begin a key frame")
	}
	if m, ok := d.facts("bob"); !ok || m.SRTP != meeting.SRTPAES256GCM {
		t.Errorf("facts %+v", m)
	}
	time.Sleep(1200 * time.Millisecond)
	t.Logf("%+v", s.Stats())
}

func numbers(e *endpoint, mid string) []uint64 {
	var n []uint64
	for _, p := range e.packets(mid) {
		n = append(n, number(p))
	}
	return n
}
