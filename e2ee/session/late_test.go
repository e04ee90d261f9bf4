package session

import (
	"testing"
	"time"
)

// lateJoin lets somebody join whose answers the network holds back for a time, so
// long that the joiner has given up waiting; it returns how many commits it took.
func lateJoin(t *testing.T, seed uint64, late func(e Event) (time.Duration, bool)) (guest *simClient, commits int) {
	t.Helper()
	s := meet(t, seed, CardSettings{E2EE: true}, 2)
	s.run(time.Second)
	guest = s.add(simWho{})
	s.service.addDrop(func(to *simClient, e Event) bool {
		_, drop := late(e)
		return to == guest && drop
	})
	s.service.addDelay(func(to *simClient, e Event) time.Duration {
		if to != guest {
			return 0
		}
		d, _ := late(e)
		return d
	})
	s.service.addAnswer(func(from *simClient, e Effect) bool {
		if _, ok := e.(Commit); ok && from == guest {
			commits++
		}
		return false
	})
	guest.connect()
	if !s.until(15*time.Second, func() bool { return guest.machine.phase == PhaseIn && s.settled() }) {
		t.Fatal("not in", s.describe())
	}
	s.run(5 * time.Second)
	if !s.settled() {
		t.Fatal("not together", s.describe())
	}
	for _, c := range s.clients {
		for _, n := range c.notices {
			if n.Kind == NoticeRemoved || n.Kind == NoticeRejoined {
				t.Errorf("%s notes %s of %s", c.id, n.Kind, n.Who)
			}
		}
	}
	return guest, commits
}

// TestLateAnswers: a joiner whose commit was ordered, but who hears of it too late
// or in another way, is in by that commit.
func TestLateAnswers(t *testing.T) {
	const long = answerTime + 2*time.Second
	answers := func(e Event) bool {
		switch e.(type) {
		case Reply, Committed:
			return true
		}
		return false
	}
	for name, late := range map[string]func(e Event) (time.Duration, bool){
		"all of it late": func(e Event) (time.Duration, bool) {
			_, info := e.(GroupState)
			if _, people := e.(Roster); info || people {
				return 0, false
			}
			return long, false
		},
		"no reply, the event is late": func(e Event) (time.Duration, bool) {
			if _, ok := e.(Reply); ok {
				return 0, true
			}
			if answers(e) {
				return long, false
			}
			return 0, false
		},
		"nothing but the group": func(e Event) (time.Duration, bool) { return 0, answers(e) },
	} {
		t.Run(name, func(t *testing.T) {
			if _, commits := lateJoin(t, 66, late); commits != 1 {
				t.Errorf("%d commits", commits)
			}
		})
	}
}

// TestLateUnderLoad: thirty people join over a service that answers after six
// seconds. Each is in once, and no leaf is left behind.
func TestLateUnderLoad(t *testing.T) {
	s := meet(t, 67, CardSettings{E2EE: true}, 1)
	slow := time.Duration(0)
	s.service.addDelay(func(to *simClient, e Event) time.Duration {
		if _, ok := e.(Reply); ok {
			return slow
		}
		return 0
	})
	slow = answerTime + time.Second
	before := s.service.stats["commit"]
	for range 30 {
		s.add(simWho{}).connect()
	}
	if !s.until(60*time.Second, func() bool { return len(s.live()) == 32 && s.settled() }) {
		t.Fatal("not in", s.describe())
	}
	slow = 0
	s.run(15 * time.Second)
	if !s.settled() {
		t.Fatal("not together", s.describe())
	}
	for _, c := range s.clients {
		for _, n := range c.notices {
			if n.Kind == NoticeRejoined {
				t.Errorf("%s has rejoined", c.id)
			}
		}
	}
	if n := s.service.stats["commit"] - before; n > 40 {
		t.Errorf("%d commits", n)
	}
}
