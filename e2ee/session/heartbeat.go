package session

import (
	"bytes"
	"time"
)

// Times of heartbeats.
const (
	beatTime     = 10 * time.Second // of hosts and the lowest leaves
	lowestLeaves = 16
	muteSlack    = 2 * time.Second // on top of three intervals
	silenceTime  = 60 * time.Second
)

// heart is the own heartbeat and what the others' silence led to.
type heart struct {
	next time.Time
	cut  bool      // most expected leaves are silent: nothing is sent
	any  time.Time // when another leaf was heard last, or there was none
}

// startHeart spreads the first heartbeats of many joiners over the interval.
func (m *Machine) startHeart() {
	spread := time.Duration(m.group.Self()) * 137 * time.Millisecond
	m.beat = heart{next: m.now.Add(time.Second + spread%beatTime), any: m.now}
}

// heartbeat is what this device believes the group to be.
func (m *Machine) heartbeat() Heartbeat {
	last := m.history[len(m.history)-1]
	return Heartbeat{Epoch: last.epoch, Transcript: last.transcript, Sequence: last.sequence}
}

// interval is how often a leaf is to be heard.
func (m *Machine) interval(p *member) time.Duration {
	if m.state.IsHost(p.id.Device) {
		return beatTime
	}
	if p.place < lowestLeaves {
		return beatTime
	}
	return max(beatTime, time.Duration(len(m.members))*time.Second/5)
}

// workHeart sends the heartbeat and looks for silence.
func (m *Machine) workHeart() {
	if m.online && m.due(m.beat.next) {
		h := m.heartbeat()
		m.post(&h)
		m.beat.next = m.now.Add(m.interval(m.self()))
		m.at(m.beat.next)
		m.repeatFlipped()
	}
	m.workSilence()
}

// workSilence stops sending when most of the leaves that should have been heard
// within the last minute were not: a server that withholds a removal can do so
// for no longer than that.
func (m *Machine) workSilence() {
	expected, heard := 0, 0
	for _, p := range m.members {
		if p.index == m.group.Self() || 3*m.interval(p) > silenceTime {
			continue
		}
		if p.spoke == 0 && m.now.Before(p.since.Add(silenceTime)) {
			continue // came just now and has not spoken: says nothing either way
		}
		expected++
		if !m.due(p.heard.Add(silenceTime)) {
			heard++
		}
	}
	if m.others() == 0 {
		m.beat.any = m.now
	}
	// Who only ever hears of newcomers, one after the other, may be in a fork with nobody.
	cut := expected > 0 && 2*heard < expected || m.due(m.beat.any.Add(silenceTime))
	switch {
	case cut && !m.beat.cut:
		m.beat.cut, m.dirty = true, true
	case !cut && m.beat.cut:
		m.beat.cut = false
		m.demandFresh()
	}
}

// isMute reports whether a leaf has missed three heartbeats and is to be
// removed. Somebody who hears hardly anybody is the one cut off, and removes
// nobody; of two or three people nobody can tell.
func (m *Machine) isMute(p *member) bool {
	if p.index == m.group.Self() || !m.due(p.heard.Add(3*m.interval(p)+muteSlack)) {
		return false
	}
	heard := 0
	for _, o := range m.members {
		if o.index != m.group.Self() && m.now.Before(o.heard.Add(3*m.interval(o)+muteSlack)) {
			heard++
		}
	}
	return m.others() <= 2 || 2*heard >= m.others()
}

// hear notes that something of a leaf opened.
func (m *Machine) hear(p *member, epoch uint64) {
	if p.silent {
		p.silent, m.dirty = false, true
	}
	p.heard = m.now
	if p.index != m.group.Self() {
		m.beat.any = m.now
	}
	if epoch > p.spoke {
		p.spoke = epoch
	}
}

// compare holds a heartbeat against the own history. A contradiction can only
// come from a member that lies or from a fault; either way the lock goes.
func (m *Machine) compare(p *member, epoch uint64, h *Heartbeat) {
	agrees := h.Epoch <= epoch
	for i := range m.history {
		r := &m.history[i]
		if r.epoch == h.Epoch && (!bytes.Equal(r.transcript, h.Transcript) || r.sequence != h.Sequence) {
			agrees = false
		}
	}
	if agrees != p.agrees {
		p.agrees, m.dirty = agrees, true
	}
}

// beatWithin sends a heartbeat in the current epoch within d, at most.
func (m *Machine) beatWithin(d time.Duration) {
	if at := m.now.Add(d); m.beat.next.After(at) {
		m.beat.next = at
	}
}
