package mls

// groupInfo is GroupInfo (RFC 9420 section 12.4.3).
type groupInfo struct {
	context      *groupContext
	extensions   []Extension
	confirmation []byte
	signer       LeafIndex
	signature    []byte
}

func (i *groupInfo) encodeContent(e *encoder) {
	i.context.encode(e)
	encodeExtensions(e, i.extensions)
	e.vector(i.confirmation)
	e.uint32(uint32(i.signer))
}

func (i *groupInfo) encode(e *encoder) {
	i.encodeContent(e)
	e.vector(i.signature)
}

func decodeGroupInfo(d *decoder) *groupInfo {
	return &groupInfo{
		context: decodeGroupContext(d), extensions: decodeExtensions(d),
		confirmation: d.vector(), signer: LeafIndex(d.uint32()), signature: d.vector(),
	}
}

// verify checks everything that a joiner can check of a GroupInfo (RFC 9420
// section 12.4.3.1) and returns its tree: the extension's or, without one, the
// one given.
func (i *groupInfo) verify(s *suite, tree []byte, cfg *Config) (*ratchetTree, error) {
	if i.context.suite != s.id {
		return nil, fail(ErrDecode, "cipher suite of a group info")
	}
	if inside, ok := findExtension(i.extensions, ExtensionRatchetTree); ok {
		tree = inside
	}
	if tree == nil {
		return nil, fail(ErrTree, "no ratchet tree")
	}
	t, err := decodeTree(s, tree)
	if err != nil {
		return nil, err
	}
	signer := t.leaf(i.signer)
	if signer == nil {
		return nil, fail(ErrTree, "signer of the group info is not in it")
	}
	var e encoder
	i.encodeContent(&e)
	if err := s.verify(signer.signatureKey, "GroupInfoTBS", e.buf, i.signature); err != nil {
		return nil, err
	}
	a, err := newAdmission(s, i.context.groupID, i.context.extensions, cfg)
	if err != nil {
		return nil, err
	}
	return t, t.validate(a, i.context.treeHash)
}

// GroupInfo makes what a newcomer needs to join by external commit: the tree
// and external_pub are in it (RFC 9420 section 12.4.3).
func (g *Group) GroupInfo() ([]byte, error) {
	if err := g.usable(); err != nil {
		return nil, err
	}
	external, err := g.suite.deriveKEM(g.secrets.external)
	if err != nil {
		return nil, err
	}
	var public encoder
	public.vector(external.public)
	info, err := g.signGroupInfo(Extension{Type: ExtensionExternalPub, Data: public.buf})
	if err != nil {
		return nil, err
	}
	var e encoder
	info.encode(&e)
	return message(wireGroupInfo, e.buf), nil
}

func (g *Group) signGroupInfo(more ...Extension) (*groupInfo, error) {
	var tree encoder
	g.tree.encode(&tree)
	info := &groupInfo{
		context:      g.context,
		extensions:   append([]Extension{{Type: ExtensionRatchetTree, Data: tree.buf}}, more...),
		confirmation: g.confirmation,
		signer:       g.self,
	}
	var e encoder
	info.encodeContent(&e)
	var err error
	info.signature, err = g.suite.sign(g.signer, "GroupInfoTBS", e.buf)
	return info, err
}
