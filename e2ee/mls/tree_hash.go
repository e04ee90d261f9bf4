package mls

import "slices"

// Node types in hashes and in the encoded tree (RFC 9420 sections 7.8 and 12.4.3.3).
const (
	nodeTypeLeaf   = 1
	nodeTypeParent = 2
)

func (p *parentNode) encode(e *encoder, without []LeafIndex) {
	e.vector(p.encryptionKey)
	e.vector(p.parentHash)
	e.nested(func() {
		for _, u := range p.unmerged {
			if len(without) == 0 || !contains(without, u) {
				e.uint32(uint32(u))
			}
		}
	})
}

// contains searches ascending leaf indices.
func contains(sorted []LeafIndex, i LeafIndex) bool {
	_, found := slices.BinarySearch(sorted, i)
	return found
}

// hash is the tree hash of the subtree at x (RFC 9420 section 7.8); it is kept.
func (t *ratchetTree) hash(x nodeIndex) []byte {
	if t.hashes[x] == nil {
		t.hashes[x] = t.hashNode(x, nil, t.hash)
	}
	return t.hashes[x]
}

// rootHash is tree_hash of the GroupContext. After it every hash of the tree is
// known, so that reading the tree no longer changes it.
func (t *ratchetTree) rootHash() []byte { return t.hash(t.root()) }

// hashWithout is the tree hash of x as it was before these leaves, ascending,
// were added: they are blank and unmerged nowhere (RFC 9420 section 7.9).
func (t *ratchetTree) hashWithout(x nodeIndex, without []LeafIndex) []byte {
	below := within(without, x)
	if len(below) == 0 {
		return t.hash(x)
	}
	return t.hashNode(x, below, func(child nodeIndex) []byte { return t.hashWithout(child, below) })
}

// within returns those of the ascending leaves that are in the subtree of x.
func within(leaves []LeafIndex, x nodeIndex) []LeafIndex {
	if len(leaves) == 0 {
		return nil
	}
	half := LeafIndex(1)<<x.level() - 1 // the subtree's leaves are around x
	first, last := (LeafIndex(x)-half)/2, (LeafIndex(x)+half)/2
	from, _ := slices.BinarySearch(leaves, first)
	to, found := slices.BinarySearch(leaves, last)
	if found {
		to++
	}
	return leaves[from:to]
}

// hashNode hashes one node; children are hashed by child.
func (t *ratchetTree) hashNode(x nodeIndex, without []LeafIndex, child func(nodeIndex) []byte) []byte {
	var e encoder
	n := t.nodes[x]
	if x.isLeaf() {
		e.uint8(nodeTypeLeaf)
		e.uint32(uint32(x.leaf()))
		present := n != nil && !contains(without, x.leaf())
		e.optional(present)
		if present {
			n.leaf.encode(&e)
		}
		return t.suite.hash(e.buf)
	}
	e.uint8(nodeTypeParent)
	e.optional(n != nil)
	if n != nil {
		n.parent.encode(&e, without)
	}
	e.vector(child(x.left()))
	e.vector(child(x.right()))
	return t.suite.hash(e.buf)
}

// parentHash is the hash that the child of x away from sibling carries
// (RFC 9420 section 7.9).
func (t *ratchetTree) parentHash(x, sibling nodeIndex) []byte {
	p := t.nodes[x].parent
	var e encoder
	e.vector(p.encryptionKey)
	e.vector(p.parentHash)
	e.vector(t.hashWithout(sibling, p.unmerged))
	return t.suite.hash(e.buf)
}
