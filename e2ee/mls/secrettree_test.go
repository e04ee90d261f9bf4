package mls

import (
	"bytes"
	"errors"
	"testing"
)

func ratchetTree8(t *testing.T) *secretTree {
	t.Helper()
	s := must(X25519AES128.suite())(t)
	return newSecretTree(s, bytes.Repeat([]byte{9}, s.hashSize), 8)
}

func TestRatchet(t *testing.T) {
	tree, same := ratchetTree8(t), ratchetTree8(t)
	take := func(generation uint32) error {
		a, err := tree.peek(5, applicationRatchet, generation)
		if err == nil {
			a.commit()
		}
		return err
	}
	for _, c := range []struct {
		name       string
		generation uint32
		want       error
	}{
		{"OKFirst", 0, nil},
		{"ErrReplay", 0, ErrRatchet},
		{"OKSkip", 10, nil},
		{"OKLate", 3, nil},
		{"ErrLateReplay", 3, ErrRatchet},
		{"OKOtherLate", 9, nil},
		{"ErrTooFar", 11 + MaxAhead + 1, ErrRatchet},
		{"ErrLastGeneration", ^uint32(0), ErrRatchet},
		{"OKFarthest", 11 + MaxAhead, nil},
		{"ErrDropped", 1, ErrRatchet}, // more than MaxSkipped were skipped since
		{"OKKept", 11 + MaxAhead - 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := take(c.generation); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
		})
	}
	if n := len(tree.ratchets[5][applicationRatchet].skipped); n > MaxSkipped {
		t.Errorf("%d keys kept", n)
	}
	// The other ratchet and other leaves have not moved.
	for _, kind := range []ratchetKind{handshakeRatchet, applicationRatchet} {
		for _, leaf := range []LeafIndex{0, 4, 7} {
			got, want := must(tree.peek(leaf, kind, 0))(t), must(same.peek(leaf, kind, 0))(t)
			wantBytes(t, "key", got.key.key, want.key.key)
		}
	}
}

func TestDroppedStepChangesNothing(t *testing.T) {
	tree := ratchetTree8(t)
	first := must(tree.peek(2, applicationRatchet, 500))(t)
	key := bytes.Clone(first.key.key)
	first.drop()
	if r := tree.sender(2, applicationRatchet); r.generation != 0 || len(r.skipped) != 0 {
		t.Fatalf("the ratchet moved to %d with %d keys", r.generation, len(r.skipped))
	}
	again := must(tree.peek(2, applicationRatchet, 500))(t)
	wantBytes(t, "key", again.key.key, key)
	again.commit()
	late := must(tree.peek(2, applicationRatchet, 7))(t)
	key = bytes.Clone(late.key.key)
	late.drop()
	wantBytes(t, "late key", must(tree.peek(2, applicationRatchet, 7))(t).key.key, key)
}

func TestUsedSecretsAreOverwritten(t *testing.T) {
	tree := ratchetTree8(t)
	root := tree.inner[tree.root]
	r := tree.sender(0, applicationRatchet)
	if !bytes.Equal(root, make([]byte, len(root))) {
		t.Error("the root secret is still there")
	}
	secret, step := r.secret, must(tree.peek(0, applicationRatchet, 1))(t)
	step.commit()
	for name, b := range map[string][]byte{"ratchet secret": secret, "used key": step.key.key, "used nonce": step.key.nonce} {
		if !bytes.Equal(b, make([]byte, len(b))) {
			t.Errorf("the %s is still there", name)
		}
	}
	skipped := r.skipped[0].key
	tree.erase()
	if !bytes.Equal(skipped, make([]byte, len(skipped))) || !bytes.Equal(r.secret, make([]byte, len(r.secret))) {
		t.Error("erase left a secret")
	}
}
