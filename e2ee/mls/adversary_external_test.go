package mls_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// enters is an outsider's commit with an ExternalInit and the proposals given.
func enters(proposals ...wire) func(testing.TB, *siege) forgery {
	return func(tb testing.TB, s *siege) forgery {
		return values(append([]wire{proposeExternalInit(s.eve.kemOutput)}, proposals...)...)(tb, s)
	}
}

// also gives an outsider's commit the tree and secrets of what another one does.
func also(forge func(testing.TB, *siege) forgery) func(testing.TB, *siege) forgery {
	return func(tb testing.TB, s *siege) forgery {
		f := forge(tb, s)
		f.proposals = append(enters()(tb, s).proposals, f.proposals...)
		return f
	}
}

// TestExternalCommitLists goes through what RFC 9420 12.2 and 12.4.3.2 allow to
// somebody outside.
func TestExternalCommitLists(t *testing.T) {
	list := []error{mls.ErrProposals}
	known := externalPSK("known", rightKey)
	tests := []proposalCase{
		{"OK/Enter", enters(), nil},
		{"OK/WithPSK", also(mixes(known)), nil},
		{"ErrPSK/Unknown", also(mixes(externalPSK("unheard of", rightKey))), []error{mls.ErrPSK}},
		{"ErrPSK/Guessed", also(mixes(externalPSK("known", wrongKey))), []error{mls.ErrTag}},
		{"ErrPSK/LeftOutOfTheSecret", enters(proposePSK(known.id)), []error{mls.ErrTag}},
		{"ErrPSK/Twice", also(mixes(known, known)), list},
		{"ErrPSK/Resumption", also(mixes(preShared{resumption(1, "siege", 1), rightKey})), []error{mls.ErrTag, mls.ErrPSK, mls.ErrProposals}},
		{"ErrNoExternalInit", values(), list},
		{"ErrNoExternalInitButPSK", mixes(known), list},
		{"ErrTwoExternalInits", func(tb testing.TB, s *siege) forgery {
			return enters(proposeExternalInit(s.eve.kemOutput))(tb, s)
		}, list},
		{"ErrForeignRemove", also(removes(1)), []error{mls.ErrProposals, mls.ErrRefused}},
		{"ErrRemoveBlank", also(removes(4)), list},
		{"ErrTwoRemoves", enters(proposeRemove(1), proposeRemove(2)), list},
		{"ErrAdd", also(adds(nil)), list},
		{"ErrExtensions", also(sets(encodeExtension(stateExtension, nil))), list},
		{"ErrReInit", enters(proposeReInit(1, 1)), list},
		{"ErrUpdate", func(tb testing.TB, s *siege) forgery {
			leaf := newRogueLeaf(s.eve.key, public(s.eve.keyPair("new")), "eve", 2)
			return enters(proposeUpdate(leaf.sign(s.eve.key, s.eve.group, 4)))(tb, s)
		}, list},
		{"ErrReference", func(tb testing.TB, s *siege) forgery {
			f := enters()(tb, s)
			f.proposals = append(f.proposals, s.bobUpdates(tb))
			return f
		}, list},
		{"ErrReferenceToAPSK", func(tb testing.TB, s *siege) forgery {
			message, ref := s.mallory.propose(forgery{}, proposePSK(known.id))
			s.heard(tb, message, nil)
			f := enters()(tb, s)
			f.proposals, f.psks = append(f.proposals, ref), []preShared{known}
			return f
		}, list},
		{"ErrUnknownType", enters(wire{}.u16(0x0A0A).vec(nil)), append(list, mls.ErrUnsupported, mls.ErrDecode)},
		{"ErrPathless", pathless(enters()), append(list, mls.ErrUnsupported)},
		{"ErrKEMOutputShort", func(tb testing.TB, s *siege) forgery {
			return values(proposeExternalInit(s.eve.kemOutput[1:]))(tb, s)
		}, append(list, mls.ErrDecode, mls.ErrDecrypt)},
		{"ErrKEMOutputEmpty", values(proposeExternalInit(nil)), append(list, mls.ErrDecode, mls.ErrDecrypt)},
		{"ErrKEMOutputZero", values(proposeExternalInit(make([]byte, 32))), append(list, mls.ErrDecode, mls.ErrDecrypt)},
		{"ErrKEMOutputOther", values(proposeExternalInit(public(newRogue(nil, "other").init))), []error{mls.ErrTag}},
		{"ErrKeyOfBob", func(tb testing.TB, s *siege) forgery {
			f := enters()(tb, s)
			f.leaf = func(l *rogueLeaf) { l.signature = s.bob.Members()[1].SignatureKey }
			return f
		}, []error{mls.ErrSignature}},
		{"ErrEncryptionKeyOfBob", func(tb testing.TB, s *siege) forgery {
			f := enters()(tb, s)
			f.leaf = func(l *rogueLeaf) { l.encryption = s.bob.Members()[1].EncryptionKey }
			return f
		}, []error{mls.ErrLeaf, mls.ErrTree, mls.ErrPath}},
		{"ErrSignedForAnotherLeaf", func(tb testing.TB, s *siege) forgery {
			f, place := enters()(tb, s), uint32(1)
			f.place = &place
			return f
		}, []error{mls.ErrSignature, mls.ErrLeaf}},
		{"ErrAsExternalSender", func(tb testing.TB, s *siege) forgery {
			f := enters()(tb, s)
			f.sender = wire{}.u8(2).u32(0)
			return f
		}, []error{mls.ErrSignature, mls.ErrProposals, mls.ErrUnsupported, mls.ErrDecode}},
		{"ErrAsProposer", func(tb testing.TB, s *siege) forgery {
			f := enters()(tb, s)
			f.sender = wire{}.u8(3)
			return f
		}, []error{mls.ErrSignature, mls.ErrProposals, mls.ErrUnsupported, mls.ErrDecode}},
		{"ErrAsAlice", func(tb testing.TB, s *siege) forgery {
			f := enters()(tb, s)
			f.sender = wire{}.u8(1).u32(0)
			return f
		}, []error{mls.ErrSignature, mls.ErrProposals, mls.ErrDecode, mls.ErrOwnCommit}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			message := s.eve.commit(test.forge(t, s))
			if test.wants == nil {
				s.accepted(t, message)
				return
			}
			s.refused(t, message, test.wants...)
		})
	}
}

