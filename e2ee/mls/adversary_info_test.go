package mls_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// claim is a GroupInfo as its author wants it (RFC 9420 12.4.3). The zero value
// tells the truth.
type claim struct {
	tree     []byte // encoded; nil: the rogue's own
	treeHash []byte
	noTree   bool
	noKey    bool
	signer   *uint32
	author   *rogue
	tag      []byte
	more     []byte // encoded extensions besides
}

// info makes a GroupInfo that the rogue signs.
func (r *rogue) info(c claim) []byte {
	tree, hash, signer, author, tag := r.tree.encode(), r.tree.hash(r.tree.root()), r.leaf, r, make([]byte, hashSize)
	if c.tree != nil {
		tree = c.tree
	}
	if c.treeHash != nil {
		hash = c.treeHash
	}
	if c.signer != nil {
		signer = *c.signer
	}
	if c.author != nil {
		author = c.author
	}
	if c.tag != nil {
		tag = c.tag
	}
	var extensions wire
	if !c.noTree {
		extensions = extensions.raw(encodeExtension(2, tree))
	}
	if !c.noKey {
		extensions = extensions.raw(encodeExtension(4, wire{}.vec(public(r.keyPair("external")))))
	}
	extensions = extensions.raw(c.more)
	content := r.contextOf(r.epoch, hash, r.transcript, r.extensions).vec(extensions).vec(tag).u32(signer)
	return wire{}.u16(1).u16(4).raw(content).vec(signed(author.key, "GroupInfoTBS", content))
}

// newCourt makes a group that exists only on paper: all its members are the
// rogue's inventions, as a server would make one. The rogue has leaf 0 and its
// path is in the tree.
func newCourt(tb testing.TB, members int) (*rogue, []*rogue) {
	tb.Helper()
	r := newRogue(tb, "king")
	r.group, r.transcript, r.epoch = []byte("court"), digest(nil), 5
	court := []*rogue{r}
	for i := range members {
		m := r
		if i > 0 {
			m = newRogue(tb, fmt.Sprint("knight ", i))
			court = append(court, m)
		}
		leaf := m.keyPackage().leaf
		m.leaf = uint32(i)
		r.tree = r.tree.set(uint32(i), leaf.sign(m.key, nil, 0))
	}
	r.newPath(r.tree, &forgery{}, 0, nil)
	return r, court
}

