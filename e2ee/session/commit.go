package session

import (
	"slices"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Times of committing for everyone's sake.
const (
	windowTime   = 300 * time.Millisecond // further leavers and joiners are waited for
	longestDelay = 2 * time.Second        // … but not longer than this
	nextAfter    = time.Second            // until the next member takes over
	unfreshDelay = 3 * time.Second        // somebody whom nobody has answered comes last
	rekeyTime    = 5 * time.Minute
	retryPause   = 500 * time.Millisecond
	maxBatch     = 50 // joiners in one commit
)

// duty is the one commit of this device that is under way. There is never a
// second: whatever else is wanted waits until the delivery service has spoken.
type duty struct {
	ref    int
	staged *mls.Staged
	change *mls.Change
	order  *order
	until  time.Time // for the reply
	pause  time.Time // after a failure
	epoch  time.Time // since when the current epoch lasts
	single bool      // one joiner at a time, since a batch did not go
}

// drop forgets what is under way.
func (d *duty) drop() {
	if d.staged != nil {
		d.staged.Erase()
	}
	*d = duty{pause: d.pause, epoch: d.epoch, single: d.single}
}

// adopted: a commit that was under way belongs to an epoch that is over.
func (m *Machine) dutyAdopted() {
	m.duty.drop()
	m.duty.epoch = m.now
}

// needs is what the group needs somebody to commit.
type needs struct {
	first, last time.Time
	removes     []*member
	adds        []*waiting
}

func (n *needs) at(t time.Time) {
	if n.first.IsZero() || t.Before(n.first) {
		n.first = t
	}
	n.last = latest(n.last, t)
}

func (n *needs) none() bool { return len(n.removes) == 0 && len(n.adds) == 0 }

// due is when the first in line commits: after a quiet window, under constant
// churn after two seconds, and at once when a batch is full.
func (n *needs) due() time.Time {
	if len(n.adds) >= maxBatch {
		return n.first
	}
	at := n.last.Add(windowTime)
	if latest := n.first.Add(longestDelay); at.After(latest) {
		return latest
	}
	return at
}

// needs looks through the members and the waiting.
func (m *Machine) needs() needs {
	var n needs
	for _, p := range m.sorted() {
		if !m.isGone(p) && !m.isMute(p) && !m.isFrozen(p) {
			p.gone = time.Time{}
			continue
		}
		if p.gone.IsZero() {
			p.gone = m.now
		}
		n.removes = append(n.removes, p)
		n.at(p.gone)
	}
	for _, w := range m.knocks {
		if len(n.adds) < maxBatch && m.isWelcome(w) {
			n.adds = append(n.adds, w)
			n.at(w.since)
		}
	}
	return n
}

// isWelcome reports whether the rules let this device add w without being asked:
// the meeting is open and w has proven the link.
func (m *Machine) isWelcome(w *waiting) bool {
	return !w.bad && !w.admitted && w.proof == ProofLink && !m.state.Lobby && !m.state.Locked &&
		!m.state.IsBanned(w.id.Device) && m.hasPlace(w)
}

// hasPlace reports whether w can be added: it is not there yet, and nobody else
// has its place.
func (m *Machine) hasPlace(w *waiting) bool {
	_, free := m.inPlaceOf(w)
	return free && !m.isMember(w)
}

// rank is the own place in the line of committers: connected members by leaf
// index, without those who are to be removed or have not been heard for long.
func (m *Machine) rank() int {
	rank := 0
	for _, p := range m.sorted() {
		if p.index == m.group.Self() {
			break
		}
		if p.gone.IsZero() && !m.isAway(p) && !p.silent {
			rank++
		}
	}
	return rank
}

// workDuty commits what is wanted: first what this person ordered, then what the
// group needs, when it is this device's turn.
func (m *Machine) workDuty() {
	n := m.needs()
	if m.duty.staged != nil {
		if m.due(m.duty.until) {
			m.duty.drop()
			m.startResync(0)
		}
		return
	}
	if !m.online || m.refused.active || !m.due(m.duty.pause) {
		return
	}
	m.claim()
	if m.workOrders(n) {
		return
	}
	if m.workAdmitted() {
		return
	}
	delay := time.Duration(m.rank()) * nextAfter
	if !m.fresh.done {
		delay += unfreshDelay
	}
	if !n.none() {
		if m.due(n.due().Add(delay)) {
			m.commitNeeds(n)
		}
		return
	}
	if m.others() > 0 && m.due(m.duty.epoch.Add(rekeyTime+delay)) {
		m.commit(nil, nil, nil, nil)
	}
}

// commitNeeds commits removals and joiners together.
func (m *Machine) commitNeeds(n needs) {
	if m.duty.single && len(n.adds) > 1 {
		n.adds = n.adds[:1]
	}
	m.commit(n.removes, n.adds, nil, nil)
}

// workAdmitted adds who was let in by name at this device.
func (m *Machine) workAdmitted() bool {
	var adds []*waiting
	for _, w := range m.knocks {
		if w.admitted && !w.bad && m.hasPlace(w) && !m.state.IsBanned(w.id.Device) && len(adds) < maxBatch && m.mayAdmit() {
			adds = append(adds, w)
		}
	}
	if len(adds) == 0 {
		return false
	}
	if m.duty.single {
		adds = adds[:1]
	}
	m.commit(nil, adds, nil, nil)
	return true
}

// mayAdmit reports whether the state lets this device add people by name.
func (m *Machine) mayAdmit() bool {
	if m.state.IsHost(m.cfg.Device) {
		return true
	}
	return !m.state.Locked && (!m.state.Lobby || m.state.Admit == AdmitMembers)
}

// commit stages a commit and hands it to the delivery service. Removals are of
// leaves, adds carry the link's pre-shared key, state may be nil.
func (m *Machine) commit(removes []*member, adds []*waiting, state *State, o *order) {
	proposals := make([]mls.Proposal, 0, len(removes)+len(adds)+2)
	gone := make([]mls.LeafIndex, 0, len(removes))
	for _, p := range removes {
		gone = append(gone, p.index)
	}
	var without []*mls.PublicKeyPackage
	added := make([]string, 0, len(adds))
	for _, w := range adds {
		if old, _ := m.inPlaceOf(w); old != nil && !slices.Contains(gone, old.index) {
			gone = append(gone, old.index)
		}
		proposals = append(proposals, mls.Add(w.kp))
		added = append(added, w.id.Participant)
		if w.proof != ProofLink {
			without = append(without, w.kp)
		}
	}
	for _, i := range gone {
		proposals = append(proposals, mls.Remove(i))
	}
	if len(adds) > 0 {
		proposals = append(proposals, mls.PSK(LinkPSKID(m.state.LinkNumber)))
	}
	if state != nil || len(adds) > 0 {
		if state == nil {
			state = m.state
		}
		extensions, err := NextExtensions(m.group.View(), state, gone, len(adds))
		if err != nil {
			m.failed(o, err)
			return
		}
		proposals = append(proposals, mls.SetExtensions(extensions))
	}
	m.change = nil
	staged, err := m.group.Commit(proposals...)
	if err != nil {
		m.commitFailed(adds, o, err)
		return
	}
	effect := Commit{Ref: m.ref(), Epoch: m.group.Epoch(), Commit: staged.Commit, Added: added}
	if effect.Info, err = staged.Next.GroupInfo(); err == nil && len(adds) > 0 {
		effect.Welcome, err = m.closeHandover(staged.Welcome, without)
	}
	if err != nil {
		staged.Erase()
		m.commitFailed(adds, o, err)
		return
	}
	d := &m.duty
	d.ref, d.staged, d.change, d.order = effect.Ref, staged, m.change, o
	d.until = m.now.Add(answerTime)
	m.at(d.until)
	m.emit(effect)
}

// commitFailed: what this device may not or cannot commit is given up, so that
// one bad KeyPackage cannot stop the queue.
func (m *Machine) commitFailed(adds []*waiting, o *order, err error) {
	m.duty.pause = m.now.Add(retryPause)
	m.at(m.duty.pause)
	switch {
	case o != nil:
		m.failed(o, err)
	case len(adds) == 1:
		adds[0].bad, m.duty.single = true, false
		m.dirty = true
	case len(adds) > 1:
		m.duty.single = true
	}
}

// dutyReply is the delivery service's verdict on the own commit.
func (m *Machine) dutyReply(r Reply) {
	d := &m.duty
	switch {
	case r.Accepted:
		m.adoptOwn()
		m.drain()
	case r.Failed:
		d.drop()
		d.pause = m.now.Add(retryPause)
	default:
		d.drop()
		for _, c := range r.Missed {
			m.onCommitted(c)
		}
		if len(r.Missed) == 0 {
			d.pause = m.now.Add(retryPause)
			m.startResync(retryPause)
		}
	}
}

// adoptOwn moves to the epoch that the own commit made.
func (m *Machine) adoptOwn() {
	d := &m.duty
	next, change, o := d.staged.Next, d.change, d.order
	d.staged = nil // its group lives on
	d.single = false
	if o != nil {
		m.orderDone(o)
	}
	m.adopt(next, change)
}
