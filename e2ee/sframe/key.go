package sframe

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"errors"
)

// tagSize is Nt and nonceSize Nn of both suites (RFC 9605, table 1).
const (
	tagSize   = 16
	nonceSize = 12
)

// Errors of Open.
var (
	ErrKID  = errors.New("sframe: sealed under another key")
	ErrAuth = errors.New("sframe: authentication failed")
)

// Key seals and opens the frames of one KID. It keeps scratch space so that no
// frame costs an allocation: one goroutine at a time may use it.
type Key struct {
	kid   uint64
	aead  cipher.AEAD
	salt  [nonceSize]byte
	nonce [nonceSize]byte
	aad   []byte // header and metadata of the frame at hand
}

// NewKey derives the key of a KID from a base key (RFC 9605, 4.4.2).
func NewKey(s Suite, kid uint64, base []byte) (*Key, error) {
	secret, err := s.extract(base)
	if err != nil {
		return nil, err
	}
	defer clear(secret)
	return s.key(secret, kid)
}

// key makes the Key of a KID from the secret that extract gave.
func (s Suite) key(secret []byte, kid uint64) (*Key, error) {
	raw, err := s.expand(secret, "key", kid, s.keySize())
	if err != nil {
		return nil, err
	}
	defer clear(raw)
	salt, err := s.expand(secret, "salt", kid, nonceSize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(raw)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	k := &Key{kid: kid, aead: aead, aad: make([]byte, 0, 96)}
	copy(k.salt[:], salt)
	return k, nil
}

// KID is the key identifier that each frame carries.
func (k *Key) KID() uint64 { return k.kid }

// Overhead is by how many bytes a frame with this counter grows.
func (k *Key) Overhead(counter uint64) int {
	return headerSize(Header{k.kid, counter}) + tagSize
}

// Seal appends the SFrame ciphertext of plaintext to dst (RFC 9605, 4.4.3). The
// caller must never use a counter twice.
func (k *Key) Seal(dst []byte, counter uint64, metadata, plaintext []byte) []byte {
	k.aad = AppendHeader(k.aad[:0], Header{k.kid, counter})
	dst = append(dst, k.aad...)
	k.aad = append(k.aad, metadata...)
	k.setNonce(counter)
	return k.aead.Seal(dst, k.nonce[:], plaintext, k.aad)
}

// Open appends the plaintext of an SFrame ciphertext to dst (RFC 9605, 4.4.4).
func (k *Key) Open(dst, metadata, frame []byte) ([]byte, error) {
	h, n, err := ParseHeader(frame)
	if err != nil {
		return nil, err
	}
	if h.KID != k.kid {
		return nil, ErrKID
	}
	return k.open(dst, h.Counter, metadata, frame, n)
}

// open is Open after the header, n bytes long, was read.
func (k *Key) open(dst []byte, counter uint64, metadata, frame []byte, n int) ([]byte, error) {
	if len(frame) < n+tagSize {
		return nil, ErrShort
	}
	k.aad = append(append(k.aad[:0], frame[:n]...), metadata...)
	k.setNonce(counter)
	out, err := k.aead.Open(dst, k.nonce[:], frame[n:], k.aad)
	if err != nil {
		return nil, ErrAuth
	}
	return out, nil
}

// setNonce is the salt with the counter added by exclusive or (RFC 9605, 4.4.3).
func (k *Key) setNonce(counter uint64) {
	k.nonce = k.salt
	low := k.nonce[nonceSize-8:]
	binary.BigEndian.PutUint64(low, binary.BigEndian.Uint64(low)^counter)
}
