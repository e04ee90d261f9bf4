package session

import (
	"bytes"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// maxKnocks bounds the waiting that are looked at; the rest have their turn when
// these are in.
const maxKnocks = 500

// waiting is one waiting KeyPackage that has been checked.
type waiting struct {
	knock    Knocking
	kp       *mls.PublicKeyPackage
	id       Identity
	key      []byte // of the leaf
	proof    LinkProof
	name     string // sealed by the waiting person, else the server's word
	since    time.Time
	admitted bool // by name, at this device
	bad      bool // cannot be added
}

// onKnocks takes in the whole list. What was known of a KeyPackage stays.
func (m *Machine) onKnocks(k Knocks) {
	if len(k.List) > maxKnocks {
		k.List = k.List[:maxKnocks]
	}
	m.knockList = k
	if m.group == nil {
		return // looked at when there is a group that they could join
	}
	known := map[string]*waiting{}
	for _, w := range m.knocks {
		known[string(w.knock.KeyPackage)] = w
	}
	m.knocks = nil
	m.dirty = true
	for _, knock := range k.List {
		w := known[string(knock.KeyPackage)]
		if w == nil || !bytes.Equal(w.knock.Proof, knock.Proof) {
			w = m.look(knock)
		}
		if w != nil {
			w.knock.Lobby = knock.Lobby
			m.knocks = append(m.knocks, w)
			delete(known, string(knock.KeyPackage))
		}
	}
}

// look checks a KeyPackage: its leaf is signed by its device, for this group, as
// the participant that the server says is waiting.
func (m *Machine) look(knock Knocking) *waiting {
	if len(knock.KeyPackage) > maxSealedMessage {
		return nil
	}
	kp, err := mls.ParseKeyPackage(knock.KeyPackage)
	if err != nil || kp.Suite() != m.group.Suite() || m.authenticate(kp.Leaf(), m.group.ID()) != nil {
		return nil
	}
	id, err := IdentityOf(kp.Leaf())
	if err != nil || id.Participant != knock.Participant {
		return nil
	}
	w := &waiting{knock: knock, kp: kp, id: id, key: kp.Leaf().SignatureKey, name: knock.Name, since: m.now}
	m.prove(w)
	return w
}

// prove finds out by which link somebody knocks.
func (m *Machine) prove(w *waiting) {
	var invite *Invite
	w.proof, invite = m.links.proven(m.state.LinkNumber, w.knock.KeyPackage, w.knock.Proof)
	if invite == nil {
		return
	}
	_, sealed := splitProof(w.knock.Proof)
	if name, err := OpenLobbyName(invite.Secret[:], w.knock.KeyPackage, sealed); err == nil {
		w.name = name
	}
}

// proveAgain judges the waiting anew after the link has changed.
func (m *Machine) proveAgain() {
	for _, w := range m.knocks {
		m.prove(w)
	}
}

// isMember reports whether the KeyPackage's leaf is in the tree.
func (m *Machine) isMember(w *waiting) bool {
	p := m.find(w.id.Participant)
	return p != nil && bytes.Equal(p.key, w.key)
}

// inPlaceOf returns the leaf that w's device left behind, to be removed in the
// commit that adds it. free is false when another device holds the participant's
// place: nobody is pushed out by a newcomer.
func (m *Machine) inPlaceOf(w *waiting) (old *member, free bool) {
	old = m.find(w.id.Participant)
	if old != nil && !old.id.Device.Equal(w.id.Device) {
		return nil, false
	}
	return old, true
}

// admit lets somebody in by name.
func (m *Machine) admit(id string) error {
	if m.group == nil {
		return ErrNotIn
	}
	if !m.mayAdmit() {
		return ErrNotAllowed
	}
	for _, w := range m.knocks {
		if w.id.Participant == id && !w.bad {
			if m.state.IsBanned(w.id.Device) {
				return ErrNotAllowed // the ban is lifted first, by its own command
			}
			w.admitted, m.dirty = true, true
			return nil
		}
	}
	return ErrNoPerson
}

// A knock's proof is the HMAC of knock.go, followed by the name sealed for those
// who have the link.

const knockProofSize = 32

func (m *Machine) knockProof(keyPackage []byte) []byte {
	i := m.cfg.Invite
	if i == nil {
		return nil
	}
	proof := KnockProof(i.Secret[:], keyPackage)
	if m.profile.name == "" {
		return proof
	}
	sealed, err := SealLobbyName(i.Secret[:], keyPackage, m.profile.name, m.rand)
	if err != nil {
		return proof
	}
	return append(proof, sealed...)
}

func splitProof(b []byte) (proof, sealed []byte) {
	if len(b) < knockProofSize {
		return nil, nil
	}
	return b[:knockProofSize], b[knockProofSize:]
}
