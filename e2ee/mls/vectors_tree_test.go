//go:build !js

package mls

import (
	"slices"
	"testing"
)

type operationVector struct {
	Suite      uint16    `json:"cipher_suite"`
	Proposal   hexBytes  `json:"proposal"`
	Sender     LeafIndex `json:"proposal_sender"`
	Before     hexBytes  `json:"tree_before"`
	After      hexBytes  `json:"tree_after"`
	HashBefore hexBytes  `json:"tree_hash_before"`
	HashAfter  hexBytes  `json:"tree_hash_after"`
}

func TestVectorsTreeOperations(t *testing.T) {
	forSuites(t, "tree-operations.json", func(v operationVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v operationVector) {
		tree := must(decodeTree(s, v.Before))(t)
		wantBytes(t, "hash before", tree.rootHash(), v.HashBefore)
		d := decode(v.Proposal)
		proposal := decodeProposal(d)
		if err := d.done(); err != nil {
			t.Fatal(err)
		}
		cached := cachedProposal{proposal: proposal, sender: v.Sender}
		if proposal.kind == proposalUpdate {
			cached.reference = []byte("by reference")
		}
		g := &Group{suite: s, tree: tree, context: &groupContext{suite: s.id}}
		p := must(g.makePlan([]cachedProposal{cached}, MaxLeaves, false))(t)
		var e encoder
		p.tree.encode(&e)
		wantBytes(t, "tree after", e.buf, v.After)
		wantBytes(t, "hash after", p.tree.rootHash(), v.HashAfter)
		e = encoder{}
		tree.encode(&e)
		wantBytes(t, "old tree", e.buf, v.Before)
	})
}

type validationVector struct {
	Suite       uint16        `json:"cipher_suite"`
	Tree        hexBytes      `json:"tree"`
	GroupID     hexBytes      `json:"group_id"`
	Hashes      []hexBytes    `json:"tree_hashes"`
	Resolutions [][]nodeIndex `json:"resolutions"`
}

func TestVectorsTreeValidation(t *testing.T) {
	forSuites(t, "tree-validation.json", func(v validationVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v validationVector) {
		tree := must(decodeTree(s, v.Tree))(t)
		for i := range tree.nodes {
			x := nodeIndex(i)
			wantBytes(t, "tree hash", tree.hash(x), v.Hashes[i])
			if got := tree.resolution(x, nil); !slices.Equal(got, v.Resolutions[i]) {
				t.Errorf("resolution of %d: got %v, want %v", x, got, v.Resolutions[i])
			}
			if tree.empty(x) != (len(v.Resolutions[i]) == 0) {
				t.Errorf("%d is empty: %v", x, tree.empty(x))
			}
		}
		a := must(newAdmission(s, v.GroupID, nil, &Config{}))(t)
		if err := tree.validate(a, tree.rootHash()); err != nil {
			t.Error(err)
		}
	})
}

type treeKEMVector struct {
	Suite     uint16   `json:"cipher_suite"`
	GroupID   hexBytes `json:"group_id"`
	Epoch     uint64   `json:"epoch"`
	Confirmed hexBytes `json:"confirmed_transcript_hash"`
	Tree      hexBytes `json:"ratchet_tree"`
	Leaves    []struct {
		Index       LeafIndex
		Encryption  hexBytes `json:"encryption_priv"`
		Signature   hexBytes `json:"signature_priv"`
		PathSecrets []struct {
			Node   nodeIndex
			Secret hexBytes `json:"path_secret"`
		} `json:"path_secrets"`
	} `json:"leaves_private"`
	Paths []struct {
		Sender       LeafIndex
		Update       hexBytes    `json:"update_path"`
		PathSecrets  []*hexBytes `json:"path_secrets"`
		CommitSecret hexBytes    `json:"commit_secret"`
		HashAfter    hexBytes    `json:"tree_hash_after"`
	} `json:"update_paths"`
}

// privateKeys are those of each leaf, as the vector gives them.
func (v *treeKEMVector) privateKeys(t *testing.T, tree *ratchetTree) map[LeafIndex]map[nodeIndex]*privateKey {
	t.Helper()
	all := map[LeafIndex]map[nodeIndex]*privateKey{}
	for _, l := range v.Leaves {
		keys := map[nodeIndex]*privateKey{l.Index.node(): kemKey(t, tree.suite, l.Encryption)}
		for _, p := range l.PathSecrets {
			keys[p.Node] = must(tree.suite.nodeKey(p.Secret))(t)
		}
		if len(tree.keysIn(keys)) != len(keys) {
			t.Errorf("keys of leaf %d do not fit the tree", l.Index)
		}
		all[l.Index] = keys
	}
	return all
}

func (v *treeKEMVector) context(treeHash []byte) []byte {
	c := groupContext{suite: CipherSuite(v.Suite), groupID: v.GroupID, epoch: v.Epoch, treeHash: treeHash, confirmed: v.Confirmed}
	return c.bytes()
}

func TestVectorsTreeKEM(t *testing.T) {
	forSuites(t, "treekem.json", func(v treeKEMVector) uint16 { return v.Suite }, func(t *testing.T, s *suite, v treeKEMVector) {
		tree := must(decodeTree(s, v.Tree))(t)
		keys := v.privateKeys(t, tree)
		for _, path := range v.Paths {
			d := decode(path.Update)
			update := decodeUpdatePath(d)
			if err := d.done(); err != nil {
				t.Fatal(err)
			}
			merged := tree.clone()
			steps := must(merged.mergePath(path.Sender, update, 0))(t)
			wantBytes(t, "tree hash", merged.rootHash(), path.HashAfter)
			for self, own := range keys {
				if self == path.Sender {
					continue
				}
				_, secret, err := merged.openPath(self, merged.keysIn(own), nil, steps, update, v.context(merged.rootHash()))
				if err != nil {
					t.Fatalf("leaf %d: %v", self, err)
				}
				wantBytes(t, "commit secret", secret, path.CommitSecret)
			}
			v.renew(t, tree, keys, path.Sender)
		}
	})
}

// renew makes a path of the sender's and lets everybody follow.
func (v *treeKEMVector) renew(t *testing.T, tree *ratchetTree, keys map[LeafIndex]map[nodeIndex]*privateKey, sender LeafIndex) {
	t.Helper()
	leaf, leafKey, err := tree.leaf(sender).refreshed(tree.suite, leafFromCommit)
	if err != nil {
		t.Fatal(err)
	}
	maker := pathMaker{self: sender, leaf: leaf, leafKey: leafKey, groupID: v.GroupID, context: v.context}
	for _, l := range v.Leaves {
		if l.Index == sender {
			maker.signer = signerOf(t, tree.suite, l.Signature)
		}
	}
	made := tree.clone()
	own := must(made.makePath(maker))(t)
	merged := tree.clone()
	steps := must(merged.mergePath(sender, own.update, 0))(t)
	wantBytes(t, "tree hash", merged.rootHash(), made.rootHash())
	for self, private := range keys {
		if self == sender {
			continue
		}
		found, secret, err := merged.openPath(self, merged.keysIn(private), nil, steps, own.update, v.context(merged.rootHash()))
		if err != nil {
			t.Fatalf("leaf %d: %v", self, err)
		}
		wantBytes(t, "commit secret", secret, own.commitSecret)
		if len(merged.keysIn(found)) != len(found) {
			t.Error("a key of the path does not fit the tree")
		}
	}
}
