package session

import (
	"crypto/ed25519"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fullState has everything at its bound.
func fullState(tb testing.TB) *State {
	tb.Helper()
	s := newWorld(tb, scenario{}).prev.Clone()
	s.Hosts, s.Banned = nil, nil
	chain := mustRootHost(tb, "host")
	s.SetHost(chain)
	for i, by := 0, "host"; len(s.Hosts) < MaxHosts; i++ {
		name := string(rune('a'+i%26)) + string(rune('a'+i/26))
		s.SetHost(mustExtend(tb, chain, by, name))
		if len(chain.Grants) < MaxGrants-1 {
			chain, by = mustExtend(tb, chain, by, name), name
		}
	}
	for i := range MaxBanned {
		key := make(ed25519.PublicKey, ed25519.PublicKeySize)
		key[0], key[1] = byte(i>>8), byte(i)
		s.Banned = append(s.Banned, key)
	}
	return s
}

func TestStateRoundTrip(t *testing.T) {
	card := mustCard(t, CardSettings{E2EE: true, Lobby: true})
	host := mustRootHost(t, "host")
	first := mustSign(t, FirstState(card, testGroup, &host), "host")
	for name, s := range map[string]*State{
		"OK unsigned first": FirstState(card, testGroup, nil),
		"OK signed first":   first,
		"OK next":           mustSign(t, first.Next(nil), "host"),
		"OK full":           mustSign(t, fullState(t), "host"),
	} {
		t.Run(name, func(t *testing.T) {
			b := mustEncode(t, s)
			got, err := ParseState(b)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(mustEncode(t, s), mustEncode(t, got)); diff != "" {
				t.Error(diff)
			}
			if s.Hash() != got.Hash() || len(b) > maxVec {
				t.Errorf("hash differs, or %d bytes are too many", len(b))
			}
		})
	}
}

// TestStateBounds: one more than allowed is refused, also when it is signed.
func TestStateBounds(t *testing.T) {
	full := fullState(t)
	for name, spoil := range map[string]func(*State){
		"ErrHosts": func(s *State) { s.SetHost(mustExtend(t, mustRootHost(t, "host"), "host", "one more")) },
		"ErrBanned": func(s *State) {
			s.Banned = append(s.Banned, ed25519.PublicKey(slices.Repeat([]byte{255}, 32)))
		},
		"ErrGrants": func(s *State) {
			h := mustRootHost(t, "host")
			for len(h.Grants) <= MaxGrants {
				h = mustExtend(t, h, "host", "host")
			}
			s.SetHost(h)
		},
		"ErrHostTwice":   func(s *State) { s.Hosts[1] = s.Hosts[0].clone() },
		"ErrHostOrder":   func(s *State) { s.Hosts[0], s.Hosts[1] = s.Hosts[1], s.Hosts[0] },
		"ErrBannedTwice": func(s *State) { s.Banned[1] = s.Banned[0] },
		"ErrBannedOrder": func(s *State) { s.Banned[0], s.Banned[1] = s.Banned[1], s.Banned[0] },
		"ErrBannedKey":   func(s *State) { s.Banned[0] = s.Banned[0][:31] },
		"ErrHostKey":     func(s *State) { s.Hosts[0].Device = s.Hosts[0].Device[:31] },
		"ErrHostBanned":  func(s *State) { s.Banned = []ed25519.PublicKey{s.Hosts[0].Device} },
		"ErrUngranted":   func(s *State) { s.Hosts[0].Grants = nil },
		"ErrTwoUngranted": func(s *State) {
			s.Takeover = TakeoverLongestPresent
			s.Hosts[0].Grants, s.Hosts[1].Grants = nil, nil
		},
		"ErrGroup":      func(s *State) { s.GroupID = s.GroupID[:15] },
		"ErrMeeting":    func(s *State) { s.MeetingID = "a/b" },
		"ErrFormat":     func(s *State) { s.Format = 2 },
		"ErrAdmit":      func(s *State) { s.Admit = 2 },
		"ErrTakeover":   func(s *State) { s.Takeover = 2 },
		"ErrUnsupport":  func(s *State) { s.Unsupported = 2 },
		"ErrLink":       func(s *State) { s.LinkNumber = 0 },
		"ErrParent":     func(s *State) { s.Parent = s.Parent[:31] },
		"ErrFirst":      func(s *State) { s.Sequence = 0 },
		"ErrFirstNoSig": func(s *State) { s.Sequence, s.Parent = 0, nil; s.Hosts = nil },
	} {
		t.Run(name, func(t *testing.T) {
			s := full.Clone()
			spoil(s)
			b, err := resign(s, "host").Encode()
			if err != nil {
				return
			}
			if _, err := ParseState(b); err == nil {
				t.Error("was read")
			}
			if s.Sign(testKey("host")) == nil {
				t.Error("was signed")
			}
		})
	}
}

// TestStateBits: no bit of a signed state can be changed.
func TestStateBits(t *testing.T) {
	w := newWorld(t, scenario{})
	b := mustEncode(t, w.prev)
	for i := range 8 * len(b) {
		b[i/8] ^= 1 << (i % 8)
		if s, err := ParseState(b); err == nil {
			t.Errorf("bit %d changed: %+v", i, s)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

// TestStateIsACopy: nothing that is changed in a clone shows in its origin.
func TestStateIsACopy(t *testing.T) {
	s := fullState(t)
	before := s.Hash()
	c := s.Next(testKey("host").Public())
	for i := range c.Hosts {
		c.Hosts[i].Device[0]++
		for j := range c.Hosts[i].Grants {
			c.Hosts[i].Grants[j].Device[0]++
			c.Hosts[i].Grants[j].Signature[0]++
		}
	}
	for i := range c.Banned {
		c.Banned[i][0]++
	}
	c.GroupID[0]++
	c.Parent[0]++
	if s.Hash() != before {
		t.Error("the origin changed")
	}
}

// TestStateLists compares the sorted lists with plain sets over random changes.
func TestStateLists(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	s := &State{}
	hosts, banned := make(map[string]bool), make(map[string]bool)
	names := []string{"a", "b", "c", "d", "e", "f", "g", "h"}
	for range 3000 {
		name := names[random.IntN(len(names))]
		key := testKey(name).Public()
		switch random.IntN(4) {
		case 0:
			s.SetHost(Host{Device: key})
			hosts[name] = true
		case 1:
			s.DropHost(key)
			delete(hosts, name)
		case 2:
			s.Ban(key)
			banned[name] = true
			delete(hosts, name)
		case 3:
			s.Unban(key)
			delete(banned, name)
		}
		if len(s.Hosts) != len(hosts) || len(s.Banned) != len(banned) ||
			!slices.IsSortedFunc(s.Banned, compareKeys) ||
			!slices.IsSortedFunc(s.Hosts, func(a, b Host) int { return compareKeys(a.Device, b.Device) }) {
			t.Fatal("lists and sets differ")
		}
		for _, n := range names {
			if s.IsHost(testKey(n).Public()) != hosts[n] || s.IsBanned(testKey(n).Public()) != banned[n] {
				t.Fatalf("%s: lists and sets differ", n)
			}
		}
	}
}
