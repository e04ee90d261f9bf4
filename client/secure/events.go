package secure

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// maxEvents bounds the events that wait for Next; of too many the oldest go.
const maxEvents = 4096

// Event is a Content, a session.Notice, a Warning, CardStored or Changed.
type Event any

// Changed says that the view is another one.
type Changed struct{}

// CardStored says that a meeting card was stored while this device was there,
// which it can use only by joining again: a Meeting that began without a card goes
// on without encryption, and one that began with another is not in the new group.
type CardStored struct{}

// Content is what a member sent. Sealed is false for what the server could read:
// chat, files and reactions while encryption is off, whose From is the server's
// word. The offer of such a file has no key.
type Content struct {
	session.Content
	Sealed bool
}

// eventQueue holds events until they are asked for.
type eventQueue struct {
	wake chan struct{}
	over chan struct{}

	mu      sync.Mutex
	list    []Event
	changed bool // a Changed is in the list
	err     error
}

func newEventQueue() eventQueue {
	return eventQueue{wake: make(chan struct{}, 1), over: make(chan struct{})}
}

func (q *eventQueue) put(e Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, ok := e.(Changed); ok {
		if q.changed {
			return
		}
		q.changed = true
	}
	if len(q.list) == maxEvents {
		q.drop()
	}
	q.list = append(q.list, e)
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// drop takes the oldest out. The caller holds mu.
func (q *eventQueue) drop() Event {
	e := q.list[0]
	q.list[0] = nil
	q.list = q.list[1:]
	if _, ok := e.(Changed); ok {
		q.changed = false
	}
	return e
}

// close ends the queue, once.
func (q *eventQueue) close(why error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.err == nil {
		q.err = why
		close(q.over)
	}
}

// Next returns the next event. When the meeting is over and all events are told
// it fails with the reason.
func (m *Meeting) Next(ctx context.Context) (Event, error) {
	q := &m.events
	for {
		q.mu.Lock()
		if len(q.list) > 0 {
			e := q.drop()
			q.mu.Unlock()
			return e, nil
		}
		err := q.err
		q.mu.Unlock()
		if err != nil {
			return nil, err
		}
		select {
		case <-q.wake:
		case <-q.over:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// relayed shows chat and reactions that came in clear. While encryption is on
// nothing clear is shown, whoever sent it.
func (m *Meeting) relayed(r wire.Relayed) {
	if m.gets.Mode != session.ReceiveClear {
		return
	}
	if c, ok := clearContent(r); ok {
		m.events.put(c)
	}
}

func clearContent(r wire.Relayed) (Content, bool) {
	c := Content{Content: session.Content{From: r.From, At: r.At.In(time.Local), Private: r.To != ""}}
	switch r.Channel {
	case wire.ChannelChat:
		var p wire.ChatPayload
		if json.Unmarshal(r.Payload, &p) != nil {
			return c, false
		}
		c.Kind, c.Text = session.ContentChat, p.Text
		if f := p.File; f != nil {
			c.Kind, c.Text = session.ContentFile, ""
			c.File = &session.FileOffer{ID: f.ID, Name: f.Name, Type: f.Type, Size: uint64(max(f.Size, 0))}
		}
	case wire.ChannelReaction:
		var p wire.ReactionPayload
		if json.Unmarshal(r.Payload, &p) != nil {
			return c, false
		}
		c.Kind, c.Text = session.ContentReaction, p.Emoji
	default:
		return c, false
	}
	return c, true
}
