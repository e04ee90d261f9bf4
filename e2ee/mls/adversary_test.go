package mls_test

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// TestFraming has a member send commits that are wrong around the commit
// (RFC 9420 6.1, 6.2 and 12.4.2).
func TestFraming(t *testing.T) {
	epoch := func(n uint64) *uint64 { return &n }
	signature := []error{mls.ErrSignature}
	form := []error{mls.ErrDecode, mls.ErrSignature, mls.ErrUnsupported, mls.ErrProposals}
	tests := []struct {
		name    string
		forgery forgery
		wants   []error
	}{
		{"OK", forgery{}, nil},
		{"ErrGroup", forgery{group: []byte("other")}, []error{mls.ErrEpoch}},
		{"ErrGroupNone", forgery{group: []byte{}}, []error{mls.ErrEpoch}},
		{"ErrEpochBefore", forgery{epoch: epoch(1)}, []error{mls.ErrEpoch}},
		{"ErrEpochAfter", forgery{epoch: epoch(3)}, []error{mls.ErrEpoch}},
		{"ErrEpochLast", forgery{epoch: epoch(math.MaxUint64)}, []error{mls.ErrEpoch}},
		{"ErrSignature", forgery{author: newRogue(nil, "other")}, signature},
		{"ErrMembershipTag", forgery{member: make([]byte, hashSize)}, signature},
		{"ErrMembershipTagEmpty", forgery{member: []byte{}}, append(signature, mls.ErrDecode)},
		{"ErrConfirmationTag", forgery{tag: make([]byte, hashSize)}, []error{mls.ErrTag}},
		{"ErrConfirmationTagEmpty", forgery{tag: []byte{}}, []error{mls.ErrTag, mls.ErrDecode}},
		{"ErrAsBob", forgery{sender: wire{}.u8(1).u32(1)}, append(signature, mls.ErrOwnCommit)},
		{"ErrAsNobody", forgery{sender: wire{}.u8(1).u32(4)}, form},
		{"ErrAsNobodyFarAway", forgery{sender: wire{}.u8(1).u32(math.MaxUint32)}, form},
		{"ErrAsExternalSender", forgery{sender: wire{}.u8(2).u32(0)}, form},
		{"ErrAsNewcomer", forgery{sender: wire{}.u8(4)}, form},
		{"ErrAsProposer", forgery{sender: wire{}.u8(3)}, form},
		{"ErrSenderType", forgery{sender: wire{}.u8(0)}, form},
		{"ErrApplicationInPublic", forgery{kind: 1, body: wire{}.vec([]byte("hello"))}, form},
		{"ErrContentType", forgery{kind: 9, body: []byte{0}}, form},
		{"ErrCommitTwice", forgery{kind: 3, body: []byte{0, 0, 0, 0}}, form},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			message := s.mallory.commit(test.forgery)
			if test.wants == nil {
				s.accepted(t, message)
				return
			}
			s.refused(t, message, test.wants...)
		})
	}
	t.Run("ErrOfNothing", func(t *testing.T) {
		s := newSiege(t, siegeConfig())
		for _, message := range [][]byte{nil, {}, {0}, {0, 1}, {0, 1, 0, 1}, {0, 2, 0, 1}, {0, 1, 0, 9}} {
			s.refused(t, message, mls.ErrDecode, mls.ErrUnsupported)
		}
		s.refused(t, make([]byte, mls.MaxMessage+1), mls.ErrLimit)
		s.refused(t, mustInfo(t, s.alice), mls.ErrDecode, mls.ErrUnsupported)
	})
}

