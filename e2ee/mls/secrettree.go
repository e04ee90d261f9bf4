package mls

import "slices"

// ratchetKind tells a leaf's two ratchets apart (RFC 9420 section 9.1).
type ratchetKind uint8

const (
	handshakeRatchet ratchetKind = iota
	applicationRatchet
	ratchetKinds
)

// secretTree gives the message keys of an epoch (RFC 9420 section 9). Inner
// secrets are overwritten once both children are derived.
type secretTree struct {
	suite    *suite
	root     nodeIndex
	inner    map[nodeIndex][]byte
	ratchets map[LeafIndex]*[ratchetKinds]ratchet
}

// ratchet is a symmetric ratchet of one sender.
type ratchet struct {
	secret     []byte
	generation uint32
	skipped    []skippedKey // ascending, at most MaxSkipped
}

type messageKey struct{ key, nonce []byte }

func (k messageKey) erase() { erase(k.key, k.nonce) }

type skippedKey struct {
	generation uint32
	messageKey
}

func newSecretTree(s *suite, encryptionSecret []byte, leaves int) *secretTree {
	return &secretTree{
		suite: s, root: rootOf(leaves),
		inner:    map[nodeIndex][]byte{rootOf(leaves): encryptionSecret},
		ratchets: map[LeafIndex]*[ratchetKinds]ratchet{},
	}
}

// sender returns the ratchet of a leaf of the tree.
func (t *secretTree) sender(i LeafIndex, kind ratchetKind) *ratchet {
	if both := t.ratchets[i]; both != nil {
		return &both[kind]
	}
	s, x := t.suite, t.root
	for x != i.node() {
		if secret := t.inner[x]; secret != nil {
			t.inner[x.left()] = s.expand(secret, "tree", []byte("left"), s.hashSize)
			t.inner[x.right()] = s.expand(secret, "tree", []byte("right"), s.hashSize)
			erase(secret)
			delete(t.inner, x)
		}
		if i.node() < x {
			x = x.left()
		} else {
			x = x.right()
		}
	}
	secret := t.inner[x]
	both := &[ratchetKinds]ratchet{}
	both[handshakeRatchet].secret = s.expand(secret, "handshake", nil, s.hashSize)
	both[applicationRatchet].secret = s.expand(secret, "application", nil, s.hashSize)
	erase(secret)
	delete(t.inner, x)
	t.ratchets[i] = both
	return &both[kind]
}

func (t *secretTree) key(secret []byte, generation uint32) messageKey {
	s := t.suite
	return messageKey{
		key:   s.deriveTree(secret, "key", generation, s.keySize),
		nonce: s.deriveTree(secret, "nonce", generation, nonceSize),
	}
}

// advance is a step of a ratchet that has not happened yet: a message may turn
// out to be forged.
type advance struct {
	ratchet *ratchet
	key     messageKey
	used    uint32 // the generation of key
	late    bool   // key is one of those skipped before
	secret  []byte // of generation used + 1, unless late
	skipped []skippedKey
}

// peek finds the key of a generation without moving the ratchet.
func (t *secretTree) peek(i LeafIndex, kind ratchetKind, generation uint32) (*advance, error) {
	r := t.sender(i, kind)
	if generation < r.generation {
		at, found := slices.BinarySearchFunc(r.skipped, generation, bySkipped)
		if !found {
			return nil, ErrRatchet
		}
		return &advance{ratchet: r, key: r.skipped[at].messageKey, used: generation, late: true}, nil
	}
	if generation-r.generation > MaxAhead || generation == ^uint32(0) {
		return nil, fail(ErrRatchet, "too far ahead")
	}
	a := &advance{ratchet: r, used: generation}
	secret := slices.Clone(r.secret)
	for g := r.generation; ; g++ {
		key := t.key(secret, g)
		next := t.suite.deriveTree(secret, "secret", g, t.suite.hashSize)
		erase(secret)
		secret = next
		if g == generation {
			a.key, a.secret = key, secret
			return a, nil
		}
		a.skipped = append(a.skipped, skippedKey{generation: g, messageKey: key})
	}
}

func bySkipped(k skippedKey, generation uint32) int {
	switch {
	case k.generation < generation:
		return -1
	case k.generation > generation:
		return 1
	}
	return 0
}

// commit moves the ratchet: the message was genuine. The used key is gone.
func (a *advance) commit() {
	r := a.ratchet
	if a.late {
		if at, found := slices.BinarySearchFunc(r.skipped, a.used, bySkipped); found {
			r.skipped = slices.Delete(r.skipped, at, at+1)
		}
		a.key.erase()
		return
	}
	erase(r.secret)
	r.secret, r.generation = a.secret, a.used+1
	r.skipped = append(r.skipped, a.skipped...)
	if over := len(r.skipped) - MaxSkipped; over > 0 {
		for _, k := range r.skipped[:over] {
			k.erase()
		}
		r.skipped = slices.Delete(r.skipped, 0, over)
	}
	a.key.erase()
}

// drop forgets what peek derived: the message was forged.
func (a *advance) drop() {
	if a.late {
		return
	}
	a.key.erase()
	erase(a.secret)
	for _, k := range a.skipped {
		k.erase()
	}
}

func (t *secretTree) erase() {
	for _, secret := range t.inner {
		erase(secret)
	}
	for _, both := range t.ratchets {
		for _, r := range both {
			erase(r.secret)
			for _, k := range r.skipped {
				k.erase()
			}
		}
	}
	t.inner, t.ratchets = map[nodeIndex][]byte{}, map[LeafIndex]*[ratchetKinds]ratchet{}
}
