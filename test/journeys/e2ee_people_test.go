package journeys

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// TestChatInBothModes: the server passes on and keeps what is said while
// encryption is off, and has nothing of what is said while it is on.
func TestChatInBothModes(t *testing.T) {
	_, members := three(t, secure.CardOptions{})
	ann, bob, cem := members[0], members[1], members[2]
	bob.does(bob.secure.SendChat(testContext(t), "", "for all to see"))
	for _, p := range members {
		if c := p.read("for all to see"); c.Sealed || c.From != bob.id() {
			t.Errorf("%s reads %+v", p.name, c)
		}
	}
	ann.does(ann.secure.SwitchE2EE(testContext(t), true))
	allSee("the lock", isLocked, members...)
	bob.does(bob.secure.SendChat(testContext(t), "", "for us"))
	bob.does(bob.secure.SendChat(testContext(t), ann.id(), "for Ann"))
	bob.does(bob.secure.React(testContext(t), "🎉"))
	bob.does(bob.secure.Hand(testContext(t), true))
	bob.does(bob.secure.Rename(testContext(t), "Robert"))
	for _, p := range members {
		if c := p.read("for us"); !c.Sealed || c.From != bob.id() || c.Private {
			t.Errorf("%s reads %+v", p.name, c)
		}
		p.sees("Robert's hand", func(v *session.View) bool {
			for _, o := range v.People {
				if o.ID == bob.id() {
					return o.Name == "Robert" && o.Hand
				}
			}
			return false
		})
	}
	if c := ann.read("for Ann"); !c.Private || !c.Sealed {
		t.Errorf("Ann reads %+v", c)
	}
	if _, ok := cem.has("for Ann"); ok {
		t.Error("Cem reads what was for Ann")
	}
	if err := bob.m.Chat(testContext(t), "", "past the group"); meeting.CodeOf(err) != meeting.CodeE2EEOn {
		t.Errorf("clear chat while encryption is on: %v", err)
	}
	ann.does(ann.secure.SwitchE2EE(testContext(t), false))
	allSee("the end of encryption", isOff, members...)
	cem.does(cem.secure.SendChat(testContext(t), "", "open again"))
	ann.read("open again")
	for _, r := range ann.m.State().History {
		if string(r.Payload) == `{"text":"for us"}` {
			t.Error("the server has what was said under encryption")
		}
	}
	if who, _ := ann.m.State().Participant(bob.id()); who.Hand != nil || who.Name == "Robert" {
		t.Errorf("the server knows what was sealed: %+v", who)
	}
}

// TestLeaverHearsNothing: everybody else has new keys soon, and what comes
// afterwards does not open with what the leaver has.
func TestLeaverHearsNothing(t *testing.T) {
	_, members := three(t, secure.CardOptions{E2EE: true})
	ann, bob, cem := members[0], members[1], members[2]
	for _, p := range members {
		p.connect(both(client.VP8)).publish(meeting.KindMic)
	}
	flowsAmong(members, meeting.KindMic)
	allSee("the lock", isLocked, members...)
	epoch := ann.view().Epoch
	ann.does(ann.secure.Remove(testContext(t), cem.id(), false))
	allSee("two people in a new epoch", func(v *session.View) bool { return together(2)(v) && v.Epoch > epoch }, ann, bob)
	time.Sleep(2 * time.Second)
	opened := cem.secure.Counts().Opened
	flowsAmong(members[:2], meeting.KindMic)
	if after := cem.secure.Counts().Opened; after != opened {
		t.Errorf("who was removed opens %d more frames", after-opened)
	}

	began := time.Now()
	epoch = ann.view().Epoch
	bob.does(bob.secure.Leave(testContext(t)))
	ann.sees("nobody else", func(v *session.View) bool { return v.Phase == session.PhaseAlone && v.Epoch > epoch })
	t.Logf("alone after %v", time.Since(began))
}