// TestReplays: commits and proposals of epochs that are over are refused, a
// proposal twice in its epoch counts once.
func TestReplays(t *testing.T) {
	s := newSiege(t, siegeConfig())
	first := mustCommit(t, s.alice)
	s.deliver(t, first)
	s.refused(t, first.Commit, mls.ErrEpoch)
	s.deliver(t, mustCommit(t, s.alice))
	s.refused(t, first.Commit, mls.ErrEpoch)

	message, next, err := s.bob.ProposeUpdate()
	if err != nil {
		t.Fatal(err)
	}
	s.bob = next
	s.heard(t, message, s.bob)
	if received, err := s.alice.Process(message); err == nil {
		s.alice = received.Next
	}
	staged := mustCommit(t, s.alice)
	sameEpoch(t, mustProcess(t, s.bob, staged.Commit).Next, staged.Next)
	s.deliver(t, staged)
	s.refused(t, message, mls.ErrEpoch)
}

// TestOwnCommit: a commit that comes back to its author is told as such, before
// and after it was adopted, and is no proof of anything.
func TestOwnCommit(t *testing.T) {
	s := newSiege(t, siegeConfig())
	staged := mustCommit(t, s.alice)
	refusedBy(t, s.alice, staged.Commit, mls.ErrOwnCommit)
	refusedBy(t, staged.Next, staged.Commit, mls.ErrEpoch)
	message, err := s.alice.Seal([]byte("hello"), nil)
	if err != nil {
		t.Fatal(err)
	}
	refusedBy(t, s.alice, message, mls.ErrOwnMessage)
	mustProcess(t, s.bob, message)
	s.deliver(t, staged)
	sameEpoch(t, s.alice, s.bob)
}

// TestAuthenticateIsAsked holds that every leaf is shown before it counts, with
// its true place, and that a refusal goes through and harms nothing.
func TestAuthenticateIsAsked(t *testing.T) {
	denied := errors.New("not on the list")
	var asked []string
	var deny string
	config := siegeConfig()
	s := newSiege(t, config)
	config.Authenticate = func(leaf mls.Leaf, group []byte) error {
		if string(group) != "siege" || len(leaf.SignatureKey) != 32 {
			t.Errorf("asked about group %q, key %x", group, leaf.SignatureKey)
		}
		name := string(leaf.Credential.Data)
		asked = append(asked, fmt.Sprint(name, " at ", leaf.Index))
		if name == deny {
			return denied
		}
		return nil
	}
	wasAsked := func(t *testing.T, want ...string) {
		t.Helper()
		got := slices.Clone(asked)
		asked = nil
		slices.Sort(got)
		if difference := cmp.Diff(want, slices.Compact(got)); difference != "" {
			t.Error(difference)
		}
	}
	wary, add := newPackage(t, 1, "wary", config)
	deny = "bob"
	staged := mustCommit(t, s.alice, add)
	if _, err := mls.Join(wary, staged.Welcome, nil, config); !errors.Is(err, denied) {
		t.Fatalf("joined a group with a leaf that was denied: %v", err)
	}
	asked, deny = nil, "nobody"
	group, err := mls.Join(wary, staged.Welcome, nil, config)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"alice at 0", "bob at 1", "carol at 2", "mallory at 3", "wary at 4"}
	wasAsked(t, all...)
	s.deliver(t, staged)

	check := func(name string, message func(t *testing.T) []byte, leaf string, want ...string) {
		t.Run(name, func(t *testing.T) {
			m := message(t)
			deny = leaf
			refusedBy(t, group, m, denied)
			asked, deny = nil, "nobody"
			mustProcess(t, group, m)
			wasAsked(t, want...)
		})
	}
	check("PathLeaf", func(t *testing.T) []byte { return mustCommit(t, s.bob).Commit }, "bob", "bob at 1")
	check("Add", func(t *testing.T) []byte {
		_, add := newPackage(t, 1, "dave", siegeConfig())
		return mustCommit(t, s.bob, add).Commit
	}, "dave", "bob at 1", "dave at 5")
	check("External", func(t *testing.T) []byte {
		return mustEnter(t, mustInfo(t, s.bob), "eve", 1, siegeConfig()).Commit
	}, "eve", "eve at 5")
	t.Run("Update", func(t *testing.T) {
		message, _, err := s.bob.ProposeUpdate()
		if err != nil {
			t.Fatal(err)
		}
		proposed, err := group.Process(message)
		if err != nil {
			t.Fatal(err)
		}
		commit := mustCommit(t, mustProcess(t, s.alice, message).Next).Commit
		deny = "bob"
		refusedBy(t, proposed.Next, commit, denied)
		asked, deny = nil, "nobody"
		mustProcess(t, proposed.Next, commit)
		wasAsked(t, "alice at 0", "bob at 1")
	})
	t.Run("GroupInfo", func(t *testing.T) {
		info := mustInfo(t, s.alice)
		asked = nil
		if _, err := mls.InspectGroupInfo(info, config); err != nil {
			t.Fatal(err)
		}
		wasAsked(t, all...)
	})
}

