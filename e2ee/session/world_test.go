package session

import (
	"crypto/ed25519"
	"crypto/sha256"
	"slices"
	"sync"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

const testMeeting = "0190a5f0-0000-7000-8000-000000000001"

var testKeys sync.Map // of KeyDevice by name: making one is slow

// testKey is a device or root key that depends on its name only.
func testKey(name string) KeyDevice {
	if key, ok := testKeys.Load(name); ok {
		return key.(KeyDevice)
	}
	seed := sha256.Sum256([]byte("test key " + name))
	key := KeyDevice(ed25519.NewKeyFromSeed(seed[:]))
	testKeys.Store(name, key)
	return key
}

func testSeed(name string) []byte { return ed25519.PrivateKey(testKey(name)).Seed() }

func testRoot() ed25519.PrivateKey { return ed25519.PrivateKey(testKey("root")) }

var testGroup = []byte("group of 16 byte")

func mustCard(tb testing.TB, settings CardSettings) *Card {
	tb.Helper()
	c := &Card{MeetingID: testMeeting, Version: 1, LinkNumber: 1, Settings: settings, Suite: mls.X25519AES128}
	if err := c.SignCard(testSeed("root")); err != nil {
		tb.Fatal(err)
	}
	return c
}

// mustRootHost is the entry of a device that the root key itself made host.
func mustRootHost(tb testing.TB, device string) Host {
	tb.Helper()
	h, err := RootHost(testMeeting, testRoot(), testKey(device).Public())
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

// mustExtend is the entry of a device that the device by appoints.
func mustExtend(tb testing.TB, h Host, by, device string) Host {
	tb.Helper()
	issuer, key := testKey(by), testKey(device).Public()
	signature, err := issuer.Sign(GrantToSign(testMeeting, issuer.Public(), key))
	if err != nil {
		tb.Fatal(err)
	}
	return h.Extend(key, signature)
}

func mustSign(tb testing.TB, s *State, by string) *State {
	tb.Helper()
	if err := s.Sign(testKey(by)); err != nil {
		tb.Fatalf("signing by %s: %v", by, err)
	}
	return s
}

// resign signs s whatever it says, for states that Sign refuses.
func resign(s *State, by string) *State {
	s.Signer = testKey(by).Public()
	w := s.body()
	s.Signature, _ = testKey(by).Sign(tuple(labelState, w.b))
	return s
}

func mustEncode(tb testing.TB, s *State) []byte {
	tb.Helper()
	b, err := s.Encode()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// The people of the worlds in which commits are judged, with their leaf and the
// epoch of their entry. "host" and "granted" are hosts; "exhost" was one;
// "readmitted" is banned, but a host let it in again; "longest" and "tied" came
// with the same commit.
var testPeople = []struct {
	name    string
	index   mls.LeafIndex
	entered uint64
}{
	{"host", 0, 4},
	{"granted", 1, 4},
	{"exhost", 2, 4},
	{"longest", 3, 3},
	{"tied", 4, 3},
	{"member", 5, 5},
	{"owner", 6, 6},
	{"readmitted", 7, 7},
	{"victim", 8, 8},
}

func person(name string) occupant {
	o := occupant{participant: "id-" + name, device: testKey(name).Public(), index: 20}
	for _, p := range testPeople {
		if p.name == name {
			o.index, o.entered = p.index, p.entered
		}
	}
	return o
}

// scenario is a commit and the epoch before it, in words. The words of state are
// those of variants; the empty word is "nothing of that kind".
type scenario struct {
	who                              string
	lobby, locked, members, takeover bool
	hostsGone                        bool   // no host's leaf is left
	required                         string // "", "state", "card"
	remove, add, psk, fault, state   string
	entry                            string // "" as it is, "missing", "wrong", "claimed"
}

// world is what scenarios of the same settings share.
type world struct {
	card *Card
	prev *State
	next map[string][]mls.Extension // by committer and variant
}

func (s scenario) settings() scenario {
	return scenario{lobby: s.lobby, locked: s.locked, members: s.members, takeover: s.takeover, required: s.required}
}

func newWorld(tb testing.TB, s scenario) *world {
	tb.Helper()
	card := mustCard(tb, CardSettings{E2EE: true, Required: s.required == "card"})
	host := mustRootHost(tb, "host")
	prev := FirstState(card, testGroup, nil)
	prev.Sequence, prev.LinkNumber = 7, 2
	prev.Parent = make([]byte, 32)
	prev.Lobby, prev.Locked, prev.Required = s.lobby, s.locked, s.required != ""
	if s.members {
		prev.Admit = AdmitMembers
	}
	if s.takeover {
		prev.Takeover = TakeoverLongestPresent
	}
	prev.SetHost(host)
	prev.SetHost(mustExtend(tb, host, "host", "granted"))
	prev.Ban(testKey("readmitted").Public())
	prev.Ban(testKey("banned").Public())
	return &world{card: card, prev: mustSign(tb, prev, "host"), next: make(map[string][]mls.Extension)}
}

// request makes the commit that the scenario describes.
func (w *world) request(tb testing.TB, s scenario) *request {
	tb.Helper()
	r := &request{path: true, identity: true, by: person(s.who)}
	for _, p := range testPeople {
		if s.hostsGone && (p.name == "host" || p.name == "granted") {
			continue
		}
		r.members = append(r.members, person(p.name))
	}
	r.external = slices.Contains(outsiders, s.who)
	switch s.who { // outsiders with a leaf of their device in the tree
	case "returner":
		r.by = person("member")
	case "othertab":
		r.by = person("member")
		r.by.participant = "id-othertab"
	case "hostback":
		r.by = person("host")
		r.by.participant = "id-hostback"
	case "bannedreturner":
		r.by = person("readmitted")
	}
	switch s.remove {
	case "own":
		own := r.by.device
		for _, m := range r.members {
			if string(m.device) == string(own) {
				r.removed = append(r.removed, m)
			}
		}
	case "other":
		r.removed = append(r.removed, person("victim"))
	case "host":
		r.removed = append(r.removed, person("host"))
	}
	switch s.add {
	case "fresh":
		r.added = append(r.added, person("fresh"))
	case "banned":
		r.added = append(r.added, person("banned"))
	case "twin": // a stranger with a participant id that is taken
		twin := person("fresh")
		twin.participant = person("longest").participant
		r.added = append(r.added, twin)
	}
	current := LinkPSKID(w.prev.LinkNumber)
	r.psks = map[string][][]byte{
		"":        nil,
		"right":   {current},
		"old":     {LinkPSKID(w.prev.LinkNumber - 1)},
		"foreign": {[]byte("something else")},
		"twice":   {current, current},
		"extra":   {current, []byte("something else")},
	}[s.psk]
	switch s.fault {
	case "reinit":
		r.reInit = true
	case "reference":
		r.reference = true
	case "resumption":
		r.resumption = true
	case "pathless":
		r.path = false
	case "identity":
		r.identity = false
	}
	r.extensions = w.extensions(tb, s.who, s.state)
	r.changed = s.state != "" || s.add != "" && s.entry != "missing"
	r.claims = s.entry != "claimed"
	if s.add != "" {
		r.entries = writeEntries([]arrival{{20, 9}})
		said := r.entries
		switch s.entry {
		case "wrong":
			said = writeEntries([]arrival{{20, 8}})
		case "missing":
			said = nil
		}
		r.extensions = withEntries(slices.Clone(r.extensions), said)
	} else if s.entry == "wrong" {
		r.extensions = withEntries(slices.Clone(r.extensions), writeEntries([]arrival{{1, 0}}))
	}
	return r
}

// extensions are the GroupContext extensions after a commit of who with the
// state variant, made once.
func (w *world) extensions(tb testing.TB, who, variant string) []mls.Extension {
	tb.Helper()
	key := who + "/" + variant
	if ext, ok := w.next[key]; ok {
		return ext
	}
	state := func(b []byte) mls.Extension { return mls.Extension{Type: StateExtension, Data: b} }
	caps := requiredCapabilities()
	var ext []mls.Extension
	if variant == "" {
		ext = []mls.Extension{caps, state(mustEncode(tb, w.prev))}
	} else {
		data := variants[variant](tb, w.prev, who)
		ext = []mls.Extension{caps, state(data)}
		switch variant {
		case "two states":
			ext = append(ext, state(data))
		case "state twice, no capabilities":
			ext = []mls.Extension{state(data), state(data)}
		case "state alone":
			ext = ext[1:]
		case "capabilities alone":
			ext = ext[:1]
		case "no extensions":
			ext = nil
		case "another extension":
			ext = append(ext, mls.Extension{Type: 0xF0D9})
		case "another instead of capabilities":
			ext[0] = mls.Extension{Type: 0xF0D9}
		case "other capabilities":
			ext[0] = mls.RequiredCapabilities([]uint16{StateExtension}, nil, nil)
		case "other order":
			slices.Reverse(ext)
		}
	}
	w.next[key] = ext
	return ext
}

// outsiders commit externally.
var outsiders = []string{"newcomer", "returner", "othertab", "hostback", "banned", "bannedreturner"}

// insiders have a leaf.
var insiders = []string{"host", "granted", "exhost", "longest", "tied", "member", "owner", "readmitted"}
