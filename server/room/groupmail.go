package room

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group"
)

// Bounds of how often the list of knocks is told. It is told whole, so the pause
// grows with what all seats together are sent.
const (
	knocksPause     = 100 * time.Millisecond
	knocksPauseMost = 2 * time.Second
	knocksPerSec    = 32 << 20 // bytes
)

// heldBytes bounds what is kept for somebody in the lobby who was added.
const heldBytes = 4 << 20

// knock is from a seat, or from a place in the lobby.
func (r *Room) knock(c *call) {
	body := c.body.(wire.GroupKnock)
	k := wire.GroupKnocking{KeyPackage: body.KeyPackage, Proof: body.Proof, SealedName: body.SealedName, Since: r.now()}
	budget := (*group.Budget)(nil)
	if w := c.from.waiter; w != nil {
		k.Participant, k.Name, k.Lobby, budget = w.id, w.name, true, w.groupBudget
	} else {
		s := c.from.seat
		k.Participant, k.Name, budget = s.id, s.name, s.groupBudget
	}
	err := group.CheckKnock(body)
	if err == nil && !c.from.caller.Leg.E2EE {
		err = errNotCapable
	}
	if err == nil {
		err = budget.Spend(r.now(), c.typ, len(body.KeyPackage))
	}
	if err == nil {
		err = r.delivery.knocks.Put(k)
	}
	if err == nil {
		r.knocksChanged()
	}
	c.finish(nil, err)
}

// knocksChanged has the list told soon.
func (r *Room) knocksChanged() {
	d := &r.delivery
	if d.knocksDue.IsZero() {
		d.knocksDue = r.now()
		if d.knocksNext.After(d.knocksDue) {
			d.knocksDue = d.knocksNext
		}
	}
}

// tellKnocks gives the list to everyone who takes part.
func (r *Room) tellKnocks() {
	d := &r.delivery
	body := encode(wire.GroupKnocks{Knocks: d.knocks.List()})
	told := 0
	for _, s := range r.seats {
		if s.leg.E2EE {
			s.push(wire.TypeGroupKnocks, body)
			told++
		}
	}
	pause := time.Duration(len(body)) * time.Duration(told) * time.Second / knocksPerSec
	d.knocksDue, d.knocksNext = time.Time{}, r.now().Add(min(max(pause, knocksPause), knocksPauseMost))
}

// showKnocks tells one who has just come of the list, unless it is empty.
func (r *Room) showKnocks(s *seat) {
	if list := r.delivery.knocks.List(); s.leg.E2EE && len(list) > 0 {
		s.push(wire.TypeGroupKnocks, encode(wire.GroupKnocks{Knocks: list}))
	}
}

// sendMessage puts an application message into the next bundle. Who sends one is
// in the group, whatever the server has seen; from others it can harm nobody.
func (r *Room) sendMessage(s *seat, body wire.GroupSend) (any, error) {
	switch {
	case !r.delivery.group.Exists():
		return nil, errOutside
	case len(body.Message) == 0:
		return nil, meeting.Errorf(meeting.CodeInvalid, "The message is empty.")
	case len(body.Message) > wire.MaxGroupMessage || len(body.To) > wire.MaxGroupTo:
		return nil, meeting.Errorf(meeting.CodeTooLarge, "A message has at most %d bytes and %d receivers.", wire.MaxGroupMessage, wire.MaxGroupTo)
	}
	e := group.Envelope{GroupMessage: wire.GroupMessage{From: s.id, Message: body.Message}}
	if len(body.To) > 0 {
		e.To = body.To
	}
	s.inGroup, s.joiningSince = true, time.Time{}
	r.delivery.bundle.Add(r.now(), e)
	return nil, nil
}

// tellMessages sends the bundle. Most messages are for everyone: those who get
// the same share one body.
func (r *Room) tellMessages() {
	if _, ok := r.delivery.bundle.Due(); !ok {
		return
	}
	bundle := r.delivery.bundle.Take(r.now())
	special := map[string]bool{} // do not get all of it, or more than the others
	var forAll []wire.GroupMessage
	for _, e := range bundle {
		special[e.From] = true
		for _, id := range e.To {
			special[id] = true
		}
		if e.To == nil {
			forAll = append(forAll, e.GroupMessage)
		}
	}
	var shared json.RawMessage
	if len(forAll) > 0 {
		shared = encode(wire.GroupMessages{Messages: forAll})
	}
	for _, s := range r.seats {
		switch {
		case !s.leg.E2EE:
		case special[s.id]:
			if own := addressed(bundle, s.id); len(own) > 0 {
				s.push(wire.TypeGroupMessages, encode(wire.GroupMessages{Messages: own}))
			}
		case shared != nil:
			s.push(wire.TypeGroupMessages, shared)
		}
	}
	for _, w := range r.waiting {
		if own := w.held.wants(bundle, w.id); len(own) > 0 {
			w.held.add(wire.TypeGroupMessages, encode(wire.GroupMessages{Messages: own}))
		}
	}
}

// addressed returns the messages that a participant gets: never the own ones.
func addressed(bundle []group.Envelope, id string) []wire.GroupMessage {
	var list []wire.GroupMessage
	for _, e := range bundle {
		if e.From != id && (e.To == nil || slices.Contains(e.To, id)) {
			list = append(list, e.GroupMessage)
		}
	}
	return list
}

// heldEvents is what somebody in the lobby who was added to the group will be
// told when they are let in: the commit that added them and all that followed.
type heldEvents struct {
	added  bool
	events []wire.Message
	bytes  int
}

// add keeps an event. When it is too much all is dropped: the device then finds
// no Welcome and knocks again.
func (h *heldEvents) add(typ string, body json.RawMessage) {
	if !h.added {
		return
	}
	h.events = append(h.events, wire.Message{Type: typ, Body: body})
	h.bytes += len(body)
	if h.bytes > heldBytes || len(h.events) > logEvents {
		*h = heldEvents{}
	}
}

func (h *heldEvents) wants(bundle []group.Envelope, id string) []wire.GroupMessage {
	if !h.added {
		return nil
	}
	return addressed(bundle, id)
}

// groupDue returns when the delivery service has something to do next.
func (r *Room) groupDue() (at time.Time, ok bool) {
	d := &r.delivery
	at, ok = d.bundle.Due()
	sooner := func(t time.Time) {
		if !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	if !d.knocksDue.IsZero() {
		sooner(d.knocksDue)
	}
	for _, f := range d.fetches {
		sooner(f.until)
	}
	return at, ok
}

// expireGroup does what is due.
func (r *Room) expireGroup(now time.Time) {
	d := &r.delivery
	if at, ok := d.bundle.Due(); ok && !now.Before(at) {
		r.tellMessages()
	}
	if !d.knocksDue.IsZero() && !now.Before(d.knocksDue) {
		r.tellKnocks()
	}
	r.answerFetches()
}