// TestLobbyWithAndWithoutLink: a link holder and somebody without a link wait in
// the lobby; a host lets them in by adding them to the group.
func TestLobbyWithAndWithoutLink(t *testing.T) {
	s := meeting.DefaultSettings()
	s.Lobby = true
	made := createSecure(t, &s, secure.CardOptions{E2EE: true})
	ann := newMember(t, "Ann").asOwner().enter(made.Host)
	ann.sees("herself alone", func(v *session.View) bool { return v.Phase == session.PhaseAlone })
	bob := newMember(t, "Bob").enter(made.Link)
	dan := newMember(t, "Dan").enter(house.URL + made.Meeting.Path)
	for _, p := range []*member{bob, dan} {
		if _, waiting := p.m.Lobby(); !waiting {
			t.Fatalf("%s is not in the lobby", p.name)
		}
	}
	waiting := map[string]session.WaitingView{}
	ann.sees("both waiting", func(v *session.View) bool {
		for _, w := range v.Waiting {
			waiting[w.ID] = w
		}
		return len(v.Waiting) == 2
	})
	lobby, _ := dan.m.Lobby()
	danID := lobby.Self
	lobby, _ = bob.m.Lobby()
	bobID := lobby.Self
	if w := waiting[bobID]; w.Name != "Bob" || w.Proof != session.ProofLink || w.Digits != "" {
		t.Errorf("Ann sees Bob as %+v", w)
	}
	if w := waiting[danID]; w.Proof != session.ProofNone || w.Digits == "" || w.Digits != dan.view().Digits {
		t.Errorf("Ann sees Dan as %+v, who reads %q", w, dan.view().Digits)
	}
	for _, w := range ann.m.State().Waiting {
		if w.Name == "Bob" {
			t.Error("the server knows the name of a link holder")
		}
	}
	ann.does(ann.secure.Admit(testContext(t), bobID))
	ann.does(ann.secure.Admit(testContext(t), danID))
	allSee("three people", together(3), ann, bob, dan)
	if id := bob.id(); id != bobID {
		t.Errorf("Bob waited as %s and is %s", bobID, id)
	}
	unverified := func(v *session.View) bool { return hasDoubt(v, session.DoubtUnverified) && !v.Lock }
	allSee("that Dan is unverified", unverified, ann, bob)
	dan.sees("that he has not compared the code", func(v *session.View) bool { return hasDoubt(v, session.DoubtSelf) && !v.Lock })
	ann.does(ann.secure.Confirm(danID))
	allSee("the lock", isLocked, ann, bob)
	code, _ := dan.secure.SecurityCode()
	if want, _ := ann.secure.SecurityCode(); want != code {
		t.Errorf("Dan's code differs from Ann's")
	}
	dan.does(dan.secure.ConfirmCode(code.Epoch))
	dan.sees("the lock", isLocked)
}

func hasDoubt(v *session.View, kind session.DoubtKind) bool {
	for _, d := range v.Doubts {
		if d.Kind == kind {
			return true
		}
	}
	return false
}

// TestBanChangesTheLink: with the old link nobody gets further than knocking.
func TestBanChangesTheLink(t *testing.T) {
	made, members := three(t, secure.CardOptions{E2EE: true})
	ann, bob, cem := members[0], members[1], members[2]
	ann.does(ann.secure.Remove(testContext(t), cem.id(), true))
	allSee("two people", together(2), ann, bob)
	<-cem.m.Done()
	if code := meeting.CodeOf(cem.m.Err()); code != meeting.CodeBanned && code != meeting.CodeRemoved {
		t.Errorf("Cem: %v", cem.m.Err())
	}
	link, ok := bob.secure.Link()
	if again, _ := ann.secure.Link(); !ok || link != again || link == made.Link {
		t.Fatal("the members do not have the same new link")
	}
	// The server bans whoever comes the way Cem came, so these come as the owner.
	eve := newMember(t, "Eve").asOwner().enter(made.Link)
	eve.sees("that she has to knock", func(v *session.View) bool { return v.Phase == session.PhaseKnocking })
	ann.sees("an old link", func(v *session.View) bool {
		return len(v.Waiting) == 1 && v.Waiting[0].Proof == session.ProofOldLink
	})
	fay := newMember(t, "Fay").asOwner().enter(link)
	fay.sees("that she is in", func(v *session.View) bool { return v.Phase == session.PhaseIn })
	time.Sleep(time.Second)
	if v := eve.view(); v.Phase != session.PhaseKnocking || v.Epoch != 0 {
		t.Errorf("with the old link Eve is %s", v.Phase)
	}
}

// TestAnotherHost: a host by a grant switches after the first has left.
func TestAnotherHost(t *testing.T) {
	_, members := three(t, secure.CardOptions{})
	ann, bob, cem := members[0], members[1], members[2]
	if err := bob.secure.SwitchE2EE(testContext(t), true); err == nil {
		t.Error("somebody who is not host switches")
	}
	ann.does(ann.secure.Grant(testContext(t), bob.id()))
	bob.sees("that he is host", func(v *session.View) bool { return v.Host && v.CanSwitch })
	ann.does(ann.secure.Leave(testContext(t)))
	allSee("two people", together(2), bob, cem)
	bob.does(bob.secure.SwitchE2EE(testContext(t), true))
	allSee("the lock", isLocked, bob, cem)
	cem.sees("who did it", func(v *session.View) bool { return v.By == bob.id() })
	if room := cem.m.State().Room; room.E2EE == nil || !room.E2EE.On {
		t.Error("the server has not been told")
	}
}

