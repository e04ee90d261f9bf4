package mls

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

// TestProposalsByReference: what others proposed is in the next commit, the own
// Update not, and the update's new key works.
func TestProposalsByReference(t *testing.T) {
	a, b, c := trio(t, Config{})
	before := b.tree.leaf(b.Self()).encryptionKey
	tell := func(from *member, message []byte, next *Group, to ...*member) {
		t.Helper()
		_, err := from.Process(message)
		wantError(t, err, ErrOwnMessage)
		from.Erase()
		from.Group = next
		for _, m := range to {
			r := must(m.Process(message))(t)
			if r.Next == nil || r.Change != nil || r.Sender != from.Self() {
				t.Errorf("received: %+v", r)
			}
			_, err := r.Next.Process(message)
			wantError(t, err, ErrProposals)
			m.Erase()
			m.Group = r.Next
		}
	}
	for _, m := range []*member{a, b} {
		message, next, err := m.ProposeUpdate()
		if err != nil {
			t.Fatal(err)
		}
		tell(m, message, next, slices.DeleteFunc([]*member{a, b, c}, func(o *member) bool { return o == m })...)
	}
	_, stranger := packaged(t, X25519AES128, "d", Config{})
	message, next, err := c.Propose(Add(stranger))
	if err != nil {
		t.Fatal(err)
	}
	tell(c, message, next, a, b)
	_, err = b.Process(must(trioCommitUnknown(t))(t))
	wantError(t, err, ErrEpoch)

	staged := a.commit([]*member{b, c})
	change := staged.Change
	if !change.ByReference || !change.Own || !slices.Equal(change.Updated, []LeafIndex{b.Self()}) || len(change.Added) != 1 || !change.Path {
		t.Errorf("change: %+v", change)
	}
	if bytes.Equal(b.tree.leaf(b.Self()).encryptionKey, before) {
		t.Error("the update had no effect")
	}
	sealed := must(c.EncryptTo(b.Self(), "test", []byte("context"), []byte("secret")))(t)
	wantBytes(t, "secret", must(b.DecryptFrom("test", []byte("context"), sealed))(t), []byte("secret"))
	c.commit([]*member{a, b})
}

// trioCommitUnknown is a commit of another group.
func trioCommitUnknown(t *testing.T) ([]byte, error) {
	other := found(t, X25519AES128, Config{})
	other.commit(nil)
	return must(other.Commit())(t).Commit, nil
}

func TestCommitWithUnknownReferenceIsRefused(t *testing.T) {
	a, b, c := trio(t, Config{})
	message, next, err := a.ProposeUpdate()
	if err != nil {
		t.Fatal(err)
	}
	a.Group, b.Group = next, must(b.Process(message))(t).Next
	staged := must(b.Commit())(t)
	_, err = c.Process(staged.Commit)
	wantError(t, err, ErrProposals)
	wantBytes(t, "authenticator", must(a.Process(staged.Commit))(t).Next.EpochAuthenticator(), staged.Next.EpochAuthenticator())
}

