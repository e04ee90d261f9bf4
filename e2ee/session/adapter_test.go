package session

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// realGroup is a meeting over real MLS: a host that judges, and people whose own
// devices judge nothing, as an attacker's would not.
type realGroup struct {
	t    *testing.T
	card *Card
	host *mls.Group
}

const realSuite = mls.X25519AES128

func (r *realGroup) config(accept func(*mls.Change) error) mls.Config {
	return mls.Config{
		Authenticate:    Authenticate(testMeeting),
		Accept:          accept,
		PSK:             func(id []byte) []byte { return append([]byte("psk "), id...) },
		Extensions:      []uint16{StateExtension, EntryExtension},
		CredentialTypes: []uint16{CredentialType},
	}
}

// judges is the host's callback; the state is that of the epoch before.
func (r *realGroup) judges(c *mls.Change) error {
	data, _ := c.Previous.Extension(StateExtension)
	prev, err := ParseState(data)
	if err != nil {
		return err
	}
	return Accept(prev, r.card, c)
}

func (r *realGroup) leaf(device, participant string) (crypto.Signer, mls.Credential) {
	r.t.Helper()
	key, err := realSuite.GenerateKey()
	if err != nil {
		r.t.Fatal(err)
	}
	public, ok := key.Public().(ed25519.PublicKey)
	if !ok {
		r.t.Fatal("not an Ed25519 key")
	}
	credential, err := NewCredential(testKey(device), testMeeting, testGroup, participant, public)
	if err != nil {
		r.t.Fatal(err)
	}
	return key, credential
}

