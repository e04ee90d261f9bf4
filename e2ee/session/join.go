package session

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Times of joining.
const (
	answerTime    = 5 * time.Second  // the delivery service may take this long
	waitingTime   = 2 * time.Second  // between looks whether a group exists
	queuedTime    = 5 * time.Second  // in the queue of an open meeting before trying alone
	knockedTime   = 15 * time.Second // between looks whether the group is still the same
	firstPause    = 250 * time.Millisecond
	longestPause  = 15 * time.Second
	staleAttempts = 2 // lost races before joining the queue
)

type joinStep uint8

const (
	joinIdle joinStep = iota
	joinFetching
	joinSigning    // the device key signs the leaf's binding
	joinOpening    // our new group is offered
	joinCommitting // our external commit is offered
	joinKnocked    // our KeyPackage waits
	joinPausing    // before the next attempt
)

type planKind uint8

const (
	planOpen planKind = iota + 1
	planExternal
	planKnock
)

// plan is what a GroupState led to.
type plan struct {
	kind   planKind
	view   *mls.View
	state  *State
	remove *mls.LeafIndex
	queued bool // knocking only because the service asked for it
}

// joining is the way into the group. One leaf key serves all attempts for one
// group id, so that a lost race costs no signature of the device key.
type joining struct {
	step         joinStep
	until        time.Time
	ref          int
	key          crypto.Signer
	groupID      []byte
	proof        []mls.Extension // of the link, in the leaf
	knockProof   []byte
	plan         plan
	opened       *mls.Group
	staged       *mls.Staged
	late         []lateCommit
	kp           *mls.KeyPackage
	knocked      *plan
	tries, stale int
	impatient    bool // was in the queue in vain
}

// clear forgets everything but the count of attempts.
func (j *joining) clear() {
	if j.staged != nil {
		j.staged.Erase()
	}
	if j.opened != nil {
		j.opened.Erase()
	}
	if j.kp != nil {
		j.kp.Erase()
	}
	j.dropLate()
	*j = joining{tries: j.tries}
}

// restart gives up what is under way; leaf key, KeyPackage and commit stay, since
// an answer may still come.
func (j *joining) restart() {
	j.keepLate()
	if j.opened != nil {
		j.opened.Erase()
		j.opened = nil
	}
	j.step, j.ref = joinIdle, 0
}

// floor is what this device has seen of the meeting, and what no rejoin may
// undo: a server that starts the meeting anew cannot switch encryption off with
// it, nor bring back an older state.
type floor struct {
	groupID  []byte
	sequence uint32
	state    [32]byte
	e2ee     bool
}

var (
	errOlderState = errors.New("session: the group shown is older than what this device has seen")
	errRestarted  = errors.New("session: the meeting was started anew without encryption")
	errNoState    = errors.New("session: the group has no meeting state")
)

func (f *floor) permits(groupID []byte, s *State) error {
	switch {
	case f.groupID == nil:
		return nil
	case !bytes.Equal(f.groupID, groupID):
		if f.e2ee && !s.E2EE {
			return errRestarted
		}
	case s.Sequence < f.sequence:
		return errOlderState
	case s.Sequence == f.sequence && f.state != s.Hash():
		return errOlderState
	}
	return nil
}

func (f *floor) raise(groupID []byte, s *State) {
	*f = floor{groupID: groupID, sequence: s.Sequence, state: s.Hash(), e2ee: s.E2EE}
}

// startJoin asks for the group.
func (m *Machine) startJoin() {
	m.join.restart()
	if m.phase != PhaseKnocking && m.phase != PhaseWaiting {
		m.setPhase(PhaseJoining)
	}
	if !m.online {
		return
	}
	m.join.step = joinFetching
	m.join.until = m.now.Add(answerTime)
	m.emit(Fetch{})
}

