package sframe

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"hash"
)

// Suite is a cipher suite of RFC 9605, 4.5.
type Suite uint16

// The suites of this package. The AES-CTR ones are not offered: their short tags
// save ten bytes at the price of forgeries that can be found by trying.
const (
	AES128GCM Suite = 4 // AES_128_GCM_SHA256_128
	AES256GCM Suite = 5 // AES_256_GCM_SHA512_128
)

// ErrSuite is returned for a suite that this package does not have.
var ErrSuite = errors.New("sframe: unsupported cipher suite")

// keySize is Nk of RFC 9605, table 1; 0 for a suite that is not offered.
func (s Suite) keySize() int {
	switch s {
	case AES128GCM:
		return 16
	case AES256GCM:
		return 32
	default:
		return 0
	}
}

// extract is the first step of RFC 9605, 4.4.2: sframe_secret.
func (s Suite) extract(base []byte) ([]byte, error) {
	switch s {
	case AES128GCM:
		return hkdf.Extract(sha256.New, base, nil)
	case AES256GCM:
		return hkdf.Extract(sha512.New, base, nil)
	default:
		return nil, ErrSuite
	}
}

// expand is the second step: size bytes for what, one of "key" and "salt", of a KID.
func (s Suite) expand(secret []byte, what string, kid uint64, size int) ([]byte, error) {
	info := append([]byte("SFrame 1.0 Secret "), what...)
	info = append(info, ' ')
	info = binary.BigEndian.AppendUint64(info, kid)
	info = binary.BigEndian.AppendUint16(info, uint16(s))
	var h func() hash.Hash = sha512.New
	if s == AES128GCM {
		h = sha256.New
	}
	return hkdf.Expand(h, secret, string(info), size)
}
