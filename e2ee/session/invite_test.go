package session

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"strings"
	"testing"
)

func mustInvite(tb testing.TB) *Invite {
	tb.Helper()
	i, err := NewRoot(bytes.NewReader(bytes.Repeat([]byte{7}, 64)))
	if err != nil {
		tb.Fatal(err)
	}
	return i
}

func TestFragmentRoundTrip(t *testing.T) {
	host := mustInvite(t)
	for name, i := range map[string]*Invite{
		"OK host":    host,
		"OK guest":   host.Guest(),
		"OK rotated": host.Guest().Rotated(4294967295, make([]byte, 32)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseFragment(i.Fragment())
			if err != nil {
				t.Fatal(err)
			}
			if got.Fragment() != i.Fragment() || !bytes.Equal(got.Seed, i.Seed) || got.Secret != i.Secret {
				t.Errorf("%s became %s", i.Fragment(), got.Fragment())
			}
			if got, err := ParseFragment("#" + i.Fragment()); err != nil || got.LinkNumber != i.LinkNumber {
				t.Errorf("with #: %v", err)
			}
		})
	}
	if host.Guest().Root() != nil || strings.Contains(host.Guest().Fragment(), ".h.") {
		t.Error("a guest's link has the root's seed")
	}
	if host.Root() == nil || HashRoot(host.Root().Public().(ed25519.PublicKey)) != host.RootHash {
		t.Error("a host link does not lead to its root")
	}
}

func TestParseFragmentRefuses(t *testing.T) {
	host := mustInvite(t)
	parts := strings.Split(host.Fragment(), ".")
	with := func(i int, part string) string {
		p := append([]string(nil), parts...)
		p[i] = part
		return strings.Join(p, ".")
	}
	for name, s := range map[string]string{
		"ErrEmpty":        "",
		"ErrTwoParts":     strings.Join(parts[:2], "."),
		"ErrFourParts":    strings.Join(parts[:4], "."),
		"ErrSixParts":     host.Fragment() + ".x",
		"ErrZero":         with(0, "0"),
		"ErrLeadingZero":  with(0, "01"),
		"ErrPlus":         with(0, "+1"),
		"ErrNumberTooBig": with(0, "4294967296"),
		"ErrNoNumber":     with(0, ""),
		"ErrShortSecret":  with(1, parts[1][1:]),
		"ErrLongSecret":   with(1, parts[1]+"A"),
		"ErrPadding":      with(2, parts[2][:20]+"=="),
		"ErrNotCanonical": with(1, parts[1][:42]+"d"),
		"ErrNewline":      with(1, parts[1][:42]+"\n"),
		"ErrMark":         with(3, "H"),
		"ErrShortSeed":    with(4, parts[4][1:]),
		"ErrOtherSeed":    with(4, strict.EncodeToString(make([]byte, 32))),
		"ErrTooLong":      host.Fragment() + strings.Repeat("A", 300),
	} {
		t.Run(name, func(t *testing.T) {
			if i, err := ParseFragment(s); err == nil {
				t.Errorf("%q was read as %+v", s, i)
			}
		})
	}
}

// TestLinkDerivations holds the derivations still: other implementations use them.
func TestLinkDerivations(t *testing.T) {
	i := mustInvite(t).Guest()
	for name, tt := range map[string]struct {
		got  []byte
		want string
	}{
		"OK psk":            {i.PSK(testMeeting), "71eb8be2f6114cc4c46abb221f0c1b71d301bde0a2d77ad6cd7c0fe822d0977a"},
		"OK psk id":         {i.PSKID(), hex.EncodeToString([]byte("roundel link 1"))},
		"OK link context":   {LinkContext("m", 12), "00016d00023132"},
		"OK knock":          {KnockProof(i.Secret[:], []byte("key package")), "9916b15df6690de30c06e42be940975516804153bec8b18515d35a7e1ec103d4"},
		"OK tuple":          {tuple("a", nil, []byte("bc")), "0001610000" + "00026263"},
		"OK package digits": {[]byte(KeyPackageDigits([]byte("key package"))), "3839303520383933322030333336"},
	} {
		if got := hex.EncodeToString(tt.got); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
	other := i.Rotated(2, i.Secret[:])
	if bytes.Equal(i.PSK(testMeeting), other.PSK(testMeeting)) || bytes.Equal(i.PSK(testMeeting), i.PSK("another")) {
		t.Error("links or meetings share a PSK")
	}
	if i.Rotated(2, make([]byte, 31)) != nil {
		t.Error("a short secret made a link")
	}
	if tuple("a", make([]byte, 1<<16)) != nil {
		t.Error("a tuple took a field that its length cannot hold")
	}
}

func TestLobby(t *testing.T) {
	secret, kp := bytes.Repeat([]byte{3}, 32), []byte("key package")
	proof := KnockProof(secret, kp)
	if !VerifyKnock(secret, kp, proof) {
		t.Error("a proof does not hold")
	}
	for name, tt := range map[string]struct{ secret, kp, proof []byte }{
		"ErrOtherPackage": {secret, []byte("another"), proof},
		"ErrOtherSecret":  {bytes.Repeat([]byte{4}, 32), kp, proof},
		"ErrCut":          {secret, kp, proof[:31]},
		"ErrNone":         {secret, kp, nil},
	} {
		if VerifyKnock(tt.secret, tt.kp, tt.proof) {
			t.Errorf("%s: accepted", name)
		}
	}
	lengths := make(map[int]bool)
	for _, name := range []string{"A", "Ada Lovelace", strings.Repeat("x", MaxName)} {
		sealed, err := SealLobbyName(secret, kp, name, nil)
		if err != nil {
			t.Fatal(err)
		}
		lengths[len(sealed)] = true
		if got, err := OpenLobbyName(secret, kp, sealed); err != nil || got != name {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := OpenLobbyName(secret, []byte("another"), sealed); err == nil {
			t.Error("a name opened under another KeyPackage")
		}
		for i := range sealed {
			sealed[i] ^= 4
			if _, err := OpenLobbyName(secret, kp, sealed); err == nil {
				t.Fatalf("a name opened with byte %d changed", i)
			}
			sealed[i] ^= 4
		}
	}
	if len(lengths) != 1 {
		t.Errorf("names show their length: %v", lengths)
	}
	if _, err := SealLobbyName(secret, kp, strings.Repeat("x", MaxName+1), nil); err == nil {
		t.Error("a name over the limit was sealed")
	}
	if _, err := OpenLobbyName(secret, kp, nil); err == nil {
		t.Error("nothing opened")
	}
}