// TestAcceptIsAsked holds that every commit is shown once, complete, before it is
// staged, own ones too, that a refusal goes through, and that nothing is shown
// that is not genuine.
func TestAcceptIsAsked(t *testing.T) {
	denied := errors.New("not by the rules")
	var shown []*mls.Change
	var answer error
	config := siegeConfig()
	config.Accept = func(c *mls.Change) error {
		shown = append(shown, c)
		return answer
	}
	s := newSiege(t, config)
	shown, answer = nil, denied

	if _, err := s.alice.Commit(mls.Remove(1)); !errors.Is(err, denied) || !errors.Is(err, mls.ErrRefused) {
		t.Errorf("an own commit: %v", err)
	}
	if len(shown) != 1 || !shown[0].Own || shown[0].Committer != 0 || len(shown[0].Removed) != 1 || shown[0].Removed[0].Index != 1 {
		t.Errorf("shown of an own commit: %+v", shown)
	}
	shown = nil
	if _, err := mls.ExternalCommit(mustInfo(t, s.alice), mls.External{Key: newKey(t, 1), Credential: basic("eve")}, config); !errors.Is(err, denied) {
		t.Errorf("an own external commit: %v", err)
	}
	if len(shown) != 1 || !shown[0].External || shown[0].Committer != 4 {
		t.Errorf("shown of an own external commit: %+v", shown)
	}

	shown = nil
	known := externalPSK("known", rightKey)
	f := adds(nil)(t, s)
	f.proposals = append(f.proposals, byValue(proposePSK(known.id)))
	f.psks = []preShared{known}
	message := s.mallory.commit(f)
	refusedBy(t, s.bob, message, denied)
	answer = nil
	mustProcess(t, s.bob, message)
	if len(shown) != 2 {
		t.Fatalf("shown %d times", len(shown))
	}
	change := shown[1]
	wrong := change.Epoch != s.bob.Epoch() || change.Committer != 3 || change.External || !change.Path ||
		len(change.Added) != 1 || change.Added[0].Index != 4 || len(change.Removed)+len(change.Updated) > 0 ||
		len(change.PSKs) != 1 || string(change.PSKs[0]) != "known" || change.Resumption || change.ReInit ||
		change.ExtensionsChanged || change.ByReference || change.Own ||
		string(change.CommitterLeaf.Credential.Data) != "mallory" ||
		change.Previous.Epoch() != s.bob.Epoch() || change.Next.Epoch() != s.bob.Epoch()+1 ||
		len(change.Previous.Members()) != 4 || len(change.Next.Members()) != 5
	if wrong {
		t.Errorf("shown %+v", change)
	}
	if public, err := mls.ParseKeyPackage(change.AddedPackages[0]); err != nil || string(public.Leaf().Credential.Data) != "dave" {
		t.Errorf("shown another key package: %v", err)
	}
	shown = nil
	for _, bad := range [][]byte{
		s.mallory.commit(forgery{author: newRogue(t, "other")}),
		s.mallory.commit(forgery{member: make([]byte, hashSize)}),
		s.mallory.commit(forgery{proposals: []wire{byValue(proposeRemove(3))}}),
	} {
		if _, err := s.bob.Process(bad); err == nil {
			t.Error("not refused")
		}
	}
	if len(shown) != 0 {
		t.Errorf("shown what is not genuine: %+v", shown[0])
	}
}

