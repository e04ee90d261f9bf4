package attacks

import (
	"crypto/ed25519"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// commitAttack lets an attacker, a member with the link and a program of its own,
// commit something. make returns the commit; rules are those that forbid it. It
// is judged by a victim without these rules, by one with all of them, and by
// three honest clients, who must go on as before.
func commitAttack(t *testing.T, what string, make func(w *world, attacker *rogue) *mls.Staged, harm func(*session.State) bool, rules ...session.Refusal) {
	t.Helper()
	w := meet(t, session.CardSettings{}, 3)
	w.people[0].do(session.SwitchE2EE{On: true})
	w.until(3*time.Second, "lock", func() bool { return w.people[1].view().Lock })
	weak := w.newRogue("weak", w.invite.Guest(), w.forgiving(rules...)).joins()
	strict := w.newRogue("strict", w.invite.Guest(), w.forgiving()).joins()
	attacker := w.newRogue("attacker", w.invite.Guest(), anything).joins()
	staged := make(w, attacker)
	if strict.err != nil || weak.err != nil {
		t.Fatal("what came before is refused", strict.err, weak.err)
	}
	epoch, sequence := w.epoch, w.people[1].view().Sequence
	attacker.commits(staged)
	if weak.err != nil {
		t.Errorf("%s fails also without its rule: %v", what, weak.err)
	} else if weak.group.Epoch() != epoch+1 || harm != nil && !harm(w.stateOf(weak.group.Extension)) {
		t.Errorf("%s does no harm also without its rule", what)
	}
	if strict.err == nil {
		t.Errorf("%s is accepted under all rules", what)
	}
	back := w.until(time.Second, "the epoch is open again", func() bool { return w.epoch == epoch })
	w.pass(3 * time.Second)
	for _, p := range w.people {
		v := p.view()
		if v.Phase != session.PhaseIn || v.Mode != session.ModeOn || v.Sequence != sequence || p.sends.Mode != session.Seal {
			t.Errorf("%s: %s is %s, %s, sequence %d, sends %s", what, p.id, v.Phase, v.Mode, v.Sequence, p.sends.Mode)
		}
	}
	t.Logf("%s: taken without the rule, 0 of %d clients with it (%v); open again after %v", what, len(w.people)+1, strict.err, back)
}

// off is the state after the current one with encryption off.
func off(w *world, by *rogue) *session.State {
	next := w.stateOf(by.group.Extension).Next(by.device())
	next.E2EE = false
	return next
}

func isOff(s *session.State) bool { return !s.E2EE }

// TestNonHostToggles makes itself host with a chain of its own root.
func TestNonHostToggles(t *testing.T) {
	commitAttack(t, "switching off by who is no host", func(w *world, a *rogue) *mls.Staged {
		fake, err := session.RootHost(meetingID, deviceKey("another root"), a.device())
		if err != nil {
			t.Fatal(err)
		}
		next := off(w, a)
		next.SetHost(fake)
		return a.stage(mls.SetExtensions(a.signed(next)))
	}, isOff, session.RefusedHosts, session.RefusedAuthority)
}

// TestFormerHostComesBack uses a chain of grants that was once good.
func TestFormerHostComesBack(t *testing.T) {
	commitAttack(t, "a former host's return", func(w *world, a *rogue) *mls.Staged {
		// The host of the meeting once appointed the attacker, and has dropped it.
		s := w.stateOf(a.group.Extension)
		host, ok := s.Host(w.people[0].key.Public().(ed25519.PublicKey))
		if !ok {
			t.Fatal("no host")
		}
		signature, err := session.KeyDevice(w.people[0].key).Sign(session.GrantToSign(meetingID, host.Device, a.device()))
		if err != nil {
			t.Fatal(err)
		}
		next := s.Next(a.device())
		next.SetHost(host.Extend(a.device(), signature))
		return a.stage(mls.SetExtensions(a.signed(next)))
	}, func(s *session.State) bool { return len(s.Hosts) == 2 }, session.RefusedAuthority)
}

func TestReInit(t *testing.T) {
	commitAttack(t, "ReInit", func(w *world, a *rogue) *mls.Staged {
		extensions, _ := a.group.Extension(session.StateExtension)
		return a.stage(mls.ReInit([]byte("another group 16"), mls.X25519AES128, []mls.Extension{{Type: session.StateExtension, Data: extensions}}))
	}, nil, session.RefusedReInit)
}

// TestForeignExtensions takes the meeting state out of the group.
func TestForeignExtensions(t *testing.T) {
	commitAttack(t, "a commit without the meeting state", func(w *world, a *rogue) *mls.Staged {
		s := w.stateOf(a.group.Extension)
		extensions := append(w.extensions(s), mls.Extension{Type: session.LinkProofExtension, Data: []byte{1}})
		return a.stage(mls.SetExtensions(extensions))
	}, nil, session.RefusedExtensions)
}

// rogueHost is a host's device with a program of its own.
func rogueHost(w *world, id string) *rogue {
	r := w.newRogue(id, w.invite.Guest(), anything).joins()
	entry, err := session.RootHost(meetingID, w.invite.Root(), r.device())
	if err != nil {
		w.Fatal(err)
	}
	next := w.stateOf(r.group.Extension).Next(r.device())
	next.SetHost(entry)
	r.commits(r.stage(mls.SetExtensions(r.signed(next))))
	w.pass(300 * time.Millisecond)
	if v := w.people[1].view(); len(v.People) == 0 || v.Phase != session.PhaseIn {
		w.Fatal("the second host is not accepted")
	}
	return r
}

// TestHostsStateSmuggled: a host signed "off" and thought better of it; the
// server kept the state, and a member commits it.
func TestHostsStateSmuggled(t *testing.T) {
	commitAttack(t, "a host's state committed by another member", func(w *world, a *rogue) *mls.Staged {
		host := rogueHost(w, "host2")
		extensions := host.signed(off(w, host))
		return a.stage(mls.SetExtensions(extensions))
	}, isOff, session.RefusedAuthority)
}

// TestProposalSmuggled: the same with a proposal of the host, by reference.
func TestProposalSmuggled(t *testing.T) {
	commitAttack(t, "a host's proposal committed by another member", func(w *world, a *rogue) *mls.Staged {
		host := rogueHost(w, "host2")
		message, _, err := host.group.Propose(mls.SetExtensions(host.signed(off(w, host))))
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range w.rogues {
			if r == host {
				continue
			}
			received, err := r.group.Process(message)
			if err != nil || received.Next == nil {
				t.Fatal("the proposal is not taken", err)
			}
			r.group = received.Next
		}
		return a.stage()
	}, isOff, session.RefusedReference, session.RefusedAuthority)
}

// TestBannedWithTheOldLink: after a ban with its new link, somebody comes with
// another device key and the old link, straight by an external commit.
func TestBannedWithTheOldLink(t *testing.T) {
	run := func(rules ...session.Refusal) (w *world, epoch uint64, victim error) {
		w = meet(t, session.CardSettings{E2EE: true}, 3)
		v := w.newRogue("victim", w.invite.Guest(), w.forgiving(rules...)).joins()
		w.people[0].do(session.RemovePerson{ID: "guest3", Ban: true})
		w.until(time.Second, "the ban", func() bool { return w.people[1].view().LinkNumber == 2 })
		if v.err != nil {
			t.Fatal("the ban is refused", v.err)
		}
		w.people[3].leave()
		again := w.newRogue("again", w.invite.Guest(), anything)
		staged, err := again.external(w.info, 1)
		if err != nil {
			t.Fatal(err)
		}
		epoch = w.epoch
		again.commits(staged)
		w.pass(3 * time.Second)
		return w, epoch, v.err
	}
	if _, _, err := run(session.RefusedPSK); err != nil {
		t.Error("the attack fails also without the rule on links:", err)
	}
	w, epoch, err := run()
	if err == nil {
		t.Error("the old link opens the meeting")
	}
	for _, p := range w.people[:3] {
		for _, row := range p.view().People {
			if row.InTree && row.ID == "again" {
				t.Errorf("%s has the banned person in its group", p.id)
			}
		}
	}
	// The official way leads to the lobby, marked.
	knocks := w.enter("knocking", w.invite.Guest())
	w.pass(3 * time.Second)
	waiting := w.people[0].view().Waiting
	if knocks.view().Phase != session.PhaseKnocking || len(waiting) != 1 || waiting[0].Proof != session.ProofOldLink {
		t.Errorf("the old link leads to %s, seen as %+v", knocks.view().Phase, waiting)
	}
	t.Logf("banned person with the old link: in without the rule, refused with it (%v, epoch %d open again: %v); by the door: %s, marked as an old link",
		err, epoch, w.epoch == epoch, knocks.view().Phase)
}

// TestBannedDeviceWithTheNewLink: somebody passed the new link on to the banned.
func TestBannedDeviceWithTheNewLink(t *testing.T) {
	in := func(rules ...session.Refusal) error {
		w := meet(t, session.CardSettings{E2EE: true}, 3)
		v := w.newRogue("victim", w.invite.Guest(), w.forgiving(rules...)).joins()
		w.people[0].do(session.RemovePerson{ID: "guest3", Ban: true})
		w.until(time.Second, "the ban", func() bool { return w.people[1].view().Invite != nil && w.people[1].view().LinkNumber == 2 })
		w.people[3].leave()
		link := w.people[1].view().Invite
		again := w.newRogue("guest3", link, anything) // its device key
		v.psks[string(link.PSKID())] = link.PSK(meetingID)
		staged, err := again.external(w.info, 2)
		if err != nil {
			t.Fatal(err)
		}
		epoch := w.epoch
		again.commits(staged)
		w.pass(time.Second)
		if len(rules) == 0 && w.epoch != epoch {
			t.Error("the honest clients take the banned device in")
		}
		return v.err
	}
	if err := in(session.RefusedBanned); err != nil {
		t.Error("the attack fails also without the rule on bans:", err)
	}
	err := in()
	if err == nil {
		t.Error("a banned device enters with the new link")
	}
	t.Logf("banned device with the new link: in without the rule, refused with it (%v)", err)
}

// TestOpenDoors: with the lobby or the lock on, somebody with the link commits
// itself into the group; and one who replaces another person's leaf.
func TestOpenDoors(t *testing.T) {
	for _, tt := range []struct {
		name     string
		settings session.CardSettings
		remove   bool
		rule     session.Refusal
	}{
		{"past the lobby", session.CardSettings{Lobby: true}, false, session.RefusedLobby},
		{"into a locked meeting", session.CardSettings{Locked: true}, false, session.RefusedLocked},
		{"in place of somebody else", session.CardSettings{}, true, session.RefusedRemove},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := meet(t, session.CardSettings{}, 3)
			weak := w.newRogue("weak", w.invite.Guest(), w.forgiving(tt.rule)).joins()
			on := true
			switch {
			case tt.settings.Lobby:
				w.people[0].do(session.Configure{Lobby: &on})
			case tt.settings.Locked:
				w.people[0].do(session.Configure{Locked: &on})
			}
			w.pass(time.Second)
			attacker := w.newRogue("attacker", w.invite.Guest(), anything)
			view, err := mls.InspectGroupInfo(w.info, attacker.config())
			if err != nil {
				t.Fatal(err)
			}
			key, credential := attacker.credential(view.GroupID())
			x := mls.External{Key: key, Credential: credential, PSKs: [][]byte{session.LinkPSKID(1)}}
			if tt.remove {
				other := mls.LeafIndex(2)
				x.Remove = &other
			}
			staged, err := view.ExternalCommit(x, attacker.entering(view.Epoch()+1))
			if err != nil {
				t.Fatal(err)
			}
			epoch := w.epoch
			attacker.commits(staged)
			if weak.err != nil {
				t.Error("the attack fails also without its rule:", weak.err)
			}
			w.pass(3 * time.Second)
			if w.epoch > epoch+1 || w.log[epoch].From == attacker.id {
				t.Error("the honest clients take the commit")
			}
			for _, p := range w.people {
				v := p.view()
				for _, row := range v.People {
					if row.ID == attacker.id && row.InTree {
						t.Errorf("%s has the attacker in its group", p.id)
					}
				}
				if v.Phase != session.PhaseIn {
					t.Errorf("%s is %s", p.id, v.Phase)
				}
			}
			t.Logf("%s: in without the rule, 0 of %d clients with it", tt.name, len(w.people))
		})
	}
}
