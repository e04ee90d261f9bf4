package session

import (
	"bytes"
	"time"
)

// resync is a look at what the delivery service holds, while being a member.
type resync struct {
	at     time.Time // when to look; zero: no need
	asked  bool
	until  time.Time // for the answer
	last   time.Time
	behind uint64    // the epoch that the service names
	lag    time.Time // until when the commits up to it may come
	ref    int       // of an Open
}

// startResync looks after a while, but not too often.
func (m *Machine) startResync(after time.Duration) {
	at := m.now.Add(after)
	if soonest := m.resync.last.Add(retryPause); !m.resync.last.IsZero() && at.Before(soonest) {
		at = soonest
	}
	if m.resync.at.IsZero() || at.Before(m.resync.at) {
		m.resync.at = at
	}
}

func (m *Machine) workResync() {
	if m.group == nil || !m.online {
		return
	}
	s := &m.resync
	if s.behind > m.group.Epoch() && m.due(s.lag) {
		m.lost("missed changes of the group", 0)
		return
	}
	waits := !m.inbox.gap.IsZero() && m.due(m.inbox.gap.Add(gapTime)) ||
		!m.inbox.strange.IsZero() && m.due(m.inbox.strange.Add(strangeTime)) ||
		m.phase == PhaseProving && m.due(m.fresh.since.Add(provingLook))
	if waits && !s.asked && s.at.IsZero() && m.due(s.last.Add(resyncGap)) {
		s.at = m.now
	}
	if !s.at.IsZero() && m.due(s.at) {
		s.at, s.asked, s.last, s.until = time.Time{}, true, m.now, m.now.Add(answerTime)
		m.emit(Fetch{})
	}
	if s.asked && m.due(s.until) {
		s.asked = false
		m.startResync(0)
		m.at(s.at)
	}
}

// resyncState compares what the delivery service holds with the own group.
func (m *Machine) resyncState(g GroupState) {
	s := &m.resync
	if !s.asked {
		return
	}
	s.asked = false
	epoch := m.group.Epoch()
	switch {
	case !g.Exists:
		// It has lost the meeting's group; whoever still has it gives it back.
		if info, err := m.group.GroupInfo(); err == nil {
			s.ref = m.ref()
			m.emit(Open{Ref: s.ref, Info: info})
		}
	case g.Epoch > epoch:
		s.behind, s.lag = g.Epoch, m.now.Add(time.Second)
	case g.Epoch < epoch:
		if info, err := m.group.GroupInfo(); err == nil {
			m.emit(PublishInfo{Epoch: epoch, Info: info})
		}
	default:
		m.compareInfo(g.Info)
	}
	m.inbox.strange = time.Time{}
}

// compareInfo finds out whether the meeting goes on in another group of the same
// epoch: this device was split off, and joins the other under the floor.
func (m *Machine) compareInfo(info []byte) {
	view, _, err := m.inspect(info)
	if err != nil {
		return
	}
	if !bytes.Equal(view.GroupID(), m.group.ID()) ||
		!bytes.Equal(view.ConfirmedTranscriptHash(), m.group.ConfirmedTranscriptHash()) {
		m.lost("the meeting goes on in another group", 0)
	}
}

// resyncReply: somebody else has given back a group first.
func (m *Machine) resyncReply(r Reply) {
	m.resync.ref = 0
	if !r.Accepted {
		m.startResync(retryPause)
	}
}
