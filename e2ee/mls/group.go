package mls

import (
	"bytes"
	"crypto"
	"slices"
)

// Group is one member's state of one epoch. It is not changed by the operations
// that change the group, they return a new one; only the message ratchets move
// on, for every Group of the epoch together. One goroutine may use it at a time,
// together with the other Groups of its epoch.
type Group struct {
	suite        *suite
	cfg          Config
	signer       crypto.Signer
	self         LeafIndex
	context      *groupContext
	tree         *ratchetTree
	keys         map[nodeIndex]*privateKey // of the nodes above and at the own leaf
	secrets      *secrets
	interim      []byte // interim_transcript_hash
	confirmation []byte // confirmation_tag of the commit that made the epoch
	pending      []cachedProposal
	resumption   []resumptionPSK
	joinPSKs     [][]byte
	suspended    bool // by a ReInit
}

// resumptionPSK is resumption_psk of an epoch (RFC 9420 section 8.6).
type resumptionPSK struct {
	epoch  uint64
	secret []byte
}

// cachedProposal is a proposal on its way into a commit.
type cachedProposal struct {
	proposal  *Proposal
	sender    LeafIndex
	reference []byte      // empty: by value
	key       *privateKey // of an own Update
}

// Create makes a group with the caller as its only member (RFC 9420 section 11).
func Create(c CipherSuite, groupID []byte, key crypto.Signer, cred Credential, ext []Extension, cfg Config) (*Group, error) {
	s, err := c.suite()
	if err != nil {
		return nil, err
	}
	if err := checkExtensions(ext); err != nil {
		return nil, err
	}
	leaf, leafKey, err := newLeaf(s, key, cred, &cfg, leafFromKeyPackage)
	if err != nil {
		return nil, err
	}
	if err := leaf.sign(s, key, nil, 0); err != nil {
		return nil, err
	}
	g := &Group{
		suite: s, cfg: cfg, signer: key,
		tree: newTree(s, &node{leaf: leaf}),
		keys: map[nodeIndex]*privateKey{0: leafKey},
	}
	g.context = &groupContext{
		suite: c, groupID: bytes.Clone(groupID), treeHash: g.tree.rootHash(), extensions: cloneExtensions(ext),
	}
	admission, err := newAdmission(s, g.context.groupID, g.context.extensions, &cfg)
	if err != nil {
		return nil, err
	}
	if err := admission.admit(0, leaf); err != nil {
		return nil, err
	}
	g.enter(random(s.hashSize), nil)
	g.confirm(s.mac(g.secrets.confirmation, g.context.confirmed))
	return g, nil
}

// enter derives the secrets of the epoch; older are the PSKs of those before.
func (g *Group) enter(epochSecret []byte, older []resumptionPSK) {
	g.secrets = g.suite.schedule(epochSecret, g.tree.size())
	erase(epochSecret)
	if over := len(older) - (MaxResumption - 1); over > 0 {
		older = older[over:]
	}
	g.resumption = nil
	for _, r := range older {
		g.resumption = append(g.resumption, resumptionPSK{r.epoch, bytes.Clone(r.secret)})
	}
	g.resumption = append(g.resumption, resumptionPSK{g.context.epoch, bytes.Clone(g.secrets.resumption)})
}

func (g *Group) confirm(tag []byte) {
	g.confirmation = tag
	g.interim = g.suite.interimTranscript(g.context.confirmed, tag)
}

// lookupPSK returns the value of a PSK, nil when it is not known.
func (g *Group) lookupPSK(id *pskID) []byte {
	if id.kind == pskExternal {
		if g.cfg.PSK == nil {
			return nil
		}
		return g.cfg.PSK(bytes.Clone(id.id))
	}
	if !bytes.Equal(id.groupID, g.context.groupID) {
		return nil
	}
	for _, r := range g.resumption {
		if r.epoch == id.epoch {
			return r.secret
		}
	}
	return nil
}

