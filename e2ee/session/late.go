package session

import (
	"bytes"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// maxLate bounds the own external commits whose verdict has not come.
const maxLate = 4

// lateCommit is an own external commit that the delivery service has not answered
// in time. It may still have been ordered: then this device is in, and adopts it
// instead of leaving a dead leaf behind and committing once more.
type lateCommit struct {
	ref    int
	staged *mls.Staged
}

// keepLate remembers the commit that is under way when its answer is not waited
// for any longer.
func (j *joining) keepLate() {
	if j.staged == nil {
		return
	}
	j.late = append(j.late, lateCommit{j.ref, j.staged})
	j.staged = nil
	if len(j.late) > maxLate {
		j.late[0].staged.Erase()
		j.late = j.late[1:]
	}
}

func (j *joining) dropLate() {
	for _, l := range j.late {
		l.staged.Erase()
	}
	j.late = nil
}

// lateReply takes a verdict that comes late; it reports whether it was one.
func (m *Machine) lateReply(r Reply) bool {
	j := &m.join
	for i, l := range j.late {
		if l.ref != r.Ref {
			continue
		}
		switch {
		case r.Accepted && m.group == nil:
			m.adoptLate(i)
		case !r.Failed && m.group == nil:
			j.late = append(j.late[:i:i], j.late[i+1:]...)
			l.staged.Erase()
			m.ordered(r.Missed)
		}
		return true
	}
	return false
}

// ordered looks whether one of the commits that the delivery service has ordered
// is an own one.
func (m *Machine) ordered(commits []Committed) bool {
	j := &m.join
	for _, c := range commits {
		if j.staged != nil && bytes.Equal(c.Commit, j.staged.Commit) {
			j.keepLate()
		}
		for i, l := range j.late {
			if bytes.Equal(c.Commit, l.staged.Commit) {
				m.adoptLate(i)
				return true
			}
		}
	}
	return false
}

// shownLate looks whether the group that is shown is the one that a late commit
// made, or has gone on from it by commits that are here.
func (m *Machine) shownLate(view *mls.View) bool {
	for i, l := range m.join.late {
		next := l.staged.Next
		leaf, ok := view.Leaf(next.Self())
		if !ok || !bytes.Equal(view.GroupID(), next.ID()) || view.Epoch() < next.Epoch() ||
			!bytes.Equal(leaf.SignatureKey, leafKey(m.join.key)) {
			continue
		}
		if view.Epoch() == next.Epoch() && !bytes.Equal(view.ConfirmedTranscriptHash(), next.ConfirmedTranscriptHash()) {
			continue
		}
		if m.inbox.covers(next.Epoch(), view.Epoch()) {
			m.adoptLate(i)
			return true
		}
	}
	return false
}

// adoptLate goes on in the group that an own commit has made.
func (m *Machine) adoptLate(i int) {
	j := &m.join
	group := j.late[i].staged.Next
	j.late = append(j.late[:i:i], j.late[i+1:]...)
	m.enter(group)
	m.drain()
}

// covers reports whether there is a commit for each epoch from the first to the
// one before last.
func (b *inbox) covers(from, to uint64) bool {
	for e := from; e < to; e++ {
		found := false
		for _, c := range b.commits {
			found = found || c.Epoch == e
		}
		if !found {
			return false
		}
	}
	return true
}
