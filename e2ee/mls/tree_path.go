package mls

import "bytes"

// setPath blanks the direct path of a leaf, puts new keys at its filtered nodes,
// one for each step, and returns the parent hash that the leaf must carry
// (RFC 9420 sections 7.5 and 7.9). The keys must be the tree's to keep.
func (t *ratchetTree) setPath(i LeafIndex, path []step, keys [][]byte) []byte {
	t.blankPath(i)
	for k, s := range path {
		t.nodes[s.node] = &node{parent: &parentNode{encryptionKey: keys[k]}}
	}
	hash := []byte{}
	for k := len(path) - 1; k >= 0; k-- {
		// The node is new and nobody else's yet.
		t.nodes[path[k].node].parent.parentHash = hash
		hash = t.parentHash(path[k].node, path[k].copath)
	}
	t.forget(i.node())
	return hash
}

// mergePath applies the public part of somebody's UpdatePath (RFC 9420 section
// 7.5); entered is the epoch that the leaf came with.
func (t *ratchetTree) mergePath(i LeafIndex, update *updatePath, entered uint64) ([]step, error) {
	path := t.filteredPath(i)
	if len(update.nodes) != len(path) {
		return nil, fail(ErrPath, "wrong number of nodes")
	}
	keys := make([][]byte, len(path))
	fresh := map[string]bool{string(update.leaf.encryptionKey): true}
	for k := range path {
		keys[k] = bytes.Clone(update.nodes[k].encryptionKey)
		if err := t.suite.checkKEM(keys[k]); err != nil {
			return nil, err
		}
		fresh[string(keys[k])] = true
	}
	// Not even in a node that the path replaces (RFC 9420 section 12.4.2).
	for _, n := range t.nodes {
		if n != nil && fresh[string(n.encryptionKey())] {
			return nil, fail(ErrPath, "a key that is in the tree already")
		}
	}
	if hash := t.setPath(i, path, keys); !bytes.Equal(hash, update.leaf.parentHash) {
		return nil, fail(ErrPath, "parent hash of the leaf does not match")
	}
	t.set(i.node(), &node{leaf: update.leaf.detached(), entered: entered})
	return path, nil
}
