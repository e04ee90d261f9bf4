package mls

// Change is a commit as it would change the group, for Config.Accept.
type Change struct {
	Epoch     uint64    // the epoch it is applied to
	Committer LeafIndex // for external commits the leaf that it will take
	External  bool      // the committer was not a member (RFC 9420 section 12.4.3.2)
	Path      bool      // it has an update path
	Added     []Leaf    // by Adds, with their new indices; never the external committer
	// AddedPackages are the KeyPackages of Added as messages, in the same order.
	AddedPackages [][]byte
	Removed       []Leaf // as they were
	Updated       []LeafIndex
	PSKs          [][]byte // ids of external PSKs in order
	Resumption    bool     // a resumption PSK is mixed in
	ReInit        bool     // the group ends with it (RFC 9420 section 11.2)
	// Extensions are those of the GroupContext afterwards.
	Extensions []Extension
	// ExtensionsChanged: a GroupContextExtensions proposal is in it, even if it
	// names the same extensions.
	ExtensionsChanged bool
	ByReference       bool // some proposal came by reference
	CommitterLeaf     Leaf // as it will be
	Own               bool // made by this member
	AAD               []byte
	// Previous and Next are the group before and after.
	Previous, Next *View
}
