// Package room runs live meetings: who has a seat, who waits in the lobby, who
// may do what, and which events each participant is told in which order. One
// goroutine owns each room; everything else sends it typed messages. It knows
// neither sockets nor packets: connections are Outlets, the media plane is the
// interface Media and the store is the interface Directory.
package room

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/relay"
)

// Grace is how long a seat is kept for a lost connection, and how long a room
// lives on after its last seat is gone.
const Grace = 60 * time.Second

var (
	errInternal = meeting.Errorf(meeting.CodeInternal, "The meeting stopped because of a fault on the server. Please join again.")
	errEnded    = meeting.Errorf(meeting.CodeEnded, "The meeting has ended.")
	errStopping = meeting.Errorf(meeting.CodeUnavailable, "The server is restarting. Please join again in a moment.")
	errGone     = meeting.Errorf(meeting.CodeConflict, "You are not in this meeting.")
)

// Room is one live meeting.
type Room struct {
	// immutable
	rooms   *Rooms
	term    uint64 // counts the rooms of this process; fences late reports of an earlier room of the same meeting
	ownerID string
	id      string
	number  string
	now     func() time.Time
	log     *slog.Logger
	media   MediaRoom

	// in
	inbox *mailbox

	// out
	done       chan struct{} // closed when the goroutine has ended
	background sync.WaitGroup

	// owned by the room's goroutine
	title     string
	settings  meeting.Settings
	card      []byte    // of this run of the meeting; never changed, only replaced
	nextCard  []byte    // the store has it; waits for the end of the group that lives by card
	startedAt time.Time // the first seat
	seats     []*seat   // in the order of entry
	bySecret  map[secretHash]*seat
	waiting   []*waiter // in the order of arrival
	spotlight string
	hostLeft  bool // there was a host, who went
	history   relay.History
	delivery  delivery
	e2ee      encryption
	bans      banList
	saves     []*call   // settings changes; the first is being saved
	unrated   []*seat   // whose quality has changed and was not told yet
	rateAfter time.Time // when one may be told
	ending    bool      // the store is being told of the end
	over      bool      // the meeting has ended, not just the room
	idleSince time.Time // when the last seat or waiting person went
	closed    bool
	counted   struct{ seats, waiting int64 }
}

func newRoom(rs *Rooms, m meeting.Meeting, term uint64, bans banList) *Room {
	r := &Room{
		rooms:    rs,
		term:     term,
		ownerID:  m.OwnerID,
		id:       m.ID,
		number:   m.Number,
		now:      func() time.Time { return rs.cfg.Now().UTC() },
		log:      rs.log.With("meeting", m.ID, "term", term),
		inbox:    newMailbox(),
		done:     make(chan struct{}),
		title:    m.Title,
		settings: m.Settings,
		card:     m.Card,
		bySecret: map[secretHash]*seat{},
		bans:     bans,
	}
	r.idleSince = r.now()
	r.e2ee = startsEncrypted(m, r.idleSince)
	return r
}

// run owns the room until it ends. A panic ends this room only. Its value is not
// logged: it may quote what somebody sent.
func (r *Room) run() {
	defer close(r.done)
	defer r.rooms.forget(r)
	defer r.rooms.cfg.Over(r.id)
	defer r.inbox.shut()
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("room ended by a panic", "kind", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			r.abandon()
		}
	}()
	r.media = r.rooms.cfg.Media.NewRoom(r.id+"/"+strconv.FormatUint(r.term, 10), r.mediaEvents())
	r.log.Info("room started")
	timer := time.NewTimer(Grace)
	defer timer.Stop()
	var mail []message
	for !r.closed {
		timer.Reset(r.untilNext())
		select {
		case <-r.inbox.wake:
			mail = r.inbox.take(mail)
			r.deliver(mail)
		case <-timer.C:
			r.expire()
		}
	}
}

func (r *Room) deliver(mail []message) {
	for i, m := range mail {
		if r.closed {
			return
		}
		mail[i] = nil
		m.handle(r)
	}
}

// untilNext returns the time until something is to be done without being asked:
// a seat expires, the empty room ends, the delivery service has mail.
func (r *Room) untilNext() time.Duration {
	next := time.Hour
	now := r.now()
	for _, s := range r.seats {
		if s.conn == nil {
			next = min(next, s.lostAt.Add(Grace).Sub(now))
		}
	}
	for _, w := range r.waiting {
		if w.reason == waitE2EE {
			next = min(next, w.until.Sub(now))
		}
	}
	if at, ok := r.groupDue(); ok {
		next = min(next, at.Sub(now))
	}
	if at, ok := r.rateDue(); ok {
		next = min(next, at.Sub(now))
	}
	if r.empty() {
		next = min(next, r.idleSince.Add(Grace).Sub(now))
	}
	return max(next, 0)
}

// expire does what is due: above all it takes the seats whose grace is over, and
// ends the room after its own.
func (r *Room) expire() {
	now := r.now()
	r.expireGroup(now)
	r.expireOffers(now)
	r.rate(now)
	for _, s := range append([]*seat(nil), r.seats...) {
		if s.conn == nil && !now.Before(s.lostAt.Add(Grace)) {
			r.vacate(s, "lost")
		}
	}
	if r.empty() && !now.Before(r.idleSince.Add(Grace)) {
		r.close(errEnded)
	}
}

func (r *Room) empty() bool { return len(r.seats) == 0 && len(r.waiting) == 0 }

// close tells everyone why the room ends and frees its media.
func (r *Room) close(why *meeting.Error) {
	if r.closed {
		return
	}
	r.closed = true
	body := encode(wire.Closed{Code: string(why.Code), Message: why.Message})
	for _, s := range r.seats {
		s.push(wire.TypeClosed, body)
		s.unlink()
	}
	for _, w := range r.waiting {
		w.conn.closed(body)
	}
	r.seats, r.waiting = nil, nil
	r.count()
	if r.media != nil {
		r.media.Close()
	}
	r.log.Info("room ended", "code", why.Code)
}

// abandon is close after a panic: the state and the media cannot be trusted.
func (r *Room) abandon() {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("room could not be closed after a panic", "kind", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
		}
	}()
	r.closed = false
	r.close(errInternal)
}

// logged returns err for a client and writes what the client may not see.
func (r *Room) logged(err error) error {
	if meeting.CodeOf(err) == meeting.CodeInternal {
		r.log.Error("request failed", "err", err, "cause", errors.Unwrap(err))
	}
	return err
}
