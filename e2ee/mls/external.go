package mls

import (
	"bytes"
	"crypto"
)

// External says how to join by external commit.
type External struct {
	Key        crypto.Signer
	Credential Credential
	Remove     *LeafIndex // the own earlier leaf, which leaves with the same commit
	PSKs       [][]byte   // ids of external PSKs to mix in
	AAD        []byte
}

// InspectGroupInfo verifies a GroupInfo as a joiner must: signature, tree, every
// leaf. A newcomer looks at the group before it commits to it.
func InspectGroupInfo(info []byte, cfg Config) (*View, error) {
	format, d, err := openMessage(bytes.Clone(info))
	if err != nil {
		return nil, err
	}
	if format != wireGroupInfo {
		return nil, fail(ErrDecode, "not a group info")
	}
	i := decodeGroupInfo(d)
	if err := d.done(); err != nil {
		return nil, err
	}
	s, err := i.context.suite.suite()
	if err != nil {
		return nil, err
	}
	tree, err := i.verify(s, nil, &cfg)
	if err != nil {
		return nil, err
	}
	return &View{suite: s, context: i.context, tree: tree, info: i}, nil
}

// ExternalCommit joins a group by its GroupInfo (RFC 9420 section 12.4.3.2).
func ExternalCommit(info []byte, x External, cfg Config) (*Staged, error) {
	v, err := InspectGroupInfo(info, cfg)
	if err != nil {
		return nil, err
	}
	return v.ExternalCommit(x, cfg)
}

// ExternalCommit is like the function of that name for a View of
// InspectGroupInfo, which is not verified again.
func (v *View) ExternalCommit(x External, cfg Config) (*Staged, error) {
	if v.info == nil {
		return nil, fail(ErrUnsupported, "a view that was not made of a group info")
	}
	data, ok := findExtension(v.info.extensions, ExtensionExternalPub)
	if !ok {
		return nil, fail(ErrUnsupported, "group info without external_pub")
	}
	d := decode(data)
	public := d.vector()
	if err := d.done(); err != nil {
		return nil, err
	}
	kemOutput, initSecret, err := v.suite.externalInit(public)
	if err != nil {
		return nil, err
	}
	defer erase(initSecret)
	leaf, leafKey, err := newLeaf(v.suite, x.Key, x.Credential, &cfg, leafFromCommit)
	if err != nil {
		return nil, err
	}
	// A group without secrets stands for the epoch that is joined.
	g := &Group{suite: v.suite, cfg: cfg, signer: x.Key, context: v.context, tree: v.tree}
	g.confirm(v.info.confirmation)
	list, err := x.proposals(g, kemOutput)
	if err != nil {
		return nil, err
	}
	p, err := g.makePlan(list, 0, true)
	if err != nil {
		return nil, err
	}
	self, err := p.tree.room()
	if err != nil {
		return nil, err
	}
	content := &framedContent{
		groupID: v.context.groupID, epoch: v.context.epoch, sender: senderNewMemberCommit,
		aad: bytes.Clone(x.AAD), kind: contentCommit, commit: contentOf(list),
	}
	return g.stage(&transition{plan: p, committer: self, external: true, initSecret: initSecret}, content, leaf, leafKey)
}

func (x *External) proposals(g *Group, kemOutput []byte) ([]cachedProposal, error) {
	proposals := []Proposal{{kind: proposalExternalInit, kemOutput: kemOutput}}
	if x.Remove != nil {
		proposals = append(proposals, Remove(*x.Remove))
	}
	for _, id := range x.PSKs {
		proposals = append(proposals, PSK(id))
	}
	var list []cachedProposal
	for i := range proposals {
		p, err := proposals[i].complete(g.suite, g.context.groupID)
		if err != nil {
			return nil, err
		}
		list = append(list, cachedProposal{proposal: p})
	}
	return list, nil
}
