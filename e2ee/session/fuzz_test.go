package session

import (
	"bytes"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Every parser must refuse or return what encodes to the very bytes it read.

func FuzzParseCard(f *testing.F) {
	b, err := mustCard(f, CardSettings{E2EE: true}).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ParseCard(b)
		if err != nil {
			return
		}
		if again, err := c.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x became %x, %v", b, again, err)
		}
		_ = c.Verify(nil)
	})
}

func FuzzParseState(f *testing.F) {
	card, states := history(f)
	for _, s := range states {
		f.Add(mustEncode(f, s))
	}
	prev := states[2]
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := decodeState(b)
		if err != nil {
			return
		}
		if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x became %x, %v", b, again, err)
		}
		// Unsigned and malformed ones must not upset the rules either.
		if VerifyStep(prev, s, card) == nil && !s.signed() {
			t.Error("an unsigned state was accepted")
		}
		_ = VerifyStep(s, s.Next(s.Signer), card)
		_ = VerifyAlone(s, card)
	})
}

func FuzzParseFragment(f *testing.F) {
	f.Add(mustInvite(f).Fragment())
	f.Add(mustInvite(f).Guest().Fragment())
	f.Fuzz(func(t *testing.T, s string) {
		i, err := ParseFragment(s)
		if err == nil && i.Fragment() != s && "#"+i.Fragment() != s {
			t.Errorf("%q became %q", s, i.Fragment())
		}
	})
}

func FuzzParseCredential(f *testing.F) {
	f.Add(mustLeaf(f, "ada", "id-ada", "leaf").Credential.Data)
	f.Fuzz(func(t *testing.T, b []byte) {
		i, err := ParseCredential(mls.Credential{Type: CredentialType, Data: b})
		if err != nil {
			return
		}
		if c, err := i.Credential(); err != nil || !bytes.Equal(c.Data, b) {
			t.Errorf("%x became %x, %v", b, c.Data, err)
		}
	})
}

func FuzzParseMessage(f *testing.F) {
	for _, m := range sampleMessages() {
		b, err := Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		if len(b) <= 4096 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMessage(b)
		if err != nil {
			return
		}
		again, err := Marshal(m)
		if err != nil {
			t.Fatalf("%x cannot be written again: %v", b, err)
		}
		got, err := ParseMessage(again)
		if err != nil {
			t.Fatalf("%+v cannot be read again: %v", m, err)
		}
		if third, err := Marshal(got); err != nil || !bytes.Equal(again, third) {
			t.Errorf("%+v became %+v, %v", m, got, err)
		}
	})
}

func FuzzParseTrust(f *testing.F) {
	var s Trust
	s.Remember("Ada", testKey("ada").Public())
	s.Remember("Bob", testKey("bob").Public())
	s.SetVerified(testKey("bob").Public(), true)
	b, err := s.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseTrust(b)
		if err != nil {
			return
		}
		if again, err := s.Encode(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("%x became %x, %v", b, again, err)
		}
	})
}

func FuzzSameLook(f *testing.F) {
	f.Add("Ada", "Аda")
	f.Add("", "\u0308")
	f.Fuzz(func(t *testing.T, a, b string) {
		if SameLook(a, b) != SameLook(b, a) || !SameLook(a, a) {
			t.Errorf("%q and %q", a, b)
		}
	})
}

func FuzzLobbyName(f *testing.F) {
	secret := make([]byte, 32)
	sealed, err := SealLobbyName(secret, nil, "Ada", bytes.NewReader(make([]byte, 12)))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed)
	f.Fuzz(func(t *testing.T, b []byte) {
		if name, err := OpenLobbyName(secret, nil, b); err == nil && !bytes.Equal(b, sealed) {
			t.Errorf("%x opened as %q", b, name)
		}
	})
}
