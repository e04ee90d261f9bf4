package session

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"errors"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Standing is how a person came to be believed to be one of the invited.
type Standing uint8

// The standings, the weakest first.
const (
	StandingUnverified Standing = iota // came without the link, nobody has made sure
	StandingConfirmed                  // a host, or this person, has made sure
	StandingLink                       // has shown the link, or is host by a chain from the root
)

// String names the standing.
func (s Standing) String() string {
	return [...]string{"unverified", "confirmed", "link"}[min(s, StandingLink)]
}

// standing is what is known of people who came without the link.
type standing struct {
	vouches  map[string]*Vouch // by device key, signed by a host
	local    map[string]bool   // device keys this person has made sure of
	vouching []*member         // wait for the device key's signature
	code     bool              // this person has compared the security code
}

func (s *standing) init() {
	*s = standing{vouches: map[string]*Vouch{}, local: map[string]bool{}}
}

// standingOf judges a member by what is in its leaf and what hosts have signed.
//
// Who has no link cannot check the others' proofs; for such a person a leaf that
// brings any counts, and its own shield stays open until it has compared the
// code or found a host it knows.
func (m *Machine) standingOf(p *member) Standing {
	if m.state.RootedHost(p.id.Device, m.card) {
		return StandingLink
	}
	number, proof, ok := claimedLink(p.leaf)
	if ok {
		i := m.links.invites[number]
		switch {
		case i != nil && hmac.Equal(proof, leafProof(i, m.group.ID(), p.id.Participant, p.key)):
			return StandingLink
		case i == nil && m.cfg.Invite == nil:
			return StandingLink
		}
	}
	if m.standing.local[string(p.id.Device)] {
		return StandingConfirmed
	}
	if v := m.standing.vouches[string(p.id.Device)]; v != nil && v.Verify(m.state, p.leaf) {
		return StandingConfirmed
	}
	return StandingUnverified
}

// selfAssured reports whether this person may believe that the group is the
// meeting it was invited to: by a link, by comparing the code, or by a host
// whose device it has verified before and who is alive in the group.
func (m *Machine) selfAssured() bool {
	if m.cfg.Invite != nil || m.standing.code {
		return true
	}
	for _, p := range m.members {
		if p.index == m.group.Self() || p.silent || !m.state.IsHost(p.id.Device) {
			continue
		}
		for _, known := range m.cfg.KnownHosts {
			if p.id.Device.Equal(known) {
				return true
			}
		}
	}
	return false
}

// confirmCode notes that the person has compared the code of an epoch that is
// current or was so within the last two minutes.
func (m *Machine) confirmCode(epoch uint64) error {
	for _, r := range m.history {
		if r.epoch == epoch && (r.until.IsZero() || m.now.Before(r.until)) {
			m.standing.code, m.dirty = true, true
			return nil
		}
	}
	return ErrNotAllowed
}

// confirmPerson makes sure of somebody who came without the link.
func (m *Machine) confirmPerson(id string) error {
	p := m.find(id)
	if p == nil {
		return ErrNoPerson
	}
	m.standing.local[string(p.id.Device)] = true
	m.dirty = true
	if m.state.IsHost(m.cfg.Device) && len(m.standing.vouching) < maxOrders {
		m.standing.vouching = append(m.standing.vouching, p)
		m.workVouching()
	}
	return nil
}

// workVouching signs and posts confirmations, once the device key has answered.
func (m *Machine) workVouching() {
	var waiting []*member
	for _, p := range m.standing.vouching {
		if m.members[p.index] != p || !m.state.IsHost(m.cfg.Device) {
			continue
		}
		v := &Vouch{Participant: p.id.Participant, Device: p.id.Device, By: m.cfg.Device}
		signature, err := sign(&m.pen, v.ToSign(m.group.ID()))
		if errors.Is(err, errPending) {
			waiting = append(waiting, p)
			continue
		}
		if err != nil {
			continue
		}
		v.Signature = signature
		m.onVouch(v)
		m.post(v)
	}
	m.standing.vouching = waiting
}

// onVouch takes a host's confirmation of a member, whoever handed it over.
func (m *Machine) onVouch(v *Vouch) {
	if p := m.find(v.Participant); p != nil && v.Verify(m.state, p.leaf) {
		m.standing.vouches[string(p.id.Device)] = v
		m.dirty = true
	}
}

// pruneVouches keeps confirmations of members only.
func (m *Machine) pruneVouches() {
	here := make(map[string]bool, len(m.members))
	for _, p := range m.members {
		here[string(p.id.Device)] = true
	}
	for device := range m.standing.vouches {
		if !here[device] {
			delete(m.standing.vouches, device)
		}
	}
}

// leafCache remembers which leaves have been authenticated, so that looking at
// a GroupInfo and joining by it do not pay for the same signatures twice.
type leafCache struct{ known map[[32]byte]struct{} }

const maxCachedLeaves = 4096

// authenticate is the mls callback: every leaf is signed by the device that it
// names, for this meeting and group.
func (m *Machine) authenticate(leaf mls.Leaf, groupID []byte) error {
	key := sha256.Sum256(tuple(labelLeaf, groupID, leaf.Credential.Data, leaf.SignatureKey))
	if _, ok := m.leaves.known[key]; ok && leaf.Credential.Type == CredentialType {
		return nil
	}
	if err := Authenticate(m.cfg.MeetingID)(leaf, groupID); err != nil {
		return err
	}
	if len(leaf.SignatureKey) != ed25519.PublicKeySize {
		return ErrLeaf
	}
	if m.leaves.known == nil || len(m.leaves.known) >= maxCachedLeaves {
		m.leaves.known = map[[32]byte]struct{}{}
	}
	m.leaves.known[key] = struct{}{}
	return nil
}
