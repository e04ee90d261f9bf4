package mls

import (
	"bytes"
	"slices"
)

// plan is a list of proposals applied to a copy of the tree.
type plan struct {
	tree        *ratchetTree
	extensions  []Extension
	psks        []*pskID
	added       []LeafIndex // ascending
	packages    []*PublicKeyPackage
	removed     []Leaf // as they were
	updated     []LeafIndex
	updateKey   *privateKey // when the own leaf is among updated
	kemOutput   []byte      // ExternalInit
	reInit      bool
	extended    bool // GroupContextExtensions is in it
	byReference bool
	needsPath   bool
	touched     map[LeafIndex]bool
}

// makePlan checks a list of proposals as a whole and each for itself, and
// applies it in the order of RFC 9420 section 12.3. External is for a commit
// from outside, which has no committer among the leaves yet.
func (g *Group) makePlan(list []cachedProposal, committer LeafIndex, external bool) (*plan, error) {
	p := &plan{
		tree: g.tree.clone(), extensions: g.context.extensions,
		needsPath: len(list) == 0, touched: map[LeafIndex]bool{},
	}
	for _, c := range list {
		if external && !fromOutside(c.proposal.kind) {
			return nil, fail(ErrProposals, "a kind that an external commit may not have")
		}
		if !external && c.proposal.kind == proposalExternalInit {
			return nil, fail(ErrProposals, "ExternalInit in a member's commit")
		}
		p.needsPath = p.needsPath || c.proposal.needsPath()
		p.byReference = p.byReference || len(c.reference) > 0
	}
	for _, kind := range []uint16{
		proposalExtensions, proposalUpdate, proposalRemove, proposalAdd, proposalPSK, proposalReInit, proposalExternalInit,
	} {
		for _, c := range list {
			if c.proposal.kind != kind {
				continue
			}
			if err := p.apply(g, c, committer, external); err != nil {
				return nil, err
			}
		}
	}
	switch {
	case p.reInit && len(list) > 1:
		return nil, fail(ErrProposals, "ReInit with others")
	case external && p.kemOutput == nil:
		return nil, fail(ErrProposals, "no ExternalInit")
	case external && len(p.removed) > 1:
		return nil, fail(ErrProposals, "an external commit removes more than one leaf")
	}
	p.tree.truncate()
	return p, nil
}

// fromOutside are the kinds of RFC 9420 section 12.2 for external commits.
func fromOutside(kind uint16) bool {
	return kind == proposalExternalInit || kind == proposalRemove || kind == proposalPSK
}

// touch allows one Update or Remove of a leaf.
func (p *plan) touch(g *Group, i LeafIndex) error {
	if g.tree.leaf(i) == nil {
		return fail(ErrProposals, "no such member")
	}
	if p.touched[i] {
		return fail(ErrProposals, "two proposals for one leaf")
	}
	p.touched[i] = true
	return nil
}

func (p *plan) apply(g *Group, c cachedProposal, committer LeafIndex, external bool) error {
	switch c.proposal.kind {
	case proposalExtensions:
		if p.extended {
			return fail(ErrProposals, "GroupContextExtensions twice")
		}
		p.extended, p.extensions = true, cloneExtensions(c.proposal.extensions)
	case proposalUpdate:
		return p.applyUpdate(g, c, committer)
	case proposalRemove:
		i := c.proposal.remove
		if !external && i == committer {
			return fail(ErrProposals, "the committer removes itself")
		}
		if err := p.touch(g, i); err != nil {
			return err
		}
		p.removed = append(p.removed, g.tree.leaf(i).public(i))
		p.tree.remove(i)
	case proposalAdd:
		i, err := p.tree.add(c.proposal.add.leaf.detached(), g.context.epoch+1)
		if err != nil {
			return err
		}
		p.added, p.packages = append(p.added, i), append(p.packages, c.proposal.add)
	case proposalPSK:
		return p.applyPSK(g.suite, c.proposal.psk)
	case proposalReInit:
		if c.proposal.reInit.version < protocolVersion {
			return fail(ErrProposals, "ReInit to an older version")
		}
		p.reInit = true
	case proposalExternalInit:
		if p.kemOutput != nil {
			return fail(ErrProposals, "ExternalInit twice")
		}
		p.kemOutput = c.proposal.kemOutput
	default:
		return fail(ErrUnsupported, "kind of proposal")
	}
	return nil
}

// applyUpdate is RFC 9420 section 12.1.2. An Update by value would be the
// committer's own.
func (p *plan) applyUpdate(g *Group, c cachedProposal, committer LeafIndex) error {
	if c.sender == committer || len(c.reference) == 0 {
		return fail(ErrProposals, "the committer's own Update")
	}
	if err := p.touch(g, c.sender); err != nil {
		return err
	}
	leaf := c.proposal.update
	if leaf.source != leafFromUpdate || bytes.Equal(leaf.encryptionKey, g.tree.leaf(c.sender).encryptionKey) {
		return fail(ErrProposals, "Update without a new leaf")
	}
	p.tree.blankPath(c.sender)
	p.tree.set(c.sender.node(), &node{leaf: leaf.detached(), entered: g.tree.entered(c.sender)})
	p.updated = append(p.updated, c.sender)
	if c.sender == g.self && c.key != nil {
		p.updateKey = c.key
	}
	return nil
}

// applyPSK is RFC 9420 section 12.1.4; the usages for new groups belong into
// their first commit only.
func (p *plan) applyPSK(s *suite, id *pskID) error {
	if len(id.nonce) != s.hashSize {
		return fail(ErrProposals, "nonce of a PSK has the wrong size")
	}
	if id.kind == pskResumption && id.usage != usageApplication {
		return fail(ErrProposals, "resumption PSK for a new group")
	}
	if slices.ContainsFunc(p.psks, id.equal) {
		return fail(ErrProposals, "a PSK twice")
	}
	p.psks = append(p.psks, id)
	return nil
}

// check judges the tree that the plan has made: the leaves that entered by
// proposals and, changed by the commit itself, the committer's leaf and the
// nodes of its path (RFC 9420 sections 12.2 and 12.4.2). An own leaf was made
// by the same rules and is not verified again.
func (p *plan) check(g *Group, committer LeafIndex, path []step, own, external bool) error {
	a, err := newAdmission(g.suite, g.context.groupID, p.extensions, &g.cfg)
	if err != nil {
		return err
	}
	if p.extended && !equalExtensions(p.extensions, g.context.extensions) {
		err := p.tree.leaves(func(_ LeafIndex, l *leafNode) error { return a.fits(l) })
		if err != nil {
			return err
		}
	}
	var fresh []nodeIndex
	for k, i := range p.added {
		if err := a.admitPackage(i, p.packages[k]); err != nil {
			return err
		}
		fresh = append(fresh, i.node())
	}
	for _, i := range p.updated {
		if err := a.admit(i, p.tree.leaf(i)); err != nil {
			return err
		}
		fresh = append(fresh, i.node())
	}
	if len(path) > 0 || p.tree.leaf(committer) != g.tree.leaf(committer) {
		leaf := p.tree.leaf(committer)
		switch {
		case own && !external:
			err = a.fits(leaf)
		default:
			err = a.admit(committer, leaf)
		}
		if err != nil {
			return err
		}
		fresh = append(fresh, committer.node())
	}
	for _, s := range path {
		fresh = append(fresh, s.node)
	}
	if err := p.tree.checkUnique(fresh); err != nil {
		return err
	}
	return p.tree.checkCredentials()
}
