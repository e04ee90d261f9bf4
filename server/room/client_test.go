package room

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// client is a connection that reconstructs the meeting from what it is sent, as
// a real client does.
type client struct {
	t     *testing.T
	rooms *Rooms
	who   Caller
	place *Attendance

	mu      sync.Mutex
	lastID  uint64
	replies map[uint64]wire.Message
	events  []wire.Message
	model   *model
	fault   error // of the protocol
}

// model is the picture a client has of a meeting.
type model struct {
	self, seat string
	seq        uint64
	resumed    bool
	room       wire.Room
	people     map[string]wire.Participant
	waiting    []wire.Waiting
	history    []wire.Relayed
	slots      []wire.Binding
	wanted     []wire.LayersWanted
	muted      []wire.Muted
	asked      []wire.Asked
	lobby      *wire.Lobby
	group      []wire.Message // the events of the group and of the switch
	knocks     []wire.GroupKnocking
	closed     *wire.Closed
	card       []byte
}

func newClient(t *testing.T, rooms *Rooms, who Caller) *client {
	if who.Source == "" {
		who.Source = "192.0.2.1"
	}
	if who.Leg.Kind == "" {
		who.Leg = meeting.Leg{Kind: meeting.LegSDK, Client: "test", Signalling: meeting.Signalling{Version: "TLS 1.3"}}
	}
	return &client{t: t, rooms: rooms, who: who, replies: map[uint64]wire.Message{}, model: &model{}}
}

func guest(w *world) *client { return newClient(w.t, w.rooms, Caller{}) }

func user(w *world, id string) *client {
	return newClient(w.t, w.rooms, Caller{User: &wire.User{ID: id, Name: "User " + id}, Known: []string{"user " + id}, Traces: []string{"user " + id}})
}

// Send implements Outlet.
func (c *client) Send(m wire.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.model.closed != nil {
		if m.Seq != 0 {
			c.fault = fmt.Errorf("%s after closed", m.Type)
		}
		return
	}
	if m.Seq == 0 {
		c.replies[m.ID] = m
		var reply wire.JoinReply
		if m.Type == wire.TypeOK && json.Unmarshal(m.Body, &reply) == nil {
			c.entered(reply)
		}
		return
	}
	c.events = append(c.events, m)
	if err := c.model.apply(m); err != nil && c.fault == nil {
		c.fault = err
	}
}

func (c *client) entered(reply wire.JoinReply) {
	if reply.Lobby != nil {
		c.model.lobby = reply.Lobby
	}
	if reply.Joined != nil {
		c.model.start(*reply.Joined)
	}
}

func (m *model) start(j wire.Joined) {
	m.self, m.seat, m.seq, m.resumed = j.Self, j.Seat, j.Seq, j.Resumed
	m.room, m.waiting, m.history, m.slots = j.Room, j.Waiting, j.History, j.Slots
	m.people = map[string]wire.Participant{}
	m.lobby, m.card = nil, j.Card
	for _, p := range j.Participants {
		m.people[p.ID] = p
	}
}

// apply follows one event.
func (m *model) apply(e wire.Message) error {
	if e.Type == wire.TypeAdmitted {
		var j wire.Joined
		unmarshal(e.Body, &j)
		m.start(j)
		if e.Seq != j.Seq {
			return fmt.Errorf("admitted with seq %d and snapshot of %d", e.Seq, j.Seq)
		}
		return nil
	}
	if e.Seq != m.seq+1 {
		return fmt.Errorf("%s has seq %d after %d", e.Type, e.Seq, m.seq)
	}
	m.seq = e.Seq
	switch e.Type {
	case wire.TypeParticipantJoined, wire.TypeParticipantChanged:
		var body wire.ParticipantEvent
		unmarshal(e.Body, &body)
		_, known := m.people[body.Participant.ID]
		if known != (e.Type == wire.TypeParticipantChanged) && !m.resumed {
			return fmt.Errorf("%s of someone whose being here was %v", e.Type, known)
		}
		m.people[body.Participant.ID] = body.Participant
	case wire.TypeParticipantLeft:
		var body wire.ParticipantLeft
		unmarshal(e.Body, &body)
		delete(m.people, body.ID)
	case wire.TypeLegChanged:
		var body wire.LegChanged
		unmarshal(e.Body, &body)
		p := m.people[body.ID]
		p.Leg = body.Leg
		m.people[body.ID] = p
	case wire.TypeSpeaking:
		var body wire.Speaking
		unmarshal(e.Body, &body)
		p := m.people[body.ID]
		p.Speaking = body.Speaking
		m.people[body.ID] = p
	default:
		return m.applyRoom(e)
	}
	return nil
}

