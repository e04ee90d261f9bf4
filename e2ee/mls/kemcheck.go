package mls

const x25519Size = 32

// checkKEM refuses public keys that nobody can encrypt to. One such key in the
// tree would make every later commit of the others fail.
func (s *suite) checkKEM(public []byte) error {
	if _, err := s.kem.NewPublicKey(public); err != nil {
		return fail(ErrTree, "an encryption key is malformed")
	}
	if s.id != X25519AES128 && s.id != XWing {
		return nil // prime order: there is no small subgroup
	}
	if smallOrder([x25519Size]byte(public[len(public)-x25519Size:])) {
		return fail(ErrTree, "an encryption key has small order")
	}
	return nil
}

// smallOrder reports whether an X25519 key always gives the shared secret zero,
// which crypto/ecdh refuses (RFC 7748 section 6.1). The top bit does not count.
func smallOrder(public [x25519Size]byte) bool {
	public[x25519Size-1] &= 0x7f
	switch string(public[:]) {
	case "\x00" + zeros, "\x01" + zeros,
		// p-1, and p and p+1 as other forms of 0 and 1
		"\xec" + ones + "\x7f", "\xed" + ones + "\x7f", "\xee" + ones + "\x7f",
		// the two of order eight
		"\xe0\xeb\x7a\x7c\x3b\x41\xb8\xae\x16\x56\xe3\xfa\xf1\x9f\xc4\x6a\xda\x09\x8d\xeb\x9c\x32\xb1\xfd\x86\x62\x05\x16\x5f\x49\xb8\x00",
		"\x5f\x9c\x95\xbc\xa3\x50\x8c\x24\xb1\xd0\xb1\x55\x9c\x83\xef\x5b\x04\x44\x5c\xc4\x58\x1c\x8e\x86\xd8\x22\x4e\xdd\xd0\x9f\x11\x57":
		return true
	}
	return false
}

const (
	zeros = "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	ones  = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
)