// pause waits before the next attempt, longer each time.
func (m *Machine) pause(why error) {
	m.join.restart()
	wait := min(firstPause<<min(m.join.tries, 8), longestPause)
	m.join.tries++
	m.join.step = joinPausing
	m.join.until = m.now.Add(wait)
	if why != nil && m.reason != why.Error() {
		m.reason, m.dirty = why.Error(), true
	}
}

func (m *Machine) workJoin() {
	if m.group != nil || m.join.step == joinIdle || !m.online || !m.due(m.join.until) {
		return
	}
	if m.join.step == joinSigning { // the device key takes its time
		m.join.until = m.now.Add(answerTime)
		m.at(m.join.until)
		return
	}
	if m.join.step == joinKnocked && m.join.knocked != nil && m.join.knocked.queued {
		m.join.stale, m.join.impatient = 0, true
	}
	m.startJoin()
	m.at(m.join.until)
}

func (m *Machine) onGroupState(g GroupState) {
	if m.group != nil {
		m.resyncState(g)
		return
	}
	if m.join.step != joinFetching {
		return
	}
	if !g.Exists {
		m.noGroup()
		return
	}
	view, state, err := m.inspect(g.Info)
	if err != nil {
		m.pause(err)
		return
	}
	if m.shownLate(view) {
		return
	}
	m.join.plan = m.choose(view, state, g.Queue)
	m.prepare(view.GroupID(), view.Suite())
}

// inspect verifies a GroupInfo and the state in it.
func (m *Machine) inspect(info []byte) (*mls.View, *State, error) {
	view, err := mls.InspectGroupInfo(info, m.mlsConfig())
	if err != nil {
		return nil, nil, err
	}
	state, err := m.verifiedState(view)
	if err != nil {
		return nil, nil, err
	}
	return view, state, m.floor.permits(view.GroupID(), state)
}

// verifiedState returns the meeting state of a group this device did not see
// grow, after checking all that a joiner can: the card, the chain of grants from
// the root to the signer, and that group and meeting are the ones named.
func (m *Machine) verifiedState(view *mls.View) (*State, error) {
	return VerifyGroup(m.card, view, nil)
}

// choose decides how to enter: by an own commit where the rules allow it, else
// by knocking.
func (m *Machine) choose(view *mls.View, state *State, queue bool) plan {
	p := plan{kind: planExternal, view: view, state: state}
	if own, ok := m.ownLeaf(view); ok && m.links.has(state.LinkNumber) {
		p.remove = &own
		return p
	}
	closed := state.Lobby || state.Locked
	open := !closed && !state.IsBanned(m.cfg.Device) || state.IsHost(m.cfg.Device)
	switch {
	case !open || !m.links.has(state.LinkNumber):
		p.kind = planKnock
	case closed || m.join.impatient: // nobody would add it from the queue
	case queue || m.join.stale >= staleAttempts:
		p.kind, p.queued = planKnock, true
	}
	return p
}

// ownLeaf finds the leaf that this device left behind: same device key and same
// participant. Another tab of the same browser is another participant and stays.
func (m *Machine) ownLeaf(view *mls.View) (mls.LeafIndex, bool) {
	for _, l := range view.Members() {
		id, err := IdentityOf(l)
		if err == nil && id.Participant == m.cfg.Self && m.cfg.Device.Equal(id.Device) {
			return l.Index, true
		}
	}
	return 0, false
}

// noGroup opens one. Only a device that knows the card's link may: the others
// could not tell its card from a forged one, nor could anybody join them.
func (m *Machine) noGroup() {
	if m.floor.groupID != nil && m.floor.e2ee && !m.card.Settings.E2EE {
		m.pause(errRestarted)
		return
	}
	if !m.links.knows(m.card.LinkNumber) {
		m.setPhase(PhaseWaiting)
		m.join.step = joinPausing
		m.join.until = m.now.Add(waitingTime)
		return
	}
	id := m.random(16)
	if id == nil {
		return
	}
	m.join.plan = plan{kind: planOpen}
	m.prepare(id, m.card.Suite)
}