func (m *model) applyRoom(e wire.Message) error {
	switch e.Type {
	case wire.TypeRoomChanged:
		var body wire.RoomChanged
		unmarshal(e.Body, &body)
		m.room = body.Room
	case wire.TypeRoomCard:
		var body wire.RoomCard
		unmarshal(e.Body, &body)
		m.card = body.Card
	case wire.TypeLobbyChanged:
		var body wire.LobbyChanged
		unmarshal(e.Body, &body)
		m.waiting = body.Waiting
	case wire.TypeSlots:
		var body wire.Slots
		unmarshal(e.Body, &body)
		m.slots = body.After(m.slots)
	case wire.TypeLayersWanted:
		var body wire.LayersWanted
		unmarshal(e.Body, &body)
		m.wanted = append(m.wanted, body)
	case wire.TypeMuted:
		var body wire.Muted
		unmarshal(e.Body, &body)
		m.muted = append(m.muted, body)
	case wire.TypeAsked:
		var body wire.Asked
		unmarshal(e.Body, &body)
		m.asked = append(m.asked, body)
	case wire.TypeRelay:
		var body wire.Relayed
		unmarshal(e.Body, &body)
		m.history = append(m.history, body)
	case wire.TypeClosed:
		m.closed = &wire.Closed{}
		unmarshal(e.Body, m.closed)
	case wire.TypeGroupKnocks:
		var body wire.GroupKnocks
		unmarshal(e.Body, &body)
		m.knocks = body.Knocks
	case wire.TypeGroupCommitted, wire.TypeGroupReopened, wire.TypeGroupMessages, wire.TypeE2EEUnsupported:
		m.group = append(m.group, e)
	default:
		return fmt.Errorf("unknown event %s", e.Type)
	}
	return nil
}

func unmarshal(raw json.RawMessage, v any) {
	if err := json.Unmarshal(raw, v); err != nil {
		panic(err)
	}
}

// join enters the first meeting, and returns the code of the failure or "".
func (c *client) join(body wire.Join) meeting.Code {
	c.t.Helper()
	if body.Number == "" {
		body.Number = number
	}
	c.lastID++
	place, err := c.rooms.Join(context.Background(), c.who, c, c.lastID, body)
	if err != nil {
		return meeting.CodeOf(err)
	}
	c.place = place
	return ""
}

// mustJoin enters by name and has to succeed.
func (c *client) mustJoin(name string) *client {
	c.t.Helper()
	if code := c.join(wire.Join{Name: name}); code != "" {
		c.t.Fatalf("%s cannot join: %s", name, code)
	}
	return c
}

// do sends a request and returns the code of its error, or "".
func (c *client) do(typ string, body any) meeting.Code {
	c.t.Helper()
	code, _ := c.ask(typ, body)
	return code
}

// must sends a request that has to succeed.
func (c *client) must(typ string, body any) {
	c.t.Helper()
	if code := c.do(typ, body); code != "" {
		c.t.Fatalf("%s: %s", typ, code)
	}
}

func (c *client) ask(typ string, body any) (meeting.Code, wire.Message) {
	c.t.Helper()
	c.lastID++
	id := c.lastID
	c.place.Request(context.Background(), wire.Message{ID: id, Type: typ, Body: encode(body)})
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.replies[id]
	if !ok {
		return "no reply", m
	}
	if m.Type == wire.TypeError {
		var e wire.ErrorBody
		unmarshal(m.Body, &e)
		return meeting.Code(e.Code), m
	}
	return "", m
}

// back is a new connection that resumes the seat of c as c knows it.
func (c *client) back() *client {
	c.t.Helper()
	n := newClient(c.t, c.rooms, c.who)
	before := c.see()
	if code := n.join(wire.Join{Seat: before.seat, Seq: before.seq}); code != "" {
		c.t.Fatalf("cannot resume: %s", code)
	}
	return n
}

// see returns the picture the client has now.
func (c *client) see() model {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := *c.model
	m.people = maps.Clone(m.people)
	m.group = slices.Clone(m.group)
	m.history = slices.Clone(m.history)
	return m
}

// me is how c sees itself.
func (c *client) me() wire.Participant { m := c.see(); return m.people[m.self] }

// sees is how c sees another.
func (c *client) sees(other *client) wire.Participant { return c.see().people[other.see().self] }

// id is c's participant id.
func (c *client) id() string { return c.see().self }

// closedWith is the code with which c's seat or place ended, or "".
func (c *client) closedWith() meeting.Code {
	m := c.see()
	if m.closed == nil {
		return ""
	}
	return meeting.Code(m.closed.Code)
}

// got returns the types of the events since the last call.
func (c *client) got() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	types := []string{}
	for _, e := range c.events {
		types = append(types, e.Type)
	}
	c.events = nil
	return types
}

// checkFault fails the test when what c was sent was not the protocol.
func (c *client) checkFault() {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fault != nil {
		c.t.Error(c.fault)
	}
}
