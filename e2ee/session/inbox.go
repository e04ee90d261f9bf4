package session

import (
	"bytes"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Bounds of what came too early.
const (
	maxEarlyCommits  = 64
	maxEarlyMessages = 512
	maxEarlyBytes    = 16 << 20
	maxSealedMessage = 64 << 10
	gapTime          = 2 * time.Second  // a missing commit may come late
	lagTime          = 10 * time.Second // a member may be behind so long and count as heard
	strangeTime      = 5 * time.Second  // messages of an epoch nobody told us about
	resyncGap        = 5 * time.Second  // between two looks
	provingLook      = 10 * time.Second // nobody answers: look whether this is the group
)

// inbox holds what belongs to a later epoch.
type inbox struct {
	commits  []Committed
	messages []early
	size     int
	gap      time.Time // since when commits wait for one that is missing
	strange  time.Time // since when messages wait for an epoch
}

type early struct {
	epoch uint64
	data  []byte
}

// keepCommit keeps a commit until its turn. When there are too many the machine
// will have to rejoin anyway, so the later ones are dropped.
func (b *inbox) keepCommit(c Committed, now time.Time) {
	for i := range b.commits {
		if b.commits[i].Epoch == c.Epoch && bytes.Equal(b.commits[i].Commit, c.Commit) {
			return
		}
	}
	if b.gap.IsZero() {
		b.gap = now
	}
	if len(b.commits) >= maxEarlyCommits || b.size+len(c.Commit) > maxEarlyBytes {
		return
	}
	c.Welcome = nil
	b.size += len(c.Commit)
	b.commits = append(b.commits, c)
}

// nextCommit returns the one for epoch and drops those that are over.
func (b *inbox) nextCommit(epoch uint64) (Committed, bool) {
	kept := b.commits[:0]
	var found Committed
	ok := false
	for _, c := range b.commits {
		switch {
		case c.Epoch == epoch && !ok:
			found, ok = c, true
			b.size -= len(c.Commit)
		case c.Epoch >= epoch:
			kept = append(kept, c)
		default:
			b.size -= len(c.Commit)
		}
	}
	clear(b.commits[len(kept):])
	b.commits = kept
	if len(b.commits) == 0 {
		b.gap = time.Time{}
	}
	return found, ok
}

func (b *inbox) keepMessage(epoch uint64, data []byte, now time.Time) {
	if b.strange.IsZero() {
		b.strange = now
	}
	if len(b.messages) >= maxEarlyMessages || b.size+len(data) > maxEarlyBytes {
		return
	}
	b.size += len(data)
	b.messages = append(b.messages, early{epoch, data})
}

// openHeld opens what was sealed in an epoch that has come meanwhile.
func (m *Machine) openHeld() {
	if m.group == nil || len(m.inbox.messages) == 0 {
		return
	}
	epoch := m.group.Epoch()
	held := m.inbox.messages
	m.inbox.messages = nil
	m.inbox.strange = time.Time{}
	for _, e := range held {
		m.inbox.size -= len(e.data)
		switch {
		case e.epoch > epoch:
			m.inbox.keepMessage(e.epoch, e.data, m.now)
		case m.group != nil:
			m.open(e.epoch, e.data)
		}
	}
}

// privateHeader reads group id and epoch of an MLSMessage that holds a
// PrivateMessage (RFC 9420 sections 6 and 6.3); ok is false for everything else.
func privateHeader(b []byte) (groupID []byte, epoch uint64, ok bool) {
	r := reader{rest: b}
	if r.u16() != 1 || r.u16() != 2 {
		return nil, 0, false
	}
	size := int(r.u8())
	if size > 63 { // our group ids are short: one byte of length (RFC 9420 section 2.1.2)
		return nil, 0, false
	}
	groupID = r.take(size)
	epoch = r.u64()
	return groupID, epoch, !r.failed
}

// onDelivered takes in application messages.
func (m *Machine) onDelivered(d Delivered) {
	for _, e := range d.Messages {
		if len(e.Data) > maxSealedMessage {
			continue
		}
		groupID, epoch, ok := privateHeader(e.Data)
		if !ok {
			continue
		}
		if m.group == nil {
			if m.join.step == joinCommitting || m.join.step == joinKnocked {
				m.inbox.keepMessage(epoch, e.Data, m.now)
			}
			continue
		}
		if !bytes.Equal(groupID, m.group.ID()) {
			continue
		}
		if epoch > m.group.Epoch() {
			m.inbox.keepMessage(epoch, e.Data, m.now)
			continue
		}
		m.open(epoch, e.Data)
	}
}

// open opens a message with the keys of its epoch and hands its content on. The
// sender is the leaf inside; one that is not in the tree any more is not heard.
func (m *Machine) open(epoch uint64, data []byte) {
	group, fresh := m.group, true
	if epoch != group.Epoch() {
		group = nil
		for _, o := range m.old {
			if o.group.Epoch() == epoch {
				group, fresh = o.group, m.now.Before(o.until.Add(lagTime-oldTime))
			}
		}
		if group == nil {
			return
		}
	}
	received, err := group.Process(data)
	if err != nil || received.Application == nil || received.Next != nil {
		return
	}
	leaf, ok := group.View().Leaf(received.Sender)
	p := m.members[received.Sender]
	if !ok || p == nil || !bytes.Equal(p.key, leaf.SignatureKey) || p.index == m.group.Self() {
		return
	}
	if fresh { // who stays behind in an old epoch is not here
		m.hear(p, epoch)
	}
	message, err := ParseMessage(received.Application)
	if err != nil {
		return
	}
	m.dispatch(group, p, epoch, message)
}

// dispatch handles an opened message of a member.
func (m *Machine) dispatch(group *mls.Group, p *member, epoch uint64, message Message) {
	switch msg := message.(type) {
	case *Nonce:
		m.onNonce(p, msg)
	case *Answer:
		m.onAnswer(p, epoch, msg)
	case *Heartbeat:
		m.compare(p, epoch, msg)
	case *Flipped:
		m.onFlipped(p, epoch, msg)
	case *Name:
		m.onName(msg)
	case *Names:
		for i := range msg.Names {
			m.onName(&msg.Names[i])
		}
	case *Vouch:
		m.onVouch(msg)
	case *Vouches:
		for i := range msg.Vouches {
			m.onVouch(&msg.Vouches[i])
		}
	case *Links:
		m.onLinks(p, msg)
	default:
		m.onContent(group, p, message)
	}
}
