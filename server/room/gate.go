package room

import (
	"context"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Feature is something in a meeting by which the server, or somebody outside,
// would get content in clear.
type Feature string

// The features that end-to-end encryption excludes. Doors ask Rooms.Allows
// before they begin one.
const (
	FeatureChat      Feature = "chat"
	FeatureReaction  Feature = "reaction"
	FeatureName      Feature = "name"
	FeatureHand      Feature = "hand"
	FeatureRecording Feature = "recording"
	FeatureStream    Feature = "stream"
	FeaturePhone     Feature = "phone"
	FeatureRoomLeg   Feature = "roomSystem"
	FeatureCaptions  Feature = "captions"
)

// gated says why a feature has to stay out. What a client can send encrypted
// instead stays open until encryption is on; all else is kept out as soon as a
// host prepares it.
var gated = map[Feature]struct {
	why    string
	device bool // the client can send it encrypted instead
}{
	FeatureChat:      {"messages must be sent encrypted", true},
	FeatureReaction:  {"reactions must be sent encrypted", true},
	FeatureName:      {"names must be sent encrypted", true},
	FeatureHand:      {"hands must be raised encrypted", true},
	FeatureRecording: {"the server cannot record", false},
	FeatureStream:    {"the server cannot stream", false},
	FeaturePhone:     {"phones cannot take part", false},
	FeatureRoomLeg:   {"room systems cannot take part", false},
	FeatureCaptions:  {"the server cannot write captions", false},
}

// allows returns nil, or an e2ee_on Error that says what is kept out and why.
func (r *Room) allows(f Feature) error {
	g, ok := gated[f]
	switch {
	case !ok:
		return meeting.Errorf(meeting.CodeInvalid, "There is no such feature.")
	case r.encrypted():
		return meeting.Errorf(meeting.CodeE2EEOn, "End-to-end encryption is on: %s.", g.why)
	case r.preparing() && !g.device:
		return meeting.Errorf(meeting.CodeE2EEOn, "End-to-end encryption is being turned on: %s.", g.why)
	}
	return nil
}

// Allows reports whether a feature may begin in the live meeting with this
// number: nil, an e2ee_on Error that says why not, or a not_started Error.
func (rs *Rooms) Allows(ctx context.Context, number string, f Feature) error {
	r, err := rs.find(number)
	if err != nil {
		return err
	}
	if r == nil {
		return errNotLive
	}
	return ask(ctx, r, func(r *Room) error { return r.allows(f) })
}

var errNotLive = meeting.Errorf(meeting.CodeNotStarted, "Nobody is in this meeting.")

// question is something that is looked up in a room's goroutine.
type question struct {
	look   func(*Room) error
	answer chan error
}

func (q question) handle(r *Room) { q.answer <- q.look(r) }

// ask runs look in the room's goroutine and returns its error.
func ask(ctx context.Context, r *Room, look func(*Room) error) error {
	q := question{look, make(chan error, 1)}
	if !r.inbox.put(q) {
		return errNotLive
	}
	select {
	case err := <-q.answer:
		return err
	case <-r.done:
		return errNotLive
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Seat returns whose seat in the live meeting with this number a secret is of.
func (rs *Rooms) Seat(ctx context.Context, number, secret string) (meetingID, participant string, err error) {
	r, err := rs.find(number)
	if err != nil {
		return "", "", err
	}
	if r == nil || secret == "" {
		return "", "", errNoSeat
	}
	var found string // read only after the answer
	err = ask(ctx, r, func(r *Room) error {
		s := r.bySecret[hashSecret(secret)]
		if s == nil {
			return errNoSeat
		}
		found = s.id
		return nil
	})
	if err != nil {
		return "", "", err
	}
	return r.id, found, nil
}

var errNoSeat = meeting.Errorf(meeting.CodeForbidden, "This needs a seat in the meeting.")

// SetCard tells the live room of a meeting of its new card.
func (rs *Rooms) SetCard(meetingID string, card []byte) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	for _, r := range rs.live {
		if r.id == meetingID {
			r.inbox.put(newCard(card))
		}
	}
}

type newCard []byte

// handle takes the card at once, or when the group that was opened with the one
// before is over: its members have that card's hash in their state, and with
// another nobody could join them.
func (c newCard) handle(r *Room) {
	r.nextCard = c
	if !r.delivery.group.Exists() {
		r.takeCard()
	}
}

// takeCard makes the card that waits, if there is one, the meeting's, and tells
// everyone who can take part.
func (r *Room) takeCard() {
	if r.nextCard == nil {
		return
	}
	r.card, r.nextCard = r.nextCard, nil
	raw := encode(wire.RoomCard{Card: r.card})
	for _, s := range r.seats {
		if s.leg.E2EE {
			s.push(wire.TypeRoomCard, raw)
		}
	}
}