// TestCallbacks: Authenticate sees every leaf that enters, Accept every commit,
// and what they refuse has no effect.
func TestCallbacks(t *testing.T) {
	var seen []string
	var changes []*Change
	var refusal error
	cfg := Config{
		Authenticate: func(l Leaf, groupID []byte) error {
			if string(groupID) != "group" {
				t.Errorf("group id %q", groupID)
			}
			seen = append(seen, string(l.Credential.Data))
			if string(l.Credential.Data) == "mallory" {
				return errNobody
			}
			return nil
		},
		Accept: func(c *Change) error {
			changes = append(changes, c)
			return refusal
		},
	}
	expect := func(what string, names ...string) {
		t.Helper()
		slices.Sort(seen)
		if !slices.Equal(seen, names) {
			t.Errorf("%s: authenticated %q, want %q", what, seen, names)
		}
		seen = nil
	}
	a := found(t, X25519AES128, cfg)
	expect("create", "founder")
	b := a.invite("b", cfg)
	expect("invite and join", "b", "b", "founder")
	c := a.invite("c", Config{}, b)
	expect("others' invitation", "c", "c", "founder")
	c.commit([]*member{a, b})
	expect("others' commit", "c", "c")

	_, mallory := packaged(t, X25519AES128, "mallory", Config{})
	_, err := a.Commit(Add(mallory))
	wantError(t, err, ErrLeaf)
	wantError(t, err, errNobody)
	_, err = b.Process(must(c.Commit(Add(mallory)))(t).Commit)
	wantError(t, err, errNobody)

	refusal = errNobody
	staged := must(c.Commit())(t)
	_, err = b.Process(staged.Commit)
	wantError(t, err, ErrRefused)
	wantError(t, err, errNobody)
	_, err = a.Commit()
	wantError(t, err, ErrRefused)
	refusal = nil
	last := must(b.Process(staged.Commit))(t).Change
	if last.Own || last.External || last.Epoch+1 != last.Next.Epoch() || last.Previous.Epoch() != last.Epoch || last.Committer != c.Self() {
		t.Errorf("change: %+v", last)
	}
	wantBytes(t, "transcript", last.Next.ConfirmedTranscriptHash(), staged.Next.ConfirmedTranscriptHash())
	if len(changes) == 0 {
		t.Error("accept was not asked")
	}
}

var errNobody = errors.New("nobody we know")

func TestExternalRejoin(t *testing.T) {
	a, b, c := trio(t, Config{})
	info := must(a.GroupInfo())(t)
	view := must(InspectGroupInfo(info, Config{}))(t)
	if view.Count() != 3 || view.Epoch() != a.Epoch() || !bytes.Equal(view.GroupID(), a.ID()) {
		t.Error("view of the group info")
	}
	old := c.Self()
	x := External{Key: must(X25519AES128.GenerateKey())(t), Credential: Credential{CredentialBasic, []byte("c")}, Remove: &old}
	staged := must(view.ExternalCommit(x, Config{}))(t)
	if staged.Next.Self() != old {
		t.Errorf("took leaf %d", staged.Next.Self())
	}
	entry := b.View().EntryEpoch(old)
	for _, m := range []*member{a, b} {
		r := must(m.Process(staged.Commit))(t)
		if got := r.Change.Next.EntryEpoch(old); got != staged.Next.Epoch() || got == entry {
			t.Errorf("entered with epoch %d", got)
		}
	}
	_, err := c.Process(staged.Commit)
	wantError(t, err, ErrRemoved)

	// Without a judge nobody is evicted by somebody else.
	x.Credential.Data = []byte("eve")
	_, err = view.ExternalCommit(x, Config{})
	wantError(t, err, ErrRefused)
	evil := must(view.ExternalCommit(x, Config{Accept: func(*Change) error { return nil }}))(t)
	_, err = a.Process(evil.Commit)
	wantError(t, err, ErrRefused)

	x.Remove = new(LeafIndex)
	*x.Remove = 9
	_, err = view.ExternalCommit(x, Config{})
	wantError(t, err, ErrProposals)
	_, err = a.View().ExternalCommit(x, Config{})
	wantError(t, err, ErrUnsupported)
	_, err = view.ExternalCommit(External{}, Config{})
	wantError(t, err, ErrUnsupported)
	_, err = view.ExternalCommit(External{Key: must(P256AES128.GenerateKey())(t)}, Config{})
	wantError(t, err, ErrUnsupported)
}

