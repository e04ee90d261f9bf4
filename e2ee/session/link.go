package session

import (
	"github.com/roundel-meet/roundel/e2ee/mls"
)

// maxLinks bounds the secrets of earlier links that are remembered, to tell
// "old link" from "no link" in the lobby.
const maxLinks = 16

// links holds the secrets of the meeting's links that this device knows: its own
// invite, those that it saw change, and pre-shared keys that it was handed.
type links struct {
	meetingID string
	came      *Invite // the own link
	invites   map[uint32]*Invite
	order     []uint32
	handed    map[uint32][]byte // PSK without the secret it comes from
}

func (l *links) init(own *Invite, meetingID string) {
	*l = links{meetingID: meetingID, came: own, invites: map[uint32]*Invite{}, handed: map[uint32][]byte{}}
	if own != nil {
		l.add(own)
	}
}

func (l *links) add(i *Invite) {
	if _, ok := l.invites[i.LinkNumber]; !ok {
		l.order = append(l.order, i.LinkNumber)
	}
	l.invites[i.LinkNumber] = i
	if len(l.order) > maxLinks {
		delete(l.invites, l.order[0])
		l.order = l.order[1:]
	}
}

// knows reports whether the secret of a link is there.
func (l *links) knows(number uint32) bool { return l.invites[number] != nil }

// best is the newest link whose secret is known.
func (l *links) best() *Invite {
	var best *Invite
	for _, i := range l.invites {
		if best == nil || i.LinkNumber > best.LinkNumber {
			best = i
		}
	}
	return best
}

// has reports whether its pre-shared key is there.
func (l *links) has(number uint32) bool {
	return l.knows(number) || l.handed[number] != nil
}

// psk returns a link's pre-shared key. What comes from an own secret wins over
// what somebody handed.
func (l *links) psk(number uint32) []byte {
	if i := l.invites[number]; i != nil {
		return i.PSK(l.meetingID)
	}
	return l.handed[number]
}

// pskByID answers MLS.
func (l *links) pskByID(id []byte) []byte {
	for _, i := range l.invites {
		if string(LinkPSKID(i.LinkNumber)) == string(id) {
			return i.PSK(l.meetingID)
		}
	}
	for number, psk := range l.handed {
		if string(LinkPSKID(number)) == string(id) {
			return psk
		}
	}
	return nil
}

// own reports whether a link is the one this device came with.
func (l *links) own(number uint32) bool { return l.came != nil && l.came.LinkNumber == number }

// proven says by which link a KeyPackage's proof was made.
func (l *links) proven(current uint32, keyPackage, proof []byte) (LinkProof, *Invite) {
	mac, _ := splitProof(proof)
	if mac == nil {
		return ProofNone, nil
	}
	for number, i := range l.invites {
		if !VerifyKnock(i.Secret[:], keyPackage, mac) {
			continue
		}
		if number == current {
			return ProofLink, i
		}
		return ProofOldLink, i
	}
	return ProofNone, nil
}

// LinkProof is what a waiting person's proof shows.
type LinkProof uint8

// The proofs, the weakest first.
const (
	ProofNone    LinkProof = iota // none, or by a link this device does not know
	ProofOldLink                  // an earlier link of this meeting
	ProofLink                     // the current link
)

// rotated derives the new link's secret when the link number has changed: every
// member of the epoch that changed it computes the same. The old secret stays,
// to recognise who comes with it.
func (m *Machine) rotated(previous, next *State) {
	if previous == nil || previous.LinkNumber == next.LinkNumber {
		return
	}
	secret, err := m.group.Export(LinkLabel, LinkContext(m.cfg.MeetingID, next.LinkNumber), secretSize)
	if err != nil {
		return
	}
	base := &Invite{RootHash: HashRoot(m.card.Root)}
	if i := base.Rotated(next.LinkNumber, secret); i != nil {
		m.links.add(i)
	}
	m.proveAgain()
	m.dirty = true
}

// A Welcome travels as vec32(welcome) || count || (vec(KeyPackage reference) ||
// vec(sealed PSK))…: the second part hands the link's pre-shared key, never its
// secret, to those who came without the current link, each sealed to the init
// key of its KeyPackage.

// closeHandover makes the Welcome bytes of a commit that adds packages.
func (m *Machine) closeHandover(welcome []byte, without []*mls.PublicKeyPackage) ([]byte, error) {
	var w writer
	w.u32(uint32(len(welcome)))
	w.raw(welcome)
	w.count(len(without))
	psk := m.links.psk(m.state.LinkNumber)
	for _, kp := range without {
		sealed, err := mls.EncryptToInit(kp, HandLabel, m.handContext(m.state.LinkNumber, kp.Ref()), psk)
		if err != nil {
			return nil, err
		}
		w.vec(kp.Ref())
		w.vec(sealed)
	}
	return w.bytes()
}

func (m *Machine) handContext(number uint32, ref []byte) []byte {
	return tuple(HandLabel, []byte(m.cfg.MeetingID), []byte(decimal(number)), ref)
}

// openHandover splits what closeHandover made, keeping a PSK that is for this
// device. Which link it is for is tried from what the joiner saw of the group.
func (m *Machine) openHandover(b []byte) ([]byte, error) {
	r := reader{rest: b}
	welcome := r.fixed(int(r.u32()))
	n := r.count(maxBatch, 4)
	for range n {
		ref, sealed := r.vec(maxVec), r.vec(maxVec)
		if r.failed || m.join.kp == nil || m.join.knocked == nil || string(ref) != string(m.join.kp.Ref()) {
			continue
		}
		m.takeHanded(m.join.knocked.state.LinkNumber, ref, sealed)
	}
	return welcome, r.end()
}

// takeHanded opens a handed PSK. One for a link whose secret is known is
// ignored: the own secret decides.
func (m *Machine) takeHanded(number uint32, ref, sealed []byte) {
	for _, n := range []uint32{number, number + 1} { // the link may have changed since the knock
		if m.links.knows(n) {
			continue
		}
		psk, err := m.join.kp.DecryptInit(HandLabel, m.handContext(n, ref), sealed)
		if err == nil && len(psk) == pskSize {
			clear(m.links.handed)
			m.links.handed[n] = psk
			return
		}
	}
}
