package journeys

import (
	"testing"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// TestMembersLetPeopleIn: by the meeting's setting somebody who is no host opens
// both doors, the server's and the group's.
func TestMembersLetPeopleIn(t *testing.T) {
	s := meeting.DefaultSettings()
	s.Lobby = true
	made := createSecure(t, &s, secure.CardOptions{E2EE: true, Admit: session.AdmitMembers})
	ann := newMember(t, "Ann").asOwner().enter(made.Host)
	ann.sees("herself alone", func(v *session.View) bool { return v.Phase == session.PhaseAlone })
	waits := func(p, by *member) string {
		t.Helper()
		lobby, _ := p.m.Lobby()
		by.sees(p.name+" waiting", func(v *session.View) bool {
			return len(v.Waiting) == 1 && v.Waiting[0].ID == lobby.Self && v.Waiting[0].May
		})
		return lobby.Self
	}
	bob := newMember(t, "Bob").enter(made.Link)
	ann.does(ann.secure.Admit(testContext(t), waits(bob, ann)))
	allSee("two people", together(2), ann, bob)
	cem := newMember(t, "Cem").enter(made.Link)
	bob.does(bob.secure.Admit(testContext(t), waits(cem, bob)))
	allSee("the lock", isLocked, ann, bob, cem)

	hosts := session.AdmitHosts
	ann.does(ann.secure.Configure(testContext(t), session.Configure{Admit: &hosts}))
	dan := newMember(t, "Dan").enter(made.Link)
	lobby, _ := dan.m.Lobby()
	bob.sees("that he may not admit", func(v *session.View) bool { return !v.CanAdmit && len(v.Waiting) == 1 })
	if err := bob.secure.Admit(testContext(t), lobby.Self); err == nil {
		t.Error("Bob lets Dan in although only hosts may")
	}
	if err := bob.m.Admit(testContext(t), lobby.Self); meeting.CodeOf(err) != meeting.CodeForbidden {
		t.Errorf("Bob opens the server's door: %v", err)
	}
}

// TestHostsCorrectTheServer: whatever the server has of the switch, a host's
// device sees that it is not what was signed, and says so.
func TestHostsCorrectTheServer(t *testing.T) {
	_, members := three(t, secure.CardOptions{})
	ann := members[0]
	ann.does(ann.secure.SwitchE2EE(testContext(t), true))
	allSee("the lock", isLocked, members...)
	says := func(on bool) func() bool {
		return func() bool {
			e := ann.m.State().Room.E2EE
			return e != nil && e.On == on
		}
	}
	eventually(t, "the server knows", says(true))
	asks[wire.Empty](ann.person, wire.TypeE2EEReport, wire.E2EEReport{On: false, Epoch: ann.view().Epoch})
	eventually(t, "the server is wrong", func() bool {
		return ann.saw(wire.TypeRoomChanged, func(e client.Event) bool {
			room := e.Body.(wire.RoomChanged).Room
			return room.E2EE != nil && !room.E2EE.On
		})
	})
	eventually(t, "the server is right again", says(true))
	allSee("the lock", isLocked, members...)
}

// TestCardOfTheNextTime: a card for the next occurrence does not disturb the
// meeting that is on, whom people still join, and is the one after it.
func TestCardOfTheNextTime(t *testing.T) {
	made, members := three(t, secure.CardOptions{E2EE: true})
	owner, err := secure.Dial(testContext(t), client.Options{Server: house.URL, CA: house.CA, Token: house.token})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = owner.Close() })
	next, err := secure.NextCard(testContext(t), owner, made.Meeting.Number, members[0].m.Card(), made.Invite)
	if err != nil {
		t.Fatal(err)
	}
	late := newMember(t, "Late").enter(made.Link)
	members = append(members, late)
	allSee("four people", together(4), members...)
	for _, p := range members {
		p.does(p.secure.Leave(testContext(t)))
	}
	first := newMember(t, "First").enter(made.Link)
	if string(first.m.Card()) != string(next) {
		t.Error("the next occurrence has the card of the one before")
	}
	first.sees("the lobby of a link that is used again", func(v *session.View) bool { return v.Phase == session.PhaseAlone && v.Lobby })
}
