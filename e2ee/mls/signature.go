package mls

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
)

// signatureScheme is the signature algorithm of a suite (RFC 9420 section 5.1.1).
type signatureScheme interface {
	generate() (crypto.Signer, error)
	// public returns a signer's public key; ok is false for another algorithm's.
	public(key crypto.Signer) (b []byte, ok bool)
	sign(key crypto.Signer, message []byte) ([]byte, error)
	verify(public, message, signature []byte) bool
}

// edwards is Ed25519.
type edwards struct{}

func (edwards) generate() (crypto.Signer, error) {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	return key, err
}

func (edwards) public(key crypto.Signer) ([]byte, bool) {
	public, ok := key.Public().(ed25519.PublicKey)
	return public, ok && len(public) == ed25519.PublicKeySize
}

func (edwards) sign(key crypto.Signer, message []byte) ([]byte, error) {
	return key.Sign(rand.Reader, message, crypto.Hash(0))
}

func (edwards) verify(public, message, signature []byte) bool {
	return len(public) == ed25519.PublicKeySize && ed25519.Verify(public, message, signature)
}

// publicKey returns the public key of the caller's signer in the suite's form.
func (s *suite) publicKey(key crypto.Signer) ([]byte, error) {
	if key == nil {
		return nil, fail(ErrUnsupported, "no signature key")
	}
	public, ok := s.signature.public(key)
	if !ok {
		return nil, fail(ErrUnsupported, "signature key of another algorithm than the suite's")
	}
	return append([]byte(nil), public...), nil
}

// labelled builds SignContent and EncryptContext, which have the same form
// (RFC 9420 sections 5.1.2 and 5.1.3).
func labelled(label string, content []byte) []byte {
	e := encoder{buf: make([]byte, 0, len(label)+len(content)+16)}
	e.vector([]byte("MLS 1.0 " + label))
	e.vector(content)
	return e.buf
}

// sign is SignWithLabel (RFC 9420 section 5.1.2).
func (s *suite) sign(key crypto.Signer, label string, content []byte) ([]byte, error) {
	signature, err := s.signature.sign(key, labelled(label, content))
	if err != nil {
		return nil, refuse(ErrUnsupported, "signing", err)
	}
	return signature, nil
}

// verify is VerifyWithLabel (RFC 9420 section 5.1.2).
func (s *suite) verify(public []byte, label string, content, signature []byte) error {
	if !s.signature.verify(public, labelled(label, content), signature) {
		return fail(ErrSignature, label)
	}
	return nil
}
