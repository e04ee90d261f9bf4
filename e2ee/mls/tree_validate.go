package mls

import "bytes"

// validate checks a tree from outside as a joiner must (RFC 9420 section
// 12.4.3.1): its hash, leaves, keys, unmerged leaves and parent hashes.
func (t *ratchetTree) validate(a *admission, treeHash []byte) error {
	if !bytes.Equal(t.rootHash(), treeHash) {
		return fail(ErrTree, "tree hash does not match")
	}
	var all, parents []nodeIndex
	for i, n := range t.nodes {
		if n == nil {
			continue
		}
		all = append(all, nodeIndex(i))
		if n.parent == nil {
			continue
		}
		parents = append(parents, nodeIndex(i))
		if err := t.validateParent(nodeIndex(i)); err != nil {
			return err
		}
	}
	for _, x := range parents {
		if !t.linked(x, x.left()) && !t.linked(x, x.right()) {
			return fail(ErrTree, "a parent hash does not match")
		}
	}
	if err := t.checkUnique(all); err != nil {
		return err
	}
	if err := t.checkCredentials(); err != nil {
		return err
	}
	return t.leaves(a.admit)
}

// validateParent checks a parent's key and its unmerged leaves.
func (t *ratchetTree) validateParent(x nodeIndex) error {
	p := t.nodes[x].parent
	if err := t.suite.checkKEM(p.encryptionKey); err != nil {
		return err
	}
	for _, u := range p.unmerged {
		if t.leaf(u) == nil || !x.contains(u.node()) {
			return fail(ErrTree, "an unmerged leaf is blank or elsewhere")
		}
		for between := u.node().parent(); between != x; between = between.parent() {
			if n := t.nodes[between]; n != nil && !contains(n.parent.unmerged, u) {
				return fail(ErrTree, "an unmerged leaf is merged further down")
			}
		}
	}
	return nil
}

// linked reports whether x is parent-hash valid with respect to a node below
// its child (RFC 9420 section 7.9.2).
func (t *ratchetTree) linked(x, child nodeIndex) bool {
	unmerged := within(t.nodes[x].parent.unmerged, child)
	resolution := t.resolution(child, nil)
	if len(resolution) != len(unmerged)+1 {
		return false
	}
	// One node of the resolution, not an unmerged leaf of x, carries the hash.
	bearer := -1
	for i, d := range resolution {
		if d.isLeaf() && contains(unmerged, d.leaf()) {
			continue
		}
		if bearer >= 0 {
			return false
		}
		bearer = i
	}
	if bearer < 0 {
		return false
	}
	n := t.nodes[resolution[bearer]]
	var carried []byte
	switch {
	case n.parent != nil:
		carried = n.parent.parentHash
	case n.leaf.source == leafFromCommit:
		carried = n.leaf.parentHash
	default:
		return false
	}
	return bytes.Equal(carried, t.parentHash(x, child.sibling()))
}
