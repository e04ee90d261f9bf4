package mls_test

import (
	"bytes"
	"crypto"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Whatever bit of a message is turned, nobody accepts it, and whoever was given
// it still accepts the genuine one.

// trio is a group of three with one outsider's view of it.
type trio struct {
	suite             mls.CipherSuite
	alice, bob, carol *mls.Group
}

func newTrio(tb testing.TB, suite mls.CipherSuite, config mls.Config) *trio {
	tb.Helper()
	key := newKey(tb, suite)
	alice, err := mls.Create(suite, []byte("trio"), key, basic("alice"), nil, config)
	if err != nil {
		tb.Fatal(err)
	}
	bobKey, bobAdd := newPackage(tb, suite, "bob", config)
	carolKey, carolAdd := newPackage(tb, suite, "carol", config)
	staged := mustCommit(tb, alice, bobAdd, carolAdd)
	bob, err := mls.Join(bobKey, staged.Welcome, nil, config)
	if err != nil {
		tb.Fatal(err)
	}
	carol, err := mls.Join(carolKey, staged.Welcome, nil, config)
	if err != nil {
		tb.Fatal(err)
	}
	// A commit by another member gives the tree a path with parent hashes on both sides.
	g := &trio{suite, staged.Next, bob, carol}
	staged = mustCommit(tb, g.carol)
	g.alice, g.bob, g.carol = mustProcess(tb, g.alice, staged.Commit).Next, mustProcess(tb, g.bob, staged.Commit).Next, staged.Next
	return g
}

func newKey(tb testing.TB, suite mls.CipherSuite) crypto.Signer {
	tb.Helper()
	key, err := suite.GenerateKey()
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func newPackage(tb testing.TB, suite mls.CipherSuite, name string, config mls.Config) (*mls.KeyPackage, mls.Proposal) {
	tb.Helper()
	packaged, err := mls.NewKeyPackage(suite, newKey(tb, suite), basic(name), config)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := mls.ParseKeyPackage(packaged.Bytes())
	if err != nil {
		tb.Fatal(err)
	}
	return packaged, mls.Add(public)
}

func mustCommit(tb testing.TB, g *mls.Group, proposals ...mls.Proposal) *mls.Staged {
	tb.Helper()
	staged, err := g.Commit(proposals...)
	if err != nil {
		tb.Fatal(err)
	}
	return staged
}

func mustProcess(tb testing.TB, g *mls.Group, message []byte) *mls.Received {
	tb.Helper()
	received, err := g.Process(message)
	if err != nil {
		tb.Fatal(err)
	}
	return received
}

func mustInfo(tb testing.TB, g *mls.Group) []byte {
	tb.Helper()
	info, err := g.GroupInfo()
	if err != nil {
		tb.Fatal(err)
	}
	return info
}

func mustEnter(tb testing.TB, info []byte, name string, suite mls.CipherSuite, config mls.Config) *mls.Staged {
	tb.Helper()
	staged, err := mls.ExternalCommit(info, mls.External{Key: newKey(tb, suite), Credential: basic(name)}, config)
	if err != nil {
		tb.Fatal(err)
	}
	return staged
}

// flips gives accept the message with one bit turned, each time another: all of
// them in a long run, else one of every byte, and under the race detector one of
// every few.
func flips(t *testing.T, message []byte, accept func([]byte) error) {
	t.Helper()
	every := longChurn(t) > 0
	rng := rand.New(rand.NewPCG(1, uint64(len(message))))
	flipped := bytes.Clone(message)
	stride := 1
	if raceEnabled && !every {
		stride = 1 + len(message)/60
	}
	for i := 0; i < len(message); i += stride {
		for bit := range 8 {
			if !every && bit != 0 {
				break
			}
			if !every {
				bit = rng.IntN(8)
			}
			flipped[i] ^= 1 << bit
			if err := accept(flipped); err == nil {
				t.Fatalf("bit %d of byte %d of %d turned: not refused", bit, i, len(message))
			}
			flipped[i] = message[i]
		}
	}
	if !bytes.Equal(flipped, message) {
		t.Fatal("a refused message was written to")
	}
}

// shorter gives accept every beginning of the message, and the message with a
// byte after it.
func shorter(t *testing.T, message []byte, accept func([]byte) error) {
	t.Helper()
	step := 1 + len(message)/500
	switch {
	case longChurn(t) > 0:
		step = 1
	case raceEnabled:
		step = 1 + len(message)/60
	}
	for n := 0; n < len(message); n += step {
		if accept(message[:n:n]) == nil {
			t.Fatalf("the first %d of %d bytes: not refused", n, len(message))
		}
	}
	if accept(append(bytes.Clone(message), 0)) == nil {
		t.Fatal("a byte too many: not refused")
	}
}

// refuseDamaged runs both.
func refuseDamaged(t *testing.T, message []byte, accept func([]byte) error) {
	t.Helper()
	flips(t, message, accept)
	shorter(t, message, accept)
}

func TestFlippedMessages(t *testing.T) {
	tests := []struct {
		name string
		run  func(*testing.T, *trio)
	}{
		{"Commit", flipCommit},
		{"CommitOfManyProposals", flipFullCommit},
		{"ExternalCommit", flipExternalCommit},
		{"Proposal", flipProposal},
		{"PrivateMessage", flipPrivateMessage},
		{"Welcome", flipWelcome},
		{"RatchetTree", flipTree},
		{"GroupInfo", flipGroupInfo},
		{"KeyPackage", flipKeyPackage},
		{"Envelope", flipEnvelope},
	}
	for _, suite := range mls.Suites() {
		for _, test := range tests {
			t.Run(suiteName(suite)+" "+test.name, func(t *testing.T) {
				test.run(t, newTrio(t, suite, mls.Config{}))
			})
		}
	}
}

// processes returns an accept that a member runs.
func processes(g *mls.Group) func([]byte) error {
	return func(message []byte) error {
		_, err := g.Process(message)
		return err
	}
}

// sameEpoch checks that two members hold the same secrets.
func sameEpoch(t *testing.T, a, b *mls.Group) {
	t.Helper()
	if a.Epoch() != b.Epoch() || !bytes.Equal(a.EpochAuthenticator(), b.EpochAuthenticator()) {
		t.Fatalf("epochs %d and %d differ", a.Epoch(), b.Epoch())
	}
}

func flipCommit(t *testing.T, g *trio) {
	staged := mustCommit(t, g.bob)
	refuseDamaged(t, staged.Commit, processes(g.alice))
	sameEpoch(t, mustProcess(t, g.alice, staged.Commit).Next, staged.Next)
	sameEpoch(t, mustProcess(t, g.carol, staged.Commit).Next, staged.Next)
}

func flipFullCommit(t *testing.T, g *trio) {
	config := mls.Config{PSK: func([]byte) []byte { return []byte("a key of many bytes") }, Extensions: []uint16{stateExtension}}
	g = newTrio(t, g.suite, config)
	_, add := newPackage(t, g.suite, "dave", config)
	staged := mustCommit(t, g.bob, add, mls.Remove(g.carol.Self()), mls.PSK([]byte("link")),
		mls.SetExtensions([]mls.Extension{{Type: stateExtension, Data: []byte("state")}}))
	refuseDamaged(t, staged.Commit, processes(g.alice))
	sameEpoch(t, mustProcess(t, g.alice, staged.Commit).Next, staged.Next)
}

func flipExternalCommit(t *testing.T, g *trio) {
	staged := mustEnter(t, mustInfo(t, g.alice), "dave", g.suite, mls.Config{})
	refuseDamaged(t, staged.Commit, processes(g.alice))
	sameEpoch(t, mustProcess(t, g.alice, staged.Commit).Next, staged.Next)
}

func flipProposal(t *testing.T, g *trio) {
	message, bob, err := g.bob.ProposeUpdate()
	if err != nil {
		t.Fatal(err)
	}
	refuseDamaged(t, message, processes(g.alice))
	alice := mustProcess(t, g.alice, message).Next
	staged := mustCommit(t, alice)
	sameEpoch(t, mustProcess(t, bob, staged.Commit).Next, staged.Next)
	if _, err := g.carol.Process(staged.Commit); !errors.Is(err, mls.ErrProposals) {
		t.Fatalf("a commit of a proposal never seen: %v", err)
	}
}

// flipPrivateMessage also holds that a damaged message does not use up the key of
// the genuine one.
func flipPrivateMessage(t *testing.T, g *trio) {
	message, err := g.bob.Seal([]byte("hello"), []byte("in clear"))
	if err != nil {
		t.Fatal(err)
	}
	refuseDamaged(t, message, processes(g.alice))
	if got := mustProcess(t, g.alice, message); string(got.Application) != "hello" || string(got.AAD) != "in clear" {
		t.Fatalf("read %q with %q", got.Application, got.AAD)
	}
	if _, err := g.alice.Process(message); !errors.Is(err, mls.ErrRatchet) {
		t.Fatalf("opened a second time: %v", err)
	}
}

func flipWelcome(t *testing.T, g *trio) {
	packaged, add := newPackage(t, g.suite, "dave", mls.Config{})
	staged := mustCommit(t, g.alice, add)
	refuseDamaged(t, staged.Welcome, func(welcome []byte) error {
		_, err := mls.Join(packaged, welcome, nil, mls.Config{})
		return err
	})
	dave, err := mls.Join(packaged, staged.Welcome, nil, mls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sameEpoch(t, dave, staged.Next)
}

// flipTree turns bits of a ratchet tree inside a GroupInfo that its signer signed
// again, so that only the tree hash is left to tell.
func flipTree(t *testing.T, g *trio) {
	if g.suite != mls.X25519AES128 {
		return // the forger of this test speaks suite 1
	}
	g = newTrio(t, g.suite, mls.Config{Extensions: []uint16{stateExtension}})
	tree, build := resignInfo(t, g.alice)
	refuseDamaged(t, tree, func(damaged []byte) error {
		_, err := mls.InspectGroupInfo(build(damaged), mls.Config{})
		return err
	})
	if _, err := mls.InspectGroupInfo(build(tree), mls.Config{}); err != nil {
		t.Fatal(err)
	}
}

func flipGroupInfo(t *testing.T, g *trio) {
	info := mustInfo(t, g.alice)
	outside := mls.External{Key: newKey(t, g.suite), Credential: basic("dave")}
	refuseDamaged(t, info, func(info []byte) error {
		_, inspected := mls.InspectGroupInfo(info, mls.Config{})
		_, joined := mls.ExternalCommit(info, outside, mls.Config{})
		if inspected == nil || joined == nil {
			return nil
		}
		return joined
	})
	staged, err := mls.ExternalCommit(info, outside, mls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sameEpoch(t, mustProcess(t, g.alice, staged.Commit).Next, staged.Next)
}

func flipKeyPackage(t *testing.T, g *trio) {
	packaged, _ := newPackage(t, g.suite, "dave", mls.Config{})
	refuseDamaged(t, packaged.Bytes(), func(message []byte) error {
		public, err := mls.ParseKeyPackage(message)
		if err != nil {
			return err
		}
		_, err = g.alice.Commit(mls.Add(public))
		return err
	})
	public, err := mls.ParseKeyPackage(packaged.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	staged := mustCommit(t, g.alice, mls.Add(public))
	dave, err := mls.Join(packaged, staged.Welcome, nil, mls.Config{})
	if err != nil {
		t.Fatal(err)
	}
	sameEpoch(t, dave, staged.Next)
}

// flipEnvelope turns bits of what is encrypted to a leaf (RFC 9420 5.1.3).
func flipEnvelope(t *testing.T, g *trio) {
	sealed, err := g.alice.EncryptTo(g.bob.Self(), "flip", []byte("context"), []byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	opens := func(label, context string) func([]byte) error {
		return func(sealed []byte) error {
			_, err := g.bob.DecryptFrom(label, []byte(context), sealed)
			return err
		}
	}
	refuseDamaged(t, sealed, opens("flip", "context"))
	if opens("flop", "context")(sealed) == nil || opens("flip", "contexts")(sealed) == nil {
		t.Fatal("opened under another label or context")
	}
	if _, err := g.carol.DecryptFrom("flip", []byte("context"), sealed); err == nil {
		t.Fatal("opened by another member")
	}
	if err := opens("flip", "context")(sealed); err != nil {
		t.Fatal(err)
	}
}
