package session

import (
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Times of switching.
const (
	graceTime  = 2 * time.Second  // clear frames under way still play
	speakTime  = 2 * time.Second  // own heartbeat, unless flipped was said before
	frozenTime = 5 * time.Second  // for a heartbeat in the new epoch
	repeatTime = 30 * time.Second // own word is repeated so long with heartbeats
)

// flipping is a switch to on until nobody sends clear any more.
type flipping struct {
	active   bool
	epoch    uint64 // the one that the host's commit made
	sequence uint32
	since    time.Time
	grace    time.Time
	key      uint64 // own frames are sealed under that epoch's key first
	own      bool   // this device has said that it sends no clear frame
}

// flipState follows the state's encryption. previous is nil when the group is
// entered: who comes later never sent a clear frame under this state.
func (m *Machine) flipState(previous *State, change *mls.Change, came []*member) {
	for _, p := range came {
		p.must, p.flipped = false, true
	}
	if previous == nil {
		m.flip = flipping{}
		return
	}
	if previous.E2EE == m.state.E2EE {
		m.flipDone()
		return
	}
	m.flip = flipping{}
	if change != nil {
		if p := m.members[change.Committer]; p != nil {
			m.switchedBy = p.id.Participant
		}
	}
	if !m.state.E2EE {
		for _, p := range m.members {
			p.must, p.flipped = false, true
		}
		return
	}
	f := &m.flip
	f.active, f.epoch, f.sequence, f.since = true, m.group.Epoch(), m.state.Sequence, m.now
	f.grace, f.key = m.now.Add(graceTime), m.media.sendKey
	present := map[*member]bool{}
	for _, p := range came {
		present[p] = true
	}
	for _, p := range m.members {
		p.must = !present[p]
		p.flipped = !p.must
	}
	m.beatWithin(speakTime)
	if m.media.sends.Mode != Clear { // nothing went out clear, nothing can follow
		m.sayFlipped()
	}
}

// graceFrom lists those whose clear frames may still be under way while the switch
// lasts: they were members when the host's commit came. That they have said they are
// through does not count yet, for the word may overtake their last frames.
func (m *Machine) graceFrom() []string {
	from := map[mls.LeafIndex]*member{}
	for i, p := range m.members {
		if p.must && i != m.group.Self() {
			from[i] = p
		}
	}
	return m.names(from)
}

// onMediaFlipped is the word that the last clear frame has had time to arrive.
func (m *Machine) onMediaFlipped(e MediaFlipped) {
	if m.group != nil && m.flip.active && !m.flip.own && e.Epoch >= m.flip.key {
		m.sayFlipped()
	}
}

func (m *Machine) sayFlipped() {
	m.flip.own = true
	if p := m.self(); p != nil {
		p.flipped = true
	}
	m.postFlipped()
	m.beat.next = m.now.Add(m.interval(m.self())) // this message has shown the same
	m.flipDone()
}

func (m *Machine) postFlipped() {
	m.post(&Flipped{Epoch: m.flip.epoch, Sequence: m.flip.sequence})
}

// repeatFlipped says it again with the heartbeats, for those whom it did not
// reach the first time.
func (m *Machine) repeatFlipped() {
	if m.flip.own && m.state.E2EE && m.now.Before(m.flip.since.Add(repeatTime)) {
		m.postFlipped()
	}
}

// onFlipped notes that a leaf sends no clear frame any more.
func (m *Machine) onFlipped(p *member, epoch uint64, f *Flipped) {
	if m.flip.active && f.Sequence == m.flip.sequence && epoch >= m.flip.epoch && !p.flipped {
		p.flipped, m.dirty = true, true
		m.flipDone()
	}
}

// flipDone ends changing when all who are still present have flipped.
func (m *Machine) flipDone() {
	if !m.flip.active {
		return
	}
	for _, p := range m.members {
		if !p.flipped {
			return
		}
	}
	m.flip.active, m.dirty = false, true
}

// workFlip lets the time of the removal of frozen leaves be looked at.
func (m *Machine) workFlip() {
	if m.flip.active {
		m.due(m.flip.since.Add(frozenTime))
	}
}

// isFrozen reports whether a leaf has not spoken in the epoch that switched
// encryption on: it would hold everyone in changing.
func (m *Machine) isFrozen(p *member) bool {
	return m.flip.active && p.must && p.index != m.group.Self() && p.spoke < m.flip.epoch &&
		m.due(m.flip.since.Add(frozenTime))
}
