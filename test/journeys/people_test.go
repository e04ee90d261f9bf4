package journeys

import (
	"testing"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func chatOf(p *person) []string {
	var texts []string
	for _, r := range p.m.State().History {
		texts = append(texts, string(r.Payload))
	}
	return texts
}

func TestChat(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob, cem := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number), newPerson(t, "Cem").join(number)
	ann.does(ann.m.Chat(testContext(t), "", "to all"))
	ann.does(ann.m.Chat(testContext(t), bob.id(), "to Bob"))
	bob.does(bob.m.Chat(testContext(t), "", "from Bob"))
	ann.does(ann.m.React(testContext(t), wire.Reactions[0]))
	for _, tt := range []struct {
		who  *person
		want int
	}{{ann, 3}, {bob, 3}, {cem, 2}} {
		eventually(t, tt.who.name+" reads the chat", func() bool { return len(chatOf(tt.who)) == tt.want })
	}
	eventually(t, "Cem sees the reaction", func() bool {
		return cem.saw(wire.TypeRelay, func(e client.Event) bool { return e.Body.(wire.Relayed).Channel == wire.ChannelReaction })
	})
	if cem.saw(wire.TypeRelay, func(e client.Event) bool { return e.Body.(wire.Relayed).To != "" }) {
		t.Error("Cem was sent a private message of others")
	}
	// Who comes later reads what was said to all, and nothing private.
	if got := chatOf(newPerson(t, "Dee").join(number)); len(got) != 2 {
		t.Errorf("history: %q", got)
	}
}

func TestLobby(t *testing.T) {
	s := meeting.DefaultSettings()
	s.Lobby = true
	number := createMeeting(t, &s).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	bob, cem := newPerson(t, "Bob"), newPerson(t, "Cem")
	for _, p := range []*person{bob, cem} {
		p.does(p.knock(wire.Join{Number: number}))
		if lobby, waiting := p.m.Lobby(); !waiting || lobby.Reason != "lobby" {
			t.Fatalf("%s is not in the lobby: %+v", p.name, lobby)
		}
	}
	eventually(t, "Ann sees two people wait", func() bool { return len(ann.m.State().Waiting) == 2 })
	for _, w := range ann.m.State().Waiting {
		if w.Name == "Bob" {
			ann.does(ann.m.Admit(testContext(t), w.ID))
		} else {
			ann.does(ann.m.Deny(testContext(t), w.ID))
		}
	}
	bob.does(bob.m.Admitted(testContext(t)))
	bob.follow()
	if err := cem.m.Admitted(testContext(t)); meeting.CodeOf(err) != meeting.CodeDenied {
		t.Errorf("Cem: %v", err)
	}
	eventually(t, "the lobby is empty and Bob is in", func() bool {
		st := ann.m.State()
		return len(st.Waiting) == 0 && len(st.Participants) == 2
	})
	bob.connect(both(client.VP8)).publish(meeting.KindMic)
	ann.connect(client.MediaOptions{}).gets(bob, meeting.KindMic)
}

func TestLockAndPasscode(t *testing.T) {
	s := meeting.DefaultSettings()
	s.Passcode = "sesame"
	number := createMeeting(t, &s).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	for _, tt := range []struct {
		passcode string
		want     meeting.Code
	}{{"", meeting.CodePasscodeRequired}, {"simsim", meeting.CodePasscodeWrong}, {"sesame", ""}} {
		if err := newPerson(t, "Bob").knock(wire.Join{Number: number, Passcode: tt.passcode}); meeting.CodeOf(err) != tt.want {
			t.Errorf("with %q: %v", tt.passcode, err)
		}
	}
	locked := true
	ann.does(ann.m.ChangeSettings(testContext(t), wire.SettingsChange{Locked: &locked}))
	if err := newPerson(t, "Cem").knock(wire.Join{Number: number, Passcode: "sesame"}); meeting.CodeOf(err) != meeting.CodeLocked {
		t.Errorf("into a locked meeting: %v", err)
	}
}

func TestRemoveAndBan(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	if err := bob.m.Remove(testContext(t), ann.id(), true); meeting.CodeOf(err) != meeting.CodeForbidden {
		t.Errorf("a participant removes the host: %v", err)
	}
	ann.does(ann.m.Remove(testContext(t), bob.id(), false))
	<-bob.m.Done()
	if err := bob.m.Err(); meeting.CodeOf(err) != meeting.CodeRemoved {
		t.Errorf("Bob: %v", err)
	}
	bob = newPerson(t, "Bob again").join(number) // removed, but not banned
	ann.does(ann.m.Remove(testContext(t), bob.id(), true))
	<-bob.m.Done()
	if err := newPerson(t, "Bob once more").knock(wire.Join{Number: number}); meeting.CodeOf(err) != meeting.CodeBanned {
		t.Errorf("banned: %v", err)
	}
	eventually(t, "Ann is alone", func() bool { return len(ann.m.State().Participants) == 1 })
}

