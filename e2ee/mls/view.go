package mls

import "bytes"

// View is a picture of a group in one epoch. It holds no secrets, does not
// change and may be used by many goroutines.
type View struct {
	suite   *suite
	context *groupContext
	tree    *ratchetTree
	info    *groupInfo // when it was made of one
}

// Epoch returns the number of the epoch.
func (v *View) Epoch() uint64 { return v.context.epoch }

// GroupID returns the group's id.
func (v *View) GroupID() []byte { return bytes.Clone(v.context.groupID) }

// Suite returns the cipher suite.
func (v *View) Suite() CipherSuite { return v.context.suite }

// ConfirmedTranscriptHash returns the hash over all commits up to this epoch.
func (v *View) ConfirmedTranscriptHash() []byte { return bytes.Clone(v.context.confirmed) }

// Members returns all leaves in order.
func (v *View) Members() []Leaf {
	members := make([]Leaf, 0, v.tree.count())
	_ = v.tree.leaves(func(i LeafIndex, l *leafNode) error {
		members = append(members, l.public(i))
		return nil
	})
	return members
}

// Count returns the number of members.
func (v *View) Count() int { return v.tree.count() }

// Leaf returns the member at an index.
func (v *View) Leaf(i LeafIndex) (Leaf, bool) {
	l := v.tree.leaf(i)
	if l == nil {
		return Leaf{}, false
	}
	return l.public(i), true
}

// Extension returns the data of an extension of the GroupContext.
func (v *View) Extension(kind uint16) ([]byte, bool) {
	data, ok := findExtension(v.context.extensions, kind)
	return bytes.Clone(data), ok
}

// Extensions returns the extensions of the GroupContext.
func (v *View) Extensions() []Extension { return cloneExtensions(v.context.extensions) }

// EntryEpoch returns the epoch that a leaf entered with as far as this device
// knows: 0 for those that were there when it joined, which is not agreed among
// members.
func (v *View) EntryEpoch(i LeafIndex) uint64 { return v.tree.entered(i) }
