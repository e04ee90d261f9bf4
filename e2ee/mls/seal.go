package mls

import "bytes"

// Seal makes an application message (RFC 9420 section 6.3). Aad is readable by
// everybody on the way.
func (g *Group) Seal(data, aad []byte) ([]byte, error) {
	if err := g.sendable(); err != nil {
		return nil, err
	}
	a := &authenticated{format: wirePrivate, content: &framedContent{
		groupID: g.context.groupID, epoch: g.context.epoch, sender: senderMember, leaf: g.self,
		aad: bytes.Clone(aad), kind: contentApplication, application: data,
	}}
	if err := a.sign(g.suite, g.signer, g.context.bytes()); err != nil {
		return nil, err
	}
	return g.secrets.sealPrivate(g.suite, a, g.cfg.Padding)
}
