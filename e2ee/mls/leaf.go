package mls

import (
	"bytes"
	"crypto"
)

// leafSource is LeafNodeSource (RFC 9420 section 7.2).
type leafSource uint8

const (
	leafFromKeyPackage leafSource = 1
	leafFromUpdate     leafSource = 2
	leafFromCommit     leafSource = 3
)

// leafNode is LeafNode (RFC 9420 section 7.2). It is not changed once it is in a
// tree.
type leafNode struct {
	encryptionKey []byte
	signatureKey  []byte
	credential    Credential
	capabilities  capabilities
	source        leafSource
	notBefore     uint64 // of a KeyPackage
	notAfter      uint64
	parentHash    []byte // of a commit
	extensions    []Extension
	signature     []byte
}

func (l *leafNode) encodeContent(e *encoder) {
	e.vector(l.encryptionKey)
	e.vector(l.signatureKey)
	e.uint16(l.credential.Type)
	e.vector(l.credential.Data)
	l.capabilities.encode(e)
	e.uint8(uint8(l.source))
	switch l.source {
	case leafFromKeyPackage:
		e.uint64(l.notBefore)
		e.uint64(l.notAfter)
	case leafFromCommit:
		e.vector(l.parentHash)
	}
	encodeExtensions(e, l.extensions)
}

func (l *leafNode) encode(e *encoder) {
	l.encodeContent(e)
	e.vector(l.signature)
}

func (l *leafNode) bytes() []byte {
	var e encoder
	l.encode(&e)
	return e.buf
}

// decodeLeaf takes a credential of a type it does not know for one opaque
// vector, the form of all credentials there are.
func decodeLeaf(d *decoder) *leafNode {
	l := &leafNode{
		encryptionKey: d.vector(),
		signatureKey:  d.vector(),
		credential:    Credential{Type: d.uint16(), Data: d.vector()},
		capabilities:  decodeCapabilities(d),
		source:        leafSource(d.uint8()),
	}
	switch l.source {
	case leafFromKeyPackage:
		l.notBefore, l.notAfter = d.uint64(), d.uint64()
	case leafFromUpdate:
	case leafFromCommit:
		l.parentHash = d.vector()
	default:
		d.spoil()
	}
	l.extensions = decodeExtensions(d)
	l.signature = d.vector()
	return l
}

// detached copies a leaf out of the message it came in, which is much larger.
func (l *leafNode) detached() *leafNode {
	return decodeLeaf(decode(l.bytes()))
}

// toBeSigned is LeafNodeTBS; group and index count only for leaves that were
// made within a group.
func (l *leafNode) toBeSigned(groupID []byte, index LeafIndex) []byte {
	var e encoder
	l.encodeContent(&e)
	if l.source != leafFromKeyPackage {
		e.vector(groupID)
		e.uint32(uint32(index))
	}
	return e.buf
}

func (l *leafNode) sign(s *suite, key crypto.Signer, groupID []byte, index LeafIndex) (err error) {
	l.signature, err = s.sign(key, "LeafNodeTBS", l.toBeSigned(groupID, index))
	return err
}

func (l *leafNode) verify(s *suite, groupID []byte, index LeafIndex) error {
	return s.verify(l.signatureKey, "LeafNodeTBS", l.toBeSigned(groupID, index), l.signature)
}

// public is the copy that callers get.
func (l *leafNode) public(index LeafIndex) Leaf {
	return Leaf{
		Index:         index,
		Credential:    Credential{Type: l.credential.Type, Data: bytes.Clone(l.credential.Data)},
		SignatureKey:  bytes.Clone(l.signatureKey),
		EncryptionKey: bytes.Clone(l.encryptionKey),
		Extensions:    cloneExtensions(l.extensions),
	}
}

// newLeaf makes an unsigned leaf with a fresh encryption key.
func newLeaf(s *suite, key crypto.Signer, credential Credential, cfg *Config, source leafSource) (*leafNode, *privateKey, error) {
	signatureKey, err := s.publicKey(key)
	if err != nil {
		return nil, nil, err
	}
	private, err := s.generateKEM()
	if err != nil {
		return nil, nil, err
	}
	l := &leafNode{
		encryptionKey: private.public,
		signatureKey:  signatureKey,
		credential:    Credential{Type: credential.Type, Data: bytes.Clone(credential.Data)},
		capabilities:  ownCapabilities(s.id, credential.Type, cfg),
		source:        source,
		extensions:    cloneExtensions(cfg.LeafExtensions),
	}
	if source == leafFromKeyPackage {
		l.notBefore, l.notAfter = cfg.lifetime()
	}
	return l, private, nil
}

// refreshed makes an unsigned leaf that says the same as l with a fresh
// encryption key.
func (l *leafNode) refreshed(s *suite, source leafSource) (*leafNode, *privateKey, error) {
	private, err := s.generateKEM()
	if err != nil {
		return nil, nil, err
	}
	fresh := *l
	fresh.encryptionKey, fresh.source = private.public, source
	fresh.notBefore, fresh.notAfter, fresh.parentHash, fresh.signature = 0, 0, nil, nil
	return &fresh, private, nil
}