// TestForeignRemoval has an outsider try to take a member's place: the rules of
// MLS leave that to the application, so it must be asked, and without an
// application only the very same credential may be replaced.
func TestForeignRemoval(t *testing.T) {
	bob := mls.LeafIndex(1)
	enter := func(s *siege, name string) []byte {
		staged, err := mls.ExternalCommit(mustInfo(t, s.alice),
			mls.External{Key: newKey(t, 1), Credential: basic(name), Remove: &bob}, mls.Config{
				Accept:     func(*mls.Change) error { return nil },
				Extensions: []uint16{stateExtension},
			})
		if err != nil {
			t.Fatal(err)
		}
		return staged.Commit
	}
	t.Run("ErrAnotherName", func(t *testing.T) {
		s := newSiege(t, siegeConfig())
		s.refused(t, enter(s, "eve"), mls.ErrProposals, mls.ErrRefused)
	})
	t.Run("OK/SameName", func(t *testing.T) {
		s := newSiege(t, siegeConfig())
		s.accepted(t, enter(s, "bob"), "bob")
	})
	t.Run("ErrNotAllowed", func(t *testing.T) {
		denied := errors.New("not your leaf")
		config := siegeConfig()
		config.Accept = func(c *mls.Change) error {
			if c.External && len(c.Removed) > 0 {
				if string(c.Removed[0].Credential.Data) != "bob" || string(c.CommitterLeaf.Credential.Data) != "eve" || c.Removed[0].Index != bob {
					return errors.New("told of other leaves")
				}
				return denied
			}
			return nil
		}
		s := newSiege(t, config)
		s.refused(t, enter(s, "eve"), denied)
	})
	t.Run("OK/Allowed", func(t *testing.T) {
		config := siegeConfig()
		config.Accept = func(*mls.Change) error { return nil }
		s := newSiege(t, config)
		s.accepted(t, enter(s, "eve"), "bob")
	})
}

// TestExternalCommitOfAMember holds that an external commit cannot bring in a key
// that is in the tree already, unless its leaf goes.
func TestExternalCommitOfAMember(t *testing.T) {
	s := newSiege(t, siegeConfig())
	s.mallory.look(mustInfo(t, s.alice))
	f := values(proposeExternalInit(s.mallory.kemOutput))(t, s)
	s.refused(t, s.mallory.commit(f), mls.ErrLeaf, mls.ErrTree, mls.ErrProposals)
	f.proposals = append(f.proposals, byValue(proposeRemove(3)))
	f.apply = func(tree rogueTree) rogueTree { return tree.set(3, nil) }
	s.accepted(t, s.mallory.commit(f))
	slices.Reverse(f.proposals)
	s.accepted(t, s.mallory.commit(f))
}
