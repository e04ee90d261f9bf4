package session

import (
	"slices"
	"testing"
	"time"
)

// old brings somebody whose client cannot encrypt.
func (v *simService) old(here bool) {
	v.plain = nil
	if here {
		v.plain = []Person{{ID: "old", Name: "Old", Connected: true}}
	}
	v.people()
}

// TestAloneWithOldClients: while encryption is off, who is alone in the group and
// knows it is heard and seen by those who cannot be in it.
func TestAloneWithOldClients(t *testing.T) {
	s := newSim(t, 71, simMeeting{})
	host := s.add(simWho{host: true})
	host.connect()
	s.run(time.Second)
	modes := func(send SendMode, get ReceiveMode, when string) {
		t.Helper()
		s.run(500 * time.Millisecond)
		if host.sends.Mode != send || host.gets.Mode != get {
			t.Errorf("%s: sends %s, receives %s", when, host.sends.Mode, host.gets.Mode)
		}
	}
	modes(Hold, ReceiveSealed, "alone")
	s.service.old(true)
	modes(Clear, ReceiveClear, "with an old client")
	host.disconnect()
	s.run(3 * time.Second)
	host.resume()
	modes(Clear, ReceiveClear, "after a lost connection")
	if err := host.do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	s.run(graceTime)
	modes(Hold, ReceiveSealed, "with encryption on")
	if err := host.do(SwitchE2EE{}); err != nil {
		t.Fatal(err)
	}
	modes(Clear, ReceiveClear, "with encryption off again")
	// Somebody comes who can: nothing stops on the way.
	held := false
	guest := s.add(simWho{})
	guest.connect()
	s.until(5*time.Second, func() bool {
		held = held || host.sends.Mode != Clear
		return s.settled()
	})
	modes(Clear, ReceiveClear, "with one of each kind")
	if held {
		t.Error("held while somebody came")
	}
	guest.leave()
	s.until(5*time.Second, s.settled)
	modes(Clear, ReceiveClear, "with the old client again")
	s.service.old(false)
	modes(Hold, ReceiveClear, "alone again")
	host.reload()
	s.service.old(true)
	host.connect()
	s.run(5 * time.Second)
	modes(Hold, ReceiveSealed, "after a reload, by a GroupInfo that nobody answers for")
}

// TestStaleOffWithOldClients: the server shows a newcomer the group as it was
// before encryption was on, and people whose clients cannot encrypt.
func TestStaleOffWithOldClients(t *testing.T) {
	for _, others := range []int{0, 2} {
		s := meet(t, 72, CardSettings{}, others)
		s.checks.lies = true
		stale := GroupState{Exists: true, Epoch: s.service.epoch, Info: slices.Clone(s.service.info)}
		if others == 0 {
			s.add(simWho{}).connect()
			s.until(5*time.Second, s.settled)
		}
		if err := s.clients[0].do(SwitchE2EE{On: true}); err != nil {
			t.Fatal(err)
		}
		s.until(3*time.Second, func() bool { return s.clients[1].machine.View().Lock })
		victim := s.add(simWho{})
		s.service.addAnswer(func(from *simClient, e Effect) bool {
			if from != victim {
				return false
			}
			switch e := e.(type) {
			case Fetch:
				from.deliver(stale)
			case Commit:
				from.deliver(Reply{Ref: e.Ref, Accepted: true})
			case Open:
				from.deliver(Reply{Ref: e.Ref, Accepted: true})
			}
			return true
		})
		s.service.roster = func(to *simClient, people []Person) []Person {
			if to == victim {
				return []Person{{ID: victim.id, Capable: true, Connected: true}, {ID: "old", Connected: true}}
			}
			return people
		}
		victim.connect()
		end := s.now.Add(2 * time.Minute)
		for s.now.Before(end) && !s.failed {
			s.run(50 * time.Millisecond)
			if victim.sends.Mode != Hold || victim.gets.Mode != ReceiveSealed {
				t.Fatalf("of %d: sends %s, receives %s in phase %s", others, victim.sends.Mode, victim.gets.Mode, victim.machine.phase)
			}
		}
	}
}

// TestStartsEncryptedWithOldClients: what the card says is on is never sent clear.
func TestStartsEncryptedWithOldClients(t *testing.T) {
	s := newSim(t, 73, simMeeting{settings: CardSettings{E2EE: true}})
	s.service.plain = []Person{{ID: "old", Name: "Old", Connected: true}}
	guest := s.add(simWho{})
	guest.connect()
	s.run(5 * time.Second)
	if guest.machine.phase != PhaseAlone || guest.sends.Mode != Hold {
		t.Fatal(guest.machine.phase, guest.sends.Mode)
	}
}
