package mls

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// member is a member of a test's group.
type member struct {
	*Group
	t    *testing.T
	name string
}

func found(t *testing.T, c CipherSuite, cfg Config, ext ...Extension) *member {
	t.Helper()
	g := must(Create(c, []byte("group"), must(c.GenerateKey())(t), Credential{CredentialBasic, []byte("founder")}, ext, cfg))(t)
	return &member{g, t, "founder"}
}

func packaged(t *testing.T, c CipherSuite, name string, cfg Config) (*KeyPackage, *PublicKeyPackage) {
	t.Helper()
	kp := must(NewKeyPackage(c, must(c.GenerateKey())(t), Credential{CredentialBasic, []byte(name)}, cfg))(t)
	return kp, must(ParseKeyPackage(kp.Bytes()))(t)
}

// commit commits and delivers to the others.
func (m *member) commit(others []*member, p ...Proposal) *Staged {
	m.t.Helper()
	staged := must(m.Commit(p...))(m.t)
	for _, o := range others {
		o.Group = must(o.Process(staged.Commit))(m.t).Next
	}
	m.Group = staged.Next
	for _, o := range others {
		wantBytes(m.t, o.name, o.EpochAuthenticator(), m.EpochAuthenticator())
	}
	return staged
}

func (m *member) invite(name string, cfg Config, others ...*member) *member {
	m.t.Helper()
	kp, public := packaged(m.t, m.Suite(), name, cfg)
	staged := m.commit(others, Add(public))
	g := must(Join(kp, staged.Welcome, nil, cfg))(m.t)
	wantBytes(m.t, name, g.EpochAuthenticator(), m.EpochAuthenticator())
	return &member{g, m.t, name}
}

// trio is a group of three.
func trio(t *testing.T, cfg Config) (a, b, c *member) {
	a = found(t, X25519AES128, cfg)
	b = a.invite("b", cfg)
	c = a.invite("c", cfg, b)
	return a, b, c
}

func wantError(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

func TestLifeOfAGroup(t *testing.T) {
	for _, suite := range Suites() {
		a := found(t, suite, Config{Padding: 64})
		b := a.invite("b", Config{})
		gi := must(b.GroupInfo())(t)
		staged := must(ExternalCommit(gi, External{Key: must(suite.GenerateKey())(t), Credential: Credential{CredentialBasic, []byte("c")}, AAD: []byte("hello")}, Config{}))(t)
		c := &member{staged.Next, t, "c"}
		for _, m := range []*member{a, b} {
			r := must(m.Process(staged.Commit))(t)
			if r.Sender != c.Self() || !r.Change.External || string(r.AAD) != "hello" || string(r.Change.CommitterLeaf.Credential.Data) != "c" {
				t.Errorf("change: %+v", r.Change)
			}
			m.Group = r.Next
			wantBytes(t, "authenticator", m.EpochAuthenticator(), c.EpochAuthenticator())
		}
		b.commit([]*member{a, c})
		message := must(a.Seal([]byte("words"), []byte("aad")))(t)
		for _, m := range []*member{b, c} {
			r := must(m.Process(message))(t)
			if string(r.Application) != "words" || string(r.AAD) != "aad" || r.Sender != a.Self() || r.Epoch != a.Epoch() || r.Next != nil {
				t.Errorf("received: %+v", r)
			}
			_, err := m.Process(message)
			wantError(t, err, ErrRatchet)
		}
		_, err := a.Process(message)
		wantError(t, err, ErrOwnMessage)
		removal := c.commit([]*member{b}, Remove(a.Self()))
		r, err := a.Process(removal.Commit)
		wantError(t, err, ErrRemoved)
		if r == nil || len(r.Change.Removed) != 1 || r.Change.Removed[0].Index != a.Self() || r.Sender != c.Self() {
			t.Errorf("removal: %+v", r)
		}
		exported := must(b.Export("x", []byte("y"), 32))(t)
		wantBytes(t, "exported", must(c.Export("x", []byte("y"), 32))(t), exported)
		if n := b.View().Count(); n != 2 || len(b.Members()) != 2 {
			t.Errorf("%d members", n)
		}
	}
}

func TestErrorsLeaveTheGroupAsItWas(t *testing.T) {
	a, b, c := trio(t, Config{})
	next := must(a.Commit())(t)
	later := must(next.Next.Commit())(t)
	tampered := func(message []byte, at int) []byte {
		flipped := bytes.Clone(message)
		flipped[(at+len(flipped))%len(flipped)] ^= 1
		return flipped
	}
	application := must(a.Seal([]byte("x"), nil))(t)
	for _, test := range []struct {
		name    string
		message []byte
		want    error
	}{
		{"ErrEmpty", nil, ErrDecode},
		{"ErrVersion", tampered(next.Commit, 1), ErrUnsupported},
		{"ErrFormat", tampered(next.Commit, 2), ErrDecode},
		{"ErrTooLong", make([]byte, MaxMessage+1), ErrLimit},
		{"ErrLaterEpoch", later.Commit, ErrEpoch},
		{"ErrMembershipTag", tampered(next.Commit, -1), ErrSignature},
		{"ErrRest", append(bytes.Clone(next.Commit), 0), ErrDecode},
		{"ErrCiphertext", tampered(application, -1), ErrDecrypt},
		{"ErrKeyPackage", must(NewKeyPackage(X25519AES128, must(X25519AES128.GenerateKey())(t), Credential{}, Config{}))(t).Bytes(), ErrDecode},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := b.Process(test.message)
			wantError(t, err, test.want)
			if r != nil {
				t.Error("an error with a result")
			}
		})
	}
	_, err := a.Process(next.Commit)
	wantError(t, err, ErrOwnCommit)
	r := must(b.Process(application))(t)
	if string(r.Application) != "x" {
		t.Error("the ratchet moved")
	}
	for _, m := range []*member{b, c} {
		wantBytes(t, "authenticator", must(m.Process(next.Commit))(t).Next.EpochAuthenticator(), next.Next.EpochAuthenticator())
	}
}

