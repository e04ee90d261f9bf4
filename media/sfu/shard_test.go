package sfu

import (
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/transport"
)

// TestPanicEndsOneRoom makes sending to one peer panic wherever the shard may be
// at work: the peer's room ends with an event, the other one goes on.
func TestPanicEndsOneRoom(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(r *rig, room *Room, ann, bob *Peer)
	}{
		{"OKForward", func(r *rig, _ *Room, ann, _ *Peer) { r.feed(ann, frame(77, 1, true)) }},
		{"OKCommand", func(r *rig, room *Room, ann, bob *Peer) {
			r.shard.obeyOne(command{room: room, run: func() { panic("a fault of ours") }})
		}},
		{"OKTick", func(r *rig, _ *Room, ann, bob *Peer) {
			bob.twccID, bob.recorder = 0, ann.recorder
			bob.tracks = append(bob.tracks, nil)
			r.step(100 * ms)
		}},
		{"OKDrain", func(r *rig, _ *Room, ann, bob *Peer) {
			r.bad = nil
			narrow(bob, 100e3)
			for n := range 20 {
				r.feed(ann, large(77, n, n == 0))
			}
			r.bad = bob.conn
			r.step(500 * ms)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			var ended error
			other := r.newRoom()
			other.events = newNotices(Events{Ended: func(err error) { ended = err }})
			closed := 0
			r.shard.hangUp = func(*transport.Conn) { closed++ }
			ann := r.joinRoom(other, "ann", lines{sends: camera, ssrc: 77})
			bob := r.joinRoom(other, "bob", lines{video: 1})
			r.want(bob, "ann")
			good := r.join("carl", lines{sends: camera, ssrc: 5})
			viewer := r.join("dan", lines{video: 1})
			r.want(viewer, "carl")
			r.bad = bob.conn
			tt.do(r, other, ann, bob)
			if !other.closed || len(r.shard.rooms) != 1 || r.shard.stats.Panics != 1 || closed != 2 {
				t.Fatalf("closed %v, %d rooms, %d panics, %d hung up", other.closed, len(r.shard.rooms), r.shard.stats.Panics, closed)
			}
			other.events.run()
			if !errors.Is(ended, errPanic) {
				t.Errorf("ended with %v", ended)
			}
			r.feed(good, frame(5, 1, true))
			r.step(200 * ms)
			if len(r.packets(viewer)) != 1 {
				t.Error("the other room stopped")
			}
		})
	}
}

// TestCommands: every command is answered, also after the shard has ended, and
// one that panics ends its room only.
func TestCommands(t *testing.T) {
	s := newShard(newRig(t).shard.log, &rig{tb: t})
	go s.run()
	var n atomic.Int64
	if !s.do(nil, func() { n.Add(1) }) || n.Load() != 1 {
		t.Error("a command was not done")
	}
	room := &Room{sfu: &SFU{}, shard: s, events: newNotices(Events{})}
	if s.do(room, func() { panic("a fault of ours") }) || !room.closed {
		t.Error("a command that panics is said to be done")
	}
	if s.do(room, func() { n.Add(1) }) || n.Load() != 1 {
		t.Error("a command of a room that has ended was done")
	}
	s.close()
	if s.do(nil, func() { n.Add(1) }) || n.Load() != 1 {
		t.Error("a command after the end was done")
	}
}

func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		block := make(chan struct{})
		n := newNotices(Events{
			Connected: func(p string, _ meeting.Media) { got = append(got, "connected "+p); <-block },
			Failed:    func(p string) { got = append(got, "failed "+p) },
			Slots:     func(p string, b []Binding) { got = append(got, "slots "+p+" "+b[0].Peer) },
			Ended:     func(err error) { got = append(got, "ended") },
		})
		done := make(chan struct{})
		go func() { n.run(); close(done) }()
		n.connected("a", meeting.Media{})
		synctest.Wait()
		for _, who := range []string{"x", "y", "z"} { // only the newest waits
			n.slots("a", []Binding{{Peer: who}})
			n.slots("b", []Binding{{Peer: who}})
			n.quality("a", Quality{}) // nobody listens
		}
		n.failed("b")
		n.failed("a")
		n.ended(errPanic)
		n.close()
		n.failed("too late")
		close(block)
		<-done
		want := []string{"connected a", "slots a z", "slots b z", "failed b", "failed a", "ended"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
	})
}
