package session

import (
	"slices"
	"testing"
)

// history is a meeting from its card on: made by the owner's device, a host
// appointed, a settings change by that host, a ban with a new link, a takeover, a
// second one, the owner's second device coming in by the root.
func history(tb testing.TB) (*Card, []*State) {
	tb.Helper()
	card := mustCard(tb, CardSettings{E2EE: true, Takeover: TakeoverLongestPresent})
	host := mustRootHost(tb, "host")
	states := []*State{mustSign(tb, FirstState(card, testGroup, &host), "host")}
	step := func(by string, f func(*State)) {
		next := states[len(states)-1].Next(nil)
		f(next)
		states = append(states, mustSign(tb, next, by))
	}
	step("host", func(s *State) { s.SetHost(mustExtend(tb, host, "host", "granted")) })
	step("granted", func(s *State) { s.Lobby, s.E2EE = true, false })
	step("granted", func(s *State) { s.Ban(testKey("victim").Public()); s.LinkNumber++ })
	step("longest", func(s *State) { s.SetHost(Host{Device: testKey("longest").Public()}) })
	step("longest", func(s *State) { s.E2EE = true })
	step("tied", func(s *State) {
		s.DropHost(testKey("longest").Public())
		s.SetHost(Host{Device: testKey("tied").Public()})
	})
	step("owner", func(s *State) { s.SetHost(mustRootHost(tb, "owner")) })
	step("owner", func(s *State) {
		s.DropHost(testKey("tied").Public())
		s.Takeover, s.Required = TakeoverNone, true
	})
	step("owner", func(s *State) { s.LinkNumber++ })
	return card, states
}

func TestVerifyChain(t *testing.T) {
	card, states := history(t)
	for from := range states {
		for to := from; to < len(states); to++ {
			if err := VerifyChain(card, states[from:to+1]); err != nil {
				t.Errorf("states %d to %d: %v", from, to, err)
			}
		}
	}
	if VerifyChain(card, nil) == nil {
		t.Error("no states: accepted")
	}
	for gap := 1; gap < len(states)-1; gap++ {
		if VerifyChain(card, slices.Delete(slices.Clone(states), gap, gap+1)) == nil {
			t.Errorf("state %d left out: accepted", gap)
		}
	}
	for i := 1; i < len(states); i++ {
		swapped := slices.Clone(states)
		swapped[i-1], swapped[i] = swapped[i], swapped[i-1]
		if VerifyChain(card, swapped) == nil {
			t.Errorf("states %d and %d swapped: accepted", i-1, i)
		}
	}
	other := mustCard(t, CardSettings{E2EE: true})
	if VerifyChain(other, states) == nil {
		t.Error("under another card: accepted")
	}
}

