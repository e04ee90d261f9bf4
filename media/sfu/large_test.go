package sfu

import (
	"fmt"
	"testing"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Slots and people of a large meeting.
const (
	largePeople, largeVideo, largeAudio = 300, 25, 10
)

// crowd is a meeting of so many who all have a microphone and a camera in three
// sizes, and see the same 25 people.
func crowd(tb testing.TB, people int) *rig {
	r := newRig(tb)
	var wants []Want
	for i := range largeVideo {
		wants = append(wants, Want{Peer: fmt.Sprintf("p%03d", i), Kind: meeting.KindCamera, Pixels: 320 * 180})
	}
	for i := range people {
		p := r.join(fmt.Sprintf("p%03d", i), lines{
			sends: []meeting.Kind{meeting.KindMic, meeting.KindCamera},
			audio: largeAudio, video: largeVideo, rids: []string{"q", "h", "f"},
		})
		delete(r.sent, p.conn)
		p.live[meeting.KindMic], p.live[meeting.KindCamera] = i < 40, true
		p.want(wants)
	}
	for _, p := range r.room.order {
		for _, t := range p.tracks {
			t.setLive(p.live[t.kind])
		}
	}
	r.shard.settle(r.room)
	r.room.events.take()
	return r
}

// BenchmarkLargeSpeaks is what it costs when somebody else speaks.
func BenchmarkLargeSpeaks(b *testing.B) {
	r := crowd(b, largePeople)
	n := 0
	for b.Loop() {
		p := r.room.order[n%40]
		n++
		r.shard.now += 100 * ms
		p.speak(n/40%2 == 0)
		r.shard.settle(r.room)
		r.room.events.take()
	}
}

// BenchmarkLargeWants is what it costs when somebody looks at another page.
func BenchmarkLargeWants(b *testing.B) {
	r := crowd(b, largePeople)
	n := 0
	for b.Loop() {
		p := r.room.order[n%largePeople]
		n++
		r.want(p, fmt.Sprintf("p%03d", n%largePeople), fmt.Sprintf("p%03d", (n+7)%largePeople))
		r.room.events.take()
	}
}

// BenchmarkLargeTick is a sweep, which happens twenty times a second.
func BenchmarkLargeTick(b *testing.B) {
	r := crowd(b, largePeople)
	for b.Loop() {
		r.shard.now += 50 * ms
		r.shard.tick()
		r.room.events.take()
	}
}
