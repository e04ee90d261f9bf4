package mls

import (
	"crypto/ecdh"
	"errors"
	"testing"
)

// TestSmallOrderKeys: exactly the keys that crypto/ecdh cannot agree on are refused.
func TestSmallOrderKeys(t *testing.T) {
	own := must(ecdh.X25519().NewPrivateKey(random(32)))(t)
	s := must(X25519AES128.suite())(t)
	points := []string{
		"\x00" + zeros, "\x01" + zeros, "\xec" + ones + "\x7f", "\xed" + ones + "\x7f", "\xee" + ones + "\x7f",
		"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00",
		"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b\x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57",
	}
	for _, top := range []byte{0, 0x80} {
		for _, p := range points {
			key := []byte(p)
			key[31] |= top
			if _, err := own.ECDH(must(ecdh.X25519().NewPublicKey(key))(t)); err == nil {
				t.Errorf("%x is not of small order", key)
			}
			if err := s.checkKEM(key); !errors.Is(err, ErrTree) {
				t.Errorf("%x: %v", key, err)
			}
		}
	}
	for _, c := range Suites() {
		s := must(c.suite())(t)
		key := must(s.generateKEM())(t)
		if err := s.checkKEM(key.public); err != nil {
			t.Errorf("suite %#x: %v", c, err)
		}
		for _, bad := range [][]byte{nil, {}, key.public[1:], append([]byte{0}, key.public...)} {
			if err := s.checkKEM(bad); !errors.Is(err, ErrTree) {
				t.Errorf("suite %#x: %v", c, err)
			}
		}
	}
	x := must(XWing.suite())(t)
	key := must(x.generateKEM())(t).public
	copy(key[len(key)-x25519Size:], make([]byte, x25519Size))
	if err := x.checkKEM(key); !errors.Is(err, ErrTree) {
		t.Errorf("X-Wing with a small X25519 part: %v", err)
	}
}
