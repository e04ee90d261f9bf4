package room

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group"
	"github.com/roundel-meet/roundel/server/relay"
)

// secretHash is how the room knows a seat's secret. Looking seats up by hash
// leaves nothing to time.
type secretHash [sha256.Size]byte

func hashSecret(secret string) secretHash { return sha256.Sum256([]byte(secret)) }

// seat is one participant. All of it is owned by the room's goroutine.
type seat struct {
	id       string
	secret   string
	name     string
	role     meeting.Role
	caller   Caller // of the latest connection
	owner    bool
	joinedAt time.Time
	hand     *time.Time
	live     map[meeting.Kind]bool
	speaking bool
	quality  quality // as everybody knows it
	judged   quality // as it is
	unrated  bool    // it waits to be told
	leg      meeting.Leg
	budget   *relay.Budget

	inGroup      bool      // its device was let into the group, as far as the server can tell
	joiningSince time.Time // it has asked for the group to join it; zero when it has
	groupBudget  *group.Budget

	conn   *Attendance // nil while the connection is lost
	lostAt time.Time   // when conn became nil
	log    eventLog

	peer    MediaPeer // nil when the media connection failed
	offered string    // the session id of the offer that peer answered
	layers  map[meeting.Kind][]wire.Layer
	wants   []wire.Want
	slots   []wire.Binding
}

func newSeat(c Caller, id, name string, owner bool, now time.Time) *seat {
	secret := make([]byte, 32)
	rand.Read(secret)
	s := &seat{
		id:       id,
		secret:   base64.RawURLEncoding.EncodeToString(secret),
		name:     name,
		role:     meeting.RoleParticipant,
		caller:   c,
		owner:    owner,
		joinedAt: now,
		live:     map[meeting.Kind]bool{},
		layers:   map[meeting.Kind][]wire.Layer{},
		leg:      c.Leg,
		budget:   relay.NewBudget(),

		groupBudget: group.NewBudget(),
	}
	s.leg.Since = now
	return s
}

// newID returns an id that sorts by time.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// push gives s its next event. A seat without a connection keeps it for later.
func (s *seat) push(typ string, body json.RawMessage) {
	m := s.log.add(typ, body)
	if s.conn != nil {
		s.conn.out.Send(m)
	}
}

// unlink parts s from its connection, which may then ask for another seat.
func (s *seat) unlink() {
	if s.conn != nil {
		s.conn.sit(nil)
		s.conn = nil
	}
}

func (s *seat) view() wire.Participant {
	return wire.Participant{
		ID:           s.id,
		Name:         s.name,
		Role:         s.role,
		Guest:        s.caller.User == nil,
		JoinedAt:     s.joinedAt,
		Hand:         s.hand,
		Live:         s.live,
		Speaking:     s.speaking,
		Disconnected: s.conn == nil,
		Quality:      s.quality.level,
		Leg:          s.leg,

		QualityReason: s.quality.reason,
	}
}

// encode returns the JSON of a body of package wire, which cannot fail.
func encode(body any) json.RawMessage {
	raw, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("room: %T has no JSON: %v", body, err))
	}
	return raw
}

// list returns l for JSON, where a list is never null.
func list[T any](l []T) []T {
	if l == nil {
		return []T{}
	}
	return l
}
