package session

import (
	"maps"
	"slices"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Mode is the state of end-to-end encryption as the signed chain says it.
type Mode uint8

// The modes. ModeTurningOn lasts until nobody sends a clear frame any more;
// ModeTurningOff is shown to the host whose commit is under way.
const (
	ModeUnknown Mode = iota
	ModeOff
	ModeTurningOn
	ModeOn
	ModeTurningOff
)

// String names the mode.
func (m Mode) String() string {
	return [...]string{"unknown", "off", "turningOn", "on", "turningOff"}[min(m, ModeTurningOff)]
}

// DoubtKind is why the lock is not shown.
type DoubtKind uint8

// The doubts, the gravest first.
const (
	DoubtRefused      DoubtKind = iota + 1 // this device has refused a change
	DoubtCutOff                            // most members have not been heard for a minute
	DoubtDisagreement                      // these members see another group
	DoubtNotInTree                         // these are signalled and have no keys
	DoubtUnverified                        // these came without the link, nobody has made sure
	DoubtSelf                              // this person has no link and has not compared the code
	DoubtSilent                            // these have not answered
	DoubtOffline                           // no connection to the server
)

// String names the doubt.
func (d DoubtKind) String() string {
	return [...]string{
		"", "refused", "cutOff", "disagreement", "notInTree", "unverified", "self", "silent", "offline",
	}[min(d, DoubtOffline)]
}

// Doubt is one reason with the participants it is about.
type Doubt struct {
	Kind DoubtKind
	Who  []string
}

// PersonView is a row of the participant list. Rows come from the tree; a
// signalled person without a leaf is appended.
type PersonView struct {
	ID          string
	Name        string // its own statement, else the server's word
	NameSigned  bool
	Leaf        mls.LeafIndex
	Device      []byte // public key
	Self        bool
	Host        bool // by the signed state
	Rooted      bool // … and by a chain to the link's root
	InTree      bool
	Signalled   bool // the server names it too
	Connected   bool
	Standing    Standing
	Answering   bool
	Flipped     bool
	Hand        bool
	Disagreeing bool
}

// WaitingView is somebody to be admitted.
type WaitingView struct {
	ID     string
	Name   string
	Digits string // to compare by phone, for who comes without the link
	Proof  LinkProof
	Lobby  bool
	May    bool // this device may admit
	Banned bool
	Failed bool
}

// CodeView is the security code of an epoch.
type CodeView struct {
	Epoch uint64
	Code  Code
}

// View is what a client shows. It is a copy.
type View struct {
	Phase       Phase
	Reason      string
	Online      bool
	Mode        Mode
	By          string // who switched last, by the tree
	Lock        bool   // everything that the lock says is true
	Doubts      []Doubt
	Epoch       uint64
	GroupID     []byte
	Suite       mls.CipherSuite
	Codes       []CodeView // the current one first, then those of the last two minutes
	People      []PersonView
	Waiting     []WaitingView
	Digits      string // own, while knocking without the current link
	Host        bool   // this device is host by the signed state
	CanSwitch   bool
	CanAdmit    bool
	CanTakeOver bool
	HostAnswers bool // a host rooted in the link has answered the nonce
	Required    bool
	Lobby       bool
	Locked      bool
	Admit       Admit
	Takeover    Takeover
	Unsupported Unsupported
	Sequence    uint32
	LinkNumber  uint32
	Banned      [][]byte // device keys
	Invite      *Invite  // the current link, without root seed, if this device knows it and has reason to believe in its root
	Pending     int      // orders under way
	Sending     SendMode
	SendEpoch   uint64
}

// View returns the current picture.
func (m *Machine) View() *View {
	v := &View{
		Phase: m.phase, Reason: m.reason, Online: m.online, Suite: m.card.Suite,
		Sending: m.media.sends.Mode, SendEpoch: m.media.sends.Epoch, Pending: len(m.orders),
	}
	if m.phase == PhaseKnocking && m.join.kp != nil && m.ownProof() != ProofLink {
		v.Digits = KeyPackageDigits(m.join.kp.Bytes())
	}
	if m.group == nil {
		v.People = m.signalledOnly(nil)
		return v
	}
	s := m.state
	v.Epoch, v.GroupID = m.group.Epoch(), m.group.ID()
	v.Required, v.Lobby, v.Locked = s.Required, s.Lobby, s.Locked
	v.Admit, v.Takeover, v.Unsupported = s.Admit, s.Takeover, s.Unsupported
	v.Sequence, v.LinkNumber = s.Sequence, s.LinkNumber
	v.Host = s.IsHost(m.cfg.Device)
	v.CanSwitch = v.Host && (m.fresh.done || m.others() == 0) && !(s.Required && s.E2EE)
	v.CanAdmit, v.CanTakeOver = m.mayAdmit(), m.canTakeOver()
	v.HostAnswers = m.fresh.host
	v.Mode, v.By = m.mode(), m.switchedBy
	// The hash in a link says whom its readers trust. Who has only the server's word
	// for it passes none on.
	if i := m.links.invites[s.LinkNumber]; i != nil && m.selfAssured() {
		v.Invite = i.Guest()
	}
	for _, device := range s.Banned {
		v.Banned = append(v.Banned, slices.Clone(device))
	}
	v.Codes = m.codes()
	v.People = m.people()
	v.Waiting = m.waitingViews(v.CanAdmit)
	v.Doubts = m.doubts(v.People)
	v.Lock = v.Mode == ModeOn && v.Phase == PhaseIn && len(v.Doubts) == 0
	return v
}

// ownProof is how the members will see the own knock.
func (m *Machine) ownProof() LinkProof {
	switch {
	case m.cfg.Invite == nil || m.join.knocked == nil:
		return ProofNone
	case m.cfg.Invite.LinkNumber != m.join.knocked.state.LinkNumber:
		return ProofOldLink
	}
	return ProofLink
}

func (m *Machine) mode() Mode {
	off := len(m.orders) > 0 && m.orders[0].name == orderOff
	switch {
	case m.state.E2EE && m.flip.active:
		return ModeTurningOn
	case m.state.E2EE && off:
		return ModeTurningOff
	case m.state.E2EE:
		return ModeOn
	default:
		return ModeOff
	}
}

// codes lists the current code and those that people may still be comparing.
func (m *Machine) codes() []CodeView {
	var list []CodeView
	for i := len(m.history) - 1; i >= 0; i-- {
		if r := &m.history[i]; r.until.IsZero() || m.now.Before(r.until) {
			list = append(list, CodeView{r.epoch, r.code})
		}
	}
	return list
}

func (m *Machine) people() []PersonView {
	var list []PersonView
	inTree := map[string]bool{}
	for _, p := range m.sorted() {
		seat, signalled := m.roster[p.id.Participant]
		inTree[p.id.Participant] = true
		row := PersonView{
			ID: p.id.Participant, Name: seat.Name, Leaf: p.index, Device: append([]byte(nil), p.id.Device...),
			Self: p.index == m.group.Self(), Host: m.state.IsHost(p.id.Device), InTree: true,
			Rooted: m.state.RootedHost(p.id.Device, m.card), Signalled: signalled, Connected: seat.Connected,
			Standing: m.standingOf(p), Answering: !p.silent, Flipped: p.flipped, Hand: p.hand, Disagreeing: !p.agrees,
		}
		if p.statement != nil {
			row.Name, row.NameSigned = p.statement.Text, true
		}
		list = append(list, row)
	}
	return append(list, m.signalledOnly(inTree)...)
}

// signalledOnly lists who is signalled and has no leaf: they get no keys.
func (m *Machine) signalledOnly(inTree map[string]bool) []PersonView {
	var list []PersonView
	for _, id := range slices.Sorted(maps.Keys(m.roster)) {
		if seat := m.roster[id]; !inTree[id] {
			list = append(list, PersonView{
				ID: id, Name: seat.Name, Self: id == m.cfg.Self, Signalled: true, Connected: seat.Connected,
			})
		}
	}
	return list
}

func (m *Machine) waitingViews(may bool) []WaitingView {
	var list []WaitingView
	for _, w := range m.knocks {
		if m.isMember(w) {
			continue
		}
		row := WaitingView{
			ID: w.id.Participant, Name: w.name, Proof: w.proof, Lobby: w.knock.Lobby,
			May: may, Failed: w.bad, Banned: m.state.IsBanned(w.id.Device),
		}
		if w.proof != ProofLink {
			row.Digits = KeyPackageDigits(w.knock.KeyPackage)
		}
		list = append(list, row)
	}
	return list
}

// doubts says why the lock is not shown, by the same rows that are shown.
func (m *Machine) doubts(people []PersonView) []Doubt {
	var list []Doubt
	about := func(kind DoubtKind, pick func(PersonView) bool) {
		var who []string
		for _, p := range people {
			if !p.Self && pick(p) {
				who = append(who, p.ID)
			}
		}
		if len(who) > 0 {
			list = append(list, Doubt{kind, who})
		}
	}
	if m.refused.active {
		list = append(list, Doubt{Kind: DoubtRefused})
	}
	if m.beat.cut {
		list = append(list, Doubt{Kind: DoubtCutOff})
	}
	about(DoubtDisagreement, func(p PersonView) bool { return p.Disagreeing })
	about(DoubtNotInTree, func(p PersonView) bool { return !p.InTree && p.Connected })
	about(DoubtUnverified, func(p PersonView) bool { return p.InTree && p.Standing == StandingUnverified })
	if !m.selfAssured() {
		list = append(list, Doubt{Kind: DoubtSelf})
	}
	about(DoubtSilent, func(p PersonView) bool { return p.InTree && !p.Answering })
	if !m.online {
		list = append(list, Doubt{Kind: DoubtOffline})
	}
	return list
}

// PersonOf returns the participant of a leaf in the current epoch.
func (m *Machine) PersonOf(leaf mls.LeafIndex) (string, bool) {
	if p := m.members[leaf]; p != nil {
		return p.id.Participant, true
	}
	return "", false
}
