package mls

import "bytes"

// LeafIndex numbers the leaves of the tree from the left (RFC 9420 section 4.2).
type LeafIndex uint32

// Credential types of RFC 9420 section 5.3.
const (
	CredentialBasic uint16 = 1
	CredentialX509  uint16 = 2
)

// Credential says who a leaf is (RFC 9420 section 5.3). Data is the identity of
// a basic credential, the certificate list of an X.509 one, and for other types
// one opaque vector.
type Credential struct {
	Type uint16
	Data []byte
}

// Extension types of RFC 9420 section 17.3.
const (
	ExtensionApplicationID        uint16 = 1
	ExtensionRatchetTree          uint16 = 2
	ExtensionRequiredCapabilities uint16 = 3
	ExtensionExternalPub          uint16 = 4
	ExtensionExternalSenders      uint16 = 5
)

// Extension is one entry of an extension list (RFC 9420 section 13).
type Extension struct {
	Type uint16
	Data []byte
}

// Leaf is what callers see of a member; everything in it is a copy.
type Leaf struct {
	Index         LeafIndex
	Credential    Credential
	SignatureKey  []byte
	EncryptionKey []byte
	Extensions    []Extension
}

func (c Credential) equal(o Credential) bool {
	return c.Type == o.Type && bytes.Equal(c.Data, o.Data)
}
