package mls_test

import (
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// TestPendingNuisance has a member propose what nobody can commit. Members may
// refuse it or leave it out of their commits, but it must not keep them from
// committing.
func TestPendingNuisance(t *testing.T) {
	expired := func(tb testing.TB) wire {
		r := newRogue(tb, "dave")
		p := r.keyPackage()
		p.leaf.notAfter = 1000
		return proposeAdd(p.encode(r.key))
	}
	update := func(s *siege, change func(*rogueLeaf)) wire {
		leaf := newRogueLeaf(s.mallory.key, public(s.mallory.keyPair("new")), "mallory", 2)
		change(leaf)
		return proposeUpdate(leaf.sign(s.mallory.key, s.mallory.group, s.mallory.leaf))
	}
	tests := []struct {
		name      string
		proposals func(s *siege) []wire
	}{
		{"RemoveBlank", func(*siege) []wire { return []wire{proposeRemove(4)} }},
		{"RemoveFarAway", func(*siege) []wire { return []wire{proposeRemove(1 << 31)} }},
		{"RemoveCommitter", func(*siege) []wire { return []wire{proposeRemove(0)} }},
		{"RemoveTwice", func(*siege) []wire { return []wire{proposeRemove(1), proposeRemove(1)} }},
		{"RemoveItselfAndUpdate", func(s *siege) []wire {
			return []wire{proposeRemove(3), update(s, func(*rogueLeaf) {})}
		}},
		{"UpdateTwice", func(s *siege) []wire {
			return []wire{
				update(s, func(*rogueLeaf) {}),
				update(s, func(l *rogueLeaf) { l.encryption = public(s.mallory.keyPair("newer")) }),
			}
		}},
		{"UpdateWithOldKey", func(s *siege) []wire {
			return []wire{update(s, func(l *rogueLeaf) { l.encryption = public(s.mallory.encryption) })}
		}},
		{"UpdateWithKeyOfBob", func(s *siege) []wire {
			return []wire{update(s, func(l *rogueLeaf) { l.encryption = s.bob.Members()[1].EncryptionKey })}
		}},
		{"UpdateWithoutCapabilities", func(s *siege) []wire {
			return []wire{update(s, func(l *rogueLeaf) { l.suites = nil })}
		}},
		{"UpdateUnsigned", func(s *siege) []wire {
			leaf := newRogueLeaf(s.mallory.key, public(s.mallory.keyPair("new")), "mallory", 2)
			leaf.signed = make([]byte, 64)
			return []wire{proposeUpdate(leaf)}
		}},
		{"UpdateOfAKeyPackage", func(s *siege) []wire { return []wire{update(s, func(l *rogueLeaf) { l.source = 1 })} }},
		{"AddExpired", func(*siege) []wire { return []wire{expired(t)} }},
		{"AddMember", func(s *siege) []wire {
			return []wire{proposeAdd(s.mallory.keyPackage().encode(s.mallory.key))}
		}},
		{"PSKUnknown", func(*siege) []wire { return []wire{proposePSK(externalPSK("unheard of", nil).id)} }},
		{"PSKTwice", func(*siege) []wire {
			return []wire{proposePSK(externalPSK("known", nil).id), proposePSK(externalPSK("known", nil).id)}
		}},
		{"PSKOfTheFuture", func(*siege) []wire { return []wire{proposePSK(resumption(1, "siege", 99))} }},
		{"Extensions", func(*siege) []wire { return []wire{proposeExtensions(encodeExtension(0xF321, nil))} }},
		{"ExtensionsTwice", func(*siege) []wire {
			return []wire{
				proposeExtensions(encodeExtension(stateExtension, []byte("one"))),
				proposeExtensions(encodeExtension(stateExtension, []byte("two"))),
			}
		}},
		{"ExternalInit", func(s *siege) []wire { return []wire{proposeExternalInit(s.eve.kemOutput)} }},
		{"UnknownType", func(*siege) []wire { return []wire{wire{}.u16(0x0A0A).vec(nil)} }},
		{"ReInitAndMore", func(*siege) []wire { return []wire{proposeReInit(1, 1), proposeRemove(2)} }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			for _, proposal := range test.proposals(s) {
				message, _ := s.mallory.propose(forgery{}, proposal)
				for _, member := range []**mls.Group{&s.alice, &s.bob, &s.carol} {
					if received, err := (*member).Process(message); err == nil {
						*member = received.Next
					}
				}
			}
			staged, err := s.alice.Commit()
			if err != nil {
				t.Fatalf("alice cannot commit any more: %v", err)
			}
			for name, member := range map[string]*mls.Group{"bob": s.bob, "carol": s.carol} {
				received, err := member.Process(staged.Commit)
				if err != nil {
					if _, still := staged.Next.View().Leaf(member.Self()); still {
						t.Errorf("%s: %v", name, err)
					}
					continue
				}
				sameEpoch(t, received.Next, staged.Next)
			}
		})
	}
}

// TestOwnPendingUpdate: whoever proposed an Update commits without it, and the
// proposal of others is in.
func TestOwnPendingUpdate(t *testing.T) {
	s := newSiege(t, siegeConfig())
	s.bobUpdates(t)
	message, next, err := s.carol.Propose(mls.PSK([]byte("known")))
	if err != nil {
		t.Fatal(err)
	}
	s.heard(t, message, s.carol)
	s.carol = next
	staged := mustCommit(t, s.bob)
	received := mustProcess(t, s.alice, staged.Commit)
	sameEpoch(t, received.Next, staged.Next)
	sameEpoch(t, mustProcess(t, s.carol, staged.Commit).Next, staged.Next)
	if change := received.Change; len(change.PSKs) != 1 || len(change.Updated) != 0 || !change.ByReference {
		t.Errorf("shown %+v", change)
	}
}

// TestPendingIsBounded: a member cannot fill the memory of others with proposals.
func TestPendingIsBounded(t *testing.T) {
	s := newSiege(t, siegeConfig())
	group, refused := s.alice, false
	for i := range mls.MaxPending + 10 {
		id := wire{}.u8(1).vec(wire{}.u32(uint32(i))).vec(make([]byte, hashSize))
		message, _ := s.mallory.propose(forgery{}, proposePSK(id))
		received, err := group.Process(message)
		if err != nil {
			refused = true
			break
		}
		group = received.Next
	}
	if !refused {
		t.Error("more proposals than the bound are kept")
	}
}