func (g *Group) usable() error {
	if g.secrets == nil {
		return ErrEnded
	}
	return nil
}

func (g *Group) sendable() error {
	if g.suspended {
		return fail(ErrEnded, "after its re-initialisation")
	}
	return g.usable()
}

// sibling is another state of the same epoch, for a change of what is pending.
func (g *Group) sibling() *Group {
	n := *g
	n.secrets = g.secrets.share()
	n.pending = slices.Clip(g.pending)
	n.resumption = nil
	for _, r := range g.resumption {
		n.resumption = append(n.resumption, resumptionPSK{r.epoch, bytes.Clone(r.secret)})
	}
	return &n
}

// Erase overwrites the secrets of this state, those of the epoch once no other
// Group of it is left. HPKE keys are forgotten, Go cannot overwrite them. The
// group's functions return ErrEnded or nothing from then on.
func (g *Group) Erase() {
	if g.secrets == nil {
		return
	}
	g.secrets.release()
	for _, r := range g.resumption {
		erase(r.secret)
	}
	g.secrets, g.keys, g.resumption, g.pending = nil, nil, nil, nil
}

// Epoch returns the number of the epoch.
func (g *Group) Epoch() uint64 { return g.context.epoch }

// ID returns the group id.
func (g *Group) ID() []byte { return bytes.Clone(g.context.groupID) }

// Suite returns the cipher suite.
func (g *Group) Suite() CipherSuite { return g.suite.id }

// Self returns the own leaf's index.
func (g *Group) Self() LeafIndex { return g.self }

// Members returns all leaves in order.
func (g *Group) Members() []Leaf { return g.View().Members() }

// Extension returns the data of an extension of the GroupContext.
func (g *Group) Extension(kind uint16) ([]byte, bool) { return g.View().Extension(kind) }

// View returns a picture of the group that stays when the group moves on.
func (g *Group) View() *View { return &View{suite: g.suite, context: g.context, tree: g.tree} }

// ConfirmedTranscriptHash returns the hash over all commits up to this epoch
// (RFC 9420 section 8.2).
func (g *Group) ConfirmedTranscriptHash() []byte { return bytes.Clone(g.context.confirmed) }

// EpochAuthenticator returns the value that members compare to know that they
// are in the same group (RFC 9420 section 8.7).
func (g *Group) EpochAuthenticator() []byte {
	if g.secrets == nil {
		return nil
	}
	return bytes.Clone(g.secrets.authenticator)
}

// Export is MLS-Exporter (RFC 9420 section 8.5).
func (g *Group) Export(label string, context []byte, n int) ([]byte, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	return g.suite.export(g.secrets.exporter, label, context, n)
}

// JoinPSKs returns the ids of the external PSKs that the Welcome listed, nil for
// a group that was not entered by one.
func (g *Group) JoinPSKs() [][]byte {
	var copied [][]byte
	for _, id := range g.joinPSKs {
		copied = append(copied, bytes.Clone(id))
	}
	return copied
}

// EncryptTo is EncryptWithLabel to a member's encryption key (RFC 9420 section
// 5.1.3). It does not say who sealed it.
func (g *Group) EncryptTo(leaf LeafIndex, label string, context, plaintext []byte) ([]byte, error) {
	l := g.tree.leaf(leaf)
	if l == nil {
		return nil, fail(ErrLeaf, "no such member")
	}
	if reservedLabel(label) {
		return nil, fail(ErrUnsupported, "label of the protocol itself")
	}
	return g.suite.encryptBytes(l.encryptionKey, label, context, plaintext)
}

// DecryptFrom opens what was sealed by EncryptTo for this member in this epoch
// or another with the same encryption key.
func (g *Group) DecryptFrom(label string, context, ciphertext []byte) ([]byte, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	if reservedLabel(label) {
		return nil, fail(ErrUnsupported, "label of the protocol itself")
	}
	return g.suite.decryptBytes(g.keys[g.self.node()], label, context, ciphertext)
}
