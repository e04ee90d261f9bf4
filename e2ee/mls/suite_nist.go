//go:build !js

package mls

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hpke"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
)

// nistSuites are those that other implementations are tested with.
func nistSuites() []CipherSuite { return []CipherSuite{P256AES128, P384AES256} }

func nistSuite(c CipherSuite) *suite {
	switch c {
	case P256AES128:
		return &suite{
			id: c, newHash: sha256.New, hashSize: 32, keySize: 16,
			kem: hpke.DHKEM(ecdh.P256()), kdf: hpke.HKDFSHA256(), aead: hpke.AES128GCM(),
			signature: weierstrass{elliptic.P256(), crypto.SHA256},
		}
	case P384AES256:
		return &suite{
			id: c, newHash: sha512.New384, hashSize: 48, keySize: 32,
			kem: hpke.DHKEM(ecdh.P384()), kdf: hpke.HKDFSHA384(), aead: hpke.AES256GCM(),
			signature: weierstrass{elliptic.P384(), crypto.SHA384},
		}
	}
	return nil
}

// weierstrass is ECDSA with the curve's own hash.
type weierstrass struct {
	curve elliptic.Curve
	hash  crypto.Hash
}

func (w weierstrass) generate() (crypto.Signer, error) {
	return ecdsa.GenerateKey(w.curve, rand.Reader)
}

func (w weierstrass) public(key crypto.Signer) ([]byte, bool) {
	public, ok := key.Public().(*ecdsa.PublicKey)
	if !ok || public.Curve != w.curve {
		return nil, false
	}
	b, err := public.Bytes()
	return b, err == nil
}

func (w weierstrass) digest(message []byte) []byte {
	h := w.hash.New()
	h.Write(message)
	return h.Sum(nil)
}

func (w weierstrass) sign(key crypto.Signer, message []byte) ([]byte, error) {
	return key.Sign(rand.Reader, w.digest(message), w.hash)
}

func (w weierstrass) verify(public, message, signature []byte) bool {
	key, err := ecdsa.ParseUncompressedPublicKey(w.curve, public)
	return err == nil && ecdsa.VerifyASN1(key, w.digest(message), signature)
}
