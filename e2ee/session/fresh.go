package session

import (
	"encoding/binary"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Times and bounds of freshness.
const (
	proofTime    = 3 * time.Second        // silent leaves are waited for so long
	answerWindow = 20 * time.Millisecond  // nonces of several newcomers are answered together
	answerGap    = 400 * time.Millisecond // between two answers to the same leaf
	askAll       = 50                     // up to so many others all are asked
	askRandom    = 20                     // beyond that the hosts and so many
)

// freshness is the proof that the group is alive: after every join, rejoin and
// reconnect nothing is sent before leaves have answered a nonce in this epoch or
// a later one. With no answer at all it is waited for without end.
type freshness struct {
	done   bool
	nonce  [16]byte
	epoch  uint64 // the nonce was sent in
	since  time.Time
	posted time.Time // zero: it has to be posted
	asked  map[mls.LeafIndex]*member
	count  int  // leaves that have answered
	host   bool // a host rooted in the link was among them

	pending []asking // nonces of others
	answer  time.Time
}

// asking is a nonce of another leaf that waits for its answer.
type asking struct {
	nonce [16]byte
	from  *member
}

// demandFresh starts the proof anew.
func (m *Machine) demandFresh() {
	if m.group == nil {
		return
	}
	f := &m.fresh
	*f = freshness{pending: f.pending, answer: f.answer}
	m.dirty = true
	if m.others() == 0 {
		m.setPhase(PhaseAlone)
		return
	}
	m.setPhase(PhaseProving)
	f.since = m.now
	nonce := m.random(len(f.nonce))
	copy(f.nonce[:], nonce)
}

// freshChanged looks at the proof after a change of members.
func (m *Machine) freshChanged() {
	switch {
	case m.others() == 0:
		if m.phase != PhaseAlone {
			m.native = m.native || m.fresh.done
			m.demandFresh()
		}
	case m.phase != PhaseProving && m.phase != PhaseIn:
		m.demandFresh()
	}
}

// choose asks all others, or the hosts and some at random.
func (m *Machine) chooseAsked() {
	f := &m.fresh
	f.asked = map[mls.LeafIndex]*member{}
	var rest []*member
	for _, p := range m.sorted() {
		switch {
		case p.index == m.group.Self():
		case m.others() <= askAll || m.state.IsHost(p.id.Device):
			f.asked[p.index] = p
		default:
			rest = append(rest, p)
		}
	}
	for n := askRandom; n > 0 && len(rest) > 0; n-- {
		b := m.random(4)
		if b == nil {
			return
		}
		i := int(binary.BigEndian.Uint32(b) % uint32(len(rest)))
		f.asked[rest[i].index] = rest[i]
		rest[i] = rest[len(rest)-1]
		rest = rest[:len(rest)-1]
	}
}

// workFresh posts the nonce, judges the answers and answers others.
func (m *Machine) workFresh() {
	f := &m.fresh
	if len(f.pending) > 0 && m.due(f.answer) {
		m.postAnswers()
	}
	if f.done || m.others() == 0 || m.phase != PhaseProving {
		return
	}
	if f.posted.IsZero() || m.due(f.posted.Add(proofTime)) {
		if !m.online {
			return
		}
		m.chooseAsked()
		f.posted, f.epoch = m.now, m.group.Epoch()
		m.post(&Nonce{Nonce: f.nonce}, m.names(f.asked)...)
	}
	open := 0
	for i, p := range f.asked {
		if m.members[i] != p {
			delete(f.asked, i) // gone meanwhile
		} else {
			open++
		}
	}
	if f.count > 0 && (open == 0 || m.due(f.since.Add(proofTime))) {
		m.proven()
		return
	}
	m.at(f.posted.Add(proofTime))
}

// proven lets media and content out. Whoever is still silent is shown as not
// answering, never as a participant.
func (m *Machine) proven() {
	f := &m.fresh
	f.done, m.native = true, false
	for _, p := range f.asked {
		p.silent = true
	}
	f.asked = nil
	m.setPhase(PhaseIn)
	m.dirty = true
	m.introduce()
}

// plainCompany reports whether this device, of which nobody in the group has
// answered, may still be heard by people whose clients cannot encrypt: while the
// signed state is off, and only if it knows that this is where the meeting is. It
// does when it opened the group itself, or when others had answered it here and
// then left. Somebody who came by a GroupInfo that nobody answers for knows
// nothing: the server may have kept it from a stretch that is long over.
func (m *Machine) plainCompany() bool {
	if m.group == nil || !m.native || m.state.E2EE || m.refused.active ||
		m.phase != PhaseAlone && m.phase != PhaseProving {
		return false
	}
	return m.plainThere()
}

// plainThere reports whether the server names somebody whose client cannot encrypt.
func (m *Machine) plainThere() bool {
	for id, seat := range m.roster {
		if seat.Connected && !seat.Capable && id != m.cfg.Self && m.byID[id] == nil {
			return true
		}
	}
	return false
}

// names lists the participants of leaves, each once.
func (m *Machine) names(of map[mls.LeafIndex]*member) []string {
	seen := map[string]bool{}
	var list []string
	for _, p := range m.sorted() {
		if of[p.index] == p && !seen[p.id.Participant] {
			seen[p.id.Participant] = true
			list = append(list, p.id.Participant)
		}
	}
	return list
}

// onNonce remembers to answer. A leaf that asks often, as after a connection that
// was lost twice, waits a little for its answer, and only its latest nonce counts.
func (m *Machine) onNonce(p *member, n *Nonce) {
	f := &m.fresh
	for i := range f.pending {
		if f.pending[i].from == p {
			f.pending[i].nonce = n.Nonce
			return
		}
	}
	if len(f.pending) >= maxNonces {
		return
	}
	at := latest(m.now.Add(answerWindow), p.answered.Add(answerGap))
	if len(f.pending) == 0 || at.Before(f.answer) {
		f.answer = at
	}
	f.pending = append(f.pending, asking{n.Nonce, p})
}

// postAnswers answers all nonces that wait with one message.
func (m *Machine) postAnswers() {
	answer := &Answer{Heartbeat: m.heartbeat()}
	to := map[mls.LeafIndex]*member{}
	for _, a := range m.fresh.pending {
		if m.members[a.from.index] == a.from {
			answer.Nonces = append(answer.Nonces, a.nonce)
			a.from.answered = m.now
			to[a.from.index] = a.from
		}
	}
	m.fresh.pending = nil
	if len(to) > 0 {
		m.post(answer, m.names(to)...)
	}
}

// onAnswer counts an answer that was made in the nonce's epoch or later.
func (m *Machine) onAnswer(p *member, epoch uint64, a *Answer) {
	m.compare(p, epoch, &a.Heartbeat)
	f := &m.fresh
	if f.done || f.posted.IsZero() || epoch < f.epoch || f.asked[p.index] != p {
		return
	}
	for _, n := range a.Nonces {
		if n != f.nonce {
			continue
		}
		delete(f.asked, p.index)
		f.count++
		if host, ok := m.state.Host(p.id.Device); ok && host.Rooted(m.cfg.MeetingID, m.card.Root) {
			f.host = true
		}
		return
	}
}
