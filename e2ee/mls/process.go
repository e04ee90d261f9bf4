package mls

import "bytes"

// Received is what a message brought: a new state after a commit or proposal,
// or application data.
type Received struct {
	// Next is the state to go on with, nil after an application message.
	Next *Group
	// Change is what a commit did, nil for all else.
	Change      *Change
	Application []byte
	AAD         []byte
	Sender      LeafIndex // for an external commit the leaf that it took
	Epoch       uint64    // that the message was made in
}

// Process handles a PublicMessage or PrivateMessage of the group. An error leaves
// the group as it was. With ErrRemoved the Received is there and its Change
// says how it came.
func (g *Group) Process(msg []byte) (*Received, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	format, d, err := openMessage(bytes.Clone(msg))
	if err != nil {
		return nil, err
	}
	switch format {
	case wirePublic:
		return g.processPublic(d)
	case wirePrivate:
		return g.processPrivate(d)
	}
	return nil, fail(ErrDecode, "not a message within a group")
}

// current checks that a message is of this group and epoch.
func (g *Group) current(groupID []byte, epoch uint64) error {
	if !bytes.Equal(groupID, g.context.groupID) || epoch != g.context.epoch {
		return ErrEpoch
	}
	return nil
}

// processPublic is RFC 9420 section 6.2.
func (g *Group) processPublic(d *decoder) (*Received, error) {
	a, tag, err := decodePublic(d)
	if err != nil {
		return nil, err
	}
	c := a.content
	if err := g.current(c.groupID, c.epoch); err != nil {
		return nil, err
	}
	if c.kind == contentApplication {
		return nil, fail(ErrDecode, "application data that is not encrypted")
	}
	context := g.context.bytes()
	var public []byte
	switch {
	case c.sender == senderMember:
		e := a.toBeSigned(context)
		a.encodeAuth(e)
		if !g.suite.checkMAC(g.secrets.membership, e.buf, tag) {
			return nil, fail(ErrSignature, "membership tag")
		}
		leaf := g.tree.leaf(c.leaf)
		if leaf == nil {
			return nil, fail(ErrSignature, "no such member")
		}
		if c.kind == contentCommit && c.leaf == g.self {
			return nil, ErrOwnCommit
		}
		public = leaf.signatureKey
	case c.sender == senderNewMemberCommit && c.kind == contentCommit && c.commit.path != nil:
		public = c.commit.path.leaf.signatureKey
	default:
		return nil, fail(ErrUnsupported, "sender of a message")
	}
	if err := a.verify(g.suite, public, context); err != nil {
		return nil, err
	}
	return g.handle(a)
}

// processPrivate is RFC 9420 section 6.3. The sender's ratchet moves only when
// the signature is good.
func (g *Group) processPrivate(d *decoder) (*Received, error) {
	m, err := decodePrivate(d)
	if err != nil {
		return nil, err
	}
	if err := g.current(m.groupID, m.epoch); err != nil {
		return nil, err
	}
	from, err := g.secrets.openSenderData(g.suite, m)
	if err != nil {
		return nil, err
	}
	leaf := g.tree.leaf(from.leaf)
	if leaf == nil {
		return nil, fail(ErrSignature, "no such member")
	}
	if from.leaf == g.self {
		return nil, ErrOwnMessage
	}
	a, step, err := g.secrets.openPrivate(g.suite, m, from)
	if err != nil {
		return nil, err
	}
	if err := a.verify(g.suite, leaf.signatureKey, g.context.bytes()); err != nil {
		step.drop()
		return nil, err
	}
	if a.content.kind != contentApplication {
		received, err := g.handle(a)
		if err != nil {
			step.drop()
			return received, err
		}
		step.commit()
		return received, nil
	}
	step.commit()
	return &Received{
		Application: a.content.application, AAD: a.content.aad, Sender: from.leaf, Epoch: m.epoch,
	}, nil
}

// handle takes a verified proposal or commit.
func (g *Group) handle(a *authenticated) (*Received, error) {
	r := &Received{AAD: a.content.aad, Sender: a.content.leaf, Epoch: a.content.epoch}
	if a.content.kind == contentCommit {
		return g.processCommit(a, r)
	}
	var err error
	r.Next, err = g.cache(a, nil)
	if err != nil {
		return nil, err
	}
	return r, nil
}

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
	if p.touched[g.self] && p.removedSelf(g.self) {
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

func (p *plan) removedSelf(self LeafIndex) bool {
	for _, l := range p.removed {
		if l.Index == self {
			return true
		}
	}
	return false
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