// TestForgedTrees gives a joiner groups that a server made up. A whole valid one
// cannot be told at this level but by Authenticate; a tree that is not valid is
// refused (RFC 9420 7.9.2 and 12.4.3.1).
func TestForgedTrees(t *testing.T) {
	tree := []error{mls.ErrTree}
	leaf := []error{mls.ErrTree, mls.ErrLeaf}
	resign := func(c []*rogue, i int, change func(*rogueLeaf)) {
		l := c[0].tree[2*i].leaf
		change(l)
		l.sign(c[i].key, c[0].group, uint32(i))
	}
	tests := []struct {
		name   string
		change func(c []*rogue) claim
		wants  []error
	}{
		{"OK", func([]*rogue) claim { return claim{} }, nil},
		{"ErrTreeHash", func([]*rogue) claim { return claim{treeHash: make([]byte, hashSize)} }, tree},
		{"ErrSignerOther", func([]*rogue) claim { i := uint32(1); return claim{signer: &i} }, []error{mls.ErrSignature}},
		{"ErrSignerBlank", func(c []*rogue) claim {
			i := uint32(len(c))
			return claim{signer: &i}
		}, []error{mls.ErrSignature, mls.ErrTree, mls.ErrDecode}},
		{"ErrSignerFarAway", func([]*rogue) claim { i := ^uint32(0); return claim{signer: &i} }, []error{mls.ErrSignature, mls.ErrTree, mls.ErrDecode}},
		{"ErrNoTree", func([]*rogue) claim { return claim{noTree: true} }, []error{mls.ErrTree, mls.ErrDecode}},
		{"ErrTreeEmpty", func([]*rogue) claim { return claim{tree: wire{}.vec(nil)} }, []error{mls.ErrTree, mls.ErrDecode}},
		{"ErrTreeBlankEnd", func(c []*rogue) claim {
			inner := (&reader{t, c[0].tree.encode()}).vec()
			return claim{tree: wire{}.vec(append(slices.Clone(inner), 0))}
		}, []error{mls.ErrTree, mls.ErrDecode}},
		{"ErrTreeTwice", func(c []*rogue) claim {
			return claim{more: encodeExtension(2, c[0].tree.encode())}
		}, []error{mls.ErrDecode}},
		{"ErrParentAsLeaf", func(c []*rogue) claim {
			c[0].tree[2] = c[0].tree[1]
			return claim{}
		}, []error{mls.ErrTree, mls.ErrDecode}},
		{"ErrLeafAsParent", func(c []*rogue) claim {
			c[0].tree[1] = c[0].tree[2]
			return claim{}
		}, []error{mls.ErrTree, mls.ErrDecode}},
		{"ErrLeafSignature", func(c []*rogue) claim { c[0].tree[2].leaf.signed[3] ^= 1; return claim{} }, append(leaf, mls.ErrSignature)},
		{"ErrLeafOfAnotherGroup", func(c []*rogue) claim {
			c[0].tree[0].leaf.sign(c[0].key, []byte("other"), 0)
			return claim{}
		}, append(leaf, mls.ErrSignature)},
		{"ErrLeafOfAnotherPlace", func(c []*rogue) claim {
			c[0].tree[0].leaf.sign(c[0].key, c[0].group, 1)
			return claim{}
		}, append(leaf, mls.ErrSignature)},
		{"ErrSuites", func(c []*rogue) claim { resign(c, 1, func(l *rogueLeaf) { l.suites = []uint16{2} }); return claim{} }, leaf},
		{"ErrCredential", func(c []*rogue) claim {
			resign(c, 1, func(l *rogueLeaf) { l.credentials = []uint16{2} })
			return claim{}
		}, leaf},
		{"ErrKeyTwice", func(c []*rogue) claim {
			resign(c, 1, func(l *rogueLeaf) { l.encryption = public(c[2].encryption) })
			return claim{}
		}, leaf},
		{"ErrSignatureKeyTwice", func(c []*rogue) claim {
			l := newRogueLeaf(c[1].key, public(c[2].encryption), "knight 2", 1)
			c[0].tree[4].leaf = l.sign(c[1].key, nil, 0)
			return claim{}
		}, leaf},
		{"ErrParentKeyOfALeaf", func(c []*rogue) claim {
			c[0].tree[3].key = c[0].tree[4].leaf.encryption
			return claim{}
		}, tree},
		{"ErrParentHash", func(c []*rogue) claim { c[0].tree[1].parentHash[0] ^= 1; return claim{} }, tree},
		{"ErrParentHashOfARoot", func(c []*rogue) claim { c[0].tree[3].parentHash = digest(nil); return claim{} }, tree},
		{"ErrNodeNobodyMade", func(c []*rogue) claim {
			c[0].tree[5] = &rogueNode{key: public(newRogue(nil, "other").init)}
			return claim{}
		}, tree},
		{"ErrParentKeyBad", func(c []*rogue) claim { c[0].tree[3].key = []byte("no key"); return claim{} }, []error{mls.ErrTree, mls.ErrDecode}},
		{"ErrUnmergedBlank", func(c []*rogue) claim { c[0].tree[3].unmerged = []uint32{uint32(len(c))}; return claim{} }, tree},
		{"ErrUnmergedOutside", func(c []*rogue) claim { c[0].tree[1].unmerged = []uint32{2}; return claim{} }, tree},
		{"ErrUnmergedFarAway", func(c []*rogue) claim { c[0].tree[3].unmerged = []uint32{1 << 31}; return claim{} }, tree},
		{"ErrUnmergedUnsorted", func(c []*rogue) claim { c[0].tree[3].unmerged = []uint32{2, 1}; return claim{} }, append(tree, mls.ErrDecode)},
		{"ErrUnmergedTwice", func(c []*rogue) claim { c[0].tree[3].unmerged = []uint32{2, 2}; return claim{} }, append(tree, mls.ErrDecode)},
		{"ErrUnmergedAboveOnly", func(c []*rogue) claim { c[0].tree[3].unmerged = []uint32{1}; return claim{} }, tree},
		{"ErrNobodyAtHome", func(c []*rogue) claim {
			c[0].tree[2], c[0].tree[1].unmerged = nil, nil
			return claim{}
		}, tree},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r, court := newCourt(t, 3)
			info := r.info(test.change(court))
			_, inspected := mls.InspectGroupInfo(info, mls.Config{})
			_, joined := mls.ExternalCommit(info, mls.External{Key: newKey(t, 1), Credential: basic("dave")}, mls.Config{Extensions: []uint16{stateExtension}})
			for _, err := range []error{inspected, joined} {
				if test.wants == nil && err != nil {
					t.Errorf("refused: %v", err)
				}
				if test.wants != nil && !slices.ContainsFunc(test.wants, func(want error) bool { return errors.Is(err, want) }) {
					t.Errorf("not refused as expected: %v", err)
				}
			}
		})
	}
}

