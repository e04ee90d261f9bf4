package room

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// TestEachSeatHasItsOwnGrace has two connections lost at different times.
func TestEachSeatHasItsOwnGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob, cyd := guest(w).mustJoin("Ann"), guest(w).mustJoin("Bob"), guest(w).mustJoin("Cyd")
		start := time.Now()
		gone := map[string]time.Duration{}
		ann.place.Lost()
		time.Sleep(20 * time.Second)
		bob.place.Lost()
		for range 100 {
			time.Sleep(time.Second)
			synctest.Wait()
			for name, c := range map[string]*client{"Ann": ann, "Bob": bob} {
				if _, there := cyd.see().people[c.id()]; !there && gone[name] == 0 {
					gone[name] = time.Since(start)
				}
			}
		}
		want := map[string]time.Duration{"Ann": Grace, "Bob": Grace + 20*time.Second}
		if diff := cmp.Diff(want, gone); diff != "" {
			t.Errorf("seats were gone after (-want +got):\n%s", diff)
		}
	})
}

func TestRoomEndsAfterTheLastInTheLobby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		ann := guest(w).mustJoin("Ann")
		time.Sleep(time.Hour)
		ann.must(wire.TypeLeave, wire.Empty{})
		time.Sleep(Grace - time.Second)
		synctest.Wait()
		if w.live() == nil {
			t.Fatal("the room ended early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if w.live() != nil {
			t.Error("the room lives on")
		}
	})
}
