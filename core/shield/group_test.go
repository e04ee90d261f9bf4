package shield_test

import (
	"testing"
	"time"

	"github.com/roundel-meet/roundel/core/shield"
)

// TestLockNeedsAll takes away, one at a time, everything that a lock rests on.
func TestLockNeedsAll(t *testing.T) {
	missing := map[string]func(*shield.Input){
		"the group":       func(in *shield.Input) { in.Group = nil },
		"the signed mode": func(in *shield.Input) { in.Group.Mode = shield.ModeOff },
		"a known mode":    func(in *shield.Input) { in.Group.Mode = "" },
		"the switch":      func(in *shield.Input) { in.Group.Mode = shield.ModeTurningOn },
		"freshness":       func(in *shield.Input) { in.Group.Phase = shield.PhaseProving },
		"the key worker":  func(in *shield.Input) { in.Group.Worker = "dead" },
		"the transforms":  func(in *shield.Input) { in.Own.Transforms = "dead" },
		"ready frames":    func(in *shield.Input) { in.Own.Transforms = "starting" },
		"the connection":  func(in *shield.Input) { in.Connected = false },
		"agreement": func(in *shield.Input) {
			in.Group.Doubts = append(in.Group.Doubts, shield.GroupDoubt{Code: shield.DoubtDisagreement})
		},
		"an answer from all": func(in *shield.Input) {
			in.Group.Doubts = append(in.Group.Doubts, shield.GroupDoubt{Code: shield.DoubtSilent, Since: in.Now.Add(-40 * time.Second)})
		},
		"the own leaf": func(in *shield.Input) { changeOwn(in, func(p *shield.Person) { p.InTree = false }) },
		"the own flip": func(in *shield.Input) { changeOwn(in, func(p *shield.Person) { p.Flipped = false }) },
		"the own link": func(in *shield.Input) {
			in.Group.Doubts = append(in.Group.Doubts, shield.GroupDoubt{Code: shield.DoubtSelf})
		},
	}
	locks := 0
	for _, tc := range MustCases(t) {
		if shield.Compute(tc.Input).State != shield.Lock {
			continue
		}
		locks++
		for what, take := range missing {
			in := tc.Input
			group := *in.Group
			group.People = append([]shield.Person(nil), group.People...)
			in.Group = &group
			take(&in)
			if got := shield.Compute(in).State; got == shield.Lock {
				t.Errorf("%s: lock without %s", tc.Name, what)
			}
		}
	}
	if locks == 0 {
		t.Error("no case shows a lock")
	}
}

// TestServerMakesNoLock holds that nothing the server reports turns a shield
// without a group into more than a check mark.
func TestServerMakesNoLock(t *testing.T) {
	for _, tc := range MustCases(t) {
		in := tc.Input
		in.Group = nil
		if got := shield.Compute(in).State; got == shield.Lock || got == shield.Changing {
			t.Errorf("%s: %q without a group", tc.Name, got)
		}
	}
}

func changeOwn(in *shield.Input, change func(*shield.Person)) {
	for i := range in.Group.People {
		if in.Group.People[i].Participant == in.Self {
			change(&in.Group.People[i])
		}
	}
}
