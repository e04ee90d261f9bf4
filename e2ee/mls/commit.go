package mls

import "bytes"

// Staged is a commit of this member that waits for the delivery service. When
// it was accepted, Next is the state to go on with; otherwise it is erased.
type Staged struct {
	Commit  []byte // PublicMessage
	Welcome []byte // for those that were added; nil without any
	Change  *Change
	Next    *Group
}

// Erase forgets the state of a commit that was not accepted.
func (s *Staged) Erase() {
	if s.Next != nil {
		s.Next.Erase()
	}
}

// Commit makes a commit with an update path of these proposals and of those
// that others proposed before (RFC 9420 section 12.4.1). The group stays as it
// is until the caller goes on with the result's Next.
func (g *Group) Commit(proposals ...Proposal) (*Staged, error) {
	if err := g.sendable(); err != nil {
		return nil, err
	}
	own, err := g.complete(proposals)
	if err != nil {
		return nil, err
	}
	list := append(g.choosePending(own), own...)
	p, err := g.makePlan(list, g.self, false)
	if err != nil {
		return nil, err
	}
	leaf, leafKey, err := g.tree.leaf(g.self).refreshed(g.suite, leafFromCommit)
	if err != nil {
		return nil, err
	}
	content := &framedContent{
		groupID: g.context.groupID, epoch: g.context.epoch,
		sender: senderMember, leaf: g.self, kind: contentCommit, commit: contentOf(list),
	}
	return g.stage(&transition{plan: p, committer: g.self, initSecret: g.secrets.initSecret}, content, leaf, leafKey)
}

// stage does what member's and external commits have in common: path, checks,
// signature, new epoch, confirmation tag and Welcome.
func (g *Group) stage(t *transition, content *framedContent, leaf *leafNode, leafKey *privateKey) (*Staged, error) {
	s, p := g.suite, t.plan
	entered := g.tree.entered(t.committer)
	if t.external {
		entered = g.context.epoch + 1
	}
	path, err := p.tree.makePath(pathMaker{
		self: t.committer, leaf: leaf, leafKey: leafKey, signer: g.signer,
		groupID: g.context.groupID, added: p.added, entered: entered,
		context: func(treeHash []byte) []byte { return g.context.next(treeHash, p.extensions).bytes() },
	})
	if err != nil {
		return nil, err
	}
	defer path.erase()
	if err := p.check(g, t.committer, path.steps, true, t.external); err != nil {
		return nil, err
	}
	content.commit.path = path.update
	t.commit = &authenticated{format: wirePublic, content: content}
	oldContext := g.context.bytes()
	if err := t.commit.sign(s, g.signer, oldContext); err != nil {
		return nil, err
	}
	t.context, t.commitSecret = g.newContext(p, t.commit), path.commitSecret
	t.keys = p.tree.keysIn(g.keys)
	for x, key := range path.keys {
		t.keys[x] = key
	}
	change := g.change(t, true)
	if err := g.accept(change); err != nil {
		return nil, err
	}
	next, joiner, member, err := g.advance(t)
	if err != nil {
		return nil, err
	}
	defer erase(joiner, member)
	next.self = t.committer
	t.commit.confirmation = s.mac(next.secrets.confirmation, next.context.confirmed)
	next.confirm(t.commit.confirmation)

	var tag []byte
	if !t.external {
		tag = t.commit.membershipTag(s, g.secrets.membership, oldContext)
	}
	staged := &Staged{Commit: t.commit.publicMessage(tag), Change: change, Next: next}
	if len(staged.Commit) > MaxMessage {
		next.Erase()
		return nil, fail(ErrLimit, "size of a message")
	}
	if len(p.added) > 0 {
		if staged.Welcome, err = next.welcome(p, joiner, member, path.secrets); err != nil {
			next.Erase()
			return nil, err
		}
	}
	return staged, nil
}

// contentOf is the list as a commit carries it.
func contentOf(list []cachedProposal) *commitContent {
	c := &commitContent{}
	for _, p := range list {
		if len(p.reference) > 0 {
			c.proposals = append(c.proposals, proposalOrRef{reference: bytes.Clone(p.reference)})
		} else {
			c.proposals = append(c.proposals, proposalOrRef{proposal: p.proposal})
		}
	}
	return c
}