func TestHostTransfer(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	role := func(p *person) meeting.Role {
		who, _ := bob.m.State().Participant(p.id())
		return who.Role
	}
	if role(ann) != meeting.RoleHost || role(bob) != meeting.RoleParticipant {
		t.Fatalf("roles: %s and %s", role(ann), role(bob))
	}
	if err := bob.m.End(testContext(t)); meeting.CodeOf(err) != meeting.CodeForbidden {
		t.Errorf("a participant ends the meeting: %v", err)
	}
	ann.does(ann.m.TransferHost(testContext(t), bob.id()))
	eventually(t, "Bob is the host and Ann is not", func() bool { return role(bob) == meeting.RoleHost && role(ann) != meeting.RoleHost })
	bob.does(bob.m.SetRole(testContext(t), ann.id(), meeting.RoleCoHost))
	eventually(t, "Ann is co-host", func() bool { return role(ann) == meeting.RoleCoHost })
}

func TestHandsNamesAndSpotlight(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	seen := func() wire.Participant {
		who, _ := ann.m.State().Participant(bob.id())
		return who
	}
	bob.does(bob.m.Hand(testContext(t), true))
	eventually(t, "Bob's hand is up", func() bool { return seen().Hand != nil })
	ann.does(ann.m.LowerHand(testContext(t), bob.id()))
	eventually(t, "Bob's hand is down", func() bool { return seen().Hand == nil })
	bob.does(bob.m.Rename(testContext(t), "Robert"))
	eventually(t, "Bob is Robert", func() bool { return seen().Name == "Robert" })
	bob.connect(both(client.VP8)).publish(meeting.KindMic)
	bob.does(bob.m.Speaking(testContext(t), true))
	eventually(t, "Bob speaks", func() bool { return seen().Speaking })
	bob.does(bob.media.Track(meeting.KindMic).SetLive(testContext(t), false))
	eventually(t, "Bob is muted and so does not speak", func() bool { return !seen().Speaking })
	ann.does(ann.m.Spotlight(testContext(t), bob.id()))
	eventually(t, "Bob is in the light", func() bool { return bob.m.State().Room.Spotlight == bob.id() })
}

func TestEndForAll(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	ann.does(ann.m.End(testContext(t)))
	for _, p := range []*person{ann, bob} {
		<-p.m.Done()
		if err := p.m.Err(); meeting.CodeOf(err) != meeting.CodeEnded {
			t.Errorf("%s: %v", p.name, err)
		}
	}
	err := newPerson(t, "Cem").knock(wire.Join{Number: number})
	if code := meeting.CodeOf(err); code != meeting.CodeEnded && code != meeting.CodeNotFound {
		t.Errorf("joining what has ended: %v", err)
	}
}

func TestLeave(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
	bob.does(bob.m.Leave(testContext(t)))
	eventually(t, "Ann sees Bob leave", func() bool {
		return ann.saw(wire.TypeParticipantLeft, func(e client.Event) bool { return e.Body.(wire.ParticipantLeft).Reason == "left" })
	})
}

func TestWaitForTheHost(t *testing.T) {
	s := meeting.DefaultSettings()
	s.JoinBeforeHost = false
	number := createMeeting(t, &s).Number
	bob := newPerson(t, "Bob")
	bob.does(bob.knock(wire.Join{Number: number}))
	if lobby, waiting := bob.m.Lobby(); !waiting || lobby.Reason != "host" {
		t.Fatalf("Bob does not wait for the host: %+v", lobby)
	}
	newPerson(t, "Ann").asOwner().join(number)
	bob.does(bob.m.Admitted(testContext(t)))
}

func TestTakeoverOnlyBySetting(t *testing.T) {
	for _, tt := range []struct {
		name     string
		takeover bool
		want     meeting.Role
	}{{"Off", false, meeting.RoleParticipant}, {"On", true, meeting.RoleHost}} {
		t.Run(tt.name, func(t *testing.T) {
			s := meeting.DefaultSettings()
			s.Takeover = tt.takeover
			number := createMeeting(t, &s).Number
			ann, bob := newPerson(t, "Ann").asOwner().join(number), newPerson(t, "Bob").join(number)
			ann.does(ann.m.Leave(testContext(t)))
			eventually(t, "Bob is alone, as "+string(tt.want), func() bool {
				st := bob.m.State()
				return len(st.Participants) == 1 && st.Participants[0].Role == tt.want
			})
		})
	}
}
