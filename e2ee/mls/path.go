package mls

import (
	"bytes"
	"crypto"
	"slices"
)

// ownPath is an update path of this member with what it must keep of it.
type ownPath struct {
	update       *updatePath
	steps        []step
	keys         map[nodeIndex]*privateKey
	secrets      map[nodeIndex][]byte // path secrets, for Welcomes
	commitSecret []byte
}

func (o *ownPath) erase() {
	erase(o.commitSecret)
	for _, secret := range o.secrets {
		erase(secret)
	}
}

// pathMaker is what a new path needs to know beyond the tree.
type pathMaker struct {
	self    LeafIndex
	leaf    *leafNode // unsigned, source commit
	leafKey *privateKey
	signer  crypto.Signer
	groupID []byte
	added   []LeafIndex // ascending
	entered uint64
	// context gives the provisional GroupContext for the new tree hash.
	context func(treeHash []byte) []byte
}

// makePath renews the keys from a leaf up to the root and encrypts them for
// everybody else (RFC 9420 section 7.5). The tree is changed.
func (t *ratchetTree) makePath(m pathMaker) (*ownPath, error) {
	s := t.suite
	o := &ownPath{
		steps:   t.filteredPath(m.self),
		keys:    map[nodeIndex]*privateKey{m.self.node(): m.leafKey},
		secrets: map[nodeIndex][]byte{},
	}
	public := make([][]byte, len(o.steps))
	secret := random(s.hashSize)
	for k, step := range o.steps {
		key, err := s.nodeKey(secret)
		if err != nil {
			return nil, err
		}
		o.secrets[step.node], o.keys[step.node], public[k] = secret, key, key.public
		secret = s.derive(secret, "path")
	}
	o.commitSecret = secret
	m.leaf.parentHash = t.setPath(m.self, o.steps, public)
	if err := m.leaf.sign(s, m.signer, m.groupID, m.self); err != nil {
		return nil, err
	}
	t.set(m.self.node(), &node{leaf: m.leaf, entered: m.entered})

	o.update = &updatePath{leaf: m.leaf, nodes: make([]pathNode, len(o.steps))}
	context := m.context(t.rootHash())
	for k, step := range o.steps {
		o.update.nodes[k].encryptionKey = public[k]
		for _, x := range t.receivers(step.copath, m.added) {
			c, err := s.encrypt(t.nodes[x].encryptionKey(), labelPath, context, o.secrets[step.node])
			if err != nil {
				return nil, err
			}
			o.update.nodes[k].secrets = append(o.update.nodes[k].secrets, c)
		}
	}
	return o, nil
}

// openPath finds the keys that somebody's path gives to self, and the commit
// secret. The tree has the path merged; keys are those that self still has in it
// (RFC 9420 section 7.5).
func (t *ratchetTree) openPath(self LeafIndex, keys map[nodeIndex]*privateKey, added []LeafIndex, steps []step, update *updatePath, context []byte) (map[nodeIndex]*privateKey, []byte, error) {
	at := slices.IndexFunc(steps, func(s step) bool { return s.copath.contains(self.node()) })
	if at < 0 {
		return nil, nil, fail(ErrPath, "does not meet the own leaf's")
	}
	// All of them, so that everybody refuses what one must refuse.
	for k, step := range steps {
		if len(t.receivers(step.copath, added)) != len(update.nodes[k].secrets) {
			return nil, nil, fail(ErrPath, "wrong number of encrypted path secrets")
		}
	}
	receivers := t.receivers(steps[at].copath, added)
	mine := slices.IndexFunc(receivers, func(x nodeIndex) bool { return keys[x] != nil })
	if mine < 0 {
		return nil, nil, fail(ErrPath, "no path secret for this member")
	}
	secret, err := t.suite.decrypt(keys[receivers[mine]], labelPath, context, update.nodes[at].secrets[mine])
	if err != nil {
		return nil, nil, err
	}
	return t.climb(secret, steps[at:])
}

// climb derives the keys of the steps from the first one's path secret, which it
// overwrites, compares them with the tree and returns the commit secret too.
func (t *ratchetTree) climb(secret []byte, steps []step) (map[nodeIndex]*privateKey, []byte, error) {
	found := map[nodeIndex]*privateKey{}
	for _, step := range steps {
		key, err := t.suite.nodeKey(secret)
		if err != nil {
			return nil, nil, err
		}
		if n := t.nodes[step.node]; n == nil || !bytes.Equal(key.public, n.encryptionKey()) {
			return nil, nil, fail(ErrPath, "a path secret does not fit its node")
		}
		found[step.node] = key
		next := t.suite.derive(secret, "path")
		erase(secret)
		secret = next
	}
	return found, secret, nil
}

// keysIn are the private keys that are still those of the tree.
func (t *ratchetTree) keysIn(keys map[nodeIndex]*privateKey) map[nodeIndex]*privateKey {
	kept := make(map[nodeIndex]*privateKey, len(keys)+1)
	for x, key := range keys {
		if t.holds(x, key.public) {
			kept[x] = key
		}
	}
	return kept
}
