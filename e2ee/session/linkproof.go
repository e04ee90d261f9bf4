package session

import (
	"crypto/hmac"
	"crypto/sha256"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// LinkProofExtension is the private-use type of the leaf extension in which a
// leaf shows that its person has a link of the meeting: link number (4 bytes) ||
// HMAC-SHA256(key from the link's secret, group id, participant, leaf key). It
// stays in the tree, so that newcomers can judge those who were there before.
const LinkProofExtension uint16 = 0xF0D4

const (
	labelLeafProof = "roundel leaf link"
	leafProofSize  = 4 + sha256.Size
)

func leafProof(i *Invite, groupID []byte, participant string, leafKey []byte) []byte {
	mac := hmac.New(sha256.New, derive(i.Secret[:], tuple(labelLeafProof), 32))
	mac.Write(tuple(labelLeafProof, groupID, []byte(participant), leafKey))
	var w writer
	w.u32(i.LinkNumber)
	w.raw(mac.Sum(nil))
	return w.b
}

// linkExtension makes the extension of an own leaf, nil without a link.
func linkExtension(i *Invite, groupID []byte, participant string, leafKey []byte) []mls.Extension {
	if i == nil {
		return nil
	}
	return []mls.Extension{{Type: LinkProofExtension, Data: leafProof(i, groupID, participant, leafKey)}}
}

// claimedLink returns the link that a leaf claims and its proof; ok is false for
// a leaf without one.
func claimedLink(leaf mls.Leaf) (number uint32, proof []byte, ok bool) {
	for _, x := range leaf.Extensions {
		if x.Type == LinkProofExtension && len(x.Data) == leafProofSize {
			r := reader{rest: x.Data}
			return r.u32(), x.Data, true
		}
	}
	return 0, nil, false
}

// Links hands the secrets of earlier links to newcomers. They open nothing any
// more but the lobby; with them a newcomer can check the leaves of those who
// came by them. Only who has the current link is given them.
type Links struct{ Links []EarlierLink }

// EarlierLink is one of them.
type EarlierLink struct {
	Number uint32
	Secret [32]byte
}

// KindLinks follows the kinds of message.go.
const KindLinks MessageKind = 14

// Kind returns KindLinks.
func (*Links) Kind() MessageKind { return KindLinks }

func (m *Links) write(w *writer) {
	w.count(len(m.Links))
	for i := range m.Links {
		w.u32(m.Links[i].Number)
		w.raw(m.Links[i].Secret[:])
	}
}

func (m *Links) valid() bool { return len(m.Links) <= maxLinks }

func readLinks(r *reader) *Links {
	m := &Links{}
	for range r.count(maxLinks, 4+secretSize) {
		l := EarlierLink{Number: r.u32()}
		copy(l.Secret[:], r.take(secretSize))
		m.Links = append(m.Links, l)
	}
	return m
}

// handLinks sends what came before the current link to newcomers who have shown
// the current one.
func (m *Machine) handLinks(to []string) {
	msg := &Links{}
	for _, number := range m.links.order {
		if i := m.links.invites[number]; number < m.state.LinkNumber && len(msg.Links) < maxLinks {
			msg.Links = append(msg.Links, EarlierLink{number, i.Secret})
		}
	}
	var with []string
	for _, id := range to {
		p := m.find(id)
		if p == nil {
			continue
		}
		if number, _, ok := claimedLink(p.leaf); ok && number == m.state.LinkNumber && m.standingOf(p) == StandingLink {
			with = append(with, id)
		}
	}
	if len(msg.Links) > 0 && len(with) > 0 {
		m.post(msg, with...)
	}
}

// onLinks takes handed secrets of links this device does not know. A host's word
// counts; of others the secret that proves more leaves stays, so that one
// stranger cannot make itself a link.
func (m *Machine) onLinks(from *member, msg *Links) {
	if m.cfg.Invite == nil {
		return
	}
	for _, l := range msg.Links {
		if l.Number >= m.state.LinkNumber || m.links.own(l.Number) {
			continue
		}
		handed := &Invite{LinkNumber: l.Number, Secret: l.Secret, RootHash: m.cfg.Invite.RootHash}
		known := m.links.invites[l.Number]
		if known == nil || m.state.IsHost(from.id.Device) || m.provenBy(handed) > m.provenBy(known) {
			m.links.add(handed)
			m.dirty = true
		}
	}
}

// provenBy counts the leaves whose proof a link explains.
func (m *Machine) provenBy(i *Invite) int {
	count := 0
	for _, p := range m.members {
		number, proof, ok := claimedLink(p.leaf)
		if ok && number == i.LinkNumber && hmac.Equal(proof, leafProof(i, m.group.ID(), p.id.Participant, p.key)) {
			count++
		}
	}
	return count
}
