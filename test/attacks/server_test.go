package attacks

import (
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// obeying is a client that believes the server's word that encryption is off.
func obeying(session.MediaSend) session.MediaSend { return session.MediaSend{Mode: session.Clear} }

// sending turns the sound of everyone on.
func (w *world) sending() {
	for _, p := range w.people {
		p.camera = true
	}
}

func (w *world) clear() (n int) {
	for _, p := range w.people {
		n += p.clear
	}
	return n
}

// TestServerSaysOff: the server claims in every way it has that encryption is
// off: its own flag, a roster of clients that cannot encrypt, a group that is
// gone, an epoch that is reopened, the state of before.
func TestServerSaysOff(t *testing.T) {
	run := func(weak bool) (clear, sealed int) {
		w := meet(t, session.CardSettings{}, 2)
		before, at := w.info, w.epoch
		w.people[0].do(session.SwitchE2EE{On: true})
		w.until(3*time.Second, "lock", func() bool { return w.people[1].view().Lock })
		if weak {
			w.people[1].weakened = obeying
		}
		w.sending()
		w.pass(time.Second)
		w.roster = func() []session.Person {
			return []session.Person{{ID: "guest2", Connected: true, Host: true}, {ID: "phone", Name: "A phone", Connected: true}}
		}
		w.tellPeople()
		for _, e := range []session.Event{
			session.GroupState{},
			session.GroupState{Exists: true, Epoch: at, Info: before},
			session.Reopened{Epoch: w.epoch - 1, Without: "host"},
			session.Reply{Accepted: true},
		} {
			w.tell(e)
			w.pass(500 * time.Millisecond)
		}
		w.pass(5 * time.Second)
		for _, p := range w.people {
			sealed += p.sealed
		}
		return w.clear(), sealed
	}
	weak, _ := run(true)
	real, sealed := run(false)
	t.Logf("clear frames sent when the server says off: %d by a client that believes it, %d by real ones, which sealed %d meanwhile", weak, real, sealed)
	if weak == 0 || real != 0 || sealed == 0 {
		t.Error("the server switches encryption off")
	}
}

// trusting is a client that sends as the state of its group says, without waiting
// for an answer of somebody in it.
func (p *person) trusting() {
	p.weakened = func(session.MediaSend) session.MediaSend {
		if v := p.m.View(); v.GroupID != nil && v.Mode == session.ModeOff {
			return session.MediaSend{Mode: session.Clear}
		}
		return session.MediaSend{Mode: session.Hold}
	}
}

// TestStaleGroupInfo shows a newcomer the stretch without encryption, and takes
// whatever it commits there.
func TestStaleGroupInfo(t *testing.T) {
	run := func(weak bool) int {
		w := meet(t, session.CardSettings{}, 2)
		stale := session.GroupState{Exists: true, Epoch: w.epoch, Info: w.info}
		w.people[0].do(session.SwitchE2EE{On: true})
		w.until(3*time.Second, "lock", func() bool { return w.people[1].view().Lock })
		w.answer = func(from *person, e session.Effect) bool {
			if from.id != "victim" {
				return false
			}
			switch e := e.(type) {
			case session.Fetch:
				w.send(from, stale)
			case session.Commit:
				w.send(from, session.Reply{Ref: e.Ref, Accepted: true})
			}
			return true
		}
		victim := w.enter("victim", w.invite.Guest())
		if weak {
			victim.trusting()
		}
		victim.camera = true
		w.pass(30 * time.Second)
		if v := victim.view(); len(v.People) < 3 || v.Phase == session.PhaseIn {
			t.Fatal("the victim is not in the stale group, or trusts it", v.Phase, len(v.People))
		}
		if err := victim.m.Do(w.now, session.SendChat{Text: "secret"}); err == nil {
			t.Error("content leaves before an answer")
		}
		return victim.clear
	}
	weak, real := run(true), run(false)
	t.Logf("clear frames sent into a stale group in 30 s: %d without freshness, %d with it", weak, real)
	if weak == 0 || real != 0 {
		t.Error("a stale GroupInfo opens a newcomer's microphone")
	}
}

// TestTwoGroups gives two people a group each and shows each the other's name.
func TestTwoGroups(t *testing.T) {
	run := func(weak bool) (frames int, w *world) {
		w = newWorld(t, session.CardSettings{})
		other := newWorld(t, session.CardSettings{})
		other.invite, other.card, other.raw = w.invite, w.card, w.raw
		w.roster = func() []session.Person { return []session.Person{{ID: "bob", Capable: true, Connected: true}} }
		other.roster = func() []session.Person { return []session.Person{{ID: "ann", Capable: true, Connected: true}} }
		ann, bob := w.enter("ann", w.invite), other.enter("bob", w.invite.Guest())
		for _, p := range []*person{ann, bob} {
			if weak {
				p.trusting()
			}
			p.camera = true
		}
		w.pass(20 * time.Second)
		other.pass(20 * time.Second)
		a, b := ann.view(), bob.view()
		if len(a.Codes) == 0 || len(b.Codes) == 0 || a.Codes[0].Code == b.Codes[0].Code {
			t.Error("the codes do not differ")
		}
		for _, v := range []*session.View{a, b} {
			if v.Phase != session.PhaseAlone || len(v.People) != 2 || v.People[1].InTree {
				t.Errorf("phase %s, the other is shown as %+v", v.Phase, v.People[1:])
			}
		}
		return ann.clear + bob.clear, w
	}
	weak, _ := run(true)
	real, _ := run(false)
	t.Logf("frames sent into two groups in 20 s: %d without freshness, %d with it; codes differ, each shows the other as not in the group", weak, real)
	if weak == 0 || real != 0 {
		t.Error("people send into a group of their own")
	}
}

// TestServerAdmitsItself: the server knocks as somebody without the link and,
// with the help of a host's click, is in. Everybody must show it.
func TestServerAdmitsItself(t *testing.T) {
	w := meet(t, session.CardSettings{E2EE: true}, 2)
	server := w.enter("server", nil)
	w.pass(2 * time.Second)
	waiting := w.people[0].view().Waiting
	if len(waiting) != 1 || waiting[0].Proof != session.ProofNone || waiting[0].Digits == "" || waiting[0].Digits != server.view().Digits {
		t.Fatalf("shown as %+v", waiting)
	}
	w.people[0].do(session.AdmitKnock{ID: "server"})
	w.until(5*time.Second, "the server is in", func() bool { return server.view().Phase == session.PhaseIn })
	w.pass(5 * time.Second)
	late := w.enter("late", w.invite.Guest())
	w.pass(5 * time.Second)
	shown, fooled := 0, 0
	for _, p := range append(w.people[:3:3], late) {
		v := p.view()
		others := 0 // the doubts of a client that does not ask how people came
		for _, d := range v.Doubts {
			if d.Kind != session.DoubtUnverified {
				others++
			} else if len(d.Who) == 1 && d.Who[0] == "server" && !v.Lock {
				shown++
			}
		}
		if v.Mode == session.ModeOn && v.Phase == session.PhaseIn && others == 0 {
			fooled++
		}
	}
	t.Logf("locks shown with the server in the meeting: %d of 4 without asking how people came, 0 of 4 with it; exclamation with its row on %d", fooled, shown)
	if fooled != 4 || shown != 4 {
		t.Error("the server is not shown on every screen")
	}
}

// TestServersOwnGroup answers a link holder in the lobby with a group that the
// server made from what it knows: the card and the KeyPackage.
func TestServersOwnGroup(t *testing.T) {
	w := newWorld(t, session.CardSettings{Lobby: true})
	w.lobby = true
	w.enter("host", w.invite)
	w.pass(time.Second)
	victim := w.enter("victim", w.invite.Guest())
	w.pass(time.Second)
	if len(w.knocks) != 1 {
		t.Fatal("the victim does not knock")
	}
	// The same with a joiner of the test, which takes any good Welcome.
	naive := w.newRogue("naive", nil, anything)
	naive.psks[string(session.LinkPSKID(1))] = make([]byte, 32)
	groupID := w.people[0].view().GroupID
	key, credential := naive.credential(groupID)
	offered, err := mls.NewKeyPackage(mls.X25519AES128, key, credential, naive.config())
	if err != nil {
		t.Fatal(err)
	}
	tries, joined, fooled := 0, 0, 0
	for _, listed := range []bool{false, true} {
		server := w.newRogue("server", nil, anything)
		server.psks[string(session.LinkPSKID(1))] = make([]byte, 32)
		welcome := func(keyPackage []byte) ([]byte, []byte) {
			serverKey, credential := server.credential(groupID)
			first := session.FirstState(w.card, groupID, nil)
			group, err := mls.Create(mls.X25519AES128, groupID, serverKey, credential, w.extensions(first), server.entering(0))
			if err != nil {
				t.Fatal(err)
			}
			kp, err := mls.ParseKeyPackage(keyPackage)
			if err != nil {
				t.Fatal(err)
			}
			extensions, err := session.NextExtensions(group.View(), first, nil, 1)
			if err != nil {
				t.Fatal(err)
			}
			proposals := []mls.Proposal{mls.Add(kp), mls.SetExtensions(extensions)}
			if listed {
				proposals = append(proposals, mls.PSK(session.LinkPSKID(1)))
			}
			staged, err := group.Commit(proposals...)
			if err != nil {
				t.Fatal(err)
			}
			return staged.Commit, staged.Welcome
		}
		if _, message := welcome(offered.Bytes()); true {
			if _, err := mls.Join(offered, message, nil, naive.config()); err == nil {
				fooled++
			}
		}
		commit, message := welcome(w.knocks[0].KeyPackage)
		n := len(message)
		framed := append([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}, message...)
		w.send(victim, session.Committed{Epoch: 0, From: "server", Commit: commit, Welcome: append(framed, 0, 0)})
		tries++
		w.pass(3 * time.Second)
		if v := victim.view(); v.GroupID != nil || victim.sends.Mode != session.Hold {
			joined++
		}
	}
	t.Logf("groups of the server joined of %d: %d by a joiner that does not ask for the link's PSK, %d by a real one", tries, fooled, joined)
	if fooled != tries || joined != 0 {
		t.Error("a link holder joins a group of the server")
	}
	// And the real one goes on waiting, and gets in.
	w.people[0].do(session.AdmitKnock{ID: "victim"})
	w.until(30*time.Second, "the victim is admitted", func() bool { return victim.view().Phase == session.PhaseIn })
}

// TestForgedCard: somebody with the link and the server make a card with a root
// of their own, in which the meeting starts without encryption and they are host.
func TestForgedCard(t *testing.T) {
	w := newWorld(t, session.CardSettings{E2EE: true, Required: true})
	evil, err := session.NewRoot(nil)
	if err != nil {
		t.Fatal(err)
	}
	_, forged := w.sign(evil, session.CardSettings{})
	_, err = w.newPerson("victim", w.invite.Guest(), forged)
	if err == nil {
		t.Error("the forged card is taken")
	}
	// The same machine in the hands of a client that does not compare the root.
	blind := *w.invite.Guest()
	blind.RootHash = evil.RootHash
	shared := w.invite.Guest()
	shared.RootHash, shared.Seed = evil.RootHash, evil.Seed
	w.raw = forged
	w.enter("attacker", shared)
	w.pass(time.Second)
	fooled, err2 := w.newPerson("fooled", &blind, forged)
	if err2 != nil {
		t.Fatal(err2)
	}
	w.connect(fooled)
	fooled.camera = true
	w.pass(5 * time.Second)
	t.Logf("clear frames sent under a forged card of a meeting that requires encryption: %d without comparing the root, 0 with it (%v)", fooled.clear, err)
	if fooled.clear == 0 {
		t.Error("the attack fails also without comparing the root: it proves nothing")
	}
}

// TestCardOfAnotherMeeting: the server answers with a card that is genuine and of
// the same root, but of a meeting that starts without encryption.
func TestCardOfAnotherMeeting(t *testing.T) {
	w := newWorld(t, session.CardSettings{E2EE: true, Required: true})
	other := &session.Card{MeetingID: "another-meeting", Version: 1, LinkNumber: 1, Suite: mls.X25519AES128}
	if err := other.SignCard(w.invite.Seed); err != nil {
		t.Fatal(err)
	}
	raw, err := other.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Verify(w.invite); err != nil {
		t.Fatal("the card is not genuine: the attack proves nothing")
	}
	_, refused := w.newPerson("victim", w.invite.Guest(), raw)
	if refused == nil {
		t.Error("the card of another meeting of the same root is taken")
	}
	// Clients that believe the card's own word which meeting it is of.
	w.raw, w.meeting = raw, other.MeetingID
	w.enter("attacker", w.invite)
	w.pass(time.Second)
	fooled := w.enter("fooled", w.invite.Guest())
	fooled.camera = true
	w.pass(5 * time.Second)
	t.Logf("clear frames sent under another meeting's card in a meeting that requires encryption: %d without comparing the meeting, 0 with it (%v)", fooled.clear, refused)
	if fooled.clear == 0 {
		t.Error("the attack fails also without comparing the meeting: it proves nothing")
	}
}

// TestWithheldRemoval: the server keeps everything from a victim that would show
// it that somebody has left, and passes the victim's frames on to the one who
// left.
func TestWithheldRemoval(t *testing.T) {
	run := func(weak bool) (after time.Duration, frames int) {
		w := meet(t, session.CardSettings{E2EE: true}, 4)
		victim, leaver := w.people[1], w.people[4]
		victim.camera = true
		w.pass(time.Second)
		if weak { // goes on sealing as if nobody had to be heard
			victim.weakened = func(e session.MediaSend) session.MediaSend {
				return session.MediaSend{Mode: session.Seal, Epoch: victim.view().Epoch}
			}
		}
		w.hears = func(to *person, _ session.Event) bool {
			return to != victim && to != leaver
		}
		left := w.now
		w.tap = func(from *person, out sframe.Outgoing, at uint32) {
			if from == victim && leaver.plays(from, out, at) {
				after, frames = w.now.Sub(left), frames+1
			}
		}
		leaver.leave()
		w.pass(100 * time.Second)
		if v := victim.view(); !weak && v.Lock {
			t.Error("the victim still shows the lock")
		}
		return after, frames
	}
	weak, weakFrames := run(true)
	real, frames := run(false)
	t.Logf("a withheld removal: the leaver hears the victim for %v (%d frames) without heartbeats, for %v (%d frames) with them", weak, weakFrames, real, frames)
	if weak < 95*time.Second || real > 75*time.Second {
		t.Error("a withheld removal is not bounded")
	}
}

// TestInventedUnsupportedClient: the policy lets a host be asked; the server
// invents somebody whose client cannot encrypt.
func TestInventedUnsupportedClient(t *testing.T) {
	run := func(weak bool) int {
		w := meet(t, session.CardSettings{E2EE: true, Unsupported: session.UnsupportedOffer}, 2)
		w.sending()
		w.pass(time.Second)
		w.roster = func() []session.Person { return []session.Person{{ID: "old", Name: "An old browser", Connected: true}} }
		w.tellPeople()
		if weak { // ends encryption for whoever comes, without asking its person
			w.people[0].do(session.SwitchE2EE{})
		}
		w.pass(40 * time.Second)
		if v := w.people[1].view(); !weak && (v.Mode != session.ModeOn || v.Lock) {
			t.Errorf("mode %s, lock %v beside somebody without keys", v.Mode, v.Lock)
		}
		return w.clear()
	}
	weak, real := run(true), run(false)
	t.Logf("clear frames after an invented client: %d by a host's client that does not ask, %d by a real one; the newcomer has no keys and takes the lock away", weak, real)
	if weak == 0 || real != 0 {
		t.Error("an invented client ends encryption")
	}
}

// TestSwitchWithheld keeps the host's switch from one member, who goes on in the
// clear, and passes its frames on.
func TestSwitchWithheld(t *testing.T) {
	run := func(weak bool) (played int, removed time.Duration) {
		w := meet(t, session.CardSettings{}, 3)
		cut, listener := w.people[3], w.people[1]
		w.sending()
		w.pass(time.Second)
		w.hears = func(to *person, _ session.Event) bool { return to != cut }
		w.people[0].do(session.SwitchE2EE{On: true})
		w.pass(2100 * time.Millisecond)
		if weak {
			listener.ring.SetReceive(w.now, sframe.Receive{Mode: sframe.ClearToo})
		}
		before := listener.passed
		for passed := 2100 * time.Millisecond; passed < 12*time.Second; passed += 100 * time.Millisecond {
			w.pass(100 * time.Millisecond)
			v := listener.view()
			if v.Lock {
				t.Fatal("a lock is shown beside somebody who sends in the clear")
			}
			for _, p := range v.People {
				if p.ID == cut.id && !p.InTree && removed == 0 {
					removed = passed
				}
			}
		}
		if cut.clear < 500 {
			t.Fatal("the member who was not told does not send")
		}
		return listener.passed - before, removed
	}
	weak, _ := run(true)
	real, removed := run(false)
	t.Logf("clear frames played later than 2 s after the switch: %d without the end of the grace, %d with it; out of the group after %v, no lock meanwhile", weak, real, removed)
	if weak == 0 || real != 0 {
		t.Error("clear frames play under encryption")
	}
}
