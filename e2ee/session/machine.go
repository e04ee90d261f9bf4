package session

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Config is what a Machine is made from.
type Config struct {
	MeetingID string
	Self      string // the own participant id, as the server gave it
	Name      string
	Device    ed25519.PublicKey  // its signatures are asked for by Sign effects
	Root      ed25519.PrivateKey // on the creating device or with the host link; else nil
	Invite    *Invite            // nil: came without the link
	Card      []byte
	// KnownHosts are device keys that this person has verified before. For who
	// came without the link, a host among them is what makes the lock possible.
	KnownHosts []ed25519.PublicKey
	Identity   []byte    // goes with the name, opaque here
	Rand       io.Reader // nil: crypto/rand
}

// Phase is how far this device is on its way into the meeting.
type Phase uint8

// The phases. Only PhaseIn lets media and content out.
const (
	PhaseJoining  Phase = iota // asking for the group, committing
	PhaseWaiting               // there is no group, and this device may not open one
	PhaseKnocking              // its KeyPackage waits to be added
	PhaseProving               // a member, but nobody has answered its nonce yet
	PhaseAlone                 // a member, the only one
	PhaseIn
	PhaseRefused // for good: View.Reason says why
)

// String names the phase.
func (p Phase) String() string {
	return [...]string{"joining", "waiting", "knocking", "proving", "alone", "in", "refused"}[min(p, PhaseRefused)]
}

// Errors of New.
var (
	ErrConfig = errors.New("session: incomplete configuration")
	ErrCard   = errors.New("session: the meeting card does not match the link")
)

// Machine is one device's part in one meeting. It does no input or output and
// starts nothing: events and commands come in with the time, effects are taken
// out. It is not for concurrent use.
//
// What each part may do depends on where the truth is: the group's members and
// the meeting state come from the tree alone, the server's words decide only
// when somebody is treated as gone, and who is shown as signalled.
type Machine struct {
	// immutable
	cfg  Config
	card *Card
	rand io.Reader

	now    time.Time
	wake   time.Time // the earliest deadline, found anew by every step
	online bool
	phase  Phase
	reason string
	out    []Effect
	dirty  bool // the view has changed
	refs   int  // the last Ref given out

	join       joining
	links      links
	group      *mls.Group // nil before and between memberships
	state      *State     // of group
	change     *mls.Change
	floor      floor
	members    map[mls.LeafIndex]*member
	list       []*member          // by leaf index
	byID       map[string]*member // by participant
	roster     map[string]Person
	history    []epochRecord
	old        []oldGroup
	inbox      inbox
	fresh      freshness
	native     bool // see plainCompany
	report     reporting
	beat       heart
	flip       flipping
	media      media
	standing   standing
	pen        pen
	switchedBy string // who switched encryption last, by the tree
	claimed    bool   // host's rights by the root key, once
	duty       duty
	orders     []*order
	knockList  Knocks // as last told
	knocks     []*waiting
	profile    profile
	refused    refusal
	resync     resync
	leaves     leafCache
}

