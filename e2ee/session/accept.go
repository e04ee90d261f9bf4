package session

import (
	"bytes"
	"crypto/ed25519"
	"slices"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Accept says whether a commit may be applied: nil, or the Refusal of a rule that
// it breaks. It depends on nothing but the state of the epoch before, the card
// and the commit, so that no two devices disagree.
func Accept(prev *State, card *Card, c *mls.Change) error {
	r, err := readChange(prev, c)
	if err != nil {
		return err
	}
	return judge(prev, card, r)
}

// occupant is who holds a leaf, in the terms of the rules.
type occupant struct {
	index       mls.LeafIndex
	participant string
	device      ed25519.PublicKey
	entered     uint64 // epoch
}

// request is a commit in the terms of the rules.
type request struct {
	external, path, reference, reInit, resumption bool

	by             occupant // for an external commit the newcomer
	identity       bool     // the committer's leaf keeps its credential and key
	added, removed []occupant
	psks           [][]byte
	changed        bool            // a GroupContextExtensions proposal is in it
	extensions     []mls.Extension // afterwards
	claims         bool            // newcomers say when they enter: rightly
	entries        []byte          // the list of the added that extensions must have, nil for none
	members        []occupant      // before, in the order of their leaves
}

// readChange puts MLS's view of a commit into the terms of the rules.
func readChange(prev *State, c *mls.Change) (*request, error) {
	data, ok := c.Previous.Extension(StateExtension)
	own, err := prev.Encode()
	if !ok || err != nil || !bytes.Equal(data, own) {
		return nil, RefusedContext
	}
	r := &request{
		external: c.External, path: c.Path, reference: c.ByReference || len(c.Updated) > 0,
		reInit: c.ReInit, resumption: c.Resumption, psks: c.PSKs,
		changed: c.ExtensionsChanged, extensions: c.Extensions,
	}
	var faults [4]error
	r.added, faults[0] = readOccupants(c.Added)
	r.removed, faults[1] = readOccupants(c.Removed)
	r.members, faults[2] = readMembers(c.Previous)
	r.by, faults[3] = readOccupant(c.CommitterLeaf)
	for _, fault := range faults {
		if fault != nil {
			return nil, RefusedFormat
		}
	}
	r.by.index = c.Committer
	if c.External {
		r.by.entered, r.claims = claimedEntry(c.CommitterLeaf)
		r.claims = r.claims && r.by.entered == c.Previous.Epoch()+1
		return r, nil
	}
	before, ok := c.Previous.Leaf(c.Committer)
	r.identity = ok && sameLeaf(before, c.CommitterLeaf)
	r.claims = !slices.ContainsFunc(c.Added, saysEntry)
	if r.entries, err = nextEntries(c.Previous, places(r.removed), places(r.added)); err != nil {
		return nil, RefusedFormat
	}
	return r, nil
}

func places(of []occupant) []mls.LeafIndex {
	var list []mls.LeafIndex
	for _, m := range of {
		list = append(list, m.index)
	}
	return list
}

func readOccupants(leaves []mls.Leaf) ([]occupant, error) {
	out := make([]occupant, 0, len(leaves))
	for _, leaf := range leaves {
		m, err := readOccupant(leaf)
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// readMembers lists the members of an epoch with the epochs of their entry.
func readMembers(view *mls.View) ([]occupant, error) {
	epochs, err := entryEpochs(view)
	if err != nil {
		return nil, err
	}
	members, err := readOccupants(view.Members())
	for i := range members {
		members[i].entered = epochs[members[i].index]
	}
	return members, err
}

func readOccupant(leaf mls.Leaf) (occupant, error) {
	i, err := IdentityOf(leaf)
	return occupant{index: leaf.Index, participant: i.Participant, device: i.Device}, err
}

// judge applies the rules of e2ee.md section 4.
func judge(prev *State, card *Card, r *request) error {
	if card.Hash() != prev.CardHash || card.MeetingID != prev.MeetingID {
		return RefusedContext
	}
	switch {
	case r.reInit:
		return RefusedReInit
	case r.reference:
		return RefusedReference
	case r.resumption:
		return RefusedResumption
	case !r.path:
		return RefusedPath
	}
	if err := r.newcomersAreNew(); err != nil {
		return err
	}
	if !r.claims {
		return RefusedEntry
	}
	if r.external {
		return r.judgeExternal(prev)
	}
	return r.judgeMember(prev, card)
}

// judgeExternal: a newcomer proves the link, while lobby and lock are off and it
// is not banned; or, always, it is a host's device, which could otherwise be shut
// out of its own meeting by a lost connection, or replaces its own device's leaf.
func (r *request) judgeExternal(prev *State) error {
	if len(r.added) > 0 || r.changed || len(r.removed) > 1 {
		return RefusedExternal
	}
	if err := r.pskIs(prev, true); err != nil {
		return err
	}
	if len(r.removed) == 1 {
		if !bytes.Equal(r.removed[0].device, r.by.device) {
			return RefusedRemove
		}
		return nil
	}
	switch {
	case prev.IsHost(r.by.device): // who may always add may always enter
	case prev.Locked:
		return RefusedLocked
	case prev.Lobby:
		return RefusedLobby
	case prev.IsBanned(r.by.device):
		return RefusedBanned
	}
	return nil
}

// judgeMember: a member may remove anybody and add while the meeting is open; a
// host may always add, and may change the state.
func (r *request) judgeMember(prev *State, card *Card) error {
	if !r.identity {
		return RefusedIdentity
	}
	if err := r.pskIs(prev, len(r.added) > 0); err != nil {
		return err
	}
	if len(r.added) > 0 && !prev.IsHost(r.by.device) {
		if err := r.membersMayAdd(prev); err != nil {
			return err
		}
	}
	if !r.changed {
		if len(r.added) > 0 {
			return RefusedEntry
		}
		return nil
	}
	next, err := r.nextState()
	if err != nil {
		return err
	}
	if len(r.added) > 0 && next.Hash() == prev.Hash() {
		return nil // only the list of the added is another one
	}
	return r.judgeState(prev, next, card)
}

func (r *request) membersMayAdd(prev *State) error {
	if prev.Locked {
		return RefusedLocked
	}
	if prev.Lobby && prev.Admit != AdmitMembers {
		return RefusedLobby
	}
	if slices.ContainsFunc(r.added, func(m occupant) bool { return prev.IsBanned(m.device) }) {
		return RefusedBanned
	}
	return nil
}

// pskIs: the only PSK there may be is the current link's, once; newcomers enter
// with it.
func (r *request) pskIs(prev *State, due bool) error {
	switch {
	case len(r.psks) == 0 && !due:
		return nil
	case len(r.psks) == 1 && bytes.Equal(r.psks[0], LinkPSKID(prev.LinkNumber)):
		return nil
	}
	return RefusedPSK
}

// nextState reads the extensions: exactly {required_capabilities, state}, and
// the list of those who were added when there are any. What the state says and
// who signed it is judged after.
func (r *request) nextState() (*State, error) {
	found := map[uint16][]byte{}
	for _, x := range r.extensions {
		if _, twice := found[x.Type]; twice {
			return nil, RefusedExtensions
		}
		found[x.Type] = x.Data
	}
	required := requiredCapabilities()
	state, ok := found[StateExtension]
	if have, has := found[required.Type]; !ok || !has || !bytes.Equal(have, required.Data) {
		return nil, RefusedExtensions
	}
	entries, listed := found[EntryExtension]
	switch {
	case listed && len(found) != 3, !listed && len(found) != 2:
		return nil, RefusedExtensions
	case listed != (r.entries != nil), !bytes.Equal(entries, r.entries):
		return nil, RefusedEntry
	}
	next, err := decodeState(state)
	if err != nil {
		return nil, RefusedFormat
	}
	return next, nil
}

// judgeState adds to the rules between two states those that need the tree.
func (r *request) judgeState(prev, next *State, card *Card) error {
	if !bytes.Equal(next.Signer, r.by.device) {
		return RefusedAuthority
	}
	right, err := stepRight(prev, next, card)
	if err != nil {
		return err
	}
	if right == byTakeover {
		if longest, ok := longestPresent(r.members); !ok || longest.index != r.by.index || hostPresent(prev, r.members) {
			return RefusedTakeover
		}
	}
	for _, m := range r.remaining() {
		if next.IsBanned(m.device) && !prev.IsBanned(m.device) {
			return RefusedBan
		}
	}
	return nil
}

// remaining are the members afterwards.
func (r *request) remaining() []occupant {
	var out []occupant
	for _, m := range r.members {
		if !slices.ContainsFunc(r.removed, func(gone occupant) bool { return gone.index == m.index }) {
			out = append(out, m)
		}
	}
	return append(out, r.added...)
}

// newcomersAreNew refuses a participant id that another leaf has: the server and
// a newcomer together could otherwise lend somebody's place to the newcomer.
func (r *request) newcomersAreNew() error {
	present := r.remaining()
	if r.external {
		present = append(present, r.by)
	}
	seen := make(map[string]bool, len(present))
	for _, m := range present {
		if seen[m.participant] {
			return RefusedDuplicate
		}
		seen[m.participant] = true
	}
	return nil
}

func hostPresent(s *State, members []occupant) bool {
	return slices.ContainsFunc(members, func(m occupant) bool { return s.IsHost(m.device) })
}

// longestPresent has the lowest epoch of entry, then the lowest leaf index.
func longestPresent(members []occupant) (occupant, bool) {
	if len(members) == 0 {
		return occupant{}, false
	}
	return slices.MinFunc(members, func(a, b occupant) int {
		if a.entered != b.entered {
			if a.entered < b.entered {
				return -1
			}
			return 1
		}
		return int(a.index) - int(b.index)
	}), true
}

// LongestPresent is the leaf that may take over in the epoch of view when the
// state allows it.
func LongestPresent(view *mls.View) (mls.LeafIndex, bool) {
	members, err := readMembers(view)
	if err != nil {
		return 0, false
	}
	m, ok := longestPresent(members)
	return m.index, ok
}
