package session

import (
	"crypto/sha256"
	"fmt"
	"time"
)

// simChecks are what must hold after every step of every run.
type simChecks struct {
	s      *sim
	trunk  *simTrunks
	never  bool                // encryption is never switched off
	lies   bool                // forks are possible: agreement is by transcript
	epochs map[string][32]byte // what an epoch looks like to whoever is in it
	trunks map[string]string   // transcript by group and epoch, in honest runs
	states map[string][32]byte // state by group, sequence and, with lies, transcript
	bases  map[string]MediaEpoch
}

func newSimChecks(s *sim) *simChecks {
	return &simChecks{
		s: s, trunk: &simTrunks{at: map[string]map[string]time.Time{}}, epochs: map[string][32]byte{}, trunks: map[string]string{},
		states: map[string][32]byte{}, bases: map[string]MediaEpoch{},
	}
}

func (k *simChecks) key(m *Machine) string {
	return fmt.Sprintf("%x/%d/%x", m.group.ID(), m.group.Epoch(), m.group.ConfirmedTranscriptHash())
}

// sends: no clear frame while the signed state says on, none at all before
// somebody has answered.
func (k *simChecks) sends(c *simClient, e MediaSend) {
	if e.Mode == Hold {
		return
	}
	m := c.machine
	if e.Mode == Clear && m.plainCompany() {
		return
	}
	if m.phase != PhaseIn || !m.fresh.done || m.fresh.count == 0 || m.others() == 0 {
		k.s.fail("%s sends %s in phase %s", c.id, e.Mode, m.phase)
	}
	lastSealed := e.Mode == Seal && m.now.Before(m.media.clearAt) && c.sends.Mode == Seal
	if m.state.E2EE != (e.Mode == Seal) && !lastSealed {
		k.s.fail("%s sends %s while e2ee is %v", c.id, e.Mode, m.state.E2EE)
	}
}

// epoch: whoever has the same epoch has the same keys for the same leaves.
func (k *simChecks) epoch(c *simClient, e MediaEpoch) {
	m := c.machine
	if m.group == nil || m.group.Epoch() != e.Epoch {
		return
	}
	e.Self, e.Removes = 0, false
	e.At = k.s.start
	key := k.key(m)
	seen, ok := k.bases[key]
	if !ok {
		k.bases[key] = e
		return
	}
	if seen.Base != e.Base || fmt.Sprint(seen.Leaves) != fmt.Sprint(e.Leaves) {
		k.s.fail("%s has other media keys for epoch %d", c.id, e.Epoch)
	}
}

// client checks one machine after a step.
func (k *simChecks) client(c *simClient) {
	m := c.machine
	if c.closed || m.group == nil {
		if c.sends.Mode != Hold {
			k.s.fail("%s sends %s without a group", c.id, c.sends.Mode)
		}
		return
	}
	if m.state.E2EE && (c.sends.Mode == Clear || c.gets.Mode == ReceiveClear) {
		k.s.fail("%s is clear while encryption is on", c.id)
	}
	if m.state.E2EE && c.gets.Mode == ReceiveGrace && m.mode() != ModeTurningOn {
		k.s.fail("%s plays clear frames after the switch is done", c.id)
	}
	if m.phase != PhaseIn && c.sends.Mode != Hold && !(c.sends.Mode == Clear && m.plainCompany()) {
		k.s.fail("%s sends %s in phase %s", c.id, c.sends.Mode, m.phase)
	}
	if m.state.E2EE {
		c.on = m
	} else if k.never && c.on == m {
		k.s.fail("%s is off although nobody has switched off", c.id)
	}
	if m.card.Settings.Required && !m.state.E2EE {
		k.s.fail("%s is off although encryption is required", c.id)
	}
	for _, p := range m.members {
		if m.state.IsBanned(p.id.Device) && !k.lies {
			k.s.fail("%s has a banned device in its tree", c.id)
		}
	}
	k.agree(c)
}

// agree: honest clients of the same epoch see the same state, code and members.
func (k *simChecks) agree(c *simClient) {
	m := c.machine
	if c.checked == m.group {
		return
	}
	c.checked = m.group
	k.trunk.in(k.s, c)
	key := k.key(m)
	h := sha256.New()
	state := m.state.Hash()
	h.Write(state[:])
	fmt.Fprint(h, m.history[len(m.history)-1].code)
	for _, p := range m.sorted() {
		fmt.Fprint(h, p.index, p.id.Participant, p.key, p.entered)
	}
	heir, _ := LongestPresent(m.group.View())
	fmt.Fprint(h, heir)
	var digest [32]byte
	h.Sum(digest[:0])
	if seen, ok := k.epochs[key]; ok && seen != digest {
		k.s.fail("%s sees another epoch %d than others in it", c.id, m.group.Epoch())
	}
	k.epochs[key] = digest
	if k.lies {
		return
	}
	trunk := fmt.Sprintf("%x/%d", m.group.ID(), m.group.Epoch())
	if seen, ok := k.trunks[trunk]; ok && seen != key {
		k.s.fail("%s is in a fork of epoch %d", c.id, m.group.Epoch())
	}
	k.trunks[trunk] = key
	sequence := fmt.Sprintf("%x/%d", m.group.ID(), m.state.Sequence)
	if seen, ok := k.states[sequence]; ok && seen != state {
		k.s.fail("%s has another state %d", c.id, m.state.Sequence)
	}
	k.states[sequence] = state
}
