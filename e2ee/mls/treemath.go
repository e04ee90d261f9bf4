package mls

import "math/bits"

// nodeIndex numbers the nodes of the tree in its array form (RFC 9420 appendix C):
// leaves are even, a parent's level is its number of trailing one bits.
type nodeIndex uint32

func (l LeafIndex) node() nodeIndex { return nodeIndex(l) * 2 }

func (x nodeIndex) isLeaf() bool { return x&1 == 0 }

// leaf is the index of a leaf node.
func (x nodeIndex) leaf() LeafIndex { return LeafIndex(x / 2) }

func (x nodeIndex) level() int { return bits.TrailingZeros32(^uint32(x)) }

// left and right are the children of a parent; a leaf has none and is returned.
func (x nodeIndex) left() nodeIndex {
	if x.isLeaf() {
		return x
	}
	return x ^ 1<<(x.level()-1)
}

func (x nodeIndex) right() nodeIndex {
	if x.isLeaf() {
		return x
	}
	return x ^ 3<<(x.level()-1)
}

// parent is meaningful below the root only.
func (x nodeIndex) parent() nodeIndex {
	k := x.level()
	b := x >> (k + 1) & 1
	return (x | 1<<k) ^ b<<(k+1)
}

// sibling is meaningful below the root only.
func (x nodeIndex) sibling() nodeIndex {
	p := x.parent()
	if x < p {
		return p.right()
	}
	return p.left()
}

// contains reports whether x is the subtree's root or below it.
func (root nodeIndex) contains(x nodeIndex) bool {
	k := root.level() + 1
	return x>>k == root>>k
}

// rootOf is the root of a full tree with this many leaves, a power of two.
func rootOf(leaves int) nodeIndex { return nodeIndex(leaves - 1) }

// directPath lists the ancestors of x up to and with the root (RFC 9420 section 4.1.2).
func directPath(x, root nodeIndex) []nodeIndex {
	var path []nodeIndex
	for x != root {
		x = x.parent()
		path = append(path, x)
	}
	return path
}
