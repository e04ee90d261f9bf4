package sfu

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/core/meeting"
)

// bound returns who a peer's slots play, in the order of the slots.
func bound(p *Peer) []string {
	var ids []string
	for _, b := range p.told {
		ids = append(ids, b.Mid+":"+b.Peer)
	}
	return ids
}

func TestWantsDecideVideo(t *testing.T) {
	r := newRig(t)
	for i, id := range []string{"a", "b", "c"} {
		r.join(id, lines{sends: camera, ssrc: uint32(100 * (i + 1))})
	}
	bob := r.join("bob", lines{sends: camera, ssrc: 900, video: 2})
	for _, tt := range []struct {
		name  string
		wants []string
		want  []string
	}{
		{"OKNone", nil, nil},
		{"OKFirst", []string{"a"}, []string{"1:a"}},
		{"OKKeepsPlace", []string{"c", "a"}, []string{"1:a", "2:c"}},
		{"OKNoMoreThanSlots", []string{"c", "a", "b"}, []string{"1:a", "2:c"}},
		{"OKReplaces", []string{"b", "c"}, []string{"1:b", "2:c"}},
		{"OKTwiceWantedOnce", []string{"b", "b", "b"}, []string{"1:b"}},
		{"OKNobodyAndSelf", []string{"nobody", "bob", "a"}, []string{"1:a"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r.want(bob, tt.wants...)
			if diff := cmp.Diff(tt.want, bound(bob)); diff != "" {
				t.Errorf("slots (-want +got):\n%s", diff)
			}
		})
	}
}

func TestVideoFollowsThePeer(t *testing.T) {
	r := newRig(t)
	bob := r.join("bob", lines{video: 1})
	r.want(bob, "ann")
	if len(bob.told) != 0 {
		t.Fatal("bound to nobody")
	}
	ann := r.join("ann", lines{sends: camera, ssrc: 1})
	if diff := cmp.Diff([]string{"0:ann"}, bound(bob)); diff != "" {
		t.Fatalf("after joining (-want +got):\n%s", diff)
	}
	ann.apply(lines{}.session()) // an offer without the camera
	r.shard.settle(r.room)
	if len(bob.told) != 0 || len(ann.tracks) != 0 {
		t.Error("still bound to a line that is gone")
	}
	r.feed(ann, frame(1, 1, true))
	if len(r.packets(bob)) != 0 {
		t.Error("still forwarded")
	}
}

func TestAudioIsHeardByAll(t *testing.T) {
	r := newRig(t)
	var peers []*Peer
	for i := range 5 {
		peers = append(peers, r.join(fmt.Sprint(i), lines{sends: mic, ssrc: uint32(100 * (i + 1)), audio: 3}))
	}
	speak := func(i int, on bool) {
		r.shard.now += ms
		peers[i].speak(on)
		r.shard.settle(r.room)
	}
	if diff := cmp.Diff([]string{"1:1", "2:2", "3:3"}, bound(peers[0])); diff != "" {
		t.Errorf("at first (-want +got):\n%s", diff)
	}
	speak(4, true)
	if diff := cmp.Diff([]string{"1:1", "2:2", "3:4"}, bound(peers[0])); diff != "" {
		t.Errorf("4 speaks (-want +got):\n%s", diff)
	}
	speak(4, false)
	speak(3, true)
	if diff := cmp.Diff([]string{"1:1", "2:3", "3:4"}, bound(peers[0])); diff != "" {
		t.Errorf("3 speaks, 4 did lately (-want +got):\n%s", diff)
	}
	speak(0, true) // to themselves nobody speaks
	for i, p := range peers {
		for _, b := range p.told {
			if b.Peer == p.id {
				t.Errorf("%d hears itself", i)
			}
		}
	}
}

func TestScreenAudioIsHeardToo(t *testing.T) {
	r := newRig(t)
	r.join("ann", lines{sends: []meeting.Kind{meeting.KindMic, meeting.KindScreenAudio}, ssrc: 5})
	bob := r.join("bob", lines{audio: 4})
	want := []Binding{{Mid: "0", Peer: "ann", Kind: meeting.KindMic}, {Mid: "1", Peer: "ann", Kind: meeting.KindScreenAudio}}
	if diff := cmp.Diff(want, bob.told); diff != "" {
		t.Errorf("slots (-want +got):\n%s", diff)
	}
}

func TestAudioNeedsNoKeyFrame(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: mic, ssrc: 5})
	bob := r.join("bob", lines{audio: 1})
	for n := range 3 {
		r.feed(ann, sound(5, n))
	}
	if got := r.packets(bob); len(got) != 3 || numberOf(got[0]) != 0 || got[0].PayloadType != ptOpus || !got[0].Marker || got[1].Marker {
		t.Errorf("got %d packets: %v", len(got), got)
	}
	if n := len(r.messages(ann)); n != 0 {
		t.Errorf("%d messages to a microphone", n)
	}
}

func TestUndecodedIsNotBound(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, ssrc: 5, only: "VP9"})
	bob := r.join("bob", lines{video: 1, only: "VP8"})
	r.want(bob, "ann")
	if len(bob.told) != 0 || len(ann.tracks[0].slots) != 0 {
		t.Errorf("bound to a codec that was not negotiated: %v", bob.told)
	}
}

func TestSlotsOfGonePeersAreFreed(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 1, true))
	ann.gone = true
	r.room.leave(ann)
	r.shard.settle(r.room)
	if len(bob.told) != 0 || len(ann.tracks[0].slots) != 0 {
		t.Errorf("still bound: %v", bob.told)
	}
	r.step(1000 * ms)
}