// TestRemovedKeysAreGone: after a removal no key of the tree is one that the
// removed member could open with, so nothing that is sent to the tree reaches it.
func TestRemovedKeysAreGone(t *testing.T) {
	s := newSiege(t, siegeConfig())
	path, _ := s.mallory.tree.descent(s.mallory.leaf)
	known := [][]byte{s.mallory.tree[2*s.mallory.leaf].publicKey()}
	for _, x := range path {
		if n := s.mallory.tree[x]; n != nil {
			known = append(known, n.publicKey())
		}
	}
	if len(known) < 2 {
		t.Fatal("the member to be removed knew no key above it")
	}
	for name, remove := range map[string]func() *mls.Staged{
		"Member": func() *mls.Staged { return mustCommit(t, s.bob, mls.Remove(3)) },
		"Itself": func() *mls.Staged {
			leaf := mls.LeafIndex(3)
			x := mls.External{Key: newKey(t, 1), Credential: basic("mallory"), Remove: &leaf}
			staged, err := mls.ExternalCommit(mustInfo(t, s.alice), x, siegeConfig())
			if err != nil {
				t.Fatal(err)
			}
			return staged
		},
	} {
		after := newRogue(t, "reader").look(mustInfo(t, remove().Next))
		for i, n := range after.tree {
			if n != nil && slices.ContainsFunc(known, func(key []byte) bool { return bytes.Equal(key, n.publicKey()) }) {
				t.Errorf("%s: node %d keeps a key that the removed member knows", name, i)
			}
		}
	}
}

// TestPSKs: whoever lacks a key, or has another one, does not get in or along.
func TestPSKs(t *testing.T) {
	without, wrong := siegeConfig(), siegeConfig()
	without.PSK = nil
	wrong.PSK = func([]byte) []byte { return wrongKey }
	s := newSiege(t, siegeConfig())
	packaged, add := newPackage(t, 1, "dave", siegeConfig())
	staged := mustCommit(t, s.alice, add, mls.PSK([]byte("known")))
	if _, err := mls.Join(packaged, staged.Welcome, nil, without); !errors.Is(err, mls.ErrPSK) {
		t.Errorf("joined without the key: %v", err)
	}
	if _, err := mls.Join(packaged, staged.Welcome, nil, wrong); err == nil {
		t.Error("joined with a wrong key")
	}
	dave, err := mls.Join(packaged, staged.Welcome, nil, siegeConfig())
	if err != nil {
		t.Fatal(err)
	}
	sameEpoch(t, dave, staged.Next)
	if listed := dave.JoinPSKs(); len(listed) != 1 || string(listed[0]) != "known" {
		t.Errorf("the Welcome listed %q", listed)
	}
	if _, err := s.alice.Commit(mls.PSK([]byte("unheard of"))); !errors.Is(err, mls.ErrPSK) {
		t.Errorf("committed an unknown key: %v", err)
	}
	outside := mls.External{Key: newKey(t, 1), Credential: basic("eve"), PSKs: [][]byte{[]byte("known")}}
	guessed, err := mls.ExternalCommit(mustInfo(t, s.alice), outside, wrong)
	if err != nil {
		t.Fatal(err)
	}
	s.refused(t, guessed.Commit, mls.ErrTag)
}

