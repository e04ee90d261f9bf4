package session

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

func TestCardRoundTrip(t *testing.T) {
	card := mustCard(t, CardSettings{
		Lobby: true, Admit: AdmitMembers, Takeover: TakeoverLongestPresent,
		Unsupported: UnsupportedOffer, Required: true, E2EE: true,
	})
	b, err := card.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseCard(b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(card, got); diff != "" {
		t.Error(diff)
	}
	invite := &Invite{LinkNumber: 1, RootHash: HashRoot(card.Root)}
	if err := got.Verify(invite); err != nil {
		t.Error(err)
	}
	if err := got.Verify(nil); err != nil {
		t.Error(err)
	}
	forged := &Invite{LinkNumber: 1, RootHash: HashRoot(testKey("forger").Public())}
	if err := got.Verify(forged); !errors.Is(err, ErrCardRoot) {
		t.Errorf("another root's link: %v", err)
	}
}

// TestCardForged: whoever has the link and works with the server can sign another
// card, but not one that the link names; and no bit of a card can be changed.
func TestCardForged(t *testing.T) {
	card := mustCard(t, CardSettings{E2EE: true})
	invite := &Invite{LinkNumber: 1, RootHash: HashRoot(card.Root)}
	forged := *card
	forged.Settings.E2EE = false
	if err := forged.SignCard(testSeed("forger")); err != nil {
		t.Fatal(err)
	}
	if err := forged.Verify(invite); !errors.Is(err, ErrCardRoot) {
		t.Errorf("a forged card: %v", err)
	}
	b, err := card.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		if c, err := ParseCard(b); err == nil && c.Verify(invite) == nil {
			t.Errorf("bit %d changed: accepted", i)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

func TestCardRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Card){
		"ErrNoMeeting":   func(c *Card) { c.MeetingID = "" },
		"ErrMeeting":     func(c *Card) { c.MeetingID = "a b" },
		"ErrVersion":     func(c *Card) { c.Version = 0 },
		"ErrLink":        func(c *Card) { c.LinkNumber = 0 },
		"ErrSuite":       func(c *Card) { c.Suite = mls.P256AES128 },
		"ErrAdmit":       func(c *Card) { c.Settings.Admit = 2 },
		"ErrTakeover":    func(c *Card) { c.Settings.Takeover = 2 },
		"ErrUnsupported": func(c *Card) { c.Settings.Unsupported = 2 },
		"ErrRequiredOff": func(c *Card) { c.Settings.Required, c.Settings.E2EE = true, false },
		"ErrLongMeeting": func(c *Card) { c.MeetingID = string(bytes.Repeat([]byte("a"), 65)) },
		"ErrHugeMeeting": func(c *Card) { c.MeetingID = string(bytes.Repeat([]byte("a"), 1<<16)) },
	} {
		t.Run(name, func(t *testing.T) {
			c := *mustCard(t, CardSettings{})
			spoil(&c)
			if err := c.SignCard(testSeed("root")); err == nil {
				t.Error("was signed")
			}
			w := c.body()
			c.Signature, _ = testKey("root").Sign(w.b)
			w.raw(c.Signature)
			if got, err := ParseCard(w.b); err == nil {
				t.Errorf("was read as %+v", got)
			}
			if c.Verify(nil) == nil {
				t.Error("was verified")
			}
		})
	}
	c := mustCard(t, CardSettings{})
	if c.SignCard([]byte("short")) == nil {
		t.Error("was signed with a short seed")
	}
}
