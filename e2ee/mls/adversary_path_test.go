package mls_test

import (
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// TestUpdatePaths has a member send paths that are each wrong in one way
// (RFC 9420 7.5, 7.9 and 12.4.2). What only those find who can open the damaged
// part is sent to them: alice and bob are below Mallory's first copath node, carol
// is its sibling.
func TestUpdatePaths(t *testing.T) {
	path := []error{mls.ErrPath, mls.ErrTree}
	leaf := []error{mls.ErrLeaf, mls.ErrPath, mls.ErrTree, mls.ErrSignature}
	keys := func(change func(*siege, *roguePath)) func(testing.TB, *siege) forgery {
		return func(_ testing.TB, s *siege) forgery {
			return forgery{keys: func(p *roguePath) { change(s, p) }}
		}
	}
	leaves := func(change func(*siege, *rogueLeaf)) func(testing.TB, *siege) forgery {
		return func(_ testing.TB, s *siege) forgery {
			return forgery{leaf: func(l *rogueLeaf) { change(s, l) }}
		}
	}
	secrets := func(change func(*roguePath)) func(testing.TB, *siege) forgery {
		return func(testing.TB, *siege) forgery { return forgery{secrets: change} }
	}
	tests := []proposalCase{
		{"OK", func(testing.TB, *siege) forgery { return forgery{} }, nil},
		{"ErrLeaf/OldKey", leaves(func(s *siege, l *rogueLeaf) { l.encryption = public(s.mallory.encryption) }), leaf},
		{"ErrLeaf/KeyOfBob", leaves(func(s *siege, l *rogueLeaf) { l.encryption = s.bob.Members()[1].EncryptionKey }), leaf},
		{"ErrLeaf/KeyOfARoot", leaves(func(s *siege, l *rogueLeaf) { l.encryption = s.mallory.tree[s.mallory.tree.root()].key }), leaf},
		{"ErrLeaf/KeyEmpty", leaves(func(_ *siege, l *rogueLeaf) { l.encryption = nil }), append(leaf, mls.ErrDecode)},
		{"ErrLeaf/KeyLong", leaves(func(_ *siege, l *rogueLeaf) { l.encryption = append(l.encryption, 0) }), append(leaf, mls.ErrDecode)},
		{"ErrLeaf/SignatureKeyOfBob", leaves(func(s *siege, l *rogueLeaf) { l.signature = s.bob.Members()[1].SignatureKey }), leaf},
		{"ErrLeaf/OfAKeyPackage", leaves(func(_ *siege, l *rogueLeaf) { l.source = 1 }), leaf},
		{"ErrLeaf/OfAnUpdate", leaves(func(_ *siege, l *rogueLeaf) { l.source = 2 }), leaf},
		{"ErrLeaf/Capabilities", leaves(func(_ *siege, l *rogueLeaf) { l.suites = nil }), leaf},
		{"ErrLeaf/ParentHash", leaves(func(_ *siege, l *rogueLeaf) { l.parentHash = make([]byte, hashSize) }), path},
		{"ErrLeaf/ParentHashNone", leaves(func(_ *siege, l *rogueLeaf) { l.parentHash = nil }), path},
		{"ErrLeaf/SignedForBob", func(testing.TB, *siege) forgery {
			place := uint32(1)
			return forgery{place: &place}
		}, leaf},
		{"ErrKeys/Twice", keys(func(_ *siege, p *roguePath) { p.keys[1] = p.keys[0] }), append(path, mls.ErrLeaf)},
		{"ErrKeys/OfALeaf", keys(func(s *siege, p *roguePath) { p.keys[0] = s.bob.Members()[1].EncryptionKey }), append(path, mls.ErrLeaf)},
		{"ErrKeys/OwnLeaf", keys(func(_ *siege, p *roguePath) { p.keys[0] = p.leaf.encryption }), append(path, mls.ErrLeaf)},
		{"ErrKeys/OldRoot", keys(func(s *siege, p *roguePath) { p.keys[1] = s.mallory.tree[s.mallory.tree.root()].key }), path},
		{"ErrKeys/Other", keys(func(_ *siege, p *roguePath) { p.keys[1] = public(newRogue(nil, "other").init) }), path},
		{"ErrKeys/Empty", keys(func(_ *siege, p *roguePath) { p.keys[1] = nil }), append(path, mls.ErrDecode)},
		{"ErrKeys/Missing", keys(func(_ *siege, p *roguePath) {
			p.keys, p.path, p.copath = p.keys[:1], p.path[:1], p.copath[:1]
		}), path},
		{"ErrKeys/None", keys(func(_ *siege, p *roguePath) { p.keys, p.path, p.copath = nil, nil, nil }), path},
		{"ErrKeys/OneTooMany", keys(func(_ *siege, p *roguePath) {
			p.keys = append(p.keys, public(newRogue(nil, "other").init))
		}), path},
		{"ErrSecrets/OneTooMany", secrets(func(p *roguePath) { p.encrypted[1] = append(p.encrypted[1], p.encrypted[1][0]) }), path},
		{"ErrSecrets/OneTooFew", secrets(func(p *roguePath) { p.encrypted[1] = p.encrypted[1][1:] }), path},
		{"ErrSecrets/None", secrets(func(p *roguePath) { p.encrypted[0], p.encrypted[1] = nil, nil }), path},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			message := s.mallory.commit(test.forge(t, s))
			if test.wants == nil {
				s.accepted(t, message)
				return
			}
			s.refused(t, message, test.wants...)
		})
	}
}

// TestPathSecretsOfOthers damages the secrets for one subtree. Who is not below it
// cannot see that; who is must not follow to a state of its own.
func TestPathSecretsOfOthers(t *testing.T) {
	tests := []struct {
		name   string
		damage func(*roguePath)
		want   []error
	}{
		{"ErrCiphertext", func(p *roguePath) { p.encrypted[1][0][40] ^= 1 }, []error{mls.ErrDecrypt, mls.ErrPath}},
		{"ErrKEMOutput", func(p *roguePath) { p.encrypted[1][0][5] ^= 1 }, []error{mls.ErrDecrypt, mls.ErrPath}},
		{"ErrSwapped", func(p *roguePath) { p.encrypted[1][0] = p.encrypted[0][0] }, []error{mls.ErrDecrypt, mls.ErrPath}},
		{"ErrEmpty", func(p *roguePath) { p.encrypted[1][0] = []byte{0, 0} }, []error{mls.ErrDecrypt, mls.ErrPath, mls.ErrDecode}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			message := s.mallory.commit(forgery{secrets: test.damage})
			refusedBy(t, s.alice, message, test.want...)
			refusedBy(t, s.bob, message, test.want...)
			staged := mustCommit(t, s.carol)
			sameEpoch(t, mustProcess(t, s.alice, staged.Commit).Next, staged.Next)
		})
	}
	t.Run("ErrSecretOfAnotherKey", func(t *testing.T) {
		s := newSiege(t, siegeConfig())
		message := s.mallory.commit(forgery{keys: func(p *roguePath) {
			// The secret for the root is another one than its key was made of.
			p.secrets[1] = slices.Clone(p.secrets[0])
		}})
		refusedBy(t, s.alice, message, mls.ErrPath, mls.ErrTree)
	})
}
