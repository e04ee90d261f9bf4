package session

import (
	"bytes"
	"errors"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Bounds of what is kept of the past and the future.
const (
	historyEpochs = 16               // heartbeats are compared with these
	codeTime      = 2 * time.Minute  // security codes of earlier epochs
	maxCodes      = 256              // … and at most so many
	oldTime       = 30 * time.Second // message keys of an old epoch
	maxOld        = 32
	refusalTime   = 3 * time.Second // for most members to refuse the same
)

// epochRecord is what a heartbeat about an epoch is compared with, and its
// security code.
type epochRecord struct {
	epoch      uint64
	transcript []byte
	sequence   uint32
	code       Code
	until      time.Time // the code is shown so long after the epoch has ended
}

// oldGroup opens late messages of an earlier epoch.
type oldGroup struct {
	group *mls.Group
	until time.Time
}

// refusal is a commit that this device does not accept, until most others do
// the same or it turns out to be alone with it.
type refusal struct {
	active bool
	epoch  uint64
	commit []byte
	until  time.Time
}

// enteringConfig is mlsConfig for a leaf that enters by its own commit.
func (m *Machine) enteringConfig(epoch uint64) mls.Config {
	c := m.mlsConfig()
	c.LeafExtensions = append(slices.Clone(m.join.proof), EntryOf(epoch))
	return c
}

// mlsConfig is what every group of this machine runs under.
func (m *Machine) mlsConfig() mls.Config {
	return mls.Config{
		Authenticate:    m.authenticate,
		Accept:          m.accept,
		PSK:             m.links.pskByID,
		Extensions:      []uint16{StateExtension, LinkProofExtension, EntryExtension},
		LeafExtensions:  m.join.proof,
		CredentialTypes: []uint16{CredentialType},
		Now:             func() time.Time { return m.now },
		// Clocks are wrong, and members must not disagree about an Add because of
		// theirs; that somebody is there now is proven by nonces, not by dates.
		Lifetime: -1,
	}
}

// accept is asked by MLS about every commit before anything of it is kept.
func (m *Machine) accept(c *mls.Change) error {
	data, ok := c.Previous.Extension(StateExtension)
	if !ok {
		return errNoState
	}
	previous, err := ParseState(data)
	if err != nil {
		return err
	}
	if err := Accept(previous, m.card, c); err != nil {
		return err
	}
	m.change = c
	return nil
}

// onCommitted takes in what the delivery service ordered.
func (m *Machine) onCommitted(c Committed) {
	if len(c.Commit) > mls.MaxMessage || len(c.Welcome) > mls.MaxMessage {
		return
	}
	if m.group == nil {
		switch {
		case m.ordered([]Committed{c}):
		case len(c.Welcome) > 0:
			m.onWelcome(c)
		default:
			m.inbox.keepCommit(c, m.now)
		}
		return
	}
	switch epoch := m.group.Epoch(); {
	case c.Epoch < epoch:
	case c.Epoch > epoch:
		m.inbox.keepCommit(c, m.now)
	default:
		m.apply(c)
	}
	m.drain()
}

// drain applies what came too early.
func (m *Machine) drain() {
	for m.group != nil {
		c, ok := m.inbox.nextCommit(m.group.Epoch())
		if !ok {
			break
		}
		before := m.group.Epoch()
		m.apply(c)
		if m.group != nil && m.group.Epoch() == before {
			break
		}
	}
	m.openHeld()
}

// publicMessage is how every MLSMessage starts whose wire format is
// PublicMessage (RFC 9420 section 6): commits in any other form are refused.
var publicMessage = []byte{0, 1, 0, 1}

var errForm = errors.New("session: not a commit in a public message")

// apply processes one commit of the current epoch. Nothing changes unless MLS
// and the acceptance rules both take it.
func (m *Machine) apply(c Committed) {
	if m.duty.staged != nil && bytes.Equal(c.Commit, m.duty.staged.Commit) {
		m.adoptOwn()
		return
	}
	if m.refused.active && bytes.Equal(c.Commit, m.refused.commit) {
		return
	}
	m.change = nil
	var received *mls.Received
	err := errForm
	if bytes.HasPrefix(c.Commit, publicMessage) {
		received, err = m.group.Process(c.Commit)
	}
	switch {
	case errors.Is(err, mls.ErrRemoved):
		m.removed(received)
	case errors.Is(err, mls.ErrOwnCommit):
		m.lost("an own commit came back that this device had given up", 0)
	case err != nil:
		m.refuseCommit(c)
	case received.Next == nil || received.Change == nil:
		m.refuseCommit(c) // a proposal by itself, or no handshake at all
	default:
		m.adopt(received.Next, received.Change)
	}
}

// removed ends the membership: banned people stay out, all others may come back
// the way the state allows.
func (m *Machine) removed(r *mls.Received) {
	var by string
	banned := false
	if r != nil && r.Change != nil {
		if id, err := IdentityOf(r.Change.CommitterLeaf); err == nil {
			by = id.Participant
		}
		if data, ok := r.Change.Next.Extension(StateExtension); ok {
			s, err := ParseState(data)
			banned = err == nil && s.IsBanned(m.cfg.Device)
		}
	}
	kind := NoticeRemoved
	if banned {
		kind = NoticeBanned
	}
	m.emit(Notice{Kind: kind, Who: m.cfg.Self, By: by})
	if banned {
		m.dropGroup()
		m.refuse(PhaseRefused, "removed by a host")
		return
	}
	m.lost("removed from the group", time.Second)
}

// refuseCommit says so and waits for the others' verdict. Until then nothing is
// sent: the device does not know which group it is in.
func (m *Machine) refuseCommit(c Committed) {
	m.refused = refusal{active: true, epoch: c.Epoch, commit: bytes.Clone(c.Commit), until: m.now.Add(refusalTime)}
	m.dirty = true
	m.emit(Refuse{Epoch: c.Epoch})
}

// workRefused rejoins when the refusal was ours alone.
func (m *Machine) workRefused() {
	if m.refused.active && m.group != nil && m.due(m.refused.until) {
		m.lost("this device refused a change that others took", 0)
	}
}

// onReopened: most members refused. For a device that has refused, or not yet
// seen, the commit of that epoch this means going on. One that took it never
// goes back by itself, since going back could undo a removal: it joins anew,
// under the floor and the nonces of every join.
func (m *Machine) onReopened(r Reopened) {
	if m.group == nil {
		return
	}
	epoch := m.group.Epoch()
	switch {
	case r.Epoch == epoch:
		m.refused.active = m.refused.active && m.refused.epoch != epoch
		m.dirty = true
		m.duty.drop()
	case r.Epoch < epoch:
		// The service may reopen some epochs back; what was built on it is gone.
		m.lost("most members refused a change that this device took", firstPause)
	}
}

// adopt makes next the current group. change is nil when the group is entered.
func (m *Machine) adopt(next *mls.Group, change *mls.Change) {
	state, err := stateOf(next)
	var base []byte
	if err == nil {
		base, err = next.Export(baseLabel, nil, baseSize)
	}
	if err != nil {
		next.Erase()
		m.lost("the group is of no use", firstPause)
		return
	}
	previous, before := m.state, m.group
	if before != nil {
		m.keepOld(before)
	}
	m.group, m.state = next, state
	m.floor.raise(next.ID(), state)
	m.refused = refusal{}
	m.dutyAdopted()
	m.record()
	came, went := m.rebuild()
	m.rotated(previous, state)
	m.pruneVouches()
	if change != nil && !change.External {
		if p := m.members[change.Committer]; p != nil {
			m.hear(p, next.Epoch())
		}
	}
	m.mediaEpoch(base, previous, came, went)
	m.flipState(previous, change, came)
	m.announce(previous, change, went)
	m.freshChanged()
	m.greet(came)
	m.dirty = true
}

func stateOf(g *mls.Group) (*State, error) {
	data, ok := g.Extension(StateExtension)
	if !ok {
		return nil, errNoState
	}
	return ParseState(data)
}

// record remembers the epoch for heartbeats and codes.
func (m *Machine) record() {
	if n := len(m.history); n > 0 {
		m.history[n-1].until = m.now.Add(codeTime)
	}
	m.history = append(m.history, epochRecord{
		epoch: m.group.Epoch(), transcript: m.group.ConfirmedTranscriptHash(),
		sequence: m.state.Sequence, code: SecurityCode(m.group.EpochAuthenticator()),
	})
	drop := max(0, len(m.history)-maxCodes)
	for drop < len(m.history)-historyEpochs && m.history[drop].until.Before(m.now) {
		drop++
	}
	m.history = m.history[drop:]
}

// keepOld keeps an epoch's message keys for a while.
func (m *Machine) keepOld(g *mls.Group) {
	m.old = append(m.old, oldGroup{g, m.now.Add(oldTime)})
	if len(m.old) > maxOld {
		m.old[0].group.Erase()
		m.old = m.old[1:]
	}
}

func (m *Machine) workOld() {
	for len(m.old) > 0 && m.due(m.old[0].until) {
		m.old[0].group.Erase()
		m.old = m.old[1:]
	}
}

// announce turns what a commit changed into notices. Who did it is whose leaf
// committed, by the tree.
func (m *Machine) announce(previous *State, change *mls.Change, went []*member) {
	if previous == nil || change == nil {
		return
	}
	var by string
	if p := m.members[change.Committer]; p != nil {
		by = p.id.Participant
	}
	for _, p := range went {
		kind := NoticeRemoved
		if m.state.IsBanned(p.id.Device) {
			kind = NoticeBanned
		}
		if change.External && p.id.Participant == by {
			continue // it took its own old leaf along
		}
		m.emit(Notice{Kind: kind, Who: p.id.Participant, By: by})
	}
	if previous.E2EE != m.state.E2EE {
		kind := NoticeSwitchedOff
		if m.state.E2EE {
			kind = NoticeSwitchedOn
		}
		m.emit(Notice{Kind: kind, Who: by, By: by})
	}
	for _, p := range m.sorted() {
		was, is := previous.IsHost(p.id.Device), m.state.IsHost(p.id.Device)
		switch host, _ := m.state.Host(p.id.Device); {
		case is && !was && len(host.Grants) == 0:
			m.emit(Notice{Kind: NoticeTookOver, Who: p.id.Participant, By: by})
		case is && !was:
			m.emit(Notice{Kind: NoticeHostAdded, Who: p.id.Participant, By: by})
		case was && !is:
			m.emit(Notice{Kind: NoticeHostRemoved, Who: p.id.Participant, By: by})
		}
	}
}
