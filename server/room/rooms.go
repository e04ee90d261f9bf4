package room

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/limit"
)

// Defaults of Config.
const (
	defaultMaxSeats   = 500
	defaultMaxWaiting = 200

	// So many a school class behind one address may be; four such sources are
	// needed to fill a lobby.
	defaultMaxWaitingFromSource = 50
)

// passcodeTries is how often one source may be wrong about one meeting.
var passcodeTries = limit.Rate{Burst: 5, Every: 12 * time.Second}

// Config is what rooms need. Media, Directory and Logger are required.
type Config struct {
	Media      Media
	Directory  Directory
	Logger     *slog.Logger
	Now        func() time.Time // nil: time.Now
	MaxSeats   int              // participants of one meeting; 0: 500
	MaxWaiting int              // people in the lobby of one meeting; 0: 200

	MaxWaitingFromSource int // of these from one source; 0: 50

	// Relay returns credentials that are good for an allocation of the relay within
	// that time; nil: there is no relay.
	Relay func(time.Duration) (username, password string)

	// Over is called, from the room's goroutine, when a room has ended and before
	// there can be another of the same meeting; nil for nothing.
	Over func(meetingID string)
}

// Rooms has the live rooms of this process, at most one for each meeting. It is
// safe for concurrent use.
type Rooms struct {
	cfg   Config
	log   *slog.Logger
	tries *limit.Limiter

	seats   atomic.Int64
	waiting atomic.Int64
	running sync.WaitGroup

	mu      sync.Mutex
	live    map[string]*Room // by number
	bans    banArchive
	term    uint64
	stopped bool
}

// New returns Rooms without any room. Close ends them.
func New(cfg Config) *Rooms {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxSeats == 0 {
		cfg.MaxSeats = defaultMaxSeats
	}
	if cfg.MaxWaiting == 0 {
		cfg.MaxWaiting = defaultMaxWaiting
	}
	if cfg.MaxWaitingFromSource == 0 {
		cfg.MaxWaitingFromSource = defaultMaxWaitingFromSource
	}
	if cfg.Over == nil {
		cfg.Over = func(string) {}
	}
	return &Rooms{
		cfg:   cfg,
		log:   cfg.Logger,
		tries: limit.New(passcodeTries, limit.WithClock(cfg.Now)),
		live:  map[string]*Room{},
	}
}

