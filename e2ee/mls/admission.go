package mls

import (
	"bytes"
	"slices"
)

// admission judges leaves for one group in one epoch (RFC 9420 section 7.3).
type admission struct {
	suite      *suite
	groupID    []byte
	extensions []Extension
	required   required
	cfg        *Config
}

func newAdmission(s *suite, groupID []byte, extensions []Extension, cfg *Config) (*admission, error) {
	r, err := requiredOf(extensions)
	if err != nil {
		return nil, fail(ErrDecode, "required_capabilities")
	}
	return &admission{suite: s, groupID: groupID, extensions: extensions, required: r, cfg: cfg}, nil
}

// fits checks what a leaf supports against what the group uses.
func (a *admission) fits(l *leafNode) error {
	c := &l.capabilities
	switch {
	case !slices.Contains(c.versions, protocolVersion), !slices.Contains(c.suites, uint16(a.suite.id)):
		return fail(ErrLeaf, "does not list the group's version and suite")
	case !slices.Contains(c.credentials, l.credential.Type):
		return fail(ErrLeaf, "does not list its own credential type")
	case !c.meets(&a.required):
		return fail(ErrLeaf, "does not support what the group requires")
	}
	for _, x := range l.extensions {
		if !c.hasExtension(x.Type) {
			return fail(ErrLeaf, "has an extension that it does not list")
		}
	}
	for _, x := range a.extensions {
		if !c.hasExtension(x.Type) {
			return fail(ErrLeaf, "does not support an extension of the group")
		}
	}
	return nil
}

// admitPackage checks a KeyPackage that enters the tree; its signatures are
// verified unless they were before.
func (a *admission) admitPackage(i LeafIndex, p *PublicKeyPackage) error {
	if p.number != a.suite.id {
		return fail(ErrLeaf, "key package for another cipher suite")
	}
	if p.suite == nil {
		if err := p.verify(); err != nil {
			return err
		}
	}
	if err := a.cfg.alive(p.leaf); err != nil {
		return err
	}
	if err := a.fits(p.leaf); err != nil {
		return err
	}
	return a.authenticate(i, p.leaf)
}

// admit checks a leaf that enters the tree: all but its keys being unique and
// the credential types of the others, which are checked for the whole tree.
func (a *admission) admit(i LeafIndex, l *leafNode) error {
	if err := a.fits(l); err != nil {
		return err
	}
	if err := a.suite.checkKEM(l.encryptionKey); err != nil {
		return err
	}
	if err := l.verify(a.suite, a.groupID, i); err != nil {
		return err
	}
	return a.authenticate(i, l)
}

func (a *admission) authenticate(i LeafIndex, l *leafNode) error {
	if a.cfg.Authenticate == nil {
		return nil
	}
	if err := a.cfg.Authenticate(l.public(i), bytes.Clone(a.groupID)); err != nil {
		return refuse(ErrLeaf, "not authenticated", err)
	}
	return nil
}

// checkCredentials checks that every member supports every credential type in
// use (RFC 9420 section 7.3).
func (t *ratchetTree) checkCredentials() error {
	var used []uint16
	_ = t.leaves(func(_ LeafIndex, l *leafNode) error {
		if !slices.Contains(used, l.credential.Type) {
			used = append(used, l.credential.Type)
		}
		return nil
	})
	return t.leaves(func(_ LeafIndex, l *leafNode) error {
		for _, t := range used {
			if !slices.Contains(l.capabilities.credentials, t) {
				return fail(ErrLeaf, "does not support a credential type in use")
			}
		}
		return nil
	})
}

// newKeys are keys that appeared in a tree and must be nowhere else in it.
type newKeys struct {
	encryption map[string]nodeIndex
	signature  map[string]nodeIndex
}

// checkUnique checks that the keys of these nodes are nowhere else in the tree
// (RFC 9420 sections 7.3 and 12.4.2).
func (t *ratchetTree) checkUnique(fresh []nodeIndex) error {
	keys := newKeys{encryption: make(map[string]nodeIndex, len(fresh)), signature: make(map[string]nodeIndex, len(fresh))}
	for _, x := range fresh {
		n := t.nodes[x]
		if _, twice := keys.encryption[string(n.encryptionKey())]; twice {
			return fail(ErrLeaf, "an encryption key is in the tree twice")
		}
		keys.encryption[string(n.encryptionKey())] = x
		if n.leaf == nil {
			continue
		}
		if _, twice := keys.signature[string(n.leaf.signatureKey)]; twice {
			return fail(ErrLeaf, "a signature key is in the tree twice")
		}
		keys.signature[string(n.leaf.signatureKey)] = x
	}
	for i, n := range t.nodes {
		if n == nil {
			continue
		}
		if at, found := keys.encryption[string(n.encryptionKey())]; found && at != nodeIndex(i) {
			return fail(ErrLeaf, "an encryption key is in the tree twice")
		}
		if n.leaf == nil || len(keys.signature) == 0 {
			continue
		}
		if at, found := keys.signature[string(n.leaf.signatureKey)]; found && at != nodeIndex(i) {
			return fail(ErrLeaf, "a signature key is in the tree twice")
		}
	}
	return nil
}
