package mls_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// siege is a group of honest members with one among them who is not, and one
// outside. Alice has leaf 0, Bob 1, Carol 2, Mallory 3.
type siege struct {
	alice, bob, carol *mls.Group
	mallory, eve      *rogue
}

// wrongKey is what those hold who guess a pre-shared key.
var rightKey, wrongKey = []byte("a key that members know"), []byte("a key that somebody guesses")

func siegeConfig() mls.Config {
	return mls.Config{
		Extensions: []uint16{stateExtension},
		PSK: func(id []byte) []byte {
			if strings.HasPrefix(string(id), "known") {
				return rightKey
			}
			return nil
		},
	}
}

func newSiege(tb testing.TB, config mls.Config) *siege {
	tb.Helper()
	alice, err := mls.Create(mls.X25519AES128, []byte("siege"), newKey(tb, 1), basic("alice"), nil, config)
	if err != nil {
		tb.Fatal(err)
	}
	bob, addBob := newPackage(tb, 1, "bob", config)
	carol, addCarol := newPackage(tb, 1, "carol", config)
	staged := mustCommit(tb, alice, addBob, addCarol)
	s := &siege{alice: staged.Next, mallory: newRogue(tb, "mallory"), eve: newRogue(tb, "eve")}
	if s.bob, err = mls.Join(bob, staged.Welcome, nil, config); err != nil {
		tb.Fatal(err)
	}
	if s.carol, err = mls.Join(carol, staged.Welcome, nil, config); err != nil {
		tb.Fatal(err)
	}
	s.deliver(tb, s.mallory.admit(s.alice))
	s.eve.look(mustInfo(tb, s.alice))
	return s
}

// deliver has all honest members follow a commit of Alice.
func (s *siege) deliver(tb testing.TB, staged *mls.Staged) {
	tb.Helper()
	s.alice = staged.Next
	s.bob = mustProcess(tb, s.bob, staged.Commit).Next
	s.carol = mustProcess(tb, s.carol, staged.Commit).Next
}

// honest are those a forged message goes to.
func (s *siege) honest() map[string]*mls.Group {
	return map[string]*mls.Group{"alice": s.alice, "bob": s.bob, "carol": s.carol}
}

// heard gives everybody a proposal.
func (s *siege) heard(tb testing.TB, message []byte, author *mls.Group) {
	tb.Helper()
	for _, member := range []**mls.Group{&s.alice, &s.bob, &s.carol} {
		if *member != author {
			*member = mustProcess(tb, *member, message).Next
		}
	}
}

// referTo returns a ProposalOrRef for somebody's public proposal message, whose
// last 33 bytes are the membership tag.
func referTo(message []byte) wire {
	return wire{}.u8(2).vec(reference("Proposal Reference", message[2:len(message)-33]))
}

// bobUpdates has Bob propose an Update that everybody hears.
func (s *siege) bobUpdates(tb testing.TB) wire {
	tb.Helper()
	message, next, err := s.bob.ProposeUpdate()
	if err != nil {
		tb.Fatal(err)
	}
	s.heard(tb, message, s.bob)
	s.bob = next
	return referTo(message)
}

// refused checks that all honest members answer a message with one of the kinds
// wanted, and that they are unharmed: they still follow a genuine commit.
func (s *siege) refused(t *testing.T, message []byte, wants ...error) {
	t.Helper()
	for name, member := range s.honest() {
		_, err := member.Process(message)
		switch {
		case err == nil:
			t.Errorf("%s accepts", name)
		case !slices.ContainsFunc(wants, func(want error) bool { return errors.Is(err, want) }):
			t.Errorf("%s refuses for another reason: %v", name, err)
		}
	}
	staged := mustCommit(t, s.carol)
	sameEpoch(t, mustProcess(t, s.alice, staged.Commit).Next, staged.Next)
	sameEpoch(t, mustProcess(t, s.bob, staged.Commit).Next, staged.Next)
}

// refusedBy checks that one member answers a message with one of the kinds wanted.
func refusedBy(t *testing.T, member *mls.Group, message []byte, wants ...error) {
	t.Helper()
	_, err := member.Process(message)
	if err == nil || !slices.ContainsFunc(wants, func(want error) bool { return errors.Is(err, want) }) {
		t.Errorf("not refused as expected: %v", err)
	}
}

