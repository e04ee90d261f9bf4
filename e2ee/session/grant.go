package session

import (
	"bytes"
	"crypto/ed25519"
	"slices"
)

// MaxGrants is the longest chain from a host to the root.
const MaxGrants = 4

// Grant is one link of a chain: its issuer, the root for the first and the
// previous link's device for others, says that Device may be host.
type Grant struct {
	Device    ed25519.PublicKey
	Signature []byte
}

// Host is a host's entry in the meeting state. Grants lead from the root to
// Device; they are empty for a host by takeover.
type Host struct {
	Device ed25519.PublicKey
	Grants []Grant
}

// GrantToSign is what issuer signs so that device may be host in the meeting.
func GrantToSign(meetingID string, issuer, device ed25519.PublicKey) []byte {
	return tuple(labelGrant, []byte(meetingID), issuer, device)
}

// RootHost is the entry of a device that has the root key, made with that key.
func RootHost(meetingID string, root ed25519.PrivateKey, device ed25519.PublicKey) (Host, error) {
	issuer := KeyDevice(root)
	signature, err := sign(issuer, GrantToSign(meetingID, issuer.Public(), device))
	if err != nil || len(device) != ed25519.PublicKeySize {
		return Host{}, errSign
	}
	return Host{Device: slices.Clone(device), Grants: []Grant{{slices.Clone(device), signature}}}, nil
}

// Extend is the entry of a device that h appoints; signature is h's device's
// over GrantToSign. Rooted tells whether it holds.
func (h Host) Extend(device ed25519.PublicKey, signature []byte) Host {
	grants := append(cloneGrants(h.Grants), Grant{slices.Clone(device), slices.Clone(signature)})
	return Host{Device: slices.Clone(device), Grants: grants}
}

// Rooted reports whether an unbroken chain of at most MaxGrants links leads from
// the root to this host's device.
func (h Host) Rooted(meetingID string, root ed25519.PublicKey) bool {
	if len(h.Grants) == 0 || len(h.Grants) > MaxGrants {
		return false
	}
	issuer := root
	for _, g := range h.Grants {
		if !verify(issuer, GrantToSign(meetingID, issuer, g.Device), g.Signature) {
			return false
		}
		issuer = g.Device
	}
	return bytes.Equal(issuer, h.Device)
}

// equal reports whether two entries are the same to the byte.
func (h Host) equal(o Host) bool {
	return bytes.Equal(h.Device, o.Device) && slices.EqualFunc(h.Grants, o.Grants, func(a, b Grant) bool {
		return bytes.Equal(a.Device, b.Device) && bytes.Equal(a.Signature, b.Signature)
	})
}

func (h Host) clone() Host {
	return Host{Device: slices.Clone(h.Device), Grants: cloneGrants(h.Grants)}
}

func cloneGrants(grants []Grant) []Grant {
	out := make([]Grant, 0, len(grants)+1)
	for _, g := range grants {
		out = append(out, Grant{slices.Clone(g.Device), slices.Clone(g.Signature)})
	}
	return out
}

func (h Host) write(w *writer) {
	w.fixed(h.Device, ed25519.PublicKeySize)
	w.count(len(h.Grants))
	for _, g := range h.Grants {
		w.fixed(g.Device, ed25519.PublicKeySize)
		w.fixed(g.Signature, ed25519.SignatureSize)
	}
}

func readHost(r *reader) Host {
	h := Host{Device: r.fixed(ed25519.PublicKeySize)}
	for range r.count(MaxGrants, ed25519.PublicKeySize+ed25519.SignatureSize) {
		h.Grants = append(h.Grants, Grant{
			Device:    r.fixed(ed25519.PublicKeySize),
			Signature: r.fixed(ed25519.SignatureSize),
		})
	}
	return h
}