// TestLifetimes: a KeyPackage counts only in its time (RFC 9420 7.2 and 7.3), by
// the clock of whoever adds it and of whoever follows.
func TestLifetimes(t *testing.T) {
	now := time.Now()
	at := func(shift time.Duration) mls.Config {
		config := siegeConfig()
		config.Now = func() time.Time { return now.Add(shift) }
		return config
	}
	for _, shift := range []time.Duration{-400 * 24 * time.Hour, 400 * 24 * time.Hour} {
		s := newSiege(t, siegeConfig())
		packaged, add := newPackage(t, 1, "dave", at(shift))
		if _, err := s.alice.Commit(add); !errors.Is(err, mls.ErrLeaf) {
			t.Errorf("shifted by %v: %v", shift, err)
		}
		if _, err := mls.Join(packaged, mustCommit(t, s.alice).Commit, nil, siegeConfig()); err == nil {
			t.Error("joined by a commit")
		}
	}
	key, add := newPackage(t, 1, "dave", at(0))
	late := siegeConfig()
	late.Now = func() time.Time { return now.Add(400 * 24 * time.Hour) }
	s := newSiege(t, at(0))
	follower, addFollower := newPackage(t, 1, "follower", at(0))
	staged := mustCommit(t, s.alice, addFollower)
	// Time has passed for one member: leaves that are in stay good for a joiner of
	// the past, a new one that has run out does not.
	group, err := mls.Join(follower, staged.Welcome, nil, late)
	if err != nil {
		t.Fatalf("a leaf that is in keeps a joiner out: %v", err)
	}
	refusedBy(t, group, mustCommit(t, staged.Next, add).Commit, mls.ErrLeaf)
	key.Erase()
}

// TestLifetimesDoNotMatter: with a negative Lifetime clocks decide nothing, nor
// whether two members agree on an Add.
func TestLifetimesDoNotMatter(t *testing.T) {
	now := time.Now()
	at := func(shift time.Duration) mls.Config {
		config := siegeConfig()
		config.Now, config.Lifetime = func() time.Time { return now.Add(shift) }, -1
		return config
	}
	const far = 400 * 24 * time.Hour
	s := newSiege(t, at(0))
	follower, addFollower := newPackage(t, 1, "follower", at(far))
	staged := mustCommit(t, s.alice, addFollower)
	group, err := mls.Join(follower, staged.Welcome, nil, at(far))
	if err != nil {
		t.Fatal(err)
	}
	alice := staged.Next
	for name, shift := range map[string]time.Duration{"past": -far, "future": far} {
		_, add := newPackage(t, 1, name, at(shift))
		staged := mustCommit(t, alice, add)
		received, err := group.Process(staged.Commit)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		alice, group = staged.Next, received.Next
	}
	// A bounded one of our own may be added too: whose clock would judge it?
	strict := siegeConfig()
	strict.Now = func() time.Time { return now.Add(far) }
	_, add := newPackage(t, 1, "strict", strict)
	mustCommit(t, alice, add)
}

// TestErrorsKeepSecrets: what a failure says may reach a log.
func TestErrorsKeepSecrets(t *testing.T) {
	s := newSiege(t, siegeConfig())
	for _, message := range [][]byte{
		s.mallory.commit(forgery{tag: make([]byte, hashSize)}),
		s.mallory.commit(mixes(externalPSK("known", wrongKey))(t, s)),
		s.mallory.seal(letter{generation: math.MaxUint32}),
		s.mallory.seal(letter{author: newRogue(t, "other")}),
	} {
		_, err := s.alice.Process(message)
		if err == nil || len(err.Error()) > 200 || strings.Contains(err.Error(), string(rightKey)) || !isPlain(err.Error()) {
			t.Errorf("says %q", err)
		}
	}
}

// isPlain reports whether a text is words, without runs of digits or hex.
func isPlain(text string) bool {
	run := 0
	for _, c := range text {
		switch {
		case c < ' ' || c > '~':
			return false
		case strings.ContainsRune("0123456789abcdef", c):
			run++
		default:
			run = 0
		}
		if run > 12 {
			return false
		}
	}
	return true
}
