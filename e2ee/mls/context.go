package mls

// groupContext is GroupContext (RFC 9420 section 8.1). It is not changed once
// it belongs to a group's state.
type groupContext struct {
	suite      CipherSuite
	groupID    []byte
	epoch      uint64
	treeHash   []byte
	confirmed  []byte // confirmed_transcript_hash
	extensions []Extension
}

func (c *groupContext) encode(e *encoder) {
	e.uint16(protocolVersion)
	e.uint16(uint16(c.suite))
	e.vector(c.groupID)
	e.uint64(c.epoch)
	e.vector(c.treeHash)
	e.vector(c.confirmed)
	encodeExtensions(e, c.extensions)
}

func (c *groupContext) bytes() []byte {
	var e encoder
	c.encode(&e)
	return e.buf
}

func decodeGroupContext(d *decoder) *groupContext {
	if d.uint16() != protocolVersion {
		d.spoil()
	}
	return &groupContext{
		suite: CipherSuite(d.uint16()), groupID: d.vector(), epoch: d.uint64(),
		treeHash: d.vector(), confirmed: d.vector(), extensions: decodeExtensions(d),
	}
}

// next is the context of the epoch that a commit makes, still with the old
// confirmed transcript hash: the provisional one that an update path is
// encrypted under (RFC 9420 section 7.5).
func (c *groupContext) next(treeHash []byte, extensions []Extension) *groupContext {
	return &groupContext{
		suite: c.suite, groupID: c.groupID, epoch: c.epoch + 1,
		treeHash: treeHash, confirmed: c.confirmed, extensions: extensions,
	}
}

// confirmedTranscript is the hash over all commits, the newest one included
// (RFC 9420 section 8.2).
func (s *suite) confirmedTranscript(interim []byte, commit *authenticated) []byte {
	var e encoder
	e.uint16(uint16(commit.format))
	commit.content.encode(&e)
	e.vector(commit.signature)
	return s.hash(interim, e.buf)
}

// interimTranscript is the same with the confirmation tag.
func (s *suite) interimTranscript(confirmed, confirmationTag []byte) []byte {
	var e encoder
	e.vector(confirmationTag)
	return s.hash(confirmed, e.buf)
}
