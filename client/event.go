package client

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/roundel-meet/roundel/core/wire"
)

// The SDK's own events, beside those of package wire.
const (
	EventLost    = "connection.lost"    // the socket is gone; the session dials again
	EventResumed = "connection.resumed" // the seat is held again; Body is the wire.Joined
)

// Event is something that happened in the meeting. Body is the wire struct that
// belongs to Type (for example wire.ParticipantEvent), nil for events without
// one, and json.RawMessage for a type this SDK does not know.
type Event struct {
	Type string `json:"type"`
	Seq  uint64 `json:"seq,omitempty"`
	Body any    `json:"body,omitempty"`
}

// ofGroup reports whether the event is one of the delivery service for the
// meeting's group, which are large and only for whoever drives the group.
func (e Event) ofGroup() bool { return strings.HasPrefix(e.Type, "group.") }

// decodeEvent gives the event's body its type.
func decodeEvent(m wire.Message) (Event, error) {
	e := Event{Type: m.Type, Seq: m.Seq}
	var err error
	switch m.Type {
	case wire.TypeAdmitted:
		e.Body, err = decodeBody[wire.Joined](m)
	case wire.TypeLobbyChanged:
		e.Body, err = decodeBody[wire.LobbyChanged](m)
	case wire.TypeParticipantJoined, wire.TypeParticipantChanged:
		e.Body, err = decodeBody[wire.ParticipantEvent](m)
	case wire.TypeParticipantLeft:
		e.Body, err = decodeBody[wire.ParticipantLeft](m)
	case wire.TypeRoomChanged:
		e.Body, err = decodeBody[wire.RoomChanged](m)
	case wire.TypeRoomCard:
		e.Body, err = decodeBody[wire.RoomCard](m)
	case wire.TypeLegChanged:
		e.Body, err = decodeBody[wire.LegChanged](m)
	case wire.TypeSpeaking:
		e.Body, err = decodeBody[wire.Speaking](m)
	case wire.TypeSlots:
		e.Body, err = decodeBody[wire.Slots](m)
	case wire.TypeMuted:
		e.Body, err = decodeBody[wire.Muted](m)
	case wire.TypeAsked:
		e.Body, err = decodeBody[wire.Asked](m)
	case wire.TypeRelay:
		e.Body, err = decodeBody[wire.Relayed](m)
	case wire.TypeGroupCommitted:
		e.Body, err = decodeBody[wire.GroupCommitted](m)
	case wire.TypeGroupReopened:
		e.Body, err = decodeBody[wire.GroupReopened](m)
	case wire.TypeGroupKnocks:
		e.Body, err = decodeBody[wire.GroupKnocks](m)
	case wire.TypeGroupMessages:
		e.Body, err = decodeBody[wire.GroupMessages](m)
	case wire.TypeE2EEUnsupported:
		e.Body, err = decodeBody[wire.E2EEUnsupported](m)
	case wire.TypeClosed:
		e.Body, err = decodeBody[wire.Closed](m)
	default:
		e.Body = m.Body
	}
	return e, err
}

func decodeBody[T any](m wire.Message) (T, error) {
	var v T
	if err := json.Unmarshal(m.Body, &v); err != nil {
		return v, fmt.Errorf("decode the event %s: %w", m.Type, err)
	}
	return v, nil
}
