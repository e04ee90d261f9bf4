package mls_test

import (
	"crypto/ed25519"
	"math/bits"
	"slices"
	"testing"
	"time"
)

// The attacker's ratchet tree (RFC 9420 4 and 7).

// rogueLeaf is a LeafNode with every field open.
type rogueLeaf struct {
	encryption, signature, identity        []byte
	credential                             uint16
	versions, suites                       []uint16
	extensionTypes, proposals, credentials []uint16
	source                                 uint8
	notBefore, notAfter                    uint64
	parentHash                             []byte
	extensions                             []byte // encoded, without the length
	signed                                 []byte
}

func newRogueLeaf(key ed25519.PrivateKey, encryption []byte, identity string, source uint8) *rogueLeaf {
	return &rogueLeaf{
		encryption: encryption, signature: key.Public().(ed25519.PublicKey), identity: []byte(identity),
		credential: 1, versions: []uint16{1}, suites: []uint16{1}, credentials: []uint16{1},
		extensionTypes: []uint16{stateExtension},
		source:         source,
		notBefore:      uint64(time.Now().Add(-time.Hour).Unix()), notAfter: uint64(time.Now().Add(time.Hour).Unix()),
	}
}

func (l *rogueLeaf) content() wire {
	w := wire{}.vec(l.encryption).vec(l.signature).u16(l.credential).vec(l.identity)
	for _, list := range [][]uint16{l.versions, l.suites, l.extensionTypes, l.proposals, l.credentials} {
		w = w.list(list...)
	}
	switch w = w.u8(l.source); l.source {
	case 1:
		w = w.u64(l.notBefore).u64(l.notAfter)
	case 3:
		w = w.vec(l.parentHash)
	}
	return w.vec(l.extensions)
}

// sign signs the leaf for a place in a group; key packages have none.
func (l *rogueLeaf) sign(key ed25519.PrivateKey, group []byte, index uint32) *rogueLeaf {
	content := l.content()
	if l.source != 1 {
		content = content.vec(group).u32(index)
	}
	l.signed = signed(key, "LeafNodeTBS", content)
	return l
}

func (l *rogueLeaf) encode() []byte { return l.content().vec(l.signed) }

func (r *reader) leaf() *rogueLeaf {
	l := &rogueLeaf{encryption: r.vec(), signature: r.vec(), credential: r.u16(), identity: r.vec()}
	for _, list := range []*[]uint16{&l.versions, &l.suites, &l.extensionTypes, &l.proposals, &l.credentials} {
		for values := r.sub(); len(values.b) > 0; {
			*list = append(*list, values.u16())
		}
	}
	switch l.source = r.u8(); l.source {
	case 1:
		l.notBefore, l.notAfter = r.u64(), r.u64()
	case 3:
		l.parentHash = r.vec()
	}
	l.extensions, l.signed = r.vec(), r.vec()
	return l
}

// rogueNode is a leaf or a parent; a nil one is blank.
type rogueNode struct {
	leaf            *rogueLeaf
	key, parentHash []byte
	unmerged        []uint32
}

func (n *rogueNode) publicKey() []byte {
	if n.leaf != nil {
		return n.leaf.encryption
	}
	return n.key
}

// encode returns a LeafNode or a ParentNode, wherever it stands.
func (n *rogueNode) encode() []byte {
	if n.leaf != nil {
		return n.leaf.encode()
	}
	var unmerged wire
	for _, leaf := range n.unmerged {
		unmerged = unmerged.u32(leaf)
	}
	return wire{}.vec(n.key).vec(n.parentHash).vec(unmerged)
}

// rogueTree holds the nodes in the order of RFC 9420 appendix C.
type rogueTree []*rogueNode