func TestPSKs(t *testing.T) {
	secret := func(value string) Config {
		return Config{PSK: func(id []byte) []byte { return []byte(value + string(id)) }}
	}
	a := found(t, X25519AES128, secret("shared"))
	b := a.invite("b", secret("shared"))
	if ids := b.JoinPSKs(); ids != nil {
		t.Errorf("PSKs of the welcome: %q", ids)
	}
	kp, public := packaged(t, X25519AES128, "c", Config{})
	staged := a.commit([]*member{b}, PSK([]byte("one")), Add(public), PSK([]byte("two")), ResumptionPSK(a.Epoch()))
	_, err := Join(kp, staged.Welcome, nil, secret("shared"))
	wantError(t, err, ErrPSK) // nobody who joins has the resumption PSK
	if got := staged.Change; !got.Resumption || len(got.PSKs) != 2 || string(got.PSKs[1]) != "two" {
		t.Errorf("change: %+v", got)
	}
	kp, public = packaged(t, X25519AES128, "d", Config{})
	staged = a.commit([]*member{b}, PSK([]byte("one")), Add(public))
	_, err = Join(kp, staged.Welcome, nil, secret("wrong"))
	wantError(t, err, ErrTag)
	d := must(Join(kp, staged.Welcome, nil, secret("shared")))(t)
	if ids := d.JoinPSKs(); len(ids) != 1 || string(ids[0]) != "one" {
		t.Errorf("PSKs of the welcome: %q", ids)
	}
	x := External{Key: must(X25519AES128.GenerateKey())(t), Credential: Credential{CredentialBasic, []byte("e")}, PSKs: [][]byte{[]byte("link")}}
	guess := must(ExternalCommit(must(a.GroupInfo())(t), x, secret("guess")))(t)
	_, err = a.Process(guess.Commit)
	wantError(t, err, ErrTag)
	right := must(ExternalCommit(must(a.GroupInfo())(t), x, secret("shared")))(t)
	wantBytes(t, "authenticator", must(a.Process(right.Commit))(t).Next.EpochAuthenticator(), right.Next.EpochAuthenticator())
}

func TestResumptionSecretsAreFew(t *testing.T) {
	a := found(t, X25519AES128, Config{})
	for range 20 {
		a.commit(nil)
	}
	if n := len(a.resumption); n != MaxResumption {
		t.Errorf("%d resumption secrets", n)
	}
	if _, err := a.Commit(ResumptionPSK(a.Epoch() - MaxResumption + 1)); err != nil {
		t.Error(err)
	}
	_, err := a.Commit(ResumptionPSK(a.Epoch() - MaxResumption))
	wantError(t, err, ErrPSK)
}

func TestReInitEndsTheGroup(t *testing.T) {
	a, b, c := trio(t, Config{})
	staged := a.commit([]*member{b, c}, ReInit([]byte("next"), XWing, nil))
	if !staged.Change.ReInit {
		t.Error("the change does not say so")
	}
	_, err := b.Commit()
	wantError(t, err, ErrEnded)
	_, err = b.Seal(nil, nil)
	wantError(t, err, ErrEnded)
	_, _, err = b.ProposeUpdate()
	wantError(t, err, ErrEnded)
}

func TestExtensions(t *testing.T) {
	cfg := Config{Extensions: []uint16{0xf0d3, 0x0a0a}, CredentialTypes: []uint16{0xf0d2, 0x1a1a}, Proposals: []uint16{0x2a2a}}
	required := RequiredCapabilities([]uint16{0xf0d3}, nil, []uint16{0xf0d2})
	a := found(t, X25519AES128, cfg, required, Extension{Type: 0xf0d3, Data: []byte("state 0")})
	b := a.invite("b", cfg)
	_, poor := packaged(t, X25519AES128, "poor", Config{})
	_, err := a.Commit(Add(poor))
	wantError(t, err, ErrLeaf)
	a.commit([]*member{b}, SetExtensions([]Extension{required, {Type: 0xf0d3, Data: []byte("state 1")}}))
	for _, m := range []*member{a, b} {
		if data, ok := m.Extension(0xf0d3); !ok || string(data) != "state 1" {
			t.Errorf("state %q", data)
		}
	}
	if data, ok := must(InspectGroupInfo(must(b.GroupInfo())(t), cfg))(t).Extension(0xf0d3); !ok || string(data) != "state 1" {
		t.Errorf("state in the group info %q", data)
	}
	_, err = Create(X25519AES128, nil, must(X25519AES128.GenerateKey())(t), Credential{}, []Extension{required}, Config{})
	wantError(t, err, ErrLeaf)
}

