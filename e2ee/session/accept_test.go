package session

import (
	"errors"
	"maps"
	"slices"
	"testing"
)

// judged compares the code with the oracle over scenarios of one world each.
type judged struct {
	worlds             map[scenario]*world
	accepted, refused  int
	seen               map[Refusal]int
	acceptedByCommiter map[string]int
}

func newJudged() *judged {
	return &judged{worlds: make(map[scenario]*world), seen: make(map[Refusal]int), acceptedByCommiter: make(map[string]int)}
}

// check reports whether code and oracle agree on s.
func (j *judged) check(t *testing.T, s scenario) {
	t.Helper()
	external := slices.Contains(outsiders, s.who)
	host := s.who == "host" || s.who == "granted"
	if host && s.hostsGone || s.hostsGone && s.remove == "host" || s.who == "host" && s.remove == "host" ||
		!external && s.remove == "own" {
		return // cannot be: MLS has no such commit
	}
	if s.remove == "own" && (s.who == "newcomer" || s.who == "banned" || s.who == "hostback" && s.hostsGone) {
		return // has no leaf
	}
	if s.who == "hostback" && s.remove == "host" {
		return // that is its own
	}
	w := j.worlds[s.settings()]
	if w == nil {
		w = newWorld(t, s)
		j.worlds[s.settings()] = w
	}
	err := judge(w.prev, w.card, w.request(t, s))
	want := oracle(s)
	if err == nil {
		j.accepted++
		j.acceptedByCommiter[s.who]++
		if len(want) > 0 {
			t.Errorf("%+v: accepted, want one of %v", s, want)
		}
		return
	}
	var got Refusal
	if !errors.As(err, &got) {
		t.Errorf("%+v: %v is no Refusal", s, err)
	}
	j.refused++
	j.seen[got]++
	if !slices.Contains(want, got) {
		t.Errorf("%+v: %v, want one of %v", s, err, want)
	}
}

// each calls f for all settings of a world.
func eachSettings(required []string, f func(scenario)) {
	onOff := []bool{false, true}
	for _, lobby := range onOff {
		for _, locked := range onOff {
			for _, members := range onOff {
				for _, takeover := range onOff {
					for _, gone := range onOff {
						for _, r := range required {
							f(scenario{
								lobby: lobby, locked: locked, members: members, takeover: takeover,
								hostsGone: gone, required: r,
							})
						}
					}
				}
			}
		}
	}
}

// TestAcceptContent goes through every committer × settings × Remove × Add × PSK
// × fault, with and without a state.
func TestAcceptContent(t *testing.T) {
	j := newJudged()
	eachSettings([]string{""}, func(s scenario) {
		for _, s.who = range slices.Concat(insiders, outsiders) {
			for _, s.remove = range []string{"", "own", "other", "host"} {
				for _, s.add = range []string{"", "fresh", "banned", "twin"} {
					for _, s.psk = range []string{"", "right", "old", "foreign", "twice", "extra"} {
						for _, s.fault = range []string{"", "reinit", "reference", "resumption", "pathless", "identity"} {
							for _, s.state = range []string{"", "plain"} {
								if s.state != "" && s.fault != "" && s.remove != "" {
									continue // adds nothing to the pairs
								}
								j.check(t, s)
							}
						}
					}
				}
			}
		}
		if t.Failed() {
			t.FailNow()
		}
	})
	t.Logf("%d accepted, %d refused: %v", j.accepted, j.refused, j.seen)
	for _, who := range slices.Concat(insiders, outsiders) {
		if (j.acceptedByCommiter[who] == 0) != (who == "banned") {
			t.Errorf("%s: %d accepted", who, j.acceptedByCommiter[who])
		}
	}
}

// TestAcceptEntry goes through every committer × settings × what is said of the
// newcomers' entry.
func TestAcceptEntry(t *testing.T) {
	j := newJudged()
	eachSettings([]string{""}, func(s scenario) {
		for _, s.who = range slices.Concat(insiders, outsiders) {
			for _, s.remove = range []string{"", "own", "other"} {
				for _, s.add = range []string{"", "fresh", "banned"} {
					for _, s.psk = range []string{"", "right"} {
						for _, s.state = range []string{"", "plain", "take over", "the same state again"} {
							for _, s.entry = range []string{"", "missing", "wrong", "claimed"} {
								j.check(t, s)
							}
						}
					}
				}
			}
		}
	})
	t.Logf("%d accepted, %d refused: %v", j.accepted, j.refused, j.seen)
	if j.seen[RefusedEntry] == 0 {
		t.Error("no entry was refused")
	}
}

// TestAcceptState goes through every committer × state variant × the settings
// that bear on states.
func TestAcceptState(t *testing.T) {
	j := newJudged()
	eachSettings([]string{"", "state", "card"}, func(s scenario) {
		if s.locked || s.members || s.lobby && s.required != "" {
			return // do not bear on states
		}
		for _, s.who = range slices.Concat(insiders, outsiders) {
			for _, s.state = range slices.Sorted(maps.Keys(variants)) {
				for _, s.remove = range []string{"", "other", "host"} {
					if s.remove == "host" && s.state != "take over" && s.state != "enter by root" {
						continue
					}
					j.check(t, s)
				}
			}
		}
	})
	t.Logf("%d accepted, %d refused: %v", j.accepted, j.refused, j.seen)
	for _, r := range []Refusal{
		RefusedFormat, RefusedExternal, RefusedExtensions, RefusedAuthority, RefusedTakeover, RefusedMeeting,
		RefusedSequence, RefusedRequired, RefusedHosts, RefusedLink, RefusedBan,
	} {
		if j.seen[r] == 0 {
			t.Errorf("%v never came up", r)
		}
	}
}
