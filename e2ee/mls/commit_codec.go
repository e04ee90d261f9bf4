package mls

// updatePath is UpdatePath (RFC 9420 section 7.6).
type updatePath struct {
	leaf  *leafNode
	nodes []pathNode
}

type pathNode struct {
	encryptionKey []byte
	secrets       []sealed // the path secret for each receiver
}

// maxPath bounds the nodes of a path: the height of the largest tree.
const maxPath = 12

func (u *updatePath) encode(e *encoder) {
	u.leaf.encode(e)
	e.nested(func() {
		for i := range u.nodes {
			e.vector(u.nodes[i].encryptionKey)
			e.nested(func() {
				for _, c := range u.nodes[i].secrets {
					c.encode(e)
				}
			})
		}
	})
}

func decodeUpdatePath(d *decoder) *updatePath {
	u := &updatePath{leaf: decodeLeaf(d)}
	d.nested(func(d *decoder) {
		if len(u.nodes) == maxPath {
			d.spoil()
			return
		}
		n := pathNode{encryptionKey: d.vector()}
		d.nested(func(d *decoder) {
			if len(n.secrets) == MaxLeaves {
				d.spoil()
				return
			}
			n.secrets = append(n.secrets, decodeSealed(d))
		})
		u.nodes = append(u.nodes, n)
	})
	return u
}

// proposalOrRef is ProposalOrRef (RFC 9420 section 12.4).
type proposalOrRef struct {
	proposal  *Proposal
	reference []byte
}

const (
	proposalByValue     = 1
	proposalByReference = 2
)

// maxProposals bounds the proposals of a commit: each leaf removed and replaced.
const maxProposals = 2*MaxLeaves + MaxPending

// commitContent is Commit (RFC 9420 section 12.4).
type commitContent struct {
	proposals []proposalOrRef
	path      *updatePath
}

func (c *commitContent) encode(e *encoder) {
	e.nested(func() {
		for _, p := range c.proposals {
			if p.proposal != nil {
				e.uint8(proposalByValue)
				p.proposal.encode(e)
			} else {
				e.uint8(proposalByReference)
				e.vector(p.reference)
			}
		}
	})
	e.optional(c.path != nil)
	if c.path != nil {
		c.path.encode(e)
	}
}

func decodeCommit(d *decoder) *commitContent {
	c := &commitContent{}
	d.nested(func(d *decoder) {
		if len(c.proposals) == maxProposals {
			d.spoil()
			return
		}
		switch d.uint8() {
		case proposalByValue:
			c.proposals = append(c.proposals, proposalOrRef{proposal: decodeProposal(d)})
		case proposalByReference:
			c.proposals = append(c.proposals, proposalOrRef{reference: d.vector()})
		default:
			d.spoil()
		}
	})
	if d.optional() {
		c.path = decodeUpdatePath(d)
	}
	return c
}
