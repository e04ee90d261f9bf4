package session

import (
	"bytes"
	"crypto/ed25519"
	"errors"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// CredentialType is the private-use type of our leaf credentials (RFC 9420
// section 5.3).
const CredentialType uint16 = 0xF0D2

// ErrLeaf is the error of a leaf that no device has signed for.
var ErrLeaf = errors.New("session: the leaf is not signed by its device")

// Identity is what a leaf's credential says: which participant it is and which
// device has signed the leaf's key for this meeting and group.
type Identity struct {
	Participant string
	Device      ed25519.PublicKey
	Signature   []byte
}

// LeafToSign is what a device signs for a leaf key. There is no expiry: the
// group id is new for every meeting.
func LeafToSign(meetingID string, groupID []byte, participant string, leafKey []byte) []byte {
	return tuple(labelLeaf, []byte(meetingID), groupID, []byte(participant), leafKey)
}

// Credential returns the credential of an identity.
func (i Identity) Credential() (mls.Credential, error) {
	var w writer
	w.text(i.Participant)
	w.vec(i.Device)
	w.vec(i.Signature)
	data, err := w.bytes()
	return mls.Credential{Type: CredentialType, Data: data}, err
}

// NewCredential asks the device for its signature and makes the credential.
func NewCredential(d Device, meetingID string, groupID []byte, participant string, leafKey []byte) (mls.Credential, error) {
	signature, err := sign(d, LeafToSign(meetingID, groupID, participant, leafKey))
	if err != nil {
		return mls.Credential{}, err
	}
	return Identity{participant, d.Public(), signature}.Credential()
}

// ParseCredential reads a credential; Authenticate checks it.
func ParseCredential(c mls.Credential) (Identity, error) {
	if c.Type != CredentialType {
		return Identity{}, ErrFormat
	}
	r := reader{rest: c.Data}
	i := Identity{Participant: r.text(maxID), Device: r.vec(ed25519.PublicKeySize), Signature: r.vec(ed25519.SignatureSize)}
	if err := r.end(); err != nil {
		return Identity{}, err
	}
	if !validID(i.Participant) || len(i.Device) != ed25519.PublicKeySize || len(i.Signature) != ed25519.SignatureSize {
		return Identity{}, ErrFormat
	}
	return i, nil
}

// IdentityOf reads the identity of a leaf that MLS has already authenticated.
func IdentityOf(leaf mls.Leaf) (Identity, error) { return ParseCredential(leaf.Credential) }

// Authenticate returns the mls.Config callback of a meeting: every leaf must be
// signed by the device that it names, for this meeting and group.
func Authenticate(meetingID string) func(mls.Leaf, []byte) error {
	return func(leaf mls.Leaf, groupID []byte) error {
		i, err := ParseCredential(leaf.Credential)
		if err != nil {
			return ErrLeaf
		}
		size := 0
		for _, extension := range leaf.Extensions {
			size += len(extension.Data)
		}
		if size > maxLeafExtensions {
			return ErrLeaf
		}
		if !verify(i.Device, LeafToSign(meetingID, groupID, i.Participant, leaf.SignatureKey), i.Signature) {
			return ErrLeaf
		}
		return nil
	}
}

// maxLeafExtensions bounds what a leaf may bring, in bytes: everybody who joins
// later has to fetch it.
const maxLeafExtensions = 1 << 10

// sameLeaf reports whether two leaves are the same device with the same key, and
// show the same of their link and their entry.
func sameLeaf(a, b mls.Leaf) bool {
	return a.Credential.Type == b.Credential.Type && bytes.Equal(a.Credential.Data, b.Credential.Data) &&
		bytes.Equal(a.SignatureKey, b.SignatureKey) && sameExtensions(a, b)
}
