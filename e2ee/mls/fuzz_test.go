package mls_test

import (
	"bytes"
	"encoding/binary"
	"runtime/metrics"
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Each target takes either raw bytes or a list of edits to a genuine message of
// the running process. Keys differ from process to process, so bytes alone would
// never get past the first signature. Where a member or a group's maker could sign
// the damage itself, it does: that reaches the code behind the signatures.

// raw as the choice of a message takes the input itself.
const raw = 255

// edited applies a script to one of the messages: groups of four bytes, two for
// the position, one for what to do there and one for how much.
func edited(messages [][]byte, choice uint8, script []byte) []byte {
	if choice == raw {
		return script
	}
	message := bytes.Clone(messages[int(choice)%len(messages)])
	for ; len(script) >= 4 && len(message) > 0; script = script[4:] {
		at := int(binary.BigEndian.Uint16(script)) % len(message)
		value := script[3]
		end := min(at+int(value), len(message))
		switch script[2] % 6 {
		case 0:
			message[at] ^= value
		case 1:
			message[at] = value
		case 2:
			message = slices.Delete(message, at, end)
		case 3:
			message = slices.Insert(message, at, make([]byte, value)...)
		case 4:
			message = slices.Insert(message, at, bytes.Clone(message[at:end])...)
		case 5:
			message = message[:end]
		}
	}
	return message
}

// seed adds the genuine messages, untouched and edited, and as raw bytes.
func seed(f *testing.F, messages ...[]byte) {
	f.Helper()
	for i, message := range messages {
		f.Add(uint8(i), []byte{})
		f.Add(uint8(i), []byte{0, 40, 0, 1})
		f.Add(uint8(i), []byte{0, 60, 1, 255, 1, 0, 2, 3})
		f.Add(uint8(i), []byte{0, 80, 4, 200})
		f.Add(uint8(raw), message)
	}
	f.Add(uint8(raw), []byte{})
}

// bounded runs what parses an input and checks that it allocates no more than a
// small multiple of it.
func bounded(t *testing.T, input []byte, parse func()) {
	t.Helper()
	before := allocated()
	parse()
	if used, limit := allocated()-before, uint64(4<<20+256*len(input)); used > limit {
		t.Errorf("%d bytes allocated for an input of %d", used, len(input))
	}
}

func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// intact checks after a message that a member still follows what is genuine.
func intact(t *testing.T, member *mls.Group, commit []byte, next *mls.Group) {
	t.Helper()
	sameEpoch(t, mustProcess(t, member, commit).Next, next)
}

// follow processes what a member signed. Where members follow, newcomers must be
// able to enter.
func follow(t *testing.T, member *mls.Group, message []byte) {
	t.Helper()
	var received *mls.Received
	var err error
	bounded(t, message, func() { received, err = member.Process(message) })
	if err != nil || received.Next == nil || received.Change == nil {
		return
	}
	if _, err := mls.InspectGroupInfo(mustInfo(t, received.Next), siegeConfig()); err != nil {
		t.Errorf("a group that members accept and newcomers do not: %v", err)
	}
}

// FuzzProcess is for what a server can send a member.
func FuzzProcess(f *testing.F) {
	s := newSiege(f, siegeConfig())
	_, add := newPackage(f, 1, "dave", siegeConfig())
	staged := mustCommit(f, s.carol)
	external := mustEnter(f, mustInfo(f, s.alice), "eve", 1, siegeConfig())
	proposal, _, err := s.bob.ProposeUpdate()
	if err != nil {
		f.Fatal(err)
	}
	private, err := s.bob.Seal([]byte("hello"), []byte("aad"))
	if err != nil {
		f.Fatal(err)
	}
	full := mustCommit(f, s.bob, add, mls.Remove(2), mls.PSK([]byte("known")),
		mls.SetExtensions([]mls.Extension{{Type: stateExtension, Data: []byte("state")}}))
	messages := [][]byte{staged.Commit, external.Commit, full.Commit, proposal, private, full.Welcome, mustInfo(f, s.bob)}
	seed(f, messages...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		message := edited(messages, choice, script)
		bounded(t, message, func() { _, _ = s.alice.Process(message) })
		intact(t, s.alice, staged.Commit, staged.Next)
	})
}

