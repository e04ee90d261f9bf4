package session

import (
	"slices"
	"testing"
)

// variants make the state of a commit by who after prev, by name. Each is signed
// by the committer's device unless its name says otherwise.
var variants = map[string]func(testing.TB, *State, string) []byte{
	"two states":                      plain,
	"state twice, no capabilities":    plain,
	"state alone":                     plain,
	"capabilities alone":              plain,
	"no extensions":                   plain,
	"another extension":               plain,
	"another instead of capabilities": plain,
	"other capabilities":              plain,
	"other order":                     plain,
	"plain":                           plain,

	"off":               change(func(_ testing.TB, s *State, _ string) { s.E2EE = false }),
	"not required":      change(func(_ testing.TB, s *State, _ string) { s.Required = false }),
	"off, not required": change(func(_ testing.TB, s *State, _ string) { s.E2EE, s.Required = false, false }),
	"required":          change(func(_ testing.TB, s *State, _ string) { s.Required = true }),
	"required but off":  change(func(_ testing.TB, s *State, _ string) { s.E2EE, s.Required = false, true }),
	"settings": change(func(_ testing.TB, s *State, _ string) {
		s.Lobby, s.Locked, s.Admit = !s.Lobby, !s.Locked, 1-s.Admit
		s.Unsupported = UnsupportedOffer
	}),
	"takeover allowed":   change(func(_ testing.TB, s *State, _ string) { s.Takeover = TakeoverLongestPresent }),
	"takeover forbidden": change(func(_ testing.TB, s *State, _ string) { s.Takeover = TakeoverNone }),

	"same sequence": change(func(_ testing.TB, s *State, _ string) { s.Sequence-- }),
	"sequence +2":   change(func(_ testing.TB, s *State, _ string) { s.Sequence++ }),
	"sequence 0":    change(func(_ testing.TB, s *State, _ string) { s.Sequence, s.Parent = 0, nil }),
	"other parent":  change(func(_ testing.TB, s *State, _ string) { s.Parent[0] ^= 1 }),
	"no parent":     change(func(_ testing.TB, s *State, _ string) { s.Parent = nil }),
	"the same state again": func(tb testing.TB, prev *State, _ string) []byte {
		return mustEncode(tb, prev)
	},

	"other meeting": change(func(_ testing.TB, s *State, _ string) { s.MeetingID = "another" }),
	"other group":   change(func(_ testing.TB, s *State, _ string) { s.GroupID[3] ^= 1 }),
	"other card":    change(func(_ testing.TB, s *State, _ string) { s.CardHash[3] ^= 1 }),
	"other format":  change(func(_ testing.TB, s *State, _ string) { s.Format++ }),

	"link +1":  change(func(_ testing.TB, s *State, _ string) { s.LinkNumber++ }),
	"link +2":  change(func(_ testing.TB, s *State, _ string) { s.LinkNumber += 2 }),
	"link -1":  change(func(_ testing.TB, s *State, _ string) { s.LinkNumber-- }),
	"link 0":   change(func(_ testing.TB, s *State, _ string) { s.LinkNumber = 0 }),
	"ban":      change(func(_ testing.TB, s *State, _ string) { s.Ban(testKey("victim").Public()); s.LinkNumber++ }),
	"ban only": change(func(_ testing.TB, s *State, _ string) { s.Ban(testKey("victim").Public()) }),
	"unban":    change(func(_ testing.TB, s *State, _ string) { s.Unban(testKey("banned").Public()) }),
	"ban of a host": change(func(_ testing.TB, s *State, _ string) {
		s.LinkNumber++
		s.Banned = append(s.Banned, testKey("granted").Public())
		slices.SortFunc(s.Banned, compareKeys)
	}),

	"appoint": change(func(tb testing.TB, s *State, who string) {
		if h, ok := s.Host(testKey(who).Public()); ok {
			s.SetHost(mustExtend(tb, h, who, "member"))
			return
		}
		s.SetHost(mustExtend(tb, mustRootHost(tb, "host"), "host", "member"))
	}),
	"appoint without grants": change(func(_ testing.TB, s *State, _ string) {
		s.SetHost(Host{Device: testKey("fresh").Public()})
	}),
	"appoint with a forged chain": change(func(tb testing.TB, s *State, _ string) {
		s.SetHost(mustExtend(tb, mustRootHost(tb, "host"), "member", "fresh"))
	}),
	"appoint with another's chain": change(func(tb testing.TB, s *State, _ string) {
		h := mustExtend(tb, mustRootHost(tb, "host"), "host", "member")
		h.Device = testKey("fresh").Public()
		s.SetHost(h)
	}),
	"appoint with a cut chain": change(func(tb testing.TB, s *State, _ string) {
		h := mustExtend(tb, mustRootHost(tb, "host"), "host", "fresh")
		h.Grants = h.Grants[1:]
		s.SetHost(h)
	}),
	"appoint with five grants": change(func(tb testing.TB, s *State, _ string) {
		h := mustRootHost(tb, "host")
		for _, to := range []string{"granted", "host", "granted"} {
			from := "host"
			if to == "host" {
				from = "granted"
			}
			h = mustExtend(tb, h, from, to)
		}
		s.SetHost(mustExtend(tb, h, "granted", "fresh"))
	}),
	"dismiss": change(func(_ testing.TB, s *State, who string) {
		for _, name := range []string{"granted", "host"} {
			if name != who {
				s.DropHost(testKey(name).Public())
				return
			}
		}
	}),
	"resign": change(func(_ testing.TB, s *State, who string) { s.DropHost(testKey(who).Public()) }),
	"strip grants of a host": change(func(_ testing.TB, s *State, who string) {
		for _, name := range []string{"granted", "host"} {
			if name != who {
				s.SetHost(Host{Device: testKey(name).Public()})
				return
			}
		}
	}),

	"signed by another": func(tb testing.TB, prev *State, who string) []byte {
		by := "host"
		if who == "host" {
			by = "granted"
		}
		return mustEncode(tb, mustSign(tb, prev.Next(nil), by))
	},
	"bad signature": func(tb testing.TB, prev *State, who string) []byte {
		s := resign(prev.Next(nil), who)
		s.Signature[9] ^= 1
		return mustEncode(tb, s)
	},
	"unsigned": func(tb testing.TB, prev *State, _ string) []byte { return mustEncode(tb, prev.Next(nil)) },
	"junk":     func(testing.TB, *State, string) []byte { return []byte("junk") },
	"empty":    func(testing.TB, *State, string) []byte { return nil },
	"trailing": func(tb testing.TB, prev *State, who string) []byte {
		return append(plain(tb, prev, who), 0)
	},

	"enter by root":          change(enterByRoot),
	"enter by root and more": change(func(tb testing.TB, s *State, who string) { enterByRoot(tb, s, who); s.Lobby = !s.Lobby }),
	"enter by a forged root": change(func(tb testing.TB, s *State, who string) {
		h, err := RootHost(testMeeting, []byte(testKey("member")), testKey(who).Public())
		if err != nil {
			tb.Fatal(err)
		}
		s.SetHost(h)
	}),
	"enter by another meeting's root": change(func(tb testing.TB, s *State, who string) {
		h, err := RootHost("another", testRoot(), testKey(who).Public())
		if err != nil {
			tb.Fatal(err)
		}
		s.SetHost(h)
	}),
	"enter by a host's grant": change(func(tb testing.TB, s *State, who string) {
		s.SetHost(mustExtend(tb, mustRootHost(tb, "host"), "host", who))
	}),
	"take over": change(takeOver),
	"take over and more": change(func(tb testing.TB, s *State, who string) {
		takeOver(tb, s, who)
		s.Unban(testKey("banned").Public())
	}),
	"take over for another": change(func(_ testing.TB, s *State, _ string) {
		s.SetHost(Host{Device: testKey("fresh").Public()})
	}),
}

// change makes a variant from a change to the plain next state.
func change(f func(testing.TB, *State, string)) func(testing.TB, *State, string) []byte {
	return func(tb testing.TB, prev *State, who string) []byte {
		s := prev.Next(nil)
		f(tb, s, who)
		return mustEncode(tb, resign(s, who))
	}
}

// plain changes nothing but the sequence.
func plain(tb testing.TB, prev *State, who string) []byte {
	return change(func(testing.TB, *State, string) {})(tb, prev, who)
}

func enterByRoot(tb testing.TB, s *State, who string) { s.SetHost(mustRootHost(tb, who)) }

func takeOver(_ testing.TB, s *State, who string) {
	s.SetHost(Host{Device: testKey(who).Public()})
}