// New checks the card against the link and returns a machine that waits for
// Online.
func New(cfg Config, now time.Time) (*Machine, error) {
	if cfg.MeetingID == "" || cfg.Self == "" || len(cfg.Device) != ed25519.PublicKeySize {
		return nil, ErrConfig
	}
	card, err := ParseCard(cfg.Card)
	if err != nil {
		return nil, err
	}
	if err := card.Verify(cfg.Invite); err != nil {
		return nil, err
	}
	if card.MeetingID != cfg.MeetingID {
		return nil, ErrCard
	}
	if cfg.Root == nil && cfg.Invite != nil && len(cfg.Invite.Seed) == ed25519.SeedSize {
		cfg.Root = ed25519.NewKeyFromSeed(cfg.Invite.Seed)
	}
	if cfg.Root != nil && !card.Root.Equal(cfg.Root.Public()) {
		return nil, ErrCard
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	m := &Machine{cfg: cfg, card: card, rand: cfg.Rand, now: now, dirty: true}
	m.links.init(cfg.Invite, cfg.MeetingID)
	m.profile.name = cfg.Name
	m.standing.init()
	m.pen.m = m
	return m, nil
}

// Handle takes in an event. Anything in it may be wrong; nothing in it can do
// more than delay or end this device's part.
func (m *Machine) Handle(now time.Time, e Event) {
	m.advance(now)
	if m.phase == PhaseRefused {
		return
	}
	switch e := e.(type) {
	case Online:
		m.onOnline()
	case Offline:
		m.onOffline()
	case GroupState:
		m.onGroupState(e)
	case Committed:
		m.onCommitted(e)
	case Reply:
		m.onReply(e)
	case Reopened:
		m.onReopened(e)
	case Knocks:
		m.onKnocks(e)
	case Delivered:
		m.onDelivered(e)
	case Roster:
		m.onRoster(e)
	case Signed:
		m.onSigned(e)
	case MediaFlipped:
		m.onMediaFlipped(e)
	case RoomSays:
		m.onRoomSays(e)
	}
	m.work()
}

// Tick lets time pass.
func (m *Machine) Tick(now time.Time) {
	m.advance(now)
	if m.phase != PhaseRefused {
		m.work()
	}
}

// Do carries out a command, or says why not. Commits take their time: their
// outcome shows in the view, a failure as a Notice.
func (m *Machine) Do(now time.Time, c Command) error {
	m.advance(now)
	if m.phase == PhaseRefused {
		return ErrNotIn
	}
	err := m.command(c)
	m.work()
	return err
}

// Next returns when Tick is due; the zero time means that nothing is.
func (m *Machine) Next() time.Time { return m.wake }

// Take returns the effects since the last call, in order.
func (m *Machine) Take() []Effect {
	if m.dirty {
		m.dirty = false
		m.out = append(m.out, ViewChanged{})
	}
	out := m.out
	m.out = nil
	return out
}

// Close forgets all secrets that can be forgotten. What is left to take tells the
// media worker to hold.
func (m *Machine) Close() {
	m.dropGroup()
	m.join.clear()
	m.refuse(PhaseRefused, "closed")
	m.out = nil
	m.decideMedia()
}

// advance moves the clock, which never goes back.
func (m *Machine) advance(now time.Time) {
	if now.After(m.now) {
		m.now = now
	}
}

// work lets every part look at the time and at what has changed. The order
// matters: what learns something comes before what acts on it, and the media
// decisions come last.
func (m *Machine) work() {
	m.wake = time.Time{}
	if m.phase == PhaseRefused {
		m.decideMedia()
		return
	}
	m.workJoin()
	m.workResync()
	m.workRefused()
	if m.group != nil {
		m.workOld()
		m.workFresh()
		m.workHeart()
		m.workFlip()
		m.workVouching()
		m.workDuty()
		m.workReport()
	}
	m.decideMedia()
}

// at asks for a Tick at t at the latest.
func (m *Machine) at(t time.Time) {
	if !t.After(m.now) {
		t = m.now.Add(time.Millisecond)
	}
	if m.wake.IsZero() || t.Before(m.wake) {
		m.wake = t
	}
}

// due reports whether t has come, and otherwise asks for a Tick then.
func (m *Machine) due(t time.Time) bool {
	if !t.After(m.now) {
		return true
	}
	m.at(t)
	return false
}

func (m *Machine) emit(e Effect) { m.out = append(m.out, e) }

func (m *Machine) ref() int {
	m.refs++
	return m.refs
}

func (m *Machine) setPhase(p Phase) {
	if m.phase != p {
		m.phase, m.dirty = p, true
	}
}

// refuse ends this device's part for good.
func (m *Machine) refuse(p Phase, reason string) {
	m.reason = reason
	m.setPhase(p)
}

// random returns n bytes; without randomness nothing may go on.
func (m *Machine) random(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(m.rand, b); err != nil {
		m.refuse(PhaseRefused, "no randomness")
		return nil
	}
	return b
}

func (m *Machine) onOnline() {
	m.online = true
	m.dirty = true
	if m.group == nil {
		m.startJoin()
		return
	}
	// What was heard before says nothing about now.
	for _, p := range m.members {
		p.heard = m.now
	}
	m.demandFresh()
	m.startResync(0)
}

func (m *Machine) onOffline() {
	m.online = false
	m.dirty = true
	m.fresh.posted = time.Time{}
	m.pen.reset()
	if m.group == nil && m.join.step != joinIdle {
		m.join.restart()
	}
}

func (m *Machine) onReply(r Reply) {
	switch {
	case m.join.ref != 0 && r.Ref == m.join.ref:
		m.joinReply(r)
	case m.resync.ref != 0 && r.Ref == m.resync.ref:
		m.resyncReply(r)
	case m.duty.ref != 0 && r.Ref == m.duty.ref:
		m.dutyReply(r)
	case m.lateReply(r):
	default:
		for _, c := range r.Missed {
			m.onCommitted(c)
		}
	}
}

func (m *Machine) onSigned(s Signed) {
	m.pen.answer(s)
	if m.group == nil && m.join.step == joinSigning {
		m.carryOut()
	}
}
