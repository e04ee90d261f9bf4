package mls

// complete is a commit's own proposals, by value.
func (g *Group) complete(proposals []Proposal) ([]cachedProposal, error) {
	var own []cachedProposal
	for i := range proposals {
		if proposals[i].kind == proposalUpdate || proposals[i].kind == proposalExternalInit {
			return nil, fail(ErrProposals, "a kind that cannot be committed by value")
		}
		p, err := proposals[i].complete(g.suite, g.context.groupID)
		if err != nil {
			return nil, err
		}
		own = append(own, cachedProposal{proposal: p, sender: g.self})
	}
	return own, nil
}

// choosePending keeps of the proposals of others those that go together with the
// own ones and with each other, so that nobody can keep this member from
// committing (RFC 9420 sections 12.2 and 12.4).
func (g *Group) choosePending(own []cachedProposal) []cachedProposal {
	var sound []cachedProposal
	for _, c := range g.pending {
		if g.sound(c) {
			sound = append(sound, c)
		}
	}
	chosen := compatible(sound, own, g.self)
	if len(chosen) == 0 {
		return nil
	}
	// What each alone did not show, keys that two of them share for instance, is
	// rare and hostile: then the commit does without all of them.
	if g.committable(append(chosen[:len(chosen):len(chosen)], own...)) != nil {
		return nil
	}
	return chosen
}

// sound reports whether a commit of this member could have the proposal alone.
func (g *Group) sound(c cachedProposal) bool {
	if c.proposal.kind == proposalPSK && g.lookupPSK(c.proposal.psk) == nil {
		return false
	}
	return g.committable([]cachedProposal{c}) == nil
}

func (g *Group) committable(list []cachedProposal) error {
	p, err := g.makePlan(list, g.self, false)
	if err != nil {
		return err
	}
	return p.check(g, g.self, nil, true, false)
}

// compatible leaves out what makes a list invalid as a whole: one proposal for a
// leaf stays, rather a Remove and a later Update; one for the extensions, the
// own if there is one; ReInit only alone.
func compatible(pending, own []cachedProposal, self LeafIndex) []cachedProposal {
	taken, extended := map[LeafIndex]bool{self: true}, false
	for _, c := range own {
		switch c.proposal.kind {
		case proposalRemove:
			taken[c.proposal.remove] = true
		case proposalExtensions:
			extended = true
		case proposalReInit:
			return nil
		}
	}
	keep := make([]bool, len(pending))
	for _, kind := range []uint16{proposalRemove, proposalUpdate} {
		for i := len(pending) - 1; i >= 0; i-- {
			c := pending[i]
			subject := c.sender
			if kind == proposalRemove {
				subject = c.proposal.remove
			}
			if c.proposal.kind == kind && !taken[subject] {
				taken[subject], keep[i] = true, true
			}
		}
	}
	var chosen []cachedProposal
	for i, c := range pending {
		switch c.proposal.kind {
		case proposalRemove, proposalUpdate:
		case proposalReInit:
			keep[i] = len(own) == 0 && len(pending) == 1
		case proposalExtensions:
			keep[i], extended = !extended, true
		default:
			keep[i] = true
		}
		if keep[i] {
			chosen = append(chosen, c)
		}
	}
	return chosen
}
