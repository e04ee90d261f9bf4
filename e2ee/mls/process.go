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
		if c.leaf == g.self {
			if c.kind == contentCommit {
				return nil, ErrOwnCommit
			}
			return nil, ErrOwnMessage
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
	if g.suspended {
		return nil, fail(ErrEnded, "after its re-initialisation")
	}
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