// TestErase: the states of an epoch share its secrets, the last one overwrites.
func TestErase(t *testing.T) {
	a, b, _ := trio(t, Config{})
	message, next, err := b.ProposeUpdate()
	if err != nil {
		t.Fatal(err)
	}
	old, pending := a.Group, must(a.Process(message))(t).Next
	b.Group = next
	exporter := old.secrets.exporter
	old.Erase()
	old.Erase()
	if bytes.Equal(exporter, make([]byte, len(exporter))) {
		t.Error("the secrets went while another state needs them")
	}
	staged := must(pending.Commit())(t)
	pending.Erase()
	if !bytes.Equal(exporter, make([]byte, len(exporter))) {
		t.Error("the secrets are still there")
	}
	for _, err := range []error{
		errorOf(pending.Commit()), errorOf(pending.Process(staged.Commit)), errorOf(pending.Seal(nil, nil)),
		errorOf(pending.Export("x", nil, 32)), errorOf(pending.GroupInfo()), errorOf(pending.DecryptFrom("x", nil, nil)),
	} {
		wantError(t, err, ErrEnded)
	}
	if pending.EpochAuthenticator() != nil || len(pending.Members()) != 3 {
		t.Error("what is left of an erased group")
	}
	wantBytes(t, "authenticator", must(b.Process(staged.Commit))(t).Next.EpochAuthenticator(), staged.Next.EpochAuthenticator())
	staged.Erase()
	_, err = staged.Next.Commit()
	wantError(t, err, ErrEnded)
}

func errorOf[T any](_ T, err error) error { return err }

func TestKeyPackages(t *testing.T) {
	kp, public := packaged(t, X25519AES128, "a", Config{})
	wantBytes(t, "reference", kp.Ref(), public.Ref())
	wantBytes(t, "bytes", kp.Bytes(), public.Bytes())
	box := must(EncryptToInit(public, "label", []byte("c"), []byte("psk")))(t)
	wantBytes(t, "opened", must(kp.DecryptInit("label", []byte("c"), box))(t), []byte("psk"))
	_, err := kp.DecryptInit("label", []byte("d"), box)
	wantError(t, err, ErrDecrypt)
	_, err = EncryptToInit(public, labelWelcome, nil, nil)
	wantError(t, err, ErrUnsupported)
	for i := range kp.Bytes() {
		flipped := kp.Bytes()
		flipped[i] ^= 1
		if _, err := ParseKeyPackage(flipped); err == nil {
			t.Fatalf("a flip at %d was not noticed", i)
		}
	}
	kp.Erase()
	_, err = kp.DecryptInit("label", []byte("c"), box)
	wantError(t, err, ErrEnded)
	_, err = Join(kp, nil, nil, Config{})
	wantError(t, err, ErrEnded)
	_, err = NewKeyPackage(3, nil, Credential{}, Config{})
	wantError(t, err, ErrUnsupported)
	_, err = NewKeyPackage(P256AES128, must(P384AES256.GenerateKey())(t), Credential{}, Config{})
	wantError(t, err, ErrUnsupported)
}

func TestWelcomeForSomebodyElse(t *testing.T) {
	a := found(t, X25519AES128, Config{})
	_, public := packaged(t, X25519AES128, "b", Config{})
	other, _ := packaged(t, X25519AES128, "c", Config{})
	slow, _ := packaged(t, P256AES128, "c", Config{})
	staged := must(a.Commit(Add(public)))(t)
	for _, kp := range []*KeyPackage{other, slow} {
		_, err := Join(kp, staged.Welcome, nil, Config{})
		wantError(t, err, ErrWelcome)
	}
	_, err := Join(other, staged.Commit, nil, Config{})
	wantError(t, err, ErrDecode)
}
