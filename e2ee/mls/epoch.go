package mls

import "maps"

// transition is a commit on its way into a new epoch: from either side, made or
// received.
type transition struct {
	plan         *plan
	commit       *authenticated
	committer    LeafIndex // in the new tree
	external     bool
	context      *groupContext
	keys         map[nodeIndex]*privateKey
	initSecret   []byte // of the old epoch or, for external commits, from outside
	commitSecret []byte // nil without a path
}

// newContext is the GroupContext of the epoch after a commit (RFC 9420 section 8.1).
func (g *Group) newContext(p *plan, commit *authenticated) *groupContext {
	context := g.context.next(p.tree.rootHash(), p.extensions)
	context.confirmed = g.suite.confirmedTranscript(g.interim, commit)
	return context
}

// advance makes the state of the new epoch, without its confirmation tag, and
// the two secrets that a Welcome needs.
func (g *Group) advance(t *transition) (next *Group, joiner, member []byte, err error) {
	s := g.suite
	psk, err := s.pskSecret(t.plan.psks, g.lookupPSK)
	if err != nil {
		return nil, nil, nil, err
	}
	commitSecret := t.commitSecret
	if commitSecret == nil {
		commitSecret = make([]byte, s.hashSize)
	}
	context := t.context.bytes()
	joiner = s.joinerSecret(t.initSecret, commitSecret, context)
	member = s.memberSecret(joiner, psk)
	erase(psk)

	next = &Group{
		suite: s, cfg: g.cfg, signer: g.signer, self: g.self,
		context: t.context, tree: t.plan.tree, keys: maps.Clone(t.keys),
		suspended: t.plan.reInit,
	}
	next.enter(s.epochSecret(member, context), g.resumption)
	return next, joiner, member, nil
}

// change describes the transition for Config.Accept.
func (g *Group) change(t *transition, own bool) *Change {
	p := t.plan
	c := &Change{
		Epoch: g.context.epoch, Committer: t.committer, External: t.external,
		Path: t.commit.content.commit.path != nil, Own: own,
		Removed: p.removed, Updated: p.updated, PSKs: externalPSKs(p.psks),
		Resumption: len(externalPSKs(p.psks)) != len(p.psks), ReInit: p.reInit,
		Extensions: cloneExtensions(p.extensions), ExtensionsChanged: p.extended,
		ByReference:   p.byReference,
		CommitterLeaf: p.tree.leaf(t.committer).public(t.committer),
		AAD:           append([]byte(nil), t.commit.content.aad...),
		Previous:      g.View(),
		Next:          &View{suite: g.suite, context: t.context, tree: p.tree},
	}
	for k, i := range p.added {
		c.Added = append(c.Added, p.packages[k].leaf.public(i))
		c.AddedPackages = append(c.AddedPackages, p.packages[k].Bytes())
	}
	return c
}

// accept asks the application.
func (g *Group) accept(c *Change) error {
	if g.cfg.Accept != nil {
		if err := g.cfg.Accept(c); err != nil {
			return refuse(ErrRefused, "", err)
		}
		return nil
	}
	// Without a judge a newcomer may replace only itself (RFC 9420 section 12.4.3.2).
	if c.External {
		for _, removed := range c.Removed {
			if !removed.Credential.equal(c.CommitterLeaf.Credential) {
				return fail(ErrRefused, "an external commit removes somebody else")
			}
		}
	}
	return nil
}
