package api_test

import (
	"encoding/binary"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/store"
)

// card is one as the server reads it.
func card(meetingID string, version uint32) []byte {
	b := binary.BigEndian.AppendUint16([]byte{1}, uint16(len(meetingID)))
	b = binary.BigEndian.AppendUint32(append(b, meetingID...), version)
	return append(b, "signed by its root"...)
}

func TestCards(t *testing.T) {
	f := newFixture(t, plenty())
	owner, anna := f.user(t, "", store.RoleOwner), f.user(t, "Anna", store.RoleMember)
	var m wire.Meeting
	f.do(t, call{method: "POST", path: "/meetings", token: anna, body: `{"title":"Weekly"}`}).decode(t, &m)
	path := "/meetings/" + m.Number

	for _, tt := range []struct {
		name  string
		token string
		body  any
		want  int
		code  meeting.Code
	}{
		{"ErrGuest", "", wire.CardUpdate{Card: card(m.ID, 1)}, 401, meeting.CodeUnauthenticated},
		{"ErrAdministrator", owner, wire.CardUpdate{Card: card(m.ID, 1)}, 403, meeting.CodeForbidden},
		{"ErrOtherMeeting", anna, wire.CardUpdate{Card: card("another", 1)}, 400, meeting.CodeInvalid},
		{"ErrNoCard", anna, wire.CardUpdate{}, 400, meeting.CodeInvalid},
		{"ErrLarge", anna, wire.CardUpdate{Card: append(card(m.ID, 1), make([]byte, wire.MaxCard)...)}, 400, meeting.CodeInvalid},
		{"ErrUnknownProperty", anna, map[string]any{"card": "AAAA", "e2ee": true, "required": true}, 400, meeting.CodeInvalid},
		{"OK", anna, wire.CardUpdate{Card: card(m.ID, 2), E2EE: true}, 204, ""},
		{"ErrSameVersion", anna, wire.CardUpdate{Card: card(m.ID, 2)}, 409, meeting.CodeConflict},
		{"ErrLowerVersion", anna, wire.CardUpdate{Card: card(m.ID, 1)}, 409, meeting.CodeConflict},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := f.do(t, call{method: "PUT", path: path + "/card", token: tt.token, body: mustJSON(t, tt.body)})
			if a.StatusCode != tt.want {
				t.Fatalf("status %d, want %d: %s", a.StatusCode, tt.want, a.text)
			}
			if tt.want >= 400 {
				if p := a.problem(t); p.Code != string(tt.code) {
					t.Errorf("code %s, want %s", p.Code, tt.code)
				}
			}
		})
	}
	if diff := cmp.Diff(map[string]string{m.ID: string(card(m.ID, 2))}, f.rooms.cards); diff != "" {
		t.Errorf("live rooms were told (-want +got):\n%s", diff)
	}
	var info wire.MeetingInfo
	f.do(t, call{method: "GET", path: path}).decode(t, &info)
	want := wire.MeetingInfo{Number: m.Number, Title: "Weekly", E2EE: true, Card: card(m.ID, 2)}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Errorf("a guest is told (-want +got):\n%s", diff)
	}
	if a := f.do(t, call{method: "PUT", path: "/meetings/1234567890/card", token: anna, body: mustJSON(t, wire.CardUpdate{Card: card("x", 1)})}); a.StatusCode != http.StatusNotFound {
		t.Errorf("an unknown meeting: %d", a.StatusCode)
	}
}
