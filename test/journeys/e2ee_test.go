package journeys

import (
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// three are Ann, the host, with Bob and Cem, in by their links.
func three(t *testing.T, o secure.CardOptions) (secure.Created, []*member) {
	t.Helper()
	made := createSecure(t, nil, o)
	members := []*member{newMember(t, "Ann").asOwner().enter(made.Host)}
	for _, name := range []string{"Bob", "Cem"} {
		members = append(members, newMember(t, name).enter(made.Link))
	}
	allSee("three people", together(3), members...)
	return made, members
}

// TestTogglingUnderMedia switches ten times on and off while three people send
// sound and pictures.
func TestTogglingUnderMedia(t *testing.T) {
	_, members := three(t, secure.CardOptions{})
	ann := members[0]
	for _, p := range members {
		p.connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	}
	for i, p := range members {
		p.wants(meeting.KindCamera, members[(i+1)%3].person, members[(i+2)%3].person)
	}
	flows := func() { flowsAmong(members, meeting.KindMic, meeting.KindCamera) }
	flows()
	for range 10 {
		began := time.Now()
		ann.does(ann.secure.SwitchE2EE(testContext(t), true))
		allSee("the lock", isLocked, members...)
		t.Logf("locked after %v", time.Since(began))
		var before []secure.Counts
		for _, p := range members {
			before = append(before, p.secure.Counts())
		}
		flows()
		for i, p := range members {
			after := p.secure.Counts()
			if after.Clear != before[i].Clear || after.Passed != before[i].Passed {
				t.Errorf("%s: clear frames under the lock: %+v, then %+v", p.name, before[i], after)
			}
		}
		ann.does(ann.secure.SwitchE2EE(testContext(t), false))
		allSee("the end of encryption", isOff, members...)
		flows()
	}
	for _, p := range members {
		counts := p.secure.Counts()
		if p.stray > 0 || counts.Opened == 0 || counts.Passed == 0 {
			t.Errorf("%s: %d frames that did not open were delivered; %+v", p.name, p.stray, counts)
		}
		for reason, n := range counts.Refused {
			if reason != sframe.Clear.Name() && reason != sframe.Old.Name() {
				t.Errorf("%s: %d frames refused as %s", p.name, n, reason)
			}
		}
		t.Logf("%s: %+v", p.name, counts)
	}
}

func TestMembersSeeTheSameCode(t *testing.T) {
	_, members := three(t, secure.CardOptions{E2EE: true})
	allSee("the lock", isLocked, members...)
	for _, p := range members {
		// Of the epoch that both are in: one may be ahead of the other for a moment.
		p.sees("Ann's code", func(v *session.View) bool { return v.Codes[0] == members[0].view().Codes[0] })
		p.sees("that a rooted host answered", func(v *session.View) bool { return v.Host || v.HostAnswers })
		for _, o := range p.view().People {
			if o.Standing != session.StandingLink {
				t.Errorf("%s sees %s as %s", p.name, o.Name, o.Standing)
			}
		}
	}
}
