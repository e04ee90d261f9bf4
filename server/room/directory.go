package room

import (
	"context"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// storeTimeout bounds one call to the Directory.
const storeTimeout = 10 * time.Second

// Directory is where meetings outlive their rooms. Its methods may be slow; no
// room waits for one in its own goroutine.
type Directory interface {
	// MeetingByNumber returns the meeting with these ten digits, ended or not, or
	// a not_found Error.
	MeetingByNumber(ctx context.Context, number string) (meeting.Meeting, error)
	// SaveSettings keeps the title and settings of a meeting.
	SaveSettings(ctx context.Context, meetingID, title string, settings meeting.Settings) error
	// EndMeeting marks a meeting as ended, so that it cannot be joined again.
	EndMeeting(ctx context.Context, meetingID string) error
}

// stored is a call to the Directory that has come back.
type stored struct {
	err  error
	then func(error)
}

func (s stored) handle(*Room) { s.then(s.err) }

// store runs do outside the room's goroutine and then inside it.
func (r *Room) store(do func(context.Context) error, then func(error)) {
	r.background.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), storeTimeout)
		defer cancel()
		r.inbox.put(stored{do(ctx), then})
	})
}