func TestRefusals(t *testing.T) {
	a, b, c := trio(t, Config{})
	_, stranger := packaged(t, X25519AES128, "d", Config{})
	_, other := packaged(t, P256AES128, "d", Config{})
	old := Config{Now: func() time.Time { return time.Now().Add(-200 * 24 * time.Hour) }}
	_, expired := packaged(t, X25519AES128, "d", old)
	_, eternal := packaged(t, X25519AES128, "d", Config{Lifetime: 1000 * 24 * time.Hour})
	private := Extension{Type: 0xf0aa}
	for _, test := range []struct {
		name      string
		proposals []Proposal
		want      error
	}{
		{"ErrRemoveSelf", []Proposal{Remove(a.Self())}, ErrProposals},
		{"ErrRemoveNobody", []Proposal{Remove(77)}, ErrProposals},
		{"ErrRemoveFarAway", []Proposal{Remove(^LeafIndex(0))}, ErrProposals},
		{"ErrRemoveTwice", []Proposal{Remove(b.Self()), Remove(b.Self())}, ErrProposals},
		{"ErrAddTwice", []Proposal{Add(stranger), Add(stranger)}, ErrLeaf},
		{"ErrAddOtherSuite", []Proposal{Add(other)}, ErrLeaf},
		{"ErrAddExpired", []Proposal{Add(expired)}, ErrLeaf},
		{"ErrAddEternal", []Proposal{Add(eternal)}, ErrLeaf},
		{"ErrAddNil", []Proposal{Add(nil)}, ErrProposals},
		{"ErrNothing", []Proposal{{}}, ErrProposals},
		{"ErrUnknownPSK", []Proposal{PSK([]byte("?"))}, ErrPSK},
		{"ErrOldEpochPSK", []Proposal{ResumptionPSK(99)}, ErrPSK},
		{"ErrExtensionsTwice", []Proposal{SetExtensions(nil), SetExtensions(nil)}, ErrProposals},
		{"ErrExtensionUnsupported", []Proposal{SetExtensions([]Extension{private})}, ErrLeaf},
		{"ErrExtensionRequired", []Proposal{SetExtensions([]Extension{RequiredCapabilities([]uint16{0xf0aa}, nil, nil)})}, ErrLeaf},
		{"ErrExtensionDuplicate", []Proposal{SetExtensions([]Extension{private, private})}, ErrUnsupported},
		{"ErrReInitWithOthers", []Proposal{ReInit([]byte("x"), X25519AES128, nil), Remove(b.Self())}, ErrProposals},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := a.Commit(test.proposals...)
			wantError(t, err, test.want)
		})
	}
	a.commit([]*member{c}, Add(stranger), Remove(b.Self()))
}
