package mls

import (
	"bytes"
	"slices"
)

// parentNode is ParentNode (RFC 9420 section 7.1).
type parentNode struct {
	encryptionKey []byte
	parentHash    []byte
	unmerged      []LeafIndex // ascending
}

// node is one place of the tree: a leaf, a parent, or, as nil, blank. Nodes are
// not changed once stored.
type node struct {
	leaf    *leafNode
	parent  *parentNode
	entered uint64 // leaf: the epoch it came with, 0 when it was there before us
}

func (n *node) encryptionKey() []byte {
	if n.leaf != nil {
		return n.leaf.encryptionKey
	}
	return n.parent.encryptionKey
}

// ratchetTree is the tree of RFC 9420 section 7 in its array form, always full:
// the number of leaves is a power of two. Trees that are part of a group's state
// are not changed; clone makes one that may be.
type ratchetTree struct {
	suite  *suite
	nodes  []*node
	hashes [][]byte // of subtrees; nil where not known
}

func newTree(s *suite, leaf *node) *ratchetTree {
	return &ratchetTree{suite: s, nodes: []*node{leaf}, hashes: make([][]byte, 1)}
}

func (t *ratchetTree) clone() *ratchetTree {
	return &ratchetTree{suite: t.suite, nodes: slices.Clone(t.nodes), hashes: slices.Clone(t.hashes)}
}

// size is the number of leaves, blank ones included.
func (t *ratchetTree) size() int { return (len(t.nodes) + 1) / 2 }

func (t *ratchetTree) root() nodeIndex { return rootOf(t.size()) }

// leaf returns the leaf at an index, nil when it is blank or outside.
func (t *ratchetTree) leaf(i LeafIndex) *leafNode {
	if int64(i) >= int64(t.size()) || t.nodes[i.node()] == nil {
		return nil
	}
	return t.nodes[i.node()].leaf
}

