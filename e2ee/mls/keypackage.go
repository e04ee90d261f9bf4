package mls

import (
	"bytes"
	"crypto"
)

// PublicKeyPackage is somebody's KeyPackage, its signatures verified
// (RFC 9420 section 10). It is not changed once made.
type PublicKeyPackage struct {
	version    uint16
	number     CipherSuite
	suite      *suite // known once verified
	initKey    []byte
	leaf       *leafNode
	extensions []Extension
	signature  []byte
	encoded    []byte // without the message header
}

func (p *PublicKeyPackage) encodeContent(e *encoder) {
	e.uint16(p.version)
	e.uint16(uint16(p.number))
	e.vector(p.initKey)
	p.leaf.encode(e)
	encodeExtensions(e, p.extensions)
}

func (p *PublicKeyPackage) encode(e *encoder) {
	e.raw(p.encoded)
}

// decodeKeyPackage reads a KeyPackage of any suite and verifies nothing.
func decodeKeyPackage(d *decoder) *PublicKeyPackage {
	start := d.rest
	p := &PublicKeyPackage{
		version: d.uint16(), number: CipherSuite(d.uint16()), initKey: d.vector(),
		leaf: decodeLeaf(d), extensions: decodeExtensions(d), signature: d.vector(),
	}
	if !d.bad {
		p.encoded = start[:len(start)-len(d.rest)]
	}
	return p
}

// verify checks what RFC 9420 section 10.1 asks except for the leaf's place in
// a group.
func (p *PublicKeyPackage) verify() error {
	s, err := p.number.suite()
	switch {
	case err != nil:
		return err
	case p.version != protocolVersion:
		return fail(ErrUnsupported, "version of a key package")
	case p.leaf.source != leafFromKeyPackage:
		return fail(ErrLeaf, "leaf of a key package was made for something else")
	case bytes.Equal(p.initKey, p.leaf.encryptionKey):
		return fail(ErrLeaf, "init key and encryption key of a key package are equal")
	}
	if err := s.checkKEM(p.initKey); err != nil {
		return err
	}
	if err := s.checkKEM(p.leaf.encryptionKey); err != nil {
		return err
	}
	if err := p.leaf.verify(s, nil, 0); err != nil {
		return err
	}
	var e encoder
	p.encodeContent(&e)
	if err := s.verify(p.leaf.signatureKey, "KeyPackageTBS", e.buf, p.signature); err != nil {
		return err
	}
	p.suite = s
	return nil
}

// ParseKeyPackage reads a KeyPackage message and verifies its two signatures.
// Its lifetime and its fitness for a group are checked when it is added.
func ParseKeyPackage(message []byte) (*PublicKeyPackage, error) {
	format, d, err := openMessage(bytes.Clone(message))
	if err != nil {
		return nil, err
	}
	if format != wireKeyPackage {
		return nil, fail(ErrDecode, "not a key package")
	}
	p := decodeKeyPackage(d)
	if err := d.done(); err != nil {
		return nil, err
	}
	if err := p.verify(); err != nil {
		return nil, err
	}
	return p, nil
}

// Leaf returns the leaf that would be added; its Index is 0.
func (p *PublicKeyPackage) Leaf() Leaf { return p.leaf.public(0) }

// InitKey returns the key that a Welcome is encrypted to.
func (p *PublicKeyPackage) InitKey() []byte { return bytes.Clone(p.initKey) }

// Suite returns the cipher suite.
func (p *PublicKeyPackage) Suite() CipherSuite { return p.number }

// Ref returns KeyPackageRef, by which a Welcome names it (RFC 9420 section 5.2).
func (p *PublicKeyPackage) Ref() []byte { return p.suite.keyPackageReference(p.encoded) }

// Bytes returns the KeyPackage as a message.
func (p *PublicKeyPackage) Bytes() []byte { return message(wireKeyPackage, p.encoded) }

// KeyPackage is an own KeyPackage with its private keys.
type KeyPackage struct {
	public  *PublicKeyPackage
	init    *privateKey
	leafKey *privateKey
	signer  crypto.Signer
}

// NewKeyPackage makes a KeyPackage for one group to add (RFC 9420 section 10).
func NewKeyPackage(c CipherSuite, key crypto.Signer, cred Credential, cfg Config) (*KeyPackage, error) {
	s, err := c.suite()
	if err != nil {
		return nil, err
	}
	leaf, leafKey, err := newLeaf(s, key, cred, &cfg, leafFromKeyPackage)
	if err != nil {
		return nil, err
	}
	if err := leaf.sign(s, key, nil, 0); err != nil {
		return nil, err
	}
	initKey, err := s.generateKEM()
	if err != nil {
		return nil, err
	}
	p := &PublicKeyPackage{version: protocolVersion, number: c, suite: s, initKey: initKey.public, leaf: leaf}
	var e encoder
	p.encodeContent(&e)
	if p.signature, err = s.sign(key, "KeyPackageTBS", e.buf); err != nil {
		return nil, err
	}
	e.vector(p.signature)
	p.encoded = e.buf
	return &KeyPackage{public: p, init: initKey, leafKey: leafKey, signer: key}, nil
}

// Public returns what others see.
func (k *KeyPackage) Public() *PublicKeyPackage { return k.public }

// Bytes returns the KeyPackage as a message.
func (k *KeyPackage) Bytes() []byte { return k.public.Bytes() }

// Ref returns the hash by which a Welcome names it.
func (k *KeyPackage) Ref() []byte { return k.public.Ref() }

// Erase forgets the private keys: the KeyPackage can no longer join.
func (k *KeyPackage) Erase() { k.init, k.leafKey = nil, nil }

// EncryptToInit is EncryptWithLabel to the init key of a KeyPackage
// (RFC 9420 section 5.1.3), for its holder only.
func EncryptToInit(kp *PublicKeyPackage, label string, context, plaintext []byte) ([]byte, error) {
	if reservedLabel(label) {
		return nil, fail(ErrUnsupported, "label of the protocol itself")
	}
	return kp.suite.encryptBytes(kp.initKey, label, context, plaintext)
}

// DecryptInit opens what EncryptToInit sealed for this KeyPackage.
func (k *KeyPackage) DecryptInit(label string, context, ciphertext []byte) ([]byte, error) {
	if k.init == nil {
		return nil, ErrEnded
	}
	if reservedLabel(label) {
		return nil, fail(ErrUnsupported, "label of the protocol itself")
	}
	return k.public.suite.decryptBytes(k.init, label, context, ciphertext)
}