// prepare makes a leaf key for a group id, once for all attempts.
func (m *Machine) prepare(groupID []byte, suite mls.CipherSuite) {
	j := &m.join
	if j.key == nil || !bytes.Equal(j.groupID, groupID) {
		key, err := suite.GenerateKey()
		if err != nil {
			m.pause(err)
			return
		}
		if j.kp != nil {
			j.kp.Erase()
			j.kp, j.knocked = nil, nil
		}
		j.dropLate()
		j.key, j.groupID = key, groupID
		j.proof = linkExtension(m.links.best(), groupID, m.cfg.Self, leafKey(key))
	}
	j.step, j.until = joinSigning, m.now.Add(answerTime)
	m.at(j.until)
	m.carryOut()
}

// leafKey returns the public key as MLS writes it; only Ed25519 suites are used.
func leafKey(key crypto.Signer) []byte {
	pub, _ := key.Public().(ed25519.PublicKey)
	return pub
}

// credential asks the device key to sign for the leaf key.
func (m *Machine) credential() (mls.Credential, error) {
	return NewCredential(&m.pen, m.cfg.MeetingID, m.join.groupID, m.cfg.Self, leafKey(m.join.key))
}

// carryOut does what was planned.
func (m *Machine) carryOut() {
	var err error
	switch m.join.plan.kind {
	case planOpen:
		err = m.openGroup()
	case planExternal:
		err = m.commitSelf()
	case planKnock:
		err = m.knock()
	}
	if err != nil && !errors.Is(err, errPending) { // else again when the device key answers
		m.pause(err)
	}
}

func (m *Machine) openGroup() error {
	j := &m.join
	credential, err := m.credential()
	if err != nil {
		return err
	}
	state, err := m.firstState()
	if err != nil {
		return err
	}
	extensions, err := GroupExtensions(state)
	if err != nil {
		return err
	}
	group, err := mls.Create(m.card.Suite, j.groupID, j.key, credential, extensions, m.enteringConfig(0))
	if err != nil {
		return err
	}
	info, err := group.GroupInfo()
	if err != nil {
		return err
	}
	j.opened, j.step, j.ref, j.until = group, joinOpening, m.ref(), m.now.Add(answerTime)
	m.emit(Open{Ref: j.ref, Info: info})
	return nil
}

// firstState is sequence 0: what the card says, and who opens with the root key
// is its first host.
func (m *Machine) firstState() (*State, error) {
	if m.cfg.Root == nil {
		return FirstState(m.card, m.join.groupID, nil), nil
	}
	host, err := RootHost(m.cfg.MeetingID, m.cfg.Root, m.cfg.Device)
	if err != nil {
		return nil, err
	}
	state := FirstState(m.card, m.join.groupID, &host)
	return state, state.Sign(&m.pen)
}

func (m *Machine) commitSelf() error {
	j := &m.join
	credential, err := m.credential()
	if err != nil {
		return err
	}
	x := mls.External{
		Key: j.key, Credential: credential, Remove: j.plan.remove,
		PSKs: [][]byte{LinkPSKID(j.plan.state.LinkNumber)},
	}
	staged, err := j.plan.view.ExternalCommit(x, m.enteringConfig(j.plan.view.Epoch()+1))
	if err != nil {
		return err
	}
	info, err := staged.Next.GroupInfo()
	if err != nil {
		return err
	}
	j.staged, j.step, j.ref, j.until = staged, joinCommitting, m.ref(), m.now.Add(answerTime)
	m.emit(Commit{Ref: j.ref, Epoch: j.plan.view.Epoch(), Commit: staged.Commit, Info: info})
	return nil
}