// leaves calls each for every leaf that is not blank, in order.
func (t *ratchetTree) leaves(each func(LeafIndex, *leafNode) error) error {
	for x := 0; x < len(t.nodes); x += 2 {
		if n := t.nodes[x]; n != nil {
			if err := each(nodeIndex(x).leaf(), n.leaf); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *ratchetTree) count() int {
	count := 0
	for x := 0; x < len(t.nodes); x += 2 {
		if t.nodes[x] != nil {
			count++
		}
	}
	return count
}

// set stores a node and forgets the hashes that it changes.
func (t *ratchetTree) set(x nodeIndex, n *node) {
	t.nodes[x] = n
	t.forget(x)
}

// forget drops the hashes of x and all above it.
func (t *ratchetTree) forget(x nodeIndex) {
	root := t.root()
	for t.hashes[x] = nil; x != root; t.hashes[x] = nil {
		x = x.parent()
	}
}

// firstBlank is where the next leaf goes; it may lie just outside the tree.
func (t *ratchetTree) firstBlank() LeafIndex {
	for x := 0; x < len(t.nodes); x += 2 {
		if t.nodes[x] == nil {
			return nodeIndex(x).leaf()
		}
	}
	return LeafIndex(t.size())
}

// room returns the leftmost blank leaf, with the tree extended if there is none
// (RFC 9420 section 7.7).
func (t *ratchetTree) room() (LeafIndex, error) {
	i := t.firstBlank()
	if int(i) < t.size() {
		return i, nil
	}
	if t.size() >= MaxLeaves {
		return 0, fail(ErrLimit, "leaves")
	}
	nodes, hashes := make([]*node, 2*len(t.nodes)+1), make([][]byte, 2*len(t.nodes)+1)
	copy(nodes, t.nodes)
	copy(hashes, t.hashes)
	t.nodes, t.hashes = nodes, hashes
	return i, nil
}

// add puts a leaf at the leftmost free place, unmerged at the parents above it
// (RFC 9420 section 12.1.1).
func (t *ratchetTree) add(leaf *leafNode, epoch uint64) (LeafIndex, error) {
	i, err := t.room()
	if err != nil {
		return 0, err
	}
	for _, x := range directPath(i.node(), t.root()) {
		if t.nodes[x] == nil {
			continue
		}
		parent := *t.nodes[x].parent
		at, found := slices.BinarySearch(parent.unmerged, i)
		if !found {
			parent.unmerged = slices.Insert(slices.Clone(parent.unmerged), at, i)
		}
		t.nodes[x] = &node{parent: &parent}
	}
	t.set(i.node(), &node{leaf: leaf, entered: epoch})
	return i, nil
}

// entered is the epoch that a leaf came with.
func (t *ratchetTree) entered(i LeafIndex) uint64 {
	if t.leaf(i) == nil {
		return 0
	}
	return t.nodes[i.node()].entered
}

// blankPath blanks the ancestors of a leaf.
func (t *ratchetTree) blankPath(i LeafIndex) {
	for _, x := range directPath(i.node(), t.root()) {
		t.nodes[x] = nil
	}
	t.forget(i.node())
}

// remove blanks a leaf and what is above it (RFC 9420 section 12.1.3).
func (t *ratchetTree) remove(i LeafIndex) {
	t.blankPath(i)
	t.set(i.node(), nil)
}

// truncate halves the tree while its right half has no leaf (RFC 9420 section 7.7).
func (t *ratchetTree) truncate() {
	for t.size() > 1 {
		half := t.size() / 2
		for x := half; x < t.size(); x++ {
			if t.nodes[2*x] != nil {
				return
			}
		}
		t.nodes, t.hashes = t.nodes[:2*half-1:2*half-1], t.hashes[:2*half-1:2*half-1]
	}
}

// resolution appends the nodes that cover all leaves below x (RFC 9420 section 4.1.1).
func (t *ratchetTree) resolution(x nodeIndex, into []nodeIndex) []nodeIndex {
	n := t.nodes[x]
	switch {
	case n != nil && n.leaf != nil:
		return append(into, x)
	case n != nil:
		into = append(into, x)
		for _, u := range n.parent.unmerged {
			into = append(into, u.node())
		}
		return into
	case x.isLeaf():
		return into
	}
	return t.resolution(x.right(), t.resolution(x.left(), into))
}

// empty reports whether x has an empty resolution.
func (t *ratchetTree) empty(x nodeIndex) bool {
	if t.nodes[x] != nil {
		return false
	}
	return x.isLeaf() || (t.empty(x.left()) && t.empty(x.right()))
}

// step is one node of a filtered direct path with its copath child.
type step struct{ node, copath nodeIndex }

// filteredPath is the direct path of a leaf without the nodes that would only
// repeat their child (RFC 9420 section 4.1.2).
func (t *ratchetTree) filteredPath(i LeafIndex) []step {
	var path []step
	root := t.root()
	for x := i.node(); x != root; x = x.parent() {
		if sibling := x.sibling(); !t.empty(sibling) {
			path = append(path, step{node: x.parent(), copath: sibling})
		}
	}
	return path
}

// receivers are the nodes below a copath child that get a path secret: its
// resolution without the leaves, ascending, that the same commit adds
// (RFC 9420 section 7.5).
func (t *ratchetTree) receivers(copath nodeIndex, added []LeafIndex) []nodeIndex {
	resolution := t.resolution(copath, nil)
	if len(added) == 0 {
		return resolution
	}
	return slices.DeleteFunc(resolution, func(x nodeIndex) bool {
		return x.isLeaf() && contains(added, x.leaf())
	})
}

// holds reports whether the tree has this key at x.
func (t *ratchetTree) holds(x nodeIndex, public []byte) bool {
	return int64(x) < int64(len(t.nodes)) && t.nodes[x] != nil && bytes.Equal(t.nodes[x].encryptionKey(), public)
}
