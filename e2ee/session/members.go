package session

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// member is what this device knows of one leaf. It lives as long as the leaf
// does with the same key, whatever the server says.
type member struct {
	index     mls.LeafIndex
	id        Identity
	leaf      mls.Leaf
	key       []byte    // leaf signature key
	place     int       // among all leaves
	entered   uint64    // the epoch it entered with, as everybody knows it
	since     time.Time // when this device first saw it
	heard     time.Time // the last message or commit that opened
	spoke     uint64    // the highest epoch that it has spoken in
	silent    bool      // did not answer the nonce in time: "not answering"
	agrees    bool      // false after a heartbeat that contradicts our history
	seen      bool      // the roster has named it
	unseen    time.Time // since when the roster has not, while connected otherwise
	gone      time.Time // since when it is to be removed; zero: it is not
	answered  time.Time // when its nonce was last answered
	flipped   bool      // sends no clear frame any more
	must      bool      // was there when encryption was switched on
	statement *Name     // of the own name, signed by the leaf
	hand      bool
}

// sorted returns the members by leaf index, not to be changed.
func (m *Machine) sorted() []*member { return m.list }

// self is the own member record.
func (m *Machine) self() *member { return m.members[m.group.Self()] }

// others is the number of other leaves.
func (m *Machine) others() int { return len(m.members) - 1 }

// find returns a participant's member, nil without one; the acceptance rules let
// nobody have two.
func (m *Machine) find(participant string) *member { return m.byID[participant] }

// rebuild takes the member list from the tree; it returns who came and who went.
func (m *Machine) rebuild() (came, went []*member) {
	next := make(map[mls.LeafIndex]*member, len(m.members)+1)
	entered, err := entryEpochs(m.group.View())
	if err != nil {
		entered = nil // cannot be: the acceptance rules have judged them
	}
	for _, leaf := range m.group.Members() {
		p := m.members[leaf.Index]
		if p != nil && bytes.Equal(p.key, leaf.SignatureKey) && p.entered == entered[leaf.Index] {
			p.leaf = leaf
			next[leaf.Index] = p
			continue
		}
		id, err := IdentityOf(leaf)
		if err != nil {
			continue // cannot be: MLS has authenticated it
		}
		p = &member{
			index: leaf.Index, leaf: leaf, id: id, key: leaf.SignatureKey, since: m.now, heard: m.now, agrees: true,
			entered: entered[leaf.Index], unseen: m.now,
		}
		_, p.seen = m.roster[id.Participant]
		next[leaf.Index] = p
		came = append(came, p)
	}
	for _, p := range m.list {
		if next[p.index] != p {
			went = append(went, p)
		}
	}
	m.members, m.list = next, slices.SortedFunc(maps.Values(next), func(a, b *member) int { return int(a.index) - int(b.index) })
	m.byID = make(map[string]*member, len(next))
	for i, p := range m.list {
		p.place = i
		m.byID[p.id.Participant] = p
	}
	return came, went
}

// unannouncedTime is how long a leaf may be in the tree that the server does not
// name: its commit may be faster than the list of seats. connectionTime is how
// long a lost connection may take to come back.
const (
	unannouncedTime = 10 * time.Second
	connectionTime  = 10 * time.Second
)

// onRoster takes in who is signalled. It decides only who counts as gone.
func (m *Machine) onRoster(r Roster) {
	if len(r.People) > mls.MaxLeaves {
		return
	}
	m.roster = make(map[string]Person, len(r.People))
	for _, p := range r.People {
		m.roster[p.ID] = p
	}
	m.dirty = true
	for _, p := range m.members {
		seat, ok := m.roster[p.id.Participant]
		switch {
		case ok && seat.Connected:
			p.seen, p.unseen = true, time.Time{}
		case p.unseen.IsZero():
			p.unseen = m.now
		}
	}
}

// isGone reports whether the server's word makes p one to be removed: at once
// after a clean leave, after a while without a connection.
func (m *Machine) isGone(p *member) bool {
	if m.roster == nil || p.index == m.group.Self() {
		return false
	}
	seat, ok := m.roster[p.id.Participant]
	switch {
	case ok && seat.Connected:
		return false
	case ok:
		return m.due(p.unseen.Add(connectionTime))
	case p.seen:
		return true
	default:
		return m.due(latest(p.since, p.unseen).Add(unannouncedTime))
	}
}

// isAway reports whether the server says that p is not connected.
func (m *Machine) isAway(p *member) bool {
	seat, ok := m.roster[p.id.Participant]
	return m.roster != nil && (!ok || !seat.Connected)
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
