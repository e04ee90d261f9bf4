package session

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"slices"
	"unicode/utf8"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Name is a person's own statement of its name, signed by its leaf, so that any
// member can hand it to a newcomer. Of two by one leaf the higher sequence counts.
type Name struct {
	Participant string
	Sequence    uint32
	Text        string
	Identity    []byte // a statement of an identity provider, opaque here
	Signature   []byte
}

// Kind returns KindName.
func (*Name) Kind() MessageKind { return KindName }

func (m *Name) toSign(groupID []byte) []byte {
	var w writer
	w.u32(m.Sequence)
	return tuple(labelName, groupID, []byte(m.Participant), w.b, []byte(m.Text), m.Identity)
}

// Sign signs the statement with the leaf's signature key, which is Ed25519 in
// both of our suites.
func (m *Name) Sign(groupID []byte, key crypto.Signer) error {
	message := m.toSign(groupID)
	if message == nil || key == nil {
		return errSign
	}
	signature, err := key.Sign(nil, message, crypto.Hash(0))
	if err != nil || len(signature) != ed25519.SignatureSize {
		return errSign
	}
	m.Signature = signature
	return nil
}

// Verify reports whether leaf has signed this about itself in the group.
func (m *Name) Verify(groupID []byte, leaf mls.Leaf) bool {
	identity, err := IdentityOf(leaf)
	return err == nil && identity.Participant == m.Participant && m.valid() &&
		verify(leaf.SignatureKey, m.toSign(groupID), m.Signature)
}

func (m *Name) write(w *writer) {
	w.text(m.Participant)
	w.u32(m.Sequence)
	w.text(m.Text)
	w.vec(m.Identity)
	w.fixed(m.Signature, ed25519.SignatureSize)
}

func readName(r *reader) Name {
	return Name{
		Participant: r.text(maxID), Sequence: r.u32(), Text: r.text(MaxName),
		Identity: r.vec(maxIdentity), Signature: r.fixed(ed25519.SignatureSize),
	}
}

func (m *Name) valid() bool {
	return validID(m.Participant) && validText(m.Text, MaxName) && len(m.Identity) <= maxIdentity
}

// Vouch is a host's statement that it has made sure of a person who came without
// the link. It is signed by the host's device, so that it outlives the host's leaf.
type Vouch struct {
	Participant string
	Device      ed25519.PublicKey // of the person
	By          ed25519.PublicKey // the host's device
	Signature   []byte
}

// Kind returns KindVouch.
func (*Vouch) Kind() MessageKind { return KindVouch }

// ToSign is what the host's device signs.
func (m *Vouch) ToSign(groupID []byte) []byte {
	return tuple(labelVouch, groupID, []byte(m.Participant), m.Device, m.By)
}

// Verify reports whether a host of the state has vouched for this very leaf.
func (m *Vouch) Verify(s *State, leaf mls.Leaf) bool {
	identity, err := IdentityOf(leaf)
	return err == nil && identity.Participant == m.Participant && bytes.Equal(identity.Device, m.Device) &&
		s.IsHost(m.By) && verify(m.By, m.ToSign(s.GroupID), m.Signature)
}

func (m *Vouch) write(w *writer) {
	w.text(m.Participant)
	w.fixed(m.Device, ed25519.PublicKeySize)
	w.fixed(m.By, ed25519.PublicKeySize)
	w.fixed(m.Signature, ed25519.SignatureSize)
}

func readVouch(r *reader) Vouch {
	return Vouch{
		Participant: r.text(maxID), Device: r.fixed(ed25519.PublicKeySize),
		By: r.fixed(ed25519.PublicKeySize), Signature: r.fixed(ed25519.SignatureSize),
	}
}

func (m *Vouch) valid() bool { return validID(m.Participant) }

// validText accepts text that can be shown: valid UTF-8 with something in it and
// no controls but tab and line break, nor marks that turn the direction of text.
func validText(s string, limit int) bool {
	if s == "" || len(s) > limit || !utf8.ValidString(s) {
		return false
	}
	return !slices.ContainsFunc([]rune(s), func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 ||
			r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	})
}