// TestForgedTreeIsAuthenticated: a made-up group is what Authenticate is for.
func TestForgedTreeIsAuthenticated(t *testing.T) {
	r, _ := newCourt(t, 3)
	denied := errors.New("nobody I know")
	asked := map[string]bool{}
	config := mls.Config{Extensions: []uint16{stateExtension}, Authenticate: func(leaf mls.Leaf, group []byte) error {
		asked[string(leaf.Credential.Data)] = true
		if string(leaf.Credential.Data) == "knight 2" && string(group) == "court" {
			return denied
		}
		return nil
	}}
	outside := mls.External{Key: newKey(t, 1), Credential: basic("dave")}
	if _, err := mls.ExternalCommit(r.info(claim{}), outside, config); !errors.Is(err, denied) {
		t.Errorf("not refused: %v", err)
	}
	if _, err := mls.InspectGroupInfo(r.info(claim{}), config); !errors.Is(err, denied) {
		t.Errorf("not refused: %v", err)
	}
	if !asked["king"] || !asked["knight 1"] {
		t.Errorf("asked only about %v", asked)
	}
}

// TestTreeBounds: a tree may be claimed large with few bytes.
func TestTreeBounds(t *testing.T) {
	outside := mls.External{Key: newKey(t, 1), Credential: basic("dave")}
	config := mls.Config{Extensions: []uint16{stateExtension}}
	far := func(index uint32) []byte {
		r, court := newCourt(t, 2)
		r.tree[1] = nil
		r.tree[0].leaf.source = 1
		r.tree[0].leaf.sign(r.key, nil, 0)
		r.tree = r.tree.set(index, court[1].keyPackage().leaf.sign(court[1].key, nil, 0))
		r.tree[2] = nil
		return r.info(claim{})
	}
	if _, err := mls.ExternalCommit(far(mls.MaxLeaves-1), outside, config); err != nil {
		t.Errorf("a tree of %d leaves: %v", mls.MaxLeaves, err)
	}
	for _, index := range []uint32{mls.MaxLeaves, 4 * mls.MaxLeaves} {
		if _, err := mls.ExternalCommit(far(index), outside, config); !errors.Is(err, mls.ErrLimit) && !errors.Is(err, mls.ErrDecode) {
			t.Errorf("a leaf at %d: %v", index, err)
		}
	}
	huge := make([]byte, mls.MaxMessage+1)
	copy(huge, far(10))
	if _, err := mls.InspectGroupInfo(huge, config); !errors.Is(err, mls.ErrLimit) {
		t.Errorf("a message of %d bytes: %v", len(huge), err)
	}
}

// resignInfo returns the tree of a group, and what makes of another tree a
// GroupInfo that a member of that group signed for the same tree hash.
func resignInfo(tb testing.TB, g *mls.Group) (tree []byte, build func(tree []byte) []byte) {
	tb.Helper()
	r := newRogue(tb, "mallory")
	r.admit(g)
	return r.tree.encode(), func(tree []byte) []byte {
		return r.info(claim{tree: tree, treeHash: r.tree.hash(r.tree.root())})
	}
}

// welcome makes a Welcome of any content for one key package (RFC 9420 12.4.3.1).
// The secrets are to begin with a joiner secret of zeros if they are to fit.
func (r *rogue) welcome(ref, initKey, secrets, info []byte) []byte {
	secret := derive(extract(make([]byte, hashSize), make([]byte, hashSize)), "welcome")
	sealed := sealWith(r.tb, expand(secret, "key", nil, 16), expand(secret, "nonce", nil, 12), nil, info)
	entry := wire{}.vec(ref).raw(sealTo(r.tb, initKey, "Welcome", sealed, secrets))
	return wire{}.u16(1).u16(3).u16(1).vec(entry).vec(sealed)
}
