package mls

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
)

// hash is the suite's hash over the parts in order.
func (s *suite) hash(parts ...[]byte) []byte {
	h := s.newHash()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

// extract is KDF.Extract.
func (s *suite) extract(salt, secret []byte) []byte {
	// The only error is a key that is too short for FIPS-only mode, where the
	// zero value makes every later check fail.
	key, _ := hkdf.Extract(s.newHash, secret, salt)
	return key
}

// expand is ExpandWithLabel (RFC 9420 section 8). Lengths are those of keys and
// hashes; exported lengths are checked before.
func (s *suite) expand(secret []byte, label string, context []byte, length int) []byte {
	e := encoder{buf: make([]byte, 0, len(label)+len(context)+16)}
	e.uint16(uint16(length))
	e.vector([]byte("MLS 1.0 " + label))
	e.vector(context)
	key, _ := hkdf.Expand(s.newHash, secret, string(e.buf), length)
	return key
}

// derive is DeriveSecret (RFC 9420 section 8).
func (s *suite) derive(secret []byte, label string) []byte {
	return s.expand(secret, label, nil, s.hashSize)
}

// deriveTree is DeriveTreeSecret (RFC 9420 section 9).
func (s *suite) deriveTree(secret []byte, label string, generation uint32, length int) []byte {
	var e encoder
	e.uint32(generation)
	return s.expand(secret, label, e.buf, length)
}

// mac is MAC of RFC 9420 section 5.1: HMAC with the suite's hash.
func (s *suite) mac(key, message []byte) []byte {
	h := hmac.New(s.newHash, key)
	h.Write(message)
	return h.Sum(nil)
}

func (s *suite) checkMAC(key, message, tag []byte) bool {
	return hmac.Equal(s.mac(key, message), tag)
}

// reference is RefHash (RFC 9420 section 5.2).
func (s *suite) reference(label string, value []byte) []byte {
	var e encoder
	e.vector([]byte("MLS 1.0 " + label))
	e.vector(value)
	return s.hash(e.buf)
}

func (s *suite) keyPackageReference(value []byte) []byte {
	return s.reference("KeyPackage Reference", value)
}

func (s *suite) proposalReference(value []byte) []byte {
	return s.reference("Proposal Reference", value)
}

// gcm returns the suite's AEAD for a key.
func (s *suite) gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fail(ErrUnsupported, "AEAD key")
	}
	return cipher.NewGCM(block)
}

func (s *suite) sealAEAD(key, nonce, plaintext, aad []byte) ([]byte, error) {
	aead, err := s.gcm(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nonce, plaintext, aad), nil
}

func (s *suite) openAEAD(key, nonce, ciphertext, aad []byte) ([]byte, error) {
	aead, err := s.gcm(key)
	if err != nil {
		return nil, err
	}
	plaintext, err := aead.Open(nil, nonce, ciphertext, aad)
	if err != nil {
		return nil, ErrDecrypt
	}
	return plaintext, nil
}

// random returns n random bytes; crypto/rand does not fail.
func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// erase overwrites secrets that are no longer needed.
func erase(secrets ...[]byte) {
	for _, secret := range secrets {
		clear(secret)
	}
}
