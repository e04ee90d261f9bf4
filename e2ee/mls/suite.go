package mls

// CipherSuite is a number of the registry of RFC 9420 section 17.1.
type CipherSuite uint16

// The suites of this package.
const (
	// X25519AES128 is MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519.
	X25519AES128 CipherSuite = 1
	// P256AES128 is MLS_128_DHKEMP256_AES128GCM_SHA256_P256.
	P256AES128 CipherSuite = 2
	// P384AES256 is MLS_256_DHKEMP384_AES256GCM_SHA384_P384.
	P384AES256 CipherSuite = 7
	// XWing is MLKEM768X25519, AES-256-GCM, SHA-384 and Ed25519 as in
	// draft-ietf-mls-pq-ciphersuites, under a private-use number until there is
	// a registered one.
	XWing CipherSuite = 0xF0D1
)
