package session

import (
	"crypto/ed25519"
	"errors"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

func mustLeaf(tb testing.TB, device, participant, leafKey string) mls.Leaf {
	tb.Helper()
	key := testKey(leafKey).Public()
	c, err := NewCredential(testKey(device), testMeeting, testGroup, participant, key)
	if err != nil {
		tb.Fatal(err)
	}
	return mls.Leaf{Credential: c, SignatureKey: key}
}

func TestAuthenticate(t *testing.T) {
	leaf := mustLeaf(t, "ada", "id-ada", "leaf")
	other := mustLeaf(t, "bob", "id-bob", "leaf")
	identity, err := IdentityOf(leaf)
	if err != nil || identity.Participant != "id-ada" || !identity.Device.Equal(testKey("ada").Public()) {
		t.Fatalf("%+v, %v", identity, err)
	}
	with := func(f func(*Identity)) mls.Leaf {
		i := identity
		f(&i)
		c, err := i.Credential()
		if err != nil {
			t.Fatal(err)
		}
		return mls.Leaf{Credential: c, SignatureKey: leaf.SignatureKey}
	}
	large := func(size int) mls.Leaf {
		l := leaf
		l.Extensions = []mls.Extension{{Type: 0xf0d4, Data: make([]byte, 64)}, {Type: 0xf0d5, Data: make([]byte, size-64)}}
		return l
	}
	for name, tt := range map[string]struct {
		leaf           mls.Leaf
		meeting, group string
		want           error
	}{
		"OK":              {leaf, testMeeting, string(testGroup), nil},
		"OKExtension":     {large(1 << 10), testMeeting, string(testGroup), nil},
		"ErrLarge":        {large(1<<10 + 1), testMeeting, string(testGroup), ErrLeaf},
		"ErrMeeting":      {leaf, "another", string(testGroup), ErrLeaf},
		"ErrGroup":        {leaf, testMeeting, "another", ErrLeaf},
		"ErrNoGroup":      {leaf, testMeeting, "", ErrLeaf},
		"ErrKey":          {mls.Leaf{Credential: leaf.Credential, SignatureKey: testKey("x").Public()}, testMeeting, string(testGroup), ErrLeaf},
		"ErrNoKey":        {mls.Leaf{Credential: leaf.Credential}, testMeeting, string(testGroup), ErrLeaf},
		"ErrParticipant":  {with(func(i *Identity) { i.Participant = "id-bob" }), testMeeting, string(testGroup), ErrLeaf},
		"ErrDevice":       {with(func(i *Identity) { i.Device = testKey("bob").Public() }), testMeeting, string(testGroup), ErrLeaf},
		"ErrSignature":    {with(func(i *Identity) { i.Signature = mustIdentity(t, other).Signature }), testMeeting, string(testGroup), ErrLeaf},
		"ErrNoSignature":  {with(func(i *Identity) { i.Signature = nil }), testMeeting, string(testGroup), ErrLeaf},
		"ErrShortDevice":  {with(func(i *Identity) { i.Device = i.Device[:31] }), testMeeting, string(testGroup), ErrLeaf},
		"ErrNobody":       {with(func(i *Identity) { i.Participant = "" }), testMeeting, string(testGroup), ErrLeaf},
		"ErrBasic":        {mls.Leaf{Credential: mls.Credential{Type: mls.CredentialBasic, Data: leaf.Credential.Data}, SignatureKey: leaf.SignatureKey}, testMeeting, string(testGroup), ErrLeaf},
		"ErrZeroLeaf":     {mls.Leaf{}, testMeeting, string(testGroup), ErrLeaf},
		"ErrAsAnotherKey": {mls.Leaf{Credential: other.Credential, SignatureKey: testKey("x").Public()}, testMeeting, string(testGroup), ErrLeaf},
	} {
		t.Run(name, func(t *testing.T) {
			if err := Authenticate(tt.meeting)(tt.leaf, []byte(tt.group)); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func mustIdentity(tb testing.TB, leaf mls.Leaf) Identity {
	tb.Helper()
	i, err := IdentityOf(leaf)
	if err != nil {
		tb.Fatal(err)
	}
	return i
}

// brokenDevice returns signatures of somebody else.
type brokenDevice struct{ KeyDevice }

func (b brokenDevice) Public() ed25519.PublicKey { return testKey("somebody else").Public() }

func TestDevices(t *testing.T) {
	for name, d := range map[string]Device{
		"ErrNil": nil, "ErrBroken": brokenDevice{testKey("ada")}, "ErrShort": KeyDevice("short"),
	} {
		if _, err := NewCredential(d, testMeeting, testGroup, "id", nil); err == nil {
			t.Errorf("%s: made a credential", name)
		}
	}
}

func TestStatements(t *testing.T) {
	leaf, other := mustLeaf(t, "ada", "id-ada", "leaf"), mustLeaf(t, "bob", "id-bob", "other leaf")
	n := Name{Participant: "id-ada", Sequence: 3, Text: "Ada", Identity: []byte("statement")}
	if err := n.Sign(testGroup, ed25519.PrivateKey(testKey("leaf"))); err != nil {
		t.Fatal(err)
	}
	if !n.Verify(testGroup, leaf) {
		t.Error("a name does not hold")
	}
	for name, spoil := range map[string]func(*Name){
		"ErrText":        func(n *Name) { n.Text = "Eve" },
		"ErrSequence":    func(n *Name) { n.Sequence++ },
		"ErrParticipant": func(n *Name) { n.Participant = "id-bob" },
		"ErrIdentity":    func(n *Name) { n.Identity = nil },
		"ErrSignature":   func(n *Name) { n.Signature = nil },
		"ErrLong":        func(n *Name) { n.Identity = make([]byte, 1<<16) },
	} {
		changed := n
		spoil(&changed)
		if changed.Verify(testGroup, leaf) {
			t.Errorf("name, %s: holds", name)
		}
	}
	if n.Verify([]byte("another"), leaf) || n.Verify(testGroup, other) || n.Verify(testGroup, mls.Leaf{}) {
		t.Error("a name holds elsewhere")
	}
	if n.Sign(testGroup, nil) == nil {
		t.Error("a name was signed by nobody")
	}

	state := newWorld(t, scenario{}).prev
	v := Vouch{Participant: "id-ada", Device: testKey("ada").Public(), By: testKey("host").Public()}
	signed, err := testKey("host").Sign(v.ToSign(state.GroupID))
	if err != nil {
		t.Fatal(err)
	}
	v.Signature = signed
	if !v.Verify(state, leaf) {
		t.Error("a host's word does not hold")
	}
	if v.Verify(state, other) || v.Verify(state, mls.Leaf{}) {
		t.Error("a host's word holds for another leaf")
	}
	v.By = testKey("member").Public()
	v.Signature, _ = testKey("member").Sign(v.ToSign(state.GroupID))
	if v.Verify(state, leaf) {
		t.Error("a member vouched")
	}
}
