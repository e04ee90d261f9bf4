package session

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// ErrChain is the error of states that do not lead from the card to the group.
var ErrChain = errors.New("session: the meeting state does not follow from the card")

// right is what entitles the signer of a state to make it.
type right uint8

const (
	byHost     right = iota + 1 // it is a host of the state before
	byRoot                      // it has a grant by the root itself and makes itself host
	byTakeover                  // it makes itself host without a grant
)

// VerifyStep reports whether next may follow prev, as far as states alone can
// tell: who signed it, and what may change. Accept adds what takes the tree.
func VerifyStep(prev, next *State, card *Card) error {
	_, err := stepRight(prev, next, card)
	return err
}

func stepRight(prev, next *State, card *Card) (right, error) {
	if next.MeetingID != prev.MeetingID || !bytes.Equal(next.GroupID, prev.GroupID) ||
		next.CardHash != prev.CardHash || next.Format != prev.Format {
		return 0, RefusedMeeting
	}
	hash := prev.Hash()
	if prev.Sequence == math.MaxUint32 || next.Sequence != prev.Sequence+1 || !bytes.Equal(next.Parent, hash[:]) {
		return 0, RefusedSequence
	}
	if (prev.Required || card.Settings.Required) && !next.Required || next.Required && !next.E2EE {
		return 0, RefusedRequired
	}
	host := prev.IsHost(next.Signer)
	switch {
	case !host && !next.IsHost(next.Signer):
		return 0, RefusedAuthority
	case !next.valid() || !next.signed():
		return 0, RefusedFormat
	case host:
		return byHost, hostStep(prev, next, card)
	}
	return enterRight(prev, next, card)
}

// hostStep holds what a host may not do.
func hostStep(prev, next *State, card *Card) error {
	rotated := prev.LinkNumber != math.MaxUint32 && next.LinkNumber == prev.LinkNumber+1
	if !rotated && next.LinkNumber != prev.LinkNumber {
		return RefusedLink
	}
	for _, b := range next.Banned {
		if !prev.IsBanned(b) && !rotated {
			return RefusedBan
		}
	}
	for _, h := range next.Hosts {
		if old, ok := prev.Host(h.Device); ok && old.equal(h) {
			continue
		}
		if !h.Rooted(card.MeetingID, card.Root) {
			return RefusedHosts
		}
	}
	return nil
}

// enterRight is about who is no host yet. A device that the root itself has
// granted (a chain of one link, made with the root key) may enter at any time;
// longer chains count only when a host puts them into the state, or who was
// once a host could always come back. A takeover replaces the host by takeover
// before it. Neither may change anything else.
func enterRight(prev, next *State, card *Card) (right, error) {
	entry, ok := next.Host(next.Signer)
	if !ok || prev.IsBanned(next.Signer) {
		return 0, RefusedAuthority
	}
	want := prev.Next(next.Signer)
	found := byRoot
	switch {
	case len(entry.Grants) == 1:
		if !entry.Rooted(card.MeetingID, card.Root) {
			return 0, RefusedHosts
		}
	case len(entry.Grants) == 0:
		if prev.Takeover != TakeoverLongestPresent {
			return 0, RefusedTakeover
		}
		found = byTakeover
		dropUngranted(want)
	default:
		return 0, RefusedAuthority
	}
	want.SetHost(entry)
	want.Signature = next.Signature
	if want.Hash() != next.Hash() {
		return 0, RefusedAuthority
	}
	return found, nil
}

func dropUngranted(s *State) {
	for _, h := range s.Clone().Hosts {
		if len(h.Grants) == 0 {
			s.DropHost(h.Device)
		}
	}
}

// VerifyAlone checks a state without its predecessors: signature, meeting, card,
// and that every host but one by takeover leads to the root. At sequence 0 it is
// compared with the card.
func VerifyAlone(s *State, card *Card) error {
	if !s.valid() || !s.signed() || s.MeetingID != card.MeetingID || s.CardHash != card.Hash() {
		return ErrChain
	}
	if s.Sequence == 0 {
		return verifyFirst(s, card)
	}
	if s.LinkNumber < card.LinkNumber || card.Settings.Required && !s.Required {
		return ErrChain
	}
	for _, h := range s.Hosts {
		if len(h.Grants) > 0 && !h.Rooted(card.MeetingID, card.Root) {
			return ErrChain
		}
	}
	return nil
}

// verifyFirst: sequence 0 equals the card; it has no host but the device with
// the root key that made the group.
func verifyFirst(s *State, card *Card) error {
	if s.policies() != card.policies() || s.LinkNumber != card.LinkNumber || len(s.Banned) > 0 || len(s.Hosts) > 1 {
		return ErrChain
	}
	for _, h := range s.Hosts {
		if len(h.Grants) != 1 || !h.Rooted(card.MeetingID, card.Root) {
			return ErrChain
		}
	}
	return nil
}

// VerifyChain checks all states that a joiner was given, the newest last: the
// first by itself, each later one as the next step after the one before.
func VerifyChain(card *Card, states []*State) error {
	if len(states) == 0 {
		return ErrChain
	}
	if err := VerifyAlone(states[0], card); err != nil {
		return err
	}
	for i := 1; i < len(states); i++ {
		if err := VerifyStep(states[i-1], states[i], card); err != nil {
			return err
		}
	}
	return nil
}

// VerifyGroup is what a joiner checks of a group before it commits or after a
// Welcome: suite and group of the card's meeting, a state that follows from the
// card, no two leaves of one participant, an epoch of entry for each. earlier are
// the states before the current one that the joiner was given, if any. It returns
// the current state.
func VerifyGroup(card *Card, view *mls.View, earlier []*State) (*State, error) {
	data, ok := view.Extension(StateExtension)
	extensions := 2
	if _, listed := view.Extension(EntryExtension); listed {
		extensions++
	}
	if !ok || view.Suite() != card.Suite || len(view.Extensions()) != extensions {
		return nil, ErrChain
	}
	required := requiredCapabilities()
	if have, ok := view.Extension(required.Type); !ok || !bytes.Equal(have, required.Data) {
		return nil, ErrChain
	}
	s, err := ParseState(data)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.GroupID, view.GroupID()) {
		return nil, ErrChain
	}
	if err := VerifyChain(card, append(earlier[:len(earlier):len(earlier)], s)); err != nil {
		return nil, err
	}
	members, err := readMembers(view)
	if err != nil {
		return nil, err
	}
	if err := (&request{members: members}).newcomersAreNew(); err != nil {
		return nil, err
	}
	return s, nil
}

// RootedHost reports whether a device is a host whose grants lead to the root,
// for "a host rooted in the link answered".
func (s *State) RootedHost(device ed25519.PublicKey, card *Card) bool {
	h, ok := s.Host(device)
	return ok && h.Rooted(card.MeetingID, card.Root)
}