func newRealGroup(t *testing.T, settings CardSettings) *realGroup {
	t.Helper()
	r := &realGroup{t: t, card: mustCard(t, settings)}
	host := mustRootHost(t, "host")
	ext, err := GroupExtensions(mustSign(t, FirstState(r.card, testGroup, &host), "host"))
	if err != nil {
		t.Fatal(err)
	}
	key, credential := r.leaf("host", "id-host")
	config := r.config(r.judges)
	config.LeafExtensions = []mls.Extension{EntryOf(0)}
	r.host, err = mls.Create(realSuite, testGroup, key, credential, ext, config)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// state is the host's current one.
func (r *realGroup) state() *State {
	r.t.Helper()
	s, err := VerifyGroup(r.card, r.host.View(), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// external makes an external commit against the host's group.
func (r *realGroup) external(device, participant string, remove *mls.LeafIndex, psks ...[]byte) *mls.Staged {
	r.t.Helper()
	return r.externalSaying([]mls.Extension{EntryOf(r.host.Epoch() + 1)}, device, participant, remove, psks...)
}

// externalSaying is external with a leaf that brings these extensions.
func (r *realGroup) externalSaying(says []mls.Extension, device, participant string, remove *mls.LeafIndex, psks ...[]byte) *mls.Staged {
	r.t.Helper()
	info, err := r.host.GroupInfo()
	if err != nil {
		r.t.Fatal(err)
	}
	key, credential := r.leaf(device, participant)
	lenient := r.config(func(*mls.Change) error { return nil })
	lenient.LeafExtensions = says
	staged, err := mls.ExternalCommit(info, mls.External{Key: key, Credential: credential, Remove: remove, PSKs: psks}, lenient)
	if err != nil {
		r.t.Fatal(err)
	}
	return staged
}

// judge lets the host process a commit and moves it on when it is accepted.
func (r *realGroup) judge(commit []byte) error {
	received, err := r.host.Process(commit)
	if err == nil {
		r.host = received.Next
	}
	return err
}

// join brings somebody in and returns its group.
func (r *realGroup) join(device string) *mls.Group {
	r.t.Helper()
	staged := r.external(device, "id-"+device, nil, LinkPSKID(1))
	if err := r.judge(staged.Commit); err != nil {
		r.t.Fatal(err)
	}
	return staged.Next
}

func (r *realGroup) want(err error, want error) {
	r.t.Helper()
	if !errors.Is(err, want) {
		r.t.Errorf("got %v, want %v", err, want)
	}
}

func mustCommit(tb testing.TB, g *mls.Group, p ...mls.Proposal) []byte {
	tb.Helper()
	staged, err := g.Commit(p...)
	if err != nil {
		tb.Fatal(err)
	}
	return staged.Commit
}

func TestRealExternal(t *testing.T) {
	r := newRealGroup(t, CardSettings{E2EE: true})
	r.want(r.judge(r.external("ada", "id-ada", nil).Commit), RefusedPSK)
	r.want(r.judge(r.external("ada", "id-ada", nil, LinkPSKID(2)).Commit), RefusedPSK)
	r.want(r.judge(r.external("ada", "id-ada", nil, LinkPSKID(1), []byte("x")).Commit), RefusedPSK)
	r.want(r.judge(r.external("eve", "id-host", nil, LinkPSKID(1)).Commit), RefusedDuplicate)
	ada := r.join("ada")
	hostLeaf, adaLeaf := r.host.Self(), ada.Self()
	r.want(r.judge(r.external("eve", "id-eve", &hostLeaf, LinkPSKID(1)).Commit), RefusedRemove)
	r.want(r.judge(r.external("eve", "id-eve", &adaLeaf, LinkPSKID(1)).Commit), RefusedRemove)
	// A forged leaf does not even get as far: Ada's device has not signed for it.
	info, err := r.host.GroupInfo()
	if err != nil {
		t.Fatal(err)
	}
	key, err := realSuite.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	_, credential := r.leaf("ada", "id-ada")
	careless := r.config(func(*mls.Change) error { return nil })
	careless.Authenticate = nil
	careless.LeafExtensions = []mls.Extension{EntryOf(r.host.Epoch() + 1)}
	forged, err := mls.ExternalCommit(info, mls.External{
		Key: key, Credential: credential, Remove: &adaLeaf, PSKs: [][]byte{LinkPSKID(1)},
	}, careless)
	if err != nil {
		t.Fatal(err)
	}
	r.want(r.judge(forged.Commit), ErrLeaf)
	// With the meeting locked only a rejoin is left.
	locked := r.state().Next(nil)
	locked.Locked = true
	r.setState(locked)
	r.want(r.judge(r.external("eve", "id-eve", nil, LinkPSKID(1)).Commit), RefusedLocked)
	r.want(r.judge(r.external("ada", "id-ada", &adaLeaf, LinkPSKID(1)).Commit), nil)
	if n := len(r.host.Members()); n != 2 {
		t.Errorf("%d members", n)
	}
}

// setState makes the host commit a state of its own.
func (r *realGroup) setState(next *State) {
	r.t.Helper()
	ext, err := GroupExtensions(mustSign(r.t, next, "host"))
	if err != nil {
		r.t.Fatal(err)
	}
	staged, err := r.host.Commit(mls.SetExtensions(ext))
	if err != nil {
		r.t.Fatal(err)
	}
	r.host = staged.Next
}

func TestRealMember(t *testing.T) {
	r := newRealGroup(t, CardSettings{E2EE: true, Takeover: TakeoverLongestPresent})
	ada := r.join("ada")
	state := r.state()
	toggled := state.Next(nil)
	toggled.E2EE = false
	ext := func(s *State) mls.Proposal {
		out, err := GroupExtensions(s)
		if err != nil {
			t.Fatal(err)
		}
		return mls.SetExtensions(out)
	}
	before := r.host.EpochAuthenticator()
	r.want(r.judge(mustCommit(t, ada, ext(resign(toggled, "ada")))), RefusedAuthority)
	r.want(r.judge(mustCommit(t, ada, ext(resign(toggled, "host")))), RefusedAuthority)
	taken := state.Next(nil)
	taken.SetHost(Host{Device: testKey("ada").Public()})
	r.want(r.judge(mustCommit(t, ada, ext(resign(taken, "ada")))), RefusedTakeover)
	r.want(r.judge(mustCommit(t, ada, mls.PSK([]byte("x")))), RefusedPSK)
	r.want(r.judge(mustCommit(t, ada, mls.ReInit([]byte("next group"), realSuite, nil))), RefusedReInit)

	proposal, after, err := ada.Propose(ext(resign(toggled, "host")))
	if err != nil {
		t.Fatal(err)
	}
	received, err := r.host.Process(proposal)
	if err != nil {
		t.Fatal(err)
	}
	withProposal := *r
	withProposal.host = received.Next
	r.want(withProposal.judge(mustCommit(t, after)), RefusedReference)

	newcomer := func(device string) mls.Proposal {
		key, credential := r.leaf(device, "id-"+device)
		kp, err := mls.NewKeyPackage(realSuite, key, credential, r.config(nil))
		if err != nil {
			t.Fatal(err)
		}
		public, err := mls.ParseKeyPackage(kp.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return mls.Add(public)
	}
	r.want(r.judge(mustCommit(t, ada, newcomer("bob"))), RefusedPSK)
	if !bytes.Equal(before, r.host.EpochAuthenticator()) {
		t.Fatal("a refused commit changed the group")
	}
	r.want(r.judge(mustCommit(t, ada, newcomer("bob"), mls.PSK(LinkPSKID(1)))), RefusedEntry)
	listed := func(list ...arrival) mls.Proposal {
		out, err := GroupExtensions(state)
		if err != nil {
			t.Fatal(err)
		}
		return mls.SetExtensions(withEntries(out, writeEntries(list)))
	}
	next := r.host.Epoch() + 1
	for _, wrong := range [][]arrival{{{2, next - 1}}, {{2, next + 1}}, {{1, next}}, {{1, 0}, {2, next}}, {{2, next}, {3, next}}} {
		r.want(r.judge(mustCommit(t, ada, newcomer("bob"), mls.PSK(LinkPSKID(1)), listed(wrong...))), RefusedEntry)
	}
	r.want(r.judge(mustCommit(t, ada, listed(arrival{0, 0}))), RefusedEntry)
	r.want(r.judge(mustCommit(t, ada, newcomer("bob"), mls.PSK(LinkPSKID(1)), listed(arrival{2, next}))), nil)
	if n := len(r.host.Members()); n != 3 {
		t.Errorf("%d members", n)
	}
}

// TestRealEntry: when somebody entered is what the leaf or the list says, and
// neither can say anything but the truth.
func TestRealEntry(t *testing.T) {
	r := newRealGroup(t, CardSettings{E2EE: true, Takeover: TakeoverLongestPresent})
	next := r.host.Epoch() + 1
	for _, says := range [][]mls.Extension{
		nil,
		{EntryOf(0)},
		{EntryOf(next - 1)},
		{EntryOf(next + 1)},
		{EntryOf(next), EntryOf(next)},
		{{Type: EntryExtension, Data: append(EntryOf(next).Data, 0)}},
		{{Type: EntryExtension}},
	} {
		if err := r.judge(r.externalSaying(says, "eve", "id-eve", nil, LinkPSKID(1)).Commit); err == nil {
			t.Errorf("an entry of %v was taken", says)
		}
	}
	ada := r.join("ada")
	epochs, err := entryEpochs(r.host.View())
	if err != nil || epochs[0] != 0 || epochs[ada.Self()] != next {
		t.Errorf("entries %v, %v", epochs, err)
	}
	// A package that claims to be older than its Add.
	key, credential := r.leaf("bob", "id-bob")
	config := r.config(nil)
	config.LeafExtensions = []mls.Extension{EntryOf(0)}
	kp, err := mls.NewKeyPackage(realSuite, key, credential, config)
	if err != nil {
		t.Fatal(err)
	}
	public, err := mls.ParseKeyPackage(kp.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	list, err := GroupExtensions(r.state())
	if err != nil {
		t.Fatal(err)
	}
	entries := writeEntries([]arrival{{2, r.host.Epoch() + 1}})
	r.want(r.judge(mustCommit(t, ada, mls.Add(public), mls.PSK(LinkPSKID(1)), mls.SetExtensions(withEntries(list, entries)))), RefusedEntry)
}

func TestEntriesFormat(t *testing.T) {
	r := newRealGroup(t, CardSettings{E2EE: true})
	list, err := GroupExtensions(r.state())
	if err != nil {
		t.Fatal(err)
	}
	key, credential := r.leaf("host", "id-host")
	for name, data := range map[string][]byte{
		"empty":      {},
		"no entries": writeEntries(nil),
		"cut":        writeEntries([]arrival{{1, 0}})[:7],
		"trailing":   append(writeEntries([]arrival{{1, 0}}), 0),
		"twice":      writeEntries([]arrival{{1, 0}, {1, 0}}),
		"disorder":   writeEntries([]arrival{{2, 0}, {1, 0}}),
	} {
		config := r.config(nil)
		config.LeafExtensions = []mls.Extension{EntryOf(0)}
		group, err := mls.Create(realSuite, testGroup, key, credential, withEntries(list[:2:2], data), config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyGroup(r.card, group.View(), nil); err == nil {
			t.Errorf("%s: a list was taken", name)
		}
	}
	config := r.config(nil)
	for name, says := range map[string][]mls.Extension{"nothing": nil, "the future": {EntryOf(1)}} {
		config.LeafExtensions = says
		group, err := mls.Create(realSuite, testGroup, key, credential, list, config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := VerifyGroup(r.card, group.View(), nil); err == nil {
			t.Errorf("%s: a leaf was taken", name)
		}
	}
}

func TestRealContext(t *testing.T) {
	r := newRealGroup(t, CardSettings{E2EE: true})
	ada := r.join("ada")
	prev := r.state()
	received, err := r.host.Process(mustCommit(t, ada))
	if err != nil {
		t.Fatal(err)
	}
	change := received.Change
	if err := Accept(prev, r.card, change); err != nil {
		t.Errorf("a commit without content: %v", err)
	}
	other := prev.Clone()
	other.Lobby = true
	r.want(Accept(other, r.card, change), RefusedContext)
	r.want(Accept(resign(other, "host"), r.card, change), RefusedContext)
	r.want(Accept(prev, mustCard(t, CardSettings{}), change), RefusedContext)
	moved := *change
	moved.CommitterLeaf = mustLeaf(t, "eve", "id-ada", "leaf")
	r.want(Accept(prev, r.card, &moved), RefusedIdentity)
	moved = *change
	moved.Updated = []mls.LeafIndex{0}
	r.want(Accept(prev, r.card, &moved), RefusedReference)
	moved = *change
	moved.Added = []mls.Leaf{{Credential: mls.Credential{Type: mls.CredentialBasic}}}
	r.want(Accept(prev, r.card, &moved), RefusedFormat)
	if leaf, ok := LongestPresent(r.host.View()); !ok || leaf != r.host.Self() {
		t.Errorf("longest present: %d, %v", leaf, ok)
	}
	info, err := r.host.GroupInfo()
	if err != nil {
		t.Fatal(err)
	}
	view, err := mls.InspectGroupInfo(info, r.config(nil))
	if err != nil {
		t.Fatal(err)
	}
	if s, err := VerifyGroup(r.card, view, nil); err != nil || s.Hash() != prev.Hash() {
		t.Errorf("a joiner's look at the group: %v", err)
	}
	if _, err := VerifyGroup(mustCard(t, CardSettings{}), view, nil); err == nil {
		t.Error("a group of another card was taken")
	}
	hybrid := *r.card
	hybrid.Suite = mls.XWing
	if _, err := VerifyGroup(&hybrid, view, nil); err == nil {
		t.Error("a group of another suite was taken")
	}
}
