package room

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// TestOverIsToldOncePerRoom holds that whoever keeps something for a live room
// is told of its end, however it ends, before there is another room.
func TestOverIsToldOncePerRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		var (
			mu   sync.Mutex
			told []string
			live int
		)
		w.rooms = New(Config{
			Media: w.media, Directory: w.dir, Logger: slog.New(slog.DiscardHandler),
			Over: func(id string) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, id)
				live += w.rooms.Stats().Rooms
			},
		})
		defer w.rooms.Close()
		guest(w).mustJoin("Ann").must(wire.TypeLeave, wire.Empty{})
		time.Sleep(Grace) // the empty room ends
		synctest.Wait()
		guest(w).mustJoin("Ann")
		w.inspect(func(r *Room) { r.inbox.put(boom{}) }) // a panic ends it
		synctest.Wait()
		guest(w).mustJoin("Ann")
		w.rooms.End(context.Background(), meetID)
		mu.Lock()
		defer mu.Unlock()
		if diff := cmp.Diff([]string{meetID, meetID, meetID}, told); diff != "" || live != 3 {
			t.Errorf("with %d rooms not yet forgotten (-want +got):\n%s", live, diff)
		}
	})
}

// boom is a fault in a room.
type boom struct{}

func (boom) handle(*Room) { panic("boom") }