// accepted checks that all follow, but those removed, who are told.
func (s *siege) accepted(t *testing.T, message []byte, removed ...string) {
	t.Helper()
	var first *mls.Group
	for name, member := range s.honest() {
		received, err := member.Process(message)
		if slices.Contains(removed, name) {
			if !errors.Is(err, mls.ErrRemoved) {
				t.Errorf("%s is removed: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s refuses: %v", name, err)
			continue
		}
		if first == nil {
			first = received.Next
		}
		sameEpoch(t, first, received.Next)
	}
	// What members follow to, newcomers must be able to enter.
	if first != nil {
		if _, err := mls.InspectGroupInfo(mustInfo(t, first), siegeConfig()); err != nil {
			t.Errorf("a group that members accept and newcomers do not: %v", err)
		}
	}
}

// proposalCase is one list of proposals and what is to come of it; no wants: the
// list is valid and accepted, which shows that the attacker's commits are good.
type proposalCase struct {
	name  string
	forge func(tb testing.TB, s *siege) forgery
	wants []error
}

func values(proposals ...wire) func(testing.TB, *siege) forgery {
	return func(testing.TB, *siege) forgery {
		f := forgery{}
		for _, p := range proposals {
			f.proposals = append(f.proposals, byValue(p))
		}
		return f
	}
}

func adds(change func(*roguePackage)) func(testing.TB, *siege) forgery {
	return func(tb testing.TB, s *siege) forgery {
		r := newRogue(tb, "dave")
		p := r.keyPackage()
		if change != nil {
			change(p)
		}
		f := forgery{proposals: []wire{byValue(proposeAdd(p.encode(r.key)))}, added: []uint32{4}}
		f.apply = func(t rogueTree) rogueTree { return t.set(4, p.leaf) }
		return f
	}
}

// enterTogether adds one leaf for each signature key, each with an encryption key
// of its own.
func enterTogether(keys ...ed25519.PrivateKey) func(testing.TB, *siege) forgery {
	return func(testing.TB, *siege) forgery {
		var f forgery
		var leaves []*rogueLeaf
		for i, key := range keys {
			r := newRogue(nil, fmt.Sprint("company ", i))
			r.key = key
			p := r.keyPackage()
			f.proposals = append(f.proposals, byValue(proposeAdd(p.encode(key))))
			leaves, f.added = append(leaves, p.leaf), append(f.added, uint32(4+i))
		}
		f.apply = func(t rogueTree) rogueTree {
			for i, leaf := range leaves {
				t = t.set(uint32(4+i), leaf)
			}
			return t
		}
		return f
	}
}

func sets(extensions ...[]byte) func(testing.TB, *siege) forgery {
	return func(testing.TB, *siege) forgery {
		return forgery{
			proposals:  []wire{byValue(proposeExtensions(extensions...))},
			extensions: slices.Concat(extensions...),
		}
	}
}

func mixes(psks ...preShared) func(testing.TB, *siege) forgery {
	return func(testing.TB, *siege) forgery {
		f := forgery{psks: psks}
		for _, psk := range psks {
			f.proposals = append(f.proposals, byValue(proposePSK(psk.id)))
		}
		return f
	}
}

func pathless(forge func(testing.TB, *siege) forgery) func(testing.TB, *siege) forgery {
	return func(tb testing.TB, s *siege) forgery {
		f := forge(tb, s)
		f.pathless = true
		return f
	}
}

func removes(leaf uint32) func(testing.TB, *siege) forgery {
	return func(testing.TB, *siege) forgery {
		return forgery{
			proposals: []wire{byValue(proposeRemove(leaf))},
			apply: func(t rogueTree) rogueTree {
				if leaf < t.leaves() {
					t = t.set(leaf, nil)
				}
				return t
			},
		}
	}
}

// resumption is a PSK id of a resumption PSK (RFC 9420 8.4).
func resumption(usage uint8, group string, epoch uint64) []byte {
	return wire{}.u8(2).u8(usage).vec([]byte(group)).u64(epoch).vec(make([]byte, hashSize))
}

func required(extensions, proposals, credentials []uint16) []byte {
	return encodeExtension(3, wire{}.list(extensions...).list(proposals...).list(credentials...))
}

// TestProposalLists goes through RFC 9420 12.1, 12.2 and 12.4: a member commits
// lists, each wrong in one way.
func TestProposalLists(t *testing.T) {
	for _, test := range slices.Concat(validLists(), wrongAdds(), wrongPSKs(), wrongContexts(), wrongLists()) {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			message := s.mallory.commit(test.forge(t, s))
			switch {
			case test.wants != nil:
				s.refused(t, message, test.wants...)
			case strings.Contains(test.name, "RemoveBob"):
				s.accepted(t, message, "bob")
			default:
				s.accepted(t, message)
			}
		})
	}
}

