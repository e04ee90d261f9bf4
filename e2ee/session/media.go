package session

import (
	"slices"
	"time"
)

// baseLabel is the exporter label of RFC 9605 section 5.2.
const (
	baseLabel  = "SFrame 1.0 Base Key"
	baseSize   = 32
	settleTime = 200 * time.Millisecond // before a sender uses an epoch that only adds
	trailTime  = time.Second            // before a sender uses the epoch of a switch on, or sends clear after one off
	maxSettle  = 64
)

// media is what the media worker has been told.
type media struct {
	sends   MediaSend
	gets    MediaReceive
	told    bool
	sendKey uint64 // the epoch whose key seals
	settle  []settling
	proven  bool      // fresh at least once in this membership
	clearAt time.Time // after a switch off frames still leave sealed until then, at most
}

// settling is an epoch that senders will use at a time.
type settling struct {
	epoch uint64
	at    time.Time
}

// drop forgets epochs; the worker is told to hold by the next decision.
func (d *media) drop() { *d = media{sends: d.sends, gets: d.gets, told: d.told} }

// mediaEpoch gives out the key of a new epoch and decides when to use it: at once
// when somebody has gone, after a moment when somebody has come, so that all have
// the key before the first frame under it. A switch is processed by all at about the
// same time, and a busy device takes its time: frames go on, or begin, under the key
// of the epoch before, which all have.
func (m *Machine) mediaEpoch(base []byte, previous *State, came, went []*member) {
	e := MediaEpoch{Epoch: m.group.Epoch(), Self: m.group.Self(), Removes: len(went) > 0, At: m.now}
	copy(e.Base[:], base)
	clear(base)
	for _, p := range m.sorted() {
		e.Leaves = append(e.Leaves, LeafOwner{p.index, p.id.Participant})
	}
	m.emit(e)
	d := &m.media
	if m.state.E2EE {
		d.clearAt = time.Time{}
	} else if previous != nil && previous.E2EE && d.sends.Mode == Seal {
		// Those who process the switch later must not drop our first clear frames.
		d.clearAt = m.now.Add(trailTime)
		if !e.Removes {
			d.settle = nil
			return
		}
	}
	seals := m.sendMode() == Seal || m.now.Before(d.clearAt)
	if previous == nil || e.Removes || !seals {
		d.sendKey, d.settle = e.Epoch, nil
		return
	}
	at := m.now.Add(settleTime)
	if previous.E2EE != m.state.E2EE && len(came) == 0 {
		at = m.now.Add(trailTime)
	}
	for n := len(d.settle); n > 0 && d.settle[n-1].at.After(at); n-- { // who came does not have it
		d.settle = d.settle[:n-1]
	}
	if len(d.settle) == maxSettle { // joiners faster than any person: skip ahead
		d.sendKey, d.settle = d.settle[0].epoch, d.settle[1:]
	}
	d.settle = append(d.settle, settling{e.Epoch, at})
}

// sendMode is what senders may do. Everything that is not certain holds.
func (m *Machine) sendMode() SendMode {
	switch {
	case m.plainCompany():
		return Clear
	case m.group == nil || m.phase != PhaseIn || !m.fresh.done:
		return Hold
	case m.others() == 0 || m.refused.active || m.beat.cut:
		return Hold
	case m.state.E2EE:
		return Seal
	default:
		return Clear
	}
}

// receiveMode is what receivers may do with unmarked frames: nothing before this
// device knows that the state it sees is alive.
func (m *Machine) receiveMode() MediaReceive {
	switch {
	case m.group == nil || !m.media.proven:
		return MediaReceive{Mode: ReceiveSealed}
	case !m.state.E2EE:
		return MediaReceive{Mode: ReceiveClear}
	case m.flip.active && m.now.Before(m.flip.grace): // nothing clear plays under a lock
		m.at(m.flip.grace)
		return MediaReceive{Mode: ReceiveGrace, Until: m.flip.grace, From: m.graceFrom()}
	default:
		return MediaReceive{Mode: ReceiveSealed}
	}
}

// trails reports whether frames still leave sealed after a switch off. Whoever
// cannot open them would hear noise, so with such a person it is shorter.
func (m *Machine) trails() bool {
	end := m.media.clearAt
	if m.plainThere() {
		end = end.Add(settleTime - trailTime)
	}
	return !m.due(end)
}

// decideMedia tells the media worker what has changed.
func (m *Machine) decideMedia() {
	d := &m.media
	mode := m.sendMode()
	if mode != Hold {
		d.proven = true
	}
	if mode == Clear && m.trails() {
		mode = Seal
	}
	for len(d.settle) > 0 && m.due(d.settle[0].at) {
		d.sendKey, d.settle = d.settle[0].epoch, d.settle[1:]
	}
	if mode == Clear && m.group != nil { // a switch on begins with the key of this epoch
		d.sendKey, d.settle = m.group.Epoch(), nil
	}
	sends := MediaSend{Mode: mode}
	if mode == Seal {
		sends.Epoch = d.sendKey
	}
	gets := m.receiveMode()
	if !d.told || sends != d.sends {
		m.emit(sends)
		m.dirty = true
	}
	if !d.told || gets.Mode != d.gets.Mode || !gets.Until.Equal(d.gets.Until) || !slices.Equal(gets.From, d.gets.From) {
		m.emit(gets)
	}
	d.sends, d.gets, d.told = sends, gets, true
}
