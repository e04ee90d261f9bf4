package mls

import (
	"crypto"
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
)

// CipherSuite is a number of the registry of RFC 9420 section 17.1.
type CipherSuite uint16

// The suites of this package.
const (
	// X25519AES128 is MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519.
	X25519AES128 CipherSuite = 1
	// P256AES128 is MLS_128_DHKEMP256_AES128GCM_SHA256_P256; not in the browser.
	P256AES128 CipherSuite = 2
	// P384AES256 is MLS_256_DHKEMP384_AES256GCM_SHA384_P384; not in the browser.
	P384AES256 CipherSuite = 7
	// XWing is MLKEM768X25519, AES-256-GCM, SHA-384 and Ed25519 as in
	// draft-ietf-mls-pq-ciphersuites, under a private-use number until there is
	// a registered one.
	XWing CipherSuite = 0xF0D1
)

// suite is what a number stands for (RFC 9420 section 5.1).
type suite struct {
	id        CipherSuite
	newHash   func() hash.Hash
	hashSize  int // KDF.Nh
	keySize   int // AEAD.Nk
	kem       hpke.KEM
	kdf       hpke.KDF
	aead      hpke.AEAD
	signature signatureScheme
}

// nonceSize is AEAD.Nn of AES-GCM.
const nonceSize = 12

// Suites lists the suites of this build, the preferred one first.
func Suites() []CipherSuite {
	return append([]CipherSuite{XWing, X25519AES128}, nistSuites()...)
}

// GenerateKey makes a signature key for a leaf.
func (c CipherSuite) GenerateKey() (crypto.Signer, error) {
	s, err := c.suite()
	if err != nil {
		return nil, err
	}
	return s.signature.generate()
}

func (c CipherSuite) suite() (*suite, error) {
	switch c {
	case X25519AES128:
		return &suite{
			id: c, newHash: sha256.New, hashSize: 32, keySize: 16,
			kem: hpke.DHKEM(ecdh.X25519()), kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(),
			signature: edwards{},
		}, nil
	case XWing:
		return &suite{
			id: c, newHash: sha512.New384, hashSize: 48, keySize: 32,
			kem: hpke.MLKEM768X25519(), kdf: hpke.HKDFSHA384(), aead: hpke.AES256GCM(),
			signature: edwards{},
		}, nil
	}
	if s := nistSuite(c); s != nil {
		return s, nil
	}
	return nil, fail(ErrUnsupported, "cipher suite")
}
