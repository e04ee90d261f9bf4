package session

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
)

// Every signature and every derivation has a label of its own, so that nothing
// made for one purpose means anything for another (docs/e2ee.md lists them).
const (
	labelLeaf      = "roundel leaf v1"
	labelCard      = "roundel card v1"
	labelState     = "roundel state v1"
	labelGrant     = "roundel grant v1"
	labelName      = "roundel name v1"
	labelVouch     = "roundel vouch v1"
	labelLink      = "roundel link"
	labelLinkPSK   = "roundel link psk"
	labelKnock     = "roundel knock"
	labelLobbyName = "roundel lobby name"
	labelDigits    = "roundel security digits"
	labelEmoji     = "roundel security emoji"
	labelPackage   = "roundel key package digits"
)

// Labels that are given to MLS functions (RFC 9420 5.1.3 and 8.5).
const (
	LinkLabel    = labelLink          // exporter label of the secret of a rotated link
	PrivateLabel = "Roundel Private"  // EncryptWithLabel label of private chat (RFC 9420 5.1.3)
	HandLabel    = "Roundel Link PSK" // EncryptWithLabel label of the link PSK for a joiner without the link
)

var errSign = errors.New("session: signing failed")

// Device signs for a person's device. In browsers its key never leaves
// WebCrypto; native clients keep it in a file. The same interface stands for the
// root key when grants are made.
type Device interface {
	Public() ed25519.PublicKey
	Sign(message []byte) ([]byte, error)
}

// KeyDevice is a Device whose private key is in memory.
type KeyDevice ed25519.PrivateKey

// Public returns the public key, nil when the private key is malformed.
func (k KeyDevice) Public() ed25519.PublicKey {
	if len(k) != ed25519.PrivateKeySize {
		return nil
	}
	return append(ed25519.PublicKey(nil), k[ed25519.SeedSize:]...)
}

// Sign signs message with pure Ed25519 (RFC 8032).
func (k KeyDevice) Sign(message []byte) ([]byte, error) {
	if len(k) != ed25519.PrivateKeySize {
		return nil, errSign
	}
	return ed25519.Sign(ed25519.PrivateKey(k), message), nil
}

// tuple is vec(label) || vec(field)…: what every signature and derivation is
// made over. It is nil when a field is too long, which neither sign nor verify
// accepts.
func tuple(label string, fields ...[]byte) []byte {
	var w writer
	w.text(label)
	for _, f := range fields {
		w.vec(f)
	}
	out, err := w.bytes()
	if err != nil {
		return nil
	}
	return out
}

// sign signs a tuple and checks the result, since a Device may be remote.
func sign(d Device, message []byte) ([]byte, error) {
	if d == nil || message == nil {
		return nil, errSign
	}
	signature, err := d.Sign(message)
	if err != nil {
		return nil, err
	}
	if !verify(d.Public(), message, signature) {
		return nil, errSign
	}
	return signature, nil
}

// verify is ed25519.Verify without its panic on keys of the wrong length.
func verify(key ed25519.PublicKey, message, signature []byte) bool {
	return len(key) == ed25519.PublicKeySize && len(signature) == ed25519.SignatureSize &&
		message != nil && ed25519.Verify(key, message, signature)
}

// derive is HKDF-SHA256 (RFC 5869) without salt; n is at most 32 × 255.
func derive(secret, info []byte, n int) []byte {
	out, err := hkdf.Key(sha256.New, secret, nil, string(info), n)
	if err != nil {
		return nil
	}
	return out
}
