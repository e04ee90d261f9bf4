package signal

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/room"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	number  = "0123456789"
	ownerID = "the-owner"
)

// quietMedia answers offers and does nothing else. It keeps the events of the
// last room, for tests that play the media plane.
type quietMedia struct {
	mu     sync.Mutex
	events room.MediaEvents
}

func (m *quietMedia) NewRoom(_ string, events room.MediaEvents) room.MediaRoom {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = events
	return quietRoom{}
}

func (m *quietMedia) reports() room.MediaEvents {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.events
}

type quietRoom struct{}

func (quietRoom) Join(string) (room.MediaPeer, error) { return quietPeer{}, nil }
func (quietRoom) Close()                              {}

type quietPeer struct{}

func (quietPeer) Offer(string, map[string]meeting.Kind) (string, error) { return "v=0\r\n", nil }
func (quietPeer) SetLive(meeting.Kind, bool)                            {}
func (quietPeer) SetLayers(meeting.Kind, []wire.Layer)                  {}
func (quietPeer) SetWants([]wire.Want)                                  {}
func (quietPeer) SetSpeaking(bool)                                      {}
func (quietPeer) Report(float64, float64)                               {}
func (quietPeer) Close()                                                {}

// oneMeeting is a store with a single meeting.
type oneMeeting struct {
	mu sync.Mutex
	m  meeting.Meeting
}

func (d *oneMeeting) MeetingByNumber(_ context.Context, n string) (meeting.Meeting, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n != d.m.Number {
		return meeting.Meeting{}, meeting.Errorf(meeting.CodeNotFound, "There is no such meeting.")
	}
	return d.m, nil
}

func (d *oneMeeting) SaveSettings(_ context.Context, _, title string, s meeting.Settings) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.m.Title, d.m.Settings = title, s
	return nil
}

func (d *oneMeeting) EndMeeting(context.Context, string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.m.EndedAt = time.Now()
	return nil
}

// bench is rooms with one meeting and the configuration of a door to them.
type bench struct {
	t     *testing.T
	cfg   Config
	media *quietMedia
	dir   *oneMeeting
}

func newBench(t *testing.T, settings meeting.Settings) *bench {
	b := &bench{t: t, media: &quietMedia{}, dir: &oneMeeting{m: meeting.Meeting{
		ID: "0190b3c4-0000-7000-8000-00000000beef", OwnerID: ownerID, Number: number, Title: "Standup", Settings: settings,
	}}}
	logger := slog.New(slog.DiscardHandler)
	b.cfg = Config{
		Rooms:        room.New(room.Config{Media: b.media, Directory: b.dir, Logger: logger, Relay: relayOf}),
		Authenticate: func(r *http.Request) (*wire.User, error) { return userOf(r.Header.Get("X-User")) },
		Facts: func(*http.Request) meeting.Signalling {
			return meeting.Signalling{Version: "TLS 1.3", Suite: "TLS_AES_128_GCM_SHA256"}
		},
		Server: "roundel test",
		Logger: logger,
	}
	t.Cleanup(b.cfg.Rooms.Close)
	return b
}

func userOf(name string) (*wire.User, error) {
	switch name {
	case "":
		return nil, nil
	case "nobody":
		return nil, meeting.Errorf(meeting.CodeUnauthenticated, "The token is not valid.")
	case "broken":
		return nil, errors.New("no database at 10.0.0.1")
	}
	return &wire.User{ID: name, Name: "Olga Owner", Role: "owner"}, nil
}

// line is a connection without a socket: a session and what it was sent.
type line struct {
	b       *bench
	session *session
	lastID  uint64
	err     error // the connection must close
}

func (b *bench) line(user string) *line {
	u, _ := userOf(user)
	out := newOutbox(func(error) {})
	v := visitor{
		user: u, facts: b.cfg.Facts(nil), source: "192.0.2.1",
		device: device{id: "device", known: true}, devices: newDevices(),
	}
	return &line{b: b, session: newSession(&b.cfg, out, v)}
}

// say sends a request and returns what came back so far.
func (l *line) say(typ string, body any) []wire.Message {
	l.lastID++
	raw, err := json.Marshal(body)
	if err != nil {
		l.b.t.Fatal(err)
	}
	m, err := json.Marshal(wire.Message{ID: l.lastID, Type: typ, Body: raw})
	if err != nil {
		l.b.t.Fatal(err)
	}
	return l.raw(string(m))
}

func (l *line) raw(message string) []wire.Message {
	if err := l.session.receive(context.Background(), []byte(message)); err != nil {
		l.err = err
	}
	return l.session.out.all()
}

// all empties the outbox.
func (o *outbox) all() []wire.Message {
	var taken []wire.Message
	for {
		m, ok := o.next()
		if !ok {
			return taken
		}
		taken = append(taken, m)
	}
}

func (l *line) hello() *line {
	l.say(wire.TypeHello, wire.Hello{Kind: meeting.LegWeb, Client: "test 1"})
	return l
}

// codes lists each message by its type, with the code of errors.
func codes(messages []wire.Message) []string {
	list := []string{}
	for _, m := range messages {
		if m.Type == wire.TypeError {
			var e wire.ErrorBody
			_ = json.Unmarshal(m.Body, &e)
			list = append(list, e.Code)
			continue
		}
		list = append(list, m.Type)
	}
	return list
}

// faultLog notes that an error was logged.
type faultLog struct {
	slog.Handler
	seen atomic.Bool
}

func (l *faultLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *faultLog) Handle(_ context.Context, r slog.Record) error {
	if r.Level >= slog.LevelError {
		l.seen.Store(true)
	}
	return nil
}

func (l *faultLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// roomsWith are the rooms of b with another logger.
func roomsWith(b *bench, logger *slog.Logger) *room.Rooms {
	rooms := room.New(room.Config{Media: b.media, Directory: b.dir, Logger: logger, Relay: relayOf})
	b.t.Cleanup(rooms.Close)
	return rooms
}

// relayOf stands in for the relay.
func relayOf(d time.Duration) (username, password string) {
	return "1794000000:nobody", "secret for " + d.String()
}