// Join asks for a seat for the connection behind out. On success the answer, a
// wire.JoinReply to the request with this id, has been sent through out before
// any event; on failure nothing has been sent and the Error says why.
func (rs *Rooms) Join(ctx context.Context, c Caller, out Outlet, id uint64, body wire.Join) (*Attendance, error) {
	number, err := meeting.ParseNumber(body.Number)
	if err != nil {
		return nil, err
	}
	for {
		r, err := rs.open(ctx, number, c, body)
		if err != nil {
			return nil, err
		}
		j := &join{
			id: id, body: body, done: make(chan struct{}),
			attendance: &Attendance{room: r, out: out, caller: c},
		}
		if r.inbox.put(j) {
			select {
			case <-j.done:
				return j.result()
			case <-r.done:
			case <-ctx.Done():
				// The room may still seat it; then it is told of the loss right after.
				j.attendance.Lost()
				return nil, ctx.Err()
			}
		}
		// The room was just ending: it is gone from the map once done is closed.
		select {
		case <-r.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// open returns the live room of the meeting with this number, or starts it when
// the caller would be let in.
func (rs *Rooms) open(ctx context.Context, number string, c Caller, body wire.Join) (*Room, error) {
	if r, err := rs.find(number); r != nil || err != nil {
		return r, err
	}
	m, err := rs.lookUp(ctx, number)
	if err != nil {
		return nil, err
	}
	if body.Seat != "" && body.Name == "" {
		return nil, errSeatGone
	}
	if _, err := rs.knock(m, c, body); err != nil {
		return nil, err
	}
	r, err := rs.start(m)
	if err != nil {
		return nil, err
	}
	// The meeting may have ended between the look-up and the start.
	if _, err := rs.lookUp(ctx, number); err != nil {
		r.inbox.put(ending{errEnded})
		return nil, err
	}
	return r, nil
}

func (rs *Rooms) find(number string) (*Room, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.stopped {
		return nil, errStopping
	}
	return rs.live[number], nil
}

func (rs *Rooms) lookUp(ctx context.Context, number string) (meeting.Meeting, error) {
	m, err := rs.cfg.Directory.MeetingByNumber(ctx, number)
	if err == nil && !m.EndedAt.IsZero() {
		err = errEnded
	}
	return m, err
}

// knock asks at the door of a meeting without a room.
func (rs *Rooms) knock(m meeting.Meeting, c Caller, body wire.Join) (wait string, err error) {
	rs.mu.Lock()
	banned := rs.bans.lists[m.ID].has(c.Known)
	rs.mu.Unlock()
	e := entry{settings: m.Settings, owner: c.owns(m.OwnerID), banned: banned, passcode: body.Passcode, sealed: m.E2EE, capable: c.Leg.E2EE}
	return rs.try(m.ID, c.Source, e)
}

// try is e's verdict, while the source has not been wrong about the passcode of
// the meeting too often.
func (rs *Rooms) try(meetingID, source string, e entry) (wait string, err error) {
	key := meetingID + " " + source
	counts := e.settings.Passcode != "" && e.passcode != "" && !e.owner
	if counts {
		if ok, _ := rs.tries.Check(key); !ok {
			return "", meeting.Errorf(meeting.CodeRateLimited, "Too many wrong passcodes. Please wait a minute.")
		}
	}
	wait, err = e.verdict()
	if counts && meeting.CodeOf(err) == meeting.CodePasscodeWrong {
		rs.tries.Allow(key)
	}
	return wait, err
}

// start runs a room for m, unless another caller just did.
func (rs *Rooms) start(m meeting.Meeting) (*Room, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.stopped {
		return nil, errStopping
	}
	if r := rs.live[m.Number]; r != nil {
		return r, nil
	}
	rs.term++
	r := newRoom(rs, m, rs.term, rs.bans.lists[m.ID])
	rs.live[m.Number] = r
	rs.running.Go(r.run)
	return r, nil
}

// forget is called by a room whose goroutine ends.
func (rs *Rooms) forget(r *Room) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	delete(rs.live, r.number)
	if r.over {
		rs.bans.drop(r.id)
	} else {
		rs.bans.put(r.id, r.bans)
	}
}

// End closes the live room of a meeting that has been ended in the store, if
// there is one. It returns when everyone has been told.
func (rs *Rooms) End(ctx context.Context, meetingID string) {
	rs.mu.Lock()
	var found *Room
	for _, r := range rs.live {
		if r.id == meetingID {
			found = r
		}
	}
	rs.bans.drop(meetingID)
	rs.mu.Unlock()
	if found == nil {
		return
	}
	found.inbox.put(ending{errEnded})
	select {
	case <-found.done:
	case <-ctx.Done():
	}
}

// Close ends all rooms with the code unavailable, lets nobody in any more and
// returns when every goroutine has ended. The meetings stay joinable elsewhere.
func (rs *Rooms) Close() {
	rs.mu.Lock()
	rs.stopped = true
	for _, r := range rs.live {
		r.inbox.put(ending{errStopping})
	}
	rs.mu.Unlock()
	rs.running.Wait()
}

// Stats is how much is going on.
type Stats struct {
	Rooms        int // live
	Participants int // seats, also those whose connection is lost
	Waiting      int // people in lobbies
}

// Stats returns the figures of now.
func (rs *Rooms) Stats() Stats {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	return Stats{Rooms: len(rs.live), Participants: int(rs.seats.Load()), Waiting: int(rs.waiting.Load())}
}

// ending ends a room from outside.
type ending struct{ why *meeting.Error }

func (e ending) handle(r *Room) {
	r.over = e.why.Code == meeting.CodeEnded
	r.close(e.why)
}