// FuzzSignedCommit is for what a member can send: any content of a commit, signed
// and tagged.
func FuzzSignedCommit(f *testing.F) {
	s := newSiege(f, siegeConfig())
	staged := mustCommit(f, s.carol)
	var contents [][]byte
	for _, list := range validLists() {
		message := s.mallory.commit(list.forge(f, s))
		// Behind version, format, group, epoch, sender, data and content type.
		contents = append(contents, message[4+6+8+5+1+1:])
	}
	seed(f, contents...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		message := s.mallory.commit(forgery{kind: 3, body: edited(contents, choice, script)})
		follow(t, s.alice, message)
		intact(t, s.alice, staged.Commit, staged.Next)
	})
}

// FuzzSignedProposals is for lists of proposals under a path that is good for
// them as far as an attacker can tell.
func FuzzSignedProposals(f *testing.F) {
	s := newSiege(f, siegeConfig())
	staged := mustCommit(f, s.carol)
	var lists [][]byte
	for _, test := range slices.Concat(validLists(), wrongAdds(), wrongPSKs(), wrongContexts()) {
		lists = append(lists, slices.Concat(asBytes(test.forge(f, s).proposals)...))
	}
	seed(f, lists...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		list := edited(lists, choice, script)
		for _, author := range []*rogue{s.mallory, s.eve} {
			proposals := []wire{list}
			if author.outside {
				proposals = append(proposals, byValue(proposeExternalInit(author.kemOutput)))
			}
			message := author.commit(forgery{proposals: proposals})
			follow(t, s.alice, message)
		}
		intact(t, s.alice, staged.Commit, staged.Next)
	})
}

// FuzzSealed is for what a member can put into a private message.
func FuzzSealed(f *testing.F) {
	s := newSiege(f, siegeConfig())
	staged := mustCommit(f, s.carol)
	genuine := s.mallory.commit(forgery{})
	contents := [][]byte{genuine[4+6+8+5+1+1:], wire{}.vec([]byte("hello")), proposeRemove(1)}
	seed(f, contents...)
	generation := uint32(0)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		body := edited(contents, choice, script)
		kind := []uint8{3, 1, 2}[int(choice)%3]
		generation = (generation + 1) % 900
		message := s.mallory.seal(letter{generation: generation, kind: kind, body: body})
		follow(t, s.alice, message)
		intact(t, s.alice, staged.Commit, staged.Next)
	})
}

// FuzzWelcome is for what a server can send somebody who waits.
func FuzzWelcome(f *testing.F) {
	s := newSiege(f, siegeConfig())
	packaged, add := newPackage(f, 1, "dave", siegeConfig())
	staged := mustCommit(f, s.alice, add, mls.PSK([]byte("known")))
	messages := [][]byte{staged.Welcome}
	seed(f, messages...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		welcome := edited(messages, choice, script)
		bounded(t, welcome, func() { _, _ = mls.Join(packaged, welcome, nil, siegeConfig()) })
		dave, err := mls.Join(packaged, staged.Welcome, nil, siegeConfig())
		if err != nil {
			t.Fatal(err)
		}
		sameEpoch(t, dave, staged.Next)
	})
}

// FuzzForgedWelcome is for what the maker of a Welcome can put inside it: the
// secrets of the group and its description.
func FuzzForgedWelcome(f *testing.F) {
	packaged, err := mls.NewKeyPackage(1, newKey(f, 1), basic("dave"), siegeConfig())
	if err != nil {
		f.Fatal(err)
	}
	king, _ := newCourt(f, 3)
	package_ := (&reader{f, packaged.Bytes()[4:]})
	package_.take(4)
	initKey := package_.vec()
	king.tree = king.tree.set(3, package_.leaf())
	insides := [][]byte{
		wire{}.vec(make([]byte, hashSize)).u8(0).vec(nil),
		wire{}.vec(make([]byte, hashSize)).u8(1).vec(make([]byte, hashSize)).vec(nil),
		wire{}.vec(make([]byte, hashSize)).u8(0).vec(externalPSK("known", nil).id),
		king.info(claim{})[4:],
	}
	seed(f, insides...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		inside := edited(insides, choice, script)
		secrets, info := insides[int(choice)%3], inside
		if choice%4 < 3 {
			secrets, info = inside, insides[3]
		}
		welcome := king.welcome(packaged.Ref(), initKey, secrets, info)
		bounded(t, welcome, func() { _, _ = mls.Join(packaged, welcome, nil, siegeConfig()) })
	})
}