// TestVerifyChainTampered signs every state of the chain again after one change,
// so that only the chain itself can tell.
func TestVerifyChainTampered(t *testing.T) {
	card, states := history(t)
	signers := []string{"host", "host", "granted", "granted", "longest", "longest", "tied", "owner", "owner", "owner"}
	for name, spoil := range map[string]func(*State){
		"ErrMeeting":  func(s *State) { s.MeetingID = "another" },
		"ErrGroup":    func(s *State) { s.GroupID[0]++ },
		"ErrCard":     func(s *State) { s.CardHash[0]++ },
		"ErrSequence": func(s *State) { s.Sequence++ },
		"ErrLink":     func(s *State) { s.LinkNumber += 2 },
		"ErrSigner":   func(s *State) { s.SetHost(Host{Device: testKey("eve").Public()}); s.Signer = testKey("eve").Public() },
		"ErrForgedHost": func(s *State) {
			s.SetHost(mustExtend(t, mustRootHost(t, "host"), "eve", "mallory"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			for i := range states {
				tampered := slices.Clone(states)
				tampered[i] = states[i].Clone()
				spoil(tampered[i])
				by := signers[i]
				if name == "ErrSigner" {
					by = "eve"
				}
				for j := i; j < len(tampered); j++ {
					if j > i {
						tampered[j] = states[j].Clone()
						hash := tampered[j-1].Hash()
						tampered[j].Parent = hash[:]
						by = signers[j]
					}
					resign(tampered[j], by)
				}
				if VerifyChain(card, tampered) == nil {
					t.Errorf("state %d: accepted", i)
				}
			}
		})
	}
}

func TestVerifyAlone(t *testing.T) {
	card, states := history(t)
	first := states[0]
	required := mustCard(t, CardSettings{E2EE: true, Required: true})
	newer := mustCard(t, card.Settings)
	newer.LinkNumber = 2
	if err := newer.SignCard(testSeed("root")); err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		card *Card
		make func() *State
		ok   bool
	}{
		"OK unsigned": {card, func() *State { return FirstState(card, testGroup, nil) }, true},
		"OK by root":  {card, func() *State { return first }, true},
		"OK later":    {card, func() *State { return states[5] }, true},
		"OK required": {required, func() *State { return FirstState(required, testGroup, nil) }, true},
		"ErrDiffers": {card, func() *State {
			s := FirstState(card, testGroup, nil)
			s.Lobby = true
			return s
		}, false},
		"ErrLink": {card, func() *State {
			s := FirstState(card, testGroup, nil)
			s.LinkNumber++
			return s
		}, false},
		"ErrBanned": {card, func() *State {
			s := FirstState(card, testGroup, nil)
			s.Ban(testKey("victim").Public())
			return s
		}, false},
		"ErrFirstByGranted": {card, func() *State {
			h := mustExtend(t, mustRootHost(t, "host"), "host", "granted")
			return resign(FirstState(card, testGroup, &h), "granted")
		}, false},
		"ErrFirstByNobody": {card, func() *State {
			return resign(FirstState(card, testGroup, &Host{Device: testKey("eve").Public()}), "eve")
		}, false},
		"ErrFirstTwoHosts": {card, func() *State {
			s := first.Clone()
			s.SetHost(mustExtend(t, mustRootHost(t, "host"), "host", "granted"))
			return resign(s, "host")
		}, false},
		"ErrOlderLink": {newer, func() *State {
			s := states[1].Clone()
			s.CardHash = newer.Hash()
			return resign(s, "host")
		}, false},
		"ErrNotRequired": {required, func() *State {
			s := states[1].Clone()
			s.CardHash = required.Hash()
			return resign(s, "host")
		}, false},
		"ErrForgedHost": {card, func() *State {
			s := states[1].Clone()
			s.SetHost(mustExtend(t, mustRootHost(t, "host"), "eve", "mallory"))
			return resign(s, "host")
		}, false},
		"ErrUnsigned": {card, func() *State {
			s := states[1].Clone()
			s.Signature = nil
			return s
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if err := VerifyAlone(tt.make(), tt.card); (err == nil) != tt.ok {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestTakeoverReplaces: the host by takeover before goes when the next comes, and
// granted ones stay.
func TestTakeoverReplaces(t *testing.T) {
	card, states := history(t)
	before := states[5]
	both := before.Next(nil)
	both.SetHost(Host{Device: testKey("tied").Public()})
	if err := VerifyStep(before, resign(both, "tied"), card); err == nil {
		t.Error("two hosts by takeover")
	}
	alone := before.Next(nil)
	alone.Hosts = []Host{{Device: testKey("tied").Public()}}
	if err := VerifyStep(before, resign(alone, "tied"), card); err == nil {
		t.Error("a takeover dropped the granted hosts")
	}
}

func TestRootedHost(t *testing.T) {
	card, states := history(t)
	for name, want := range map[string]bool{"host": true, "granted": true, "longest": false, "member": false} {
		if got := states[4].RootedHost(testKey(name).Public(), card); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestGrants: a chain holds as it is, and in no other way.
func TestGrants(t *testing.T) {
	root := testKey("root").Public()
	h := mustRootHost(t, "a")
	for i, name := range []string{"b", "c", "d"} {
		if !h.Rooted(testMeeting, root) {
			t.Fatalf("a chain of %d does not hold", i+1)
		}
		h = mustExtend(t, h, string(rune('a'+i)), name)
	}
	if !h.Rooted(testMeeting, root) || len(h.Grants) != MaxGrants {
		t.Fatal("the longest chain does not hold")
	}
	for name, tt := range map[string]struct {
		host    Host
		meeting string
	}{
		"ErrFive":    {mustExtend(t, h, "d", "e"), testMeeting},
		"ErrMeeting": {h, "another"},
		"ErrNone":    {Host{Device: h.Device}, testMeeting},
		"ErrDevice":  {Host{Device: testKey("e").Public(), Grants: h.Grants}, testMeeting},
		"ErrCut":     {Host{Device: h.Device, Grants: h.Grants[1:]}, testMeeting},
		"ErrHole":    {Host{Device: h.Device, Grants: slices.Delete(slices.Clone(h.Grants), 1, 2)}, testMeeting},
		"ErrIssuer":  {mustExtend(t, mustRootHost(t, "a"), "b", "c"), testMeeting},
	} {
		if tt.host.Rooted(tt.meeting, root) {
			t.Errorf("%s: holds", name)
		}
	}
	if h.Rooted(testMeeting, testKey("a").Public()) || h.Rooted(testMeeting, nil) {
		t.Error("holds for another root")
	}
	for i := range h.Grants {
		for _, field := range [][]byte{h.Grants[i].Device, h.Grants[i].Signature} {
			field[5] ^= 1
			if h.Rooted(testMeeting, root) {
				t.Errorf("grant %d changed: holds", i)
			}
			field[5] ^= 1
		}
	}
	if _, err := RootHost(testMeeting, testRoot(), nil); err == nil {
		t.Error("nobody was made host")
	}
	if _, err := RootHost(testMeeting, nil, root); err == nil {
		t.Error("nobody made a host")
	}
}
