package room

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeMedia remembers what rooms asked of it. Its functions, when set, decide.
type fakeMedia struct {
	offer   func(sdp string) (string, error)
	setLive func(peer string)
	joinErr func() error

	mu    sync.Mutex
	rooms []*fakeMediaRoom
}

func (f *fakeMedia) NewRoom(id string, events MediaEvents) MediaRoom {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := &fakeMediaRoom{media: f, id: id, events: events, peers: map[string]*fakePeer{}}
	f.rooms = append(f.rooms, r)
	return r
}

// last is the newest room.
func (f *fakeMedia) last() *fakeMediaRoom {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.rooms[len(f.rooms)-1]
}

type fakeMediaRoom struct {
	media  *fakeMedia
	id     string
	events MediaEvents

	mu     sync.Mutex
	peers  map[string]*fakePeer // the newest of each name
	made   int
	closed bool
}

func (r *fakeMediaRoom) Join(peer string) (MediaPeer, error) {
	if r.media.joinErr != nil {
		if err := r.media.joinErr(); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p := &fakePeer{media: r.media, name: peer, live: map[meeting.Kind]bool{}, layers: map[meeting.Kind][]wire.Layer{}}
	r.peers[peer] = p
	r.made++
	return p, nil
}

func (r *fakeMediaRoom) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
}

func (r *fakeMediaRoom) peer(name string) *fakePeer {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.peers[name]
}

type fakePeer struct {
	media *fakeMedia
	name  string

	mu       sync.Mutex
	live     map[meeting.Kind]bool
	layers   map[meeting.Kind][]wire.Layer
	wants    []wire.Want
	speaking bool
	loss     float64
	offers   int
	closed   bool
}

func (p *fakePeer) Offer(sdp string, _ map[string]meeting.Kind) (string, error) {
	p.mu.Lock()
	p.offers++
	closed := p.closed
	p.mu.Unlock()
	switch {
	case closed:
		return "", errors.New("the peer is closed")
	case p.media.offer != nil:
		return p.media.offer(sdp)
	}
	return "answer to " + sdp, nil
}

func (p *fakePeer) SetLive(kind meeting.Kind, live bool) {
	if p.media.setLive != nil {
		p.media.setLive(p.name)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.live[kind] = live
}

func (p *fakePeer) SetLayers(kind meeting.Kind, layers []wire.Layer) {
	p.with(func() { p.layers[kind] = layers })
}
func (p *fakePeer) SetWants(wants []wire.Want) { p.with(func() { p.wants = wants }) }
func (p *fakePeer) SetSpeaking(speaking bool)  { p.with(func() { p.speaking = speaking }) }
func (p *fakePeer) Report(loss, _ float64)     { p.with(func() { p.loss = loss }) }
func (p *fakePeer) Close()                     { p.with(func() { p.closed = true }) }

func (p *fakePeer) with(do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	do()
}

// fakeDirectory is a store in memory.
type fakeDirectory struct {
	delay time.Duration
	err   error // of what changes something

	mu       sync.Mutex
	meetings map[string]*meeting.Meeting // by number
}

func (d *fakeDirectory) MeetingByNumber(_ context.Context, number string) (meeting.Meeting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	m := d.meetings[number]
	if m == nil {
		return meeting.Meeting{}, meeting.Errorf(meeting.CodeNotFound, "There is no such meeting.")
	}
	return *m, nil
}

func (d *fakeDirectory) SaveSettings(_ context.Context, id, title string, settings meeting.Settings) error {
	return d.change(id, func(m *meeting.Meeting) { m.Title, m.Settings = title, settings })
}

func (d *fakeDirectory) EndMeeting(_ context.Context, id string) error {
	return d.change(id, func(m *meeting.Meeting) { m.EndedAt = time.Now() })
}

func (d *fakeDirectory) change(id string, do func(*meeting.Meeting)) error {
	time.Sleep(d.delay)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err != nil {
		return d.err
	}
	for _, m := range d.meetings {
		if m.ID == id {
			do(m)
		}
	}
	return nil
}

const (
	number   = "0123456789"
	ownerID  = "the-owner"
	meetID   = "meeting-1"
	otherNum = "9876543210"
)

// world is a server's worth of rooms with one meeting, or two.
type world struct {
	t     *testing.T
	rooms *Rooms
	media *fakeMedia
	dir   *fakeDirectory
}

func newWorld(t *testing.T, settings meeting.Settings) *world {
	t.Helper()
	w := &world{
		t:     t,
		media: &fakeMedia{},
		dir: &fakeDirectory{meetings: map[string]*meeting.Meeting{
			number:   {ID: meetID, OwnerID: ownerID, Number: number, Title: "Standup", Settings: settings},
			otherNum: {ID: "meeting-2", OwnerID: "other-owner", Number: otherNum, Title: "Other", Settings: settings},
		}},
	}
	w.rooms = New(Config{Media: w.media, Directory: w.dir, Logger: slog.New(slog.DiscardHandler)})
	t.Cleanup(w.rooms.Close)
	return w
}

// live returns the live room of the first meeting, or nil.
func (w *world) live() *Room {
	r, _ := w.rooms.find(number)
	return r
}

// inspect runs do in the goroutine of the first meeting's room.
func (w *world) inspect(do func(*Room)) {
	w.t.Helper()
	r := w.live()
	if r == nil {
		w.t.Fatal("there is no room")
	}
	done := make(chan struct{})
	r.inbox.put(inspection{do, done})
	select {
	case <-done:
	case <-r.done:
	}
}

type inspection struct {
	do   func(*Room)
	done chan struct{}
}

func (i inspection) handle(r *Room) {
	defer close(i.done)
	i.do(r)
}

// endsOnLookUp has every meeting end right after it was looked up.
type endsOnLookUp struct{ *fakeDirectory }

func (d *endsOnLookUp) MeetingByNumber(ctx context.Context, number string) (meeting.Meeting, error) {
	m, err := d.fakeDirectory.MeetingByNumber(ctx, number)
	_ = d.EndMeeting(ctx, m.ID)
	return m, err
}