// knock offers a KeyPackage; one made for the same group is offered again as it
// is, so that whoever is just adding it is not disturbed.
func (m *Machine) knock() error {
	j := &m.join
	if j.kp == nil {
		credential, err := m.credential()
		if err != nil {
			return err
		}
		kp, err := mls.NewKeyPackage(m.card.Suite, j.key, credential, m.mlsConfig())
		if err != nil {
			return err
		}
		j.kp = kp
		j.knockProof = m.knockProof(kp.Bytes())
	}
	p := j.plan
	j.knocked, j.step = &p, joinKnocked
	wait := knockedTime
	if p.queued {
		wait = queuedTime
	}
	j.until = m.now.Add(wait)
	if !p.queued {
		m.setPhase(PhaseKnocking)
	}
	m.emit(Knock{KeyPackage: j.kp.Bytes(), Proof: j.knockProof})
	return nil
}

func (m *Machine) joinReply(r Reply) {
	j := &m.join
	if r.Failed {
		m.pause(nil)
		return
	}
	j.ref = 0
	switch {
	case r.Accepted && j.step == joinOpening:
		group := j.opened
		j.opened = nil
		m.enter(group)
		m.native = m.group != nil
	case r.Accepted && j.step == joinCommitting:
		group := j.staged.Next
		j.staged = nil
		m.enter(group)
	default:
		if j.staged != nil {
			j.staged.Erase()
			j.staged = nil
		}
		if m.ordered(r.Missed) {
			return
		}
		j.stale++
		m.startJoin()
	}
}

// onWelcome is the answer to the knock.
func (m *Machine) onWelcome(c Committed) {
	j := &m.join
	if j.kp == nil || len(c.Welcome) == 0 {
		return
	}
	welcome, err := m.openHandover(c.Welcome)
	if err != nil {
		return
	}
	group, err := mls.Join(j.kp, welcome, nil, m.mlsConfig())
	if err != nil {
		return // a Welcome for somebody else, or not a good one: go on waiting
	}
	state, err := m.verifiedState(group.View())
	if err == nil {
		err = m.floor.permits(group.ID(), state)
	}
	if err == nil {
		err = m.checkWelcomePSK(group, state)
	}
	if err != nil {
		group.Erase()
		m.pause(err)
		return
	}
	j.kp.Erase()
	j.kp = nil
	m.enter(group)
}

// checkWelcomePSK makes sure that whoever added this device knows the link: a
// Welcome without the PSK may come from a group that the server made up.
func (m *Machine) checkWelcomePSK(group *mls.Group, state *State) error {
	for _, id := range group.JoinPSKs() {
		if bytes.Equal(id, LinkPSKID(state.LinkNumber)) {
			return nil
		}
	}
	return errors.New("session: the welcome does not list the link's secret")
}

// enter makes a group the own one.
func (m *Machine) enter(group *mls.Group) {
	m.profile.key, m.profile.statement = m.join.key, nil
	m.join.clear()
	m.join.tries = 0
	m.reason = ""
	m.group, m.state = nil, nil
	before := m.floor.groupID
	m.adopt(group, nil)
	if m.group == nil {
		return
	}
	if before != nil {
		m.emit(Notice{Kind: NoticeRejoined, Who: m.cfg.Self})
	}
	m.demandFresh()
	m.startHeart()
	m.onKnocks(m.knockList)
}

// lost gives up the membership and joins again: MLS state is never kept, so
// losing the thread means rejoining.
func (m *Machine) lost(why string, after time.Duration) {
	m.dropGroup()
	m.reason, m.dirty = why, true
	m.setPhase(PhaseJoining)
	m.join.clear()
	m.join.step, m.join.until = joinPausing, m.now.Add(after)
	m.at(m.join.until)
}

// dropGroup forgets the membership with its secrets.
func (m *Machine) dropGroup() {
	if m.group != nil {
		m.group.Erase()
	}
	for _, o := range m.old {
		o.group.Erase()
	}
	m.duty.drop()
	m.group, m.state, m.old, m.members, m.history = nil, nil, nil, nil, nil
	m.list, m.byID, m.knocks = nil, nil, nil
	m.inbox = inbox{}
	m.fresh, m.beat, m.flip, m.native = freshness{}, heart{}, flipping{}, false
	m.refused, m.resync = refusal{}, resync{}
	m.media.drop()
}
