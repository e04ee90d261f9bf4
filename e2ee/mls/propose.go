package mls

import "bytes"

// Propose makes a proposal message for somebody's commit and the state in which
// it is pending.
func (g *Group) Propose(p Proposal) (msg []byte, next *Group, err error) {
	if err := g.sendable(); err != nil {
		return nil, nil, err
	}
	filled, err := p.complete(g.suite, g.context.groupID)
	if err != nil {
		return nil, nil, err
	}
	return g.propose(filled, nil)
}

// ProposeUpdate proposes a new encryption key for the own leaf (RFC 9420
// section 12.1.2). It takes effect with somebody else's commit.
func (g *Group) ProposeUpdate() (msg []byte, next *Group, err error) {
	if err := g.sendable(); err != nil {
		return nil, nil, err
	}
	leaf, key, err := g.tree.leaf(g.self).refreshed(g.suite, leafFromUpdate)
	if err != nil {
		return nil, nil, err
	}
	if err := leaf.sign(g.suite, g.signer, g.context.groupID, g.self); err != nil {
		return nil, nil, err
	}
	return g.propose(&Proposal{kind: proposalUpdate, update: leaf}, key)
}

func (g *Group) propose(p *Proposal, key *privateKey) ([]byte, *Group, error) {
	a := &authenticated{format: wirePublic, content: &framedContent{
		groupID: g.context.groupID, epoch: g.context.epoch,
		sender: senderMember, leaf: g.self, kind: contentProposal, proposal: p,
	}}
	context := g.context.bytes()
	if err := a.sign(g.suite, g.signer, context); err != nil {
		return nil, nil, err
	}
	next, err := g.cache(a, key)
	if err != nil {
		return nil, nil, err
	}
	return a.publicMessage(a.membershipTag(g.suite, g.secrets.membership, context)), next, nil
}

// cache is the state with one more pending proposal, which is checked as far as
// it can be for itself (RFC 9420 section 12.1).
func (g *Group) cache(a *authenticated, key *privateKey) (*Group, error) {
	if len(g.pending) >= MaxPending {
		return nil, fail(ErrLimit, "pending proposals")
	}
	p := a.content.proposal
	switch p.kind {
	case proposalAdd:
		if p.add.number != g.suite.id {
			return nil, fail(ErrLeaf, "key package for another cipher suite")
		}
		if p.add.suite == nil {
			if err := p.add.verify(); err != nil {
				return nil, err
			}
		}
	case proposalRemove:
		if g.tree.leaf(p.remove) == nil {
			return nil, fail(ErrProposals, "no such member")
		}
	case proposalUpdate:
		if p.update.source != leafFromUpdate {
			return nil, fail(ErrProposals, "Update without a new leaf")
		}
		if err := p.update.verify(g.suite, g.context.groupID, a.content.leaf); err != nil {
			return nil, err
		}
	case proposalExternalInit:
		return nil, fail(ErrProposals, "ExternalInit as a proposal message")
	}
	reference := g.suite.proposalReference(a.bytes())
	for _, c := range g.pending {
		if bytes.Equal(c.reference, reference) {
			return nil, fail(ErrProposals, "a proposal that is pending already")
		}
	}
	next := g.sibling()
	next.pending = append(next.pending, cachedProposal{
		proposal: p, sender: a.content.leaf, key: key, reference: reference,
	})
	return next, nil
}