func validLists() []proposalCase {
	known := externalPSK("known", rightKey)
	otherNonce := slices.Clone(known.id)
	otherNonce[len(otherNonce)-1] = 1
	return []proposalCase{
		{"OK/Nothing", values(), nil},
		{"OK/Add", adds(nil), nil},
		{"OK/AddWithoutPath", pathless(adds(nil)), nil},
		{"OK/RemoveBob", removes(1), nil},
		{"OK/PSK", mixes(known), nil},
		{"OK/PSKWithoutPath", pathless(mixes(known)), nil},
		{"OK/TwoPSKs", mixes(known, externalPSK("known too", rightKey)), nil},
		{"OK/Extensions", sets(encodeExtension(stateExtension, []byte("state"))), nil},
		{"OK/Required", sets(required([]uint16{stateExtension}, nil, []uint16{1})), nil},
		{"OK/TwoAdds", enterTogether(newRogue(nil, "dave").key, newRogue(nil, "erin").key), nil},
		{"OK/SamePSKByAnotherNonce", mixes(known, preShared{otherNonce, rightKey}), nil},
		{"OK/AddAndPSK", func(tb testing.TB, s *siege) forgery {
			f := adds(nil)(tb, s)
			f.proposals = append(f.proposals, byValue(proposePSK(known.id)))
			f.psks = []preShared{known}
			return f
		}, nil},
	}
}