func parseRogueTree(tb testing.TB, encoded []byte) rogueTree {
	tb.Helper()
	var tree rogueTree
	outer := &reader{tb, encoded}
	for r := outer.sub(); len(r.b) > 0; {
		if r.u8() == 0 {
			tree = append(tree, nil)
			continue
		}
		n := &rogueNode{}
		if r.u8() == 1 {
			n.leaf = r.leaf()
		} else {
			n.key, n.parentHash = r.vec(), r.vec()
			for list := r.sub(); len(list.b) > 0; {
				n.unmerged = append(n.unmerged, list.u32())
			}
		}
		tree = append(tree, n)
	}
	for bits.OnesCount(uint(len(tree)+1)) > 1 {
		tree = append(tree, nil)
	}
	return tree
}

func (t rogueTree) encode() []byte {
	end := len(t)
	for end > 0 && t[end-1] == nil {
		end--
	}
	var w wire
	for _, n := range t[:end] {
		switch {
		case n == nil:
			w = w.u8(0)
		case n.leaf != nil:
			w = w.u8(1).u8(1).raw(n.leaf.encode())
		default:
			w = w.u8(1).u8(2).raw(n.encode())
		}
	}
	return wire{}.vec(w)
}

func levelOf(x uint32) int         { return bits.TrailingZeros32(^x) }
func leftOf(x uint32) uint32       { return x ^ 1<<(levelOf(x)-1) }
func rightOf(x uint32) uint32      { return x ^ 3<<(levelOf(x)-1) }
func (t rogueTree) root() uint32   { return uint32(len(t)) / 2 }
func (t rogueTree) leaves() uint32 { return uint32(len(t)+1) / 2 }

// descent returns the direct path of a leaf from its parent to the root, and the
// copath beside it.
func (t rogueTree) descent(leaf uint32) (path, copath []uint32) {
	for x := t.root(); x != 2*leaf; {
		path = append(path, x)
		if 2*leaf < x {
			copath, x = append(copath, rightOf(x)), leftOf(x)
		} else {
			copath, x = append(copath, leftOf(x)), rightOf(x)
		}
	}
	slices.Reverse(path)
	slices.Reverse(copath)
	return path, copath
}

func (t rogueTree) resolution(x uint32) []uint32 {
	switch n := t[x]; {
	case n != nil:
		out := []uint32{x}
		for _, leaf := range n.unmerged {
			out = append(out, 2*leaf)
		}
		return out
	case levelOf(x) == 0:
		return nil
	}
	return append(t.resolution(leftOf(x)), t.resolution(rightOf(x))...)
}

func (t rogueTree) hash(x uint32) []byte {
	n := t[x]
	if levelOf(x) == 0 {
		w := wire{}.u8(1).u32(x / 2)
		if n == nil {
			return digest(w.u8(0))
		}
		return digest(w.u8(1).raw(n.encode()))
	}
	w := wire{}.u8(2)
	if n == nil {
		w = w.u8(0)
	} else {
		w = w.u8(1).raw(n.encode())
	}
	return digest(w.vec(t.hash(leftOf(x))).vec(t.hash(rightOf(x))))
}

// set puts a leaf at an index, growing the tree; the path above a new leaf gets it
// as unmerged, the path above a removed or replaced one is blanked.
func (t rogueTree) set(index uint32, leaf *rogueLeaf) rogueTree {
	for index >= t.leaves() {
		t = append(t, make(rogueTree, len(t)+1)...)
	}
	path, _ := t.descent(index)
	for _, x := range path {
		if leaf == nil || t[2*index] != nil {
			t[x] = nil
		} else if n := t[x]; n != nil {
			grown := *n
			grown.unmerged = append(slices.Clone(n.unmerged), index)
			slices.Sort(grown.unmerged)
			t[x] = &grown
		}
	}
	t[2*index] = nil
	if leaf != nil {
		t[2*index] = &rogueNode{leaf: leaf}
	}
	return t
}

func (t rogueTree) free() uint32 {
	for i := range t.leaves() {
		if t[2*i] == nil {
			return i
		}
	}
	return t.leaves()
}

// truncate drops the right half while it is empty (RFC 9420 7.7).
func (t rogueTree) truncate() rogueTree {
	for len(t) > 1 {
		half := len(t) / 2
		for _, n := range t[half+1:] {
			if n != nil {
				return t
			}
		}
		t = t[:half:half]
	}
	return t
}
