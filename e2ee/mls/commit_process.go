package mls

import (
	"bytes"
	"slices"
)

// processCommit is RFC 9420 section 12.4.2.
func (g *Group) processCommit(a *authenticated, r *Received) (*Received, error) {
	commit, external := a.content.commit, a.content.sender == senderNewMemberCommit
	list, err := g.resolve(commit, a.content.leaf, external)
	if err != nil {
		return nil, err
	}
	p, err := g.makePlan(list, a.content.leaf, external)
	if err != nil {
		return nil, err
	}
	if p.needsPath && commit.path == nil {
		return nil, fail(ErrProposals, "commit without the path that it needs")
	}
	t := &transition{plan: p, commit: a, committer: a.content.leaf, external: external, initSecret: g.secrets.initSecret}
	steps, err := g.mergeCommitPath(t)
	if err != nil {
		return nil, err
	}
	if err := p.check(g, t.committer, steps, false, external); err != nil {
		return nil, err
	}
	r.Sender = t.committer
	t.context = g.newContext(p, a)
	r.Change = g.change(t, false)
	if p.removes(g.self) {
		if err := g.accept(r.Change); err != nil {
			return nil, err
		}
		return r, ErrRemoved
	}
	if err := g.openCommit(t, steps); err != nil {
		return nil, err
	}
	defer erase(t.commitSecret)
	if external {
		defer erase(t.initSecret)
	}
	next, joiner, member, err := g.advance(t)
	if err != nil {
		return nil, err
	}
	erase(joiner, member)
	if !g.suite.checkMAC(next.secrets.confirmation, next.context.confirmed, a.confirmation) {
		next.Erase()
		return nil, ErrTag
	}
	if err := g.accept(r.Change); err != nil {
		next.Erase()
		return nil, err
	}
	next.confirm(bytes.Clone(a.confirmation))
	r.Next = next
	return r, nil
}

func (p *plan) removes(i LeafIndex) bool {
	return slices.ContainsFunc(p.removed, func(l Leaf) bool { return l.Index == i })
}

// resolve finds the proposals of a commit. An external commit has them by value
// (RFC 9420 section 12.2).
func (g *Group) resolve(commit *commitContent, sender LeafIndex, external bool) ([]cachedProposal, error) {
	list := make([]cachedProposal, 0, len(commit.proposals))
	byReference := map[string]int{}
	for i, c := range g.pending {
		byReference[string(c.reference)] = i
	}
	for _, p := range commit.proposals {
		if p.proposal != nil {
			list = append(list, cachedProposal{proposal: p.proposal, sender: sender})
			continue
		}
		i, found := byReference[string(p.reference)]
		if !found || external {
			return nil, fail(ErrProposals, "a proposal that was not received")
		}
		delete(byReference, string(p.reference)) // each once
		list = append(list, g.pending[i])
	}
	return list, nil
}

// mergeCommitPath applies the public part of the commit's path, if it has one.
func (g *Group) mergeCommitPath(t *transition) ([]step, error) {
	update := t.commit.content.commit.path
	if update == nil {
		return nil, nil
	}
	if update.leaf.source != leafFromCommit {
		return nil, fail(ErrLeaf, "leaf of a path was made for something else")
	}
	entered := g.tree.entered(t.committer)
	if t.external {
		var err error
		if t.committer, err = t.plan.tree.room(); err != nil {
			return nil, err
		}
		entered = g.context.epoch + 1
	} else if bytes.Equal(update.leaf.encryptionKey, g.tree.leaf(t.committer).encryptionKey) {
		return nil, fail(ErrLeaf, "path with the old encryption key")
	}
	return t.plan.tree.mergePath(t.committer, update, entered)
}

// openCommit finds the private side of a received commit: keys, commit secret
// and, for external commits, init secret.
func (g *Group) openCommit(t *transition, steps []step) error {
	p := t.plan
	t.keys = p.tree.keysIn(g.keys)
	if p.updateKey != nil {
		t.keys[g.self.node()] = p.updateKey
	}
	if t.keys[g.self.node()] == nil {
		return fail(ErrTree, "the own leaf changed without this member")
	}
	if t.external {
		initSecret, err := g.suite.openExternalInit(g.secrets.external, p.kemOutput)
		if err != nil {
			return err
		}
		t.initSecret = initSecret
	}
	update := t.commit.content.commit.path
	if update == nil {
		return nil
	}
	provisional := g.context.next(t.context.treeHash, p.extensions)
	found, commitSecret, err := p.tree.openPath(g.self, t.keys, p.added, steps, update, provisional.bytes())
	if err != nil {
		return err
	}
	for x, key := range found {
		t.keys[x] = key
	}
	t.commitSecret = commitSecret
	return nil
}