func wrongAdds() []proposalCase {
	leaf := []error{mls.ErrLeaf, mls.ErrSignature, mls.ErrProposals, mls.ErrUnsupported, mls.ErrTree}
	change := func(change func(*roguePackage)) func(testing.TB, *siege) forgery { return adds(change) }
	return []proposalCase{
		{"ErrAdd/Version", change(func(p *roguePackage) { p.version = 2 }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/Suite", change(func(p *roguePackage) { p.suite = 2 }), leaf},
		{"ErrAdd/Signature", change(func(p *roguePackage) { p.spoil = true }), leaf},
		{"ErrAdd/InitKeyIsLeafKey", change(func(p *roguePackage) { p.init = p.leaf.encryption }), leaf},
		{"ErrAdd/InitKeyShort", change(func(p *roguePackage) { p.init = p.init[1:] }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/InitKeyEmpty", change(func(p *roguePackage) { p.init = nil }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/LeafKeyShort", change(func(p *roguePackage) { p.leaf.encryption = p.leaf.encryption[1:] }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/LeafOfUpdate", change(func(p *roguePackage) { p.leaf.source = 2 }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/LeafOfCommit", change(func(p *roguePackage) { p.leaf.source = 3 }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/LeafOfNothing", change(func(p *roguePackage) { p.leaf.source = 4 }), append(leaf, mls.ErrDecode)},
		{"ErrAdd/LeafVersions", change(func(p *roguePackage) { p.leaf.versions = []uint16{2} }), leaf},
		{"ErrAdd/LeafSuites", change(func(p *roguePackage) { p.leaf.suites = []uint16{2} }), leaf},
		{"ErrAdd/LeafCredential", change(func(p *roguePackage) { p.leaf.credentials = []uint16{2} }), leaf},
		{"ErrAdd/CredentialNobodyKnows", change(func(p *roguePackage) {
			p.leaf.credential, p.leaf.credentials = 0xF123, []uint16{1, 0xF123}
		}), leaf},
		{"ErrAdd/ExtensionNotListed", change(func(p *roguePackage) { p.leaf.extensions = encodeExtension(0xF321, nil) }), leaf},
		{"ErrAdd/ExtensionTwice", change(func(p *roguePackage) {
			p.leaf.extensionTypes = []uint16{0xF321}
			p.leaf.extensions = slices.Concat(encodeExtension(0xF321, nil), encodeExtension(0xF321, nil))
		}), append(leaf, mls.ErrDecode)},
		{"ErrAdd/Expired", change(func(p *roguePackage) { p.leaf.notAfter = 1000 }), leaf},
		{"ErrAdd/NotYet", change(func(p *roguePackage) { p.leaf.notBefore = 1 << 61 }), leaf},
		{"ErrAdd/KeysOfBob", func(tb testing.TB, s *siege) forgery {
			bob := s.bob.Members()[1]
			return adds(func(p *roguePackage) { p.leaf.encryption = bob.EncryptionKey })(tb, s)
		}, leaf},
		{"ErrAdd/KeyOfANode", func(tb testing.TB, s *siege) forgery {
			node := s.mallory.tree[1].key
			return pathless(adds(func(p *roguePackage) { p.leaf.encryption = node }))(tb, s)
		}, leaf},
		{"ErrAdd/Twice", enterTogether(newRogue(nil, "dave").key, newRogue(nil, "dave").key), leaf},
		{"ErrAdd/MemberAgain", enterTogether(newRogue(nil, "mallory").key), leaf},
	}
}

func wrongPSKs() []proposalCase {
	list := []error{mls.ErrProposals, mls.ErrPSK, mls.ErrDecode}
	known := externalPSK("known", rightKey)
	id := func(id []byte) func(testing.TB, *siege) forgery { return values(proposePSK(id)) }
	return []proposalCase{
		{"ErrPSK/Unknown", mixes(externalPSK("unheard of", rightKey)), list},
		{"ErrPSK/Guessed", mixes(externalPSK("known", wrongKey)), []error{mls.ErrTag}},
		{"ErrPSK/LeftOutOfTheSecret", values(proposePSK(known.id)), []error{mls.ErrTag}},
		{"ErrPSK/Twice", mixes(known, known), list},
		{"ErrPSK/NonceShort", id(wire{}.u8(1).vec([]byte("known")).vec(make([]byte, hashSize-1))), list},
		{"ErrPSK/NonceLong", id(wire{}.u8(1).vec([]byte("known")).vec(make([]byte, hashSize+1))), list},
		{"ErrPSK/NoType", id(wire{}.u8(3).vec([]byte("known")).vec(make([]byte, hashSize))), list},
		{"ErrPSK/ResumptionForReInit", id(resumption(2, "siege", 1)), list},
		{"ErrPSK/ResumptionForBranch", id(resumption(3, "siege", 1)), list},
		{"ErrPSK/ResumptionForNothing", id(resumption(0, "siege", 1)), list},
		{"ErrPSK/ResumptionOfAnotherGroup", id(resumption(1, "other", 1)), list},
		{"ErrPSK/ResumptionOfTheFuture", id(resumption(1, "siege", 1000)), list},
	}
}

func wrongContexts() []proposalCase {
	list := []error{mls.ErrProposals, mls.ErrLeaf, mls.ErrDecode, mls.ErrUnsupported, mls.ErrTree}
	state := encodeExtension(stateExtension, []byte("state"))
	return []proposalCase{
		{"ErrContext/NobodyKnows", sets(encodeExtension(0xF321, nil)), list},
		{"ErrContext/Twice", sets(state, state), list},
		{"ErrContext/RequiresUnknownExtension", sets(required([]uint16{0xF321}, nil, nil)), list},
		{"ErrContext/RequiresUnknownProposal", sets(required(nil, []uint16{0xF321}, nil)), list},
		{"ErrContext/RequiresUnknownCredential", sets(required(nil, nil, []uint16{0xF321})), list},
		{"ErrContext/RequiredMalformed", sets(encodeExtension(3, []byte{1})), list},
		{"ErrContext/RequiredOdd", sets(encodeExtension(3, []byte{1, 7, 0, 0})), list},
		{"ErrContext/TwoProposals", values(proposeExtensions(state), proposeExtensions(state)), list},
		{"ErrContext/ThenAnAddWithoutIt", func(tb testing.TB, s *siege) forgery {
			f := adds(func(p *roguePackage) { p.leaf.extensionTypes = nil })(tb, s)
			f.proposals = append(f.proposals, byValue(proposeExtensions(state)))
			f.extensions = state
			return f
		}, list},
	}
}

func wrongLists() []proposalCase {
	list := []error{mls.ErrProposals}
	known := externalPSK("known", rightKey)
	return []proposalCase{
		{"ErrList/UpdateByValue", func(tb testing.TB, s *siege) forgery {
			leaf := newRogueLeaf(s.mallory.key, public(s.mallory.keyPair("new")), "mallory", 2)
			return values(proposeUpdate(leaf.sign(s.mallory.key, s.mallory.group, s.mallory.leaf)))(tb, s)
		}, list},
		{"ErrList/OwnUpdate", func(tb testing.TB, s *siege) forgery {
			leaf := newRogueLeaf(s.mallory.key, public(s.mallory.keyPair("new")), "mallory", 2)
			leaf.sign(s.mallory.key, s.mallory.group, s.mallory.leaf)
			message, ref := s.mallory.propose(forgery{}, proposeUpdate(leaf))
			s.heard(tb, message, nil)
			return forgery{proposals: []wire{ref}}
		}, list},
		{"ErrList/RemoveSelf", removes(3), list},
		{"ErrList/RemoveBlank", removes(4), list},
		{"ErrList/RemoveBlankFarAway", removes(1 << 31), list},
		{"ErrList/RemoveTwice", values(proposeRemove(1), proposeRemove(1)), list},
		{"ErrList/RemoveUpdated", func(tb testing.TB, s *siege) forgery {
			return forgery{proposals: []wire{s.bobUpdates(tb), byValue(proposeRemove(1))}}
		}, list},
		{"ErrList/UpdatedTwice", func(tb testing.TB, s *siege) forgery {
			return forgery{proposals: []wire{s.bobUpdates(tb), s.bobUpdates(tb)}}
		}, list},
		{"ErrList/ReferenceTwice", func(tb testing.TB, s *siege) forgery {
			ref := s.bobUpdates(tb)
			return forgery{proposals: []wire{ref, ref}}
		}, list},
		{"ErrList/ReferenceUnknown", func(testing.TB, *siege) forgery {
			return forgery{proposals: []wire{wire{}.u8(2).vec(make([]byte, hashSize))}}
		}, list},
		{"ErrList/ReferenceEmpty", func(testing.TB, *siege) forgery {
			return forgery{proposals: []wire{wire{}.u8(2).vec(nil)}}
		}, append(list, mls.ErrDecode)},
		{"ErrList/ExternalInit", func(tb testing.TB, s *siege) forgery {
			return values(proposeExternalInit(s.eve.kemOutput))(tb, s)
		}, list},
		{"ErrList/ReInitAndMore", values(proposeReInit(1, 1), proposePSK(known.id)), list},
		{"ErrList/ReInitTwice", values(proposeReInit(1, 1), proposeReInit(1, 1)), list},
		{"ErrList/ReInitDown", values(proposeReInit(0, 1)), append(list, mls.ErrUnsupported, mls.ErrDecode)},
		{"ErrList/UnknownType", values(wire{}.u16(0x0A0A).vec(nil)), append(list, mls.ErrUnsupported, mls.ErrDecode)},
		{"ErrList/NoType", values(wire{}.u16(0)), append(list, mls.ErrUnsupported, mls.ErrDecode)},
		{"ErrPathless/Nothing", pathless(values()), list},
		{"ErrPathless/Remove", pathless(removes(1)), list},
		{"ErrPathless/Extensions", pathless(sets(encodeExtension(stateExtension, nil))), list},
		{"ErrPathless/Update", func(tb testing.TB, s *siege) forgery {
			return forgery{proposals: []wire{s.bobUpdates(tb)}, pathless: true}
		}, list},
	}
}
