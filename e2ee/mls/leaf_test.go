package mls

import (
	"errors"
	"strings"
	"testing"
)

// TestAdmission judges leaves that differ from a good one in one thing.
func TestAdmission(t *testing.T) {
	s := must(X25519AES128.suite())(t)
	signer := must(X25519AES128.GenerateKey())(t)
	cfg := Config{Extensions: []uint16{0xf0d3}, Proposals: []uint16{0xf0e0}, CredentialTypes: []uint16{0xf0d2}}
	group := []Extension{
		RequiredCapabilities([]uint16{0xf0d3, ExtensionApplicationID}, []uint16{0xf0e0, proposalAdd}, []uint16{0xf0d2}),
		{Type: 0xf0d3},
	}
	a := must(newAdmission(s, []byte("group"), group, &cfg))(t)
	for _, c := range []struct {
		name   string
		change func(*leafNode)
		want   error
	}{
		{"OK", func(*leafNode) {}, nil},
		{"OKGrease", func(l *leafNode) {
			l.capabilities.versions = append(l.capabilities.versions, 0x0a0a)
			l.capabilities.extensions = append(l.capabilities.extensions, 0x1a1a)
			l.extensions = []Extension{{Type: 0x1a1a, Data: []byte("grease")}}
		}, nil},
		{"OKDefaultExtension", func(l *leafNode) { l.extensions = []Extension{{Type: ExtensionApplicationID}} }, nil},
		{"ErrVersion", func(l *leafNode) { l.capabilities.versions = []uint16{2} }, ErrLeaf},
		{"ErrSuite", func(l *leafNode) { l.capabilities.suites = []uint16{2} }, ErrLeaf},
		{"ErrOwnCredential", func(l *leafNode) { l.credential.Type = 0x7777 }, ErrLeaf},
		{"ErrRequiredExtension", func(l *leafNode) { l.capabilities.extensions = nil }, ErrLeaf},
		{"ErrRequiredProposal", func(l *leafNode) { l.capabilities.proposals = nil }, ErrLeaf},
		{"ErrRequiredCredential", func(l *leafNode) { l.capabilities.credentials = []uint16{CredentialBasic} }, ErrLeaf},
		{"ErrUnlistedExtension", func(l *leafNode) { l.extensions = []Extension{{Type: 0x1a1a}} }, ErrLeaf},
		{"ErrEncryptionKey", func(l *leafNode) { l.encryptionKey = make([]byte, 32) }, ErrTree},
		{"ErrEncryptionKeySize", func(l *leafNode) { l.encryptionKey = l.encryptionKey[1:] }, ErrTree},
		{"ErrSignatureKey", func(l *leafNode) { l.signatureKey = l.signatureKey[1:] }, ErrSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			leaf, _, err := newLeaf(s, signer, Credential{CredentialBasic, []byte("x")}, &cfg, leafFromCommit)
			if err != nil {
				t.Fatal(err)
			}
			c.change(leaf)
			if err := leaf.sign(s, signer, []byte("group"), 3); err != nil {
				t.Fatal(err)
			}
			if err := a.admit(3, leaf); !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if c.want == nil {
				wantError(t, a.admit(4, leaf), ErrSignature)
			}
		})
	}
	_, err := newAdmission(s, nil, []Extension{{Type: ExtensionRequiredCapabilities, Data: []byte{1}}}, &cfg)
	wantError(t, err, ErrDecode)
}

func TestCredentialTypesInUse(t *testing.T) {
	s := must(X25519AES128.suite())(t)
	leaf := func(kind uint16, supported ...uint16) *node {
		return &node{leaf: &leafNode{credential: Credential{Type: kind}, capabilities: capabilities{credentials: supported}}}
	}
	good := &ratchetTree{suite: s, nodes: []*node{leaf(1, 1, 7), nil, leaf(7, 7, 1)}}
	if err := good.checkCredentials(); err != nil {
		t.Error(err)
	}
	bad := &ratchetTree{suite: s, nodes: []*node{leaf(1, 1), nil, leaf(7, 7, 1)}}
	wantError(t, bad.checkCredentials(), ErrLeaf)
}

func TestErrorsSayWhere(t *testing.T) {
	err := refuse(ErrLeaf, "not authenticated", errNobody)
	for _, part := range []string{ErrLeaf.Error(), "not authenticated", errNobody.Error()} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q lacks %q", err, part)
		}
	}
	if text := fail(ErrPath, "").Error(); text != ErrPath.Error() {
		t.Errorf("without a place: %q", text)
	}
}

// TestPrivateHandshake: proposals and commits of other implementations may come
// encrypted (RFC 9420 section 6.3).
func TestPrivateHandshake(t *testing.T) {
	a, b, _ := trio(t, Config{})
	private := func(commit []byte) []byte {
		_, d, err := openMessage(commit)
		if err != nil {
			t.Fatal(err)
		}
		message, _, err := decodePublic(d)
		if err != nil {
			t.Fatal(err)
		}
		message.format = wirePrivate
		if err := message.sign(a.suite, a.signer, a.context.bytes()); err != nil {
			t.Fatal(err)
		}
		return must(a.secrets.sealPrivate(a.suite, message, 0))(t)
	}
	public, next, err := a.Propose(SetExtensions(nil))
	if err != nil {
		t.Fatal(err)
	}
	r := must(b.Process(private(public)))(t)
	if r.Next == nil || len(r.Next.pending) != 1 || r.Sender != a.Self() {
		t.Errorf("received: %+v", r)
	}
	// The confirmation tag of this one was made over the public form.
	forged := private(must(a.Commit())(t).Commit)
	_, err = b.Process(forged)
	wantError(t, err, ErrTag)
	_, err = b.Process(forged)
	wantError(t, err, ErrTag) // the ratchet has not moved
	next.Erase()
}