// FuzzGroupInfo is for what a server can show somebody outside.
func FuzzGroupInfo(f *testing.F) {
	s := newSiege(f, siegeConfig())
	info := mustInfo(f, s.alice)
	messages := [][]byte{info}
	seed(f, messages...)
	outside := mls.External{Key: newKey(f, 1), Credential: basic("dave")}
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		message := edited(messages, choice, script)
		bounded(t, message, func() {
			_, inspected := mls.InspectGroupInfo(message, siegeConfig())
			staged, err := mls.ExternalCommit(message, outside, siegeConfig())
			if (inspected == nil) != (err == nil) {
				t.Errorf("looked at: %v, joined: %v", inspected, err)
			}
			if err == nil && len(staged.Commit) == 0 {
				t.Error("joined without a commit")
			}
		})
	})
}

// FuzzForgedTree is for the trees of groups that exist only on paper: every input
// is a list of changes to a tree, which its maker then signs.
func FuzzForgedTree(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5})
	f.Add([]byte{3, 3, 3, 1, 2, 4, 5, 5, 5})
	outside := mls.External{Key: newKey(f, 1), Credential: basic("dave")}
	f.Fuzz(func(t *testing.T, changes []byte) {
		r, court := newCourt(t, 5)
		for ; len(changes) >= 3; changes = changes[3:] {
			disturb(r.tree, court, changes[0], changes[1], changes[2])
		}
		message := r.info(claim{})
		bounded(t, message, func() { _, _ = mls.ExternalCommit(message, outside, siegeConfig()) })
	})
}

// disturb changes one node of a tree.
func disturb(tree rogueTree, court []*rogue, node, what, value byte) {
	x := int(node) % len(tree)
	n := tree[x]
	if n == nil {
		tree[x] = &rogueNode{key: public(court[int(value)%len(court)].init)}
		return
	}
	switch what % 5 {
	case 0:
		tree[x] = nil
	case 1:
		tree[x] = tree[int(value)%len(tree)]
	case 2:
		n.unmerged = append(slices.Clone(n.unmerged), uint32(value))
	case 3:
		n.key = public(court[int(value)%len(court)].encryption)
	case 4:
		n.parentHash = digest([]byte{value})
	}
	if n.leaf != nil && what > 100 {
		n.leaf.encryption = public(court[int(value)%len(court)].encryption)
		n.leaf.source = 1 + value%3
		n.leaf.sign(court[min(x/2, len(court)-1)].key, court[0].group, uint32(x/2))
	}
}

// FuzzKeyPackage is for what somebody who knocks can send.
func FuzzKeyPackage(f *testing.F) {
	s := newSiege(f, siegeConfig())
	packaged, _ := newPackage(f, 1, "dave", siegeConfig())
	messages := [][]byte{packaged.Bytes()}
	seed(f, messages...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		message := edited(messages, choice, script)
		bounded(t, message, func() {
			public, err := mls.ParseKeyPackage(message)
			if err != nil {
				return
			}
			if !bytes.Equal(public.Bytes(), message) {
				t.Error("a key package is read as another one")
			}
			_, _ = s.alice.Commit(mls.Add(public))
			_, _ = mls.EncryptToInit(public, "fuzz", nil, []byte("hello"))
		})
	})
}

// FuzzRatchetTree is for a tree that comes beside a Welcome.
func FuzzRatchetTree(f *testing.F) {
	s := newSiege(f, siegeConfig())
	messages := [][]byte{s.mallory.tree.encode()}
	seed(f, messages...)
	packaged, add := newPackage(f, 1, "dave", siegeConfig())
	staged := mustCommit(f, s.alice, add)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		tree := edited(messages, choice, script)
		info := s.mallory.info(claim{tree: tree})
		bounded(t, tree, func() {
			_, _ = mls.Join(packaged, staged.Welcome, tree, siegeConfig())
			_, _ = mls.InspectGroupInfo(info, siegeConfig())
		})
	})
}

// FuzzEnvelope is for what is encrypted to one member.
func FuzzEnvelope(f *testing.F) {
	s := newSiege(f, siegeConfig())
	sealed, err := s.alice.EncryptTo(s.bob.Self(), "fuzz", []byte("context"), []byte("hello"))
	if err != nil {
		f.Fatal(err)
	}
	messages := [][]byte{sealed}
	seed(f, messages...)
	f.Fuzz(func(t *testing.T, choice uint8, script []byte) {
		message := edited(messages, choice, script)
		bounded(t, message, func() {
			plain, err := s.bob.DecryptFrom("fuzz", []byte("context"), message)
			if err == nil && !bytes.Equal(message, sealed) {
				t.Errorf("a damaged envelope opens: %q", plain)
			}
		})
	})
}