// TestReconnectProvesFreshness: after a lost connection nothing is sent before
// others have answered, and all of it takes less than two seconds.
func TestReconnectProvesFreshness(t *testing.T) {
	made := createSecure(t, nil, secure.CardOptions{E2EE: true})
	ann := newMember(t, "Ann").asOwner().enter(made.Host)
	cutter := newWireCutter(t)
	bob := newMember(t, "Bob")
	bob.options.Server = cutter.url()
	bob.enter(made.Link)
	members := []*member{ann, bob}
	allSee("the lock", isLocked, members...)
	for _, p := range members {
		p.connect(both(client.VP8)).publish(meeting.KindMic)
	}
	flowsAmong(members, meeting.KindMic)
	for round := range 3 {
		epoch := ann.view().Epoch
		cutter.Cut(true)
		bob.sees("that he is offline", func(v *session.View) bool { return !v.Online && !v.Lock })
		if round == 1 { // the group moves on meanwhile
			ann.does(ann.secure.SwitchE2EE(testContext(t), false))
			ann.sees("another epoch", func(v *session.View) bool { return v.Epoch > epoch })
		}
		if round == 2 {
			ann.does(ann.secure.SwitchE2EE(testContext(t), true))
		}
		cutter.Mend()
		eventually(t, "Bob is connected", func() bool { return bob.view().Online })
		began := time.Now()
		bob.sees("the same as Ann", func(v *session.View) bool {
			return v.Phase == session.PhaseIn && v.Online && v.Epoch == ann.view().Epoch && v.Sending != session.Hold
		})
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("round %d: back after %v", round, took)
		} else {
			t.Logf("round %d: back after %v", round, took)
		}
		flowsAmong(members, meeting.KindMic)
	}
	allSee("the lock", isLocked, members...)
}

// TestThirtyJoinAtOnce is a class that comes by the same link.
func TestThirtyJoinAtOnce(t *testing.T) {
	made := createSecure(t, nil, secure.CardOptions{E2EE: true})
	members := []*member{newMember(t, "Ann").asOwner().enter(made.Host)}
	pupils := 30
	if raceDetector {
		pupils = 8 // the hybrid suite's cryptography is slow under it
	}
	for i := range pupils {
		members = append(members, newMember(t, fmt.Sprintf("Pupil %d", i)))
	}
	began := time.Now()
	var all sync.WaitGroup
	for _, p := range members[1:] {
		all.Go(func() {
			for {
				err := p.arrive(made.Link)
				if meeting.CodeOf(err) != meeting.CodeRateLimited {
					if err != nil {
						t.Errorf("%s: %v", p.name, err)
					}
					return
				}
				time.Sleep(200 * time.Millisecond)
			}
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("seated after %v", time.Since(began))
	defer func() {
		if t.Failed() {
			for _, p := range members {
				v := p.view()
				t.Logf("%s: %s (%s), epoch %d, %d people, %d waiting", p.name, v.Phase, v.Reason, v.Epoch, len(v.People), len(v.Waiting))
			}
		}
	}()
	allSee("everybody", together(len(members)), members...)
	t.Logf("in after %v", time.Since(began))
	allSee("the lock", isLocked, members...)
	t.Logf("locked after %v", time.Since(began))
}

// TestMeetingWithoutACard works as ever, and cannot be encrypted.
func TestMeetingWithoutACard(t *testing.T) {
	made := createMeeting(t, nil)
	link := house.URL + made.Path
	ann, bob := newMember(t, "Ann").asOwner().enter(link), newMember(t, "Bob").enter(link)
	members := []*member{ann, bob}
	for _, p := range members {
		p.connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	}
	flowsAmong(members, meeting.KindMic)
	bob.does(bob.secure.SendChat(testContext(t), "", "hello"))
	if c := ann.read("hello"); c.Sealed {
		t.Errorf("Ann reads %+v", c)
	}
	if err := ann.secure.SwitchE2EE(testContext(t), true); err != secure.ErrNoGroup {
		t.Errorf("switching: %v", err)
	}
	if ann.secure.Encrypted() || ann.view() != nil {
		t.Error("there is a group")
	}
	// A link that promises a card is not believed to a server that has none.
	invite, err := session.NewRoot(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := newMember(t, "Cem").arrive(secure.Link(link, invite.Guest())); err != secure.ErrNoCard {
		t.Errorf("joining without the promised card: %v", err)
	}
	if err := newMember(t, "Cem").arrive(secure.Link(house.URL+createSecure(t, nil, secure.CardOptions{}).Meeting.Path, invite.Guest())); err == nil {
		t.Error("a card of another root was believed")
	}
}

// TestClientsThatCannotEncrypt are listed, sent away and kept out.
func TestClientsThatCannotEncrypt(t *testing.T) {
	made, members := three(t, secure.CardOptions{})
	ann := members[0]
	old := newPerson(t, "Old").join(made.Meeting.Number)
	allSee("somebody without keys", func(v *session.View) bool { return hasDoubt(v, session.DoubtNotInTree) }, members...)
	stops, err := ann.secure.Preview(testContext(t))
	ann.does(err)
	if len(stops) != 1 || stops[0].ID != old.id() || stops[0].Kind != wire.StopParticipant {
		t.Errorf("preview: %+v", stops)
	}
	ann.does(ann.secure.SwitchE2EE(testContext(t), true))
	<-old.m.Done()
	if err := old.m.Err(); meeting.CodeOf(err) != meeting.CodeE2EERequired {
		t.Errorf("the old client: %v", err)
	}
	if err := newPerson(t, "Old").knock(wire.Join{Number: made.Meeting.Number}); meeting.CodeOf(err) != meeting.CodeE2EERequired {
		t.Errorf("the old client comes back: %v", err)
	}
	allSee("the lock", isLocked, members...)
}
