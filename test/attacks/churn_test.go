package attacks

import (
	"fmt"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// churnEvery is how often somebody comes or goes.
const churnEvery = 240 * time.Millisecond

// TestChurn: people with the link come and go all the time, one after the other,
// so that those who stay never find the quiet in which a removal would be
// convenient. It measures how long who has left keeps the newest keys.
func TestChurn(t *testing.T) {
	length := 10 * time.Second
	if long() {
		length = time.Minute
	}
	run := func(weak bool) (worst time.Duration, removals, left int) {
		w := meet(t, session.CardSettings{E2EE: true}, 3)
		stays := w.people[1]
		if weak { // clients that wait for a quiet moment, however long it takes
			w.quiet = 300 * time.Millisecond
		}
		began, last, epochs := w.now, w.now, len(stays.epochs)
		look := func() {
			for _, e := range stays.epochs[epochs:] {
				if e.Removes {
					worst = max(worst, w.now.Sub(last))
					last, removals = w.now, removals+1
				}
			}
			epochs = len(stays.epochs)
		}
		var visitors []*person
		for n := 0; w.now.Sub(began) < length; n++ {
			if n%2 == 0 || len(visitors) == 0 {
				visitors = append(visitors, w.enter(fmt.Sprintf("visitor%d", n), w.invite.Guest()))
			} else {
				visitors[0].leave()
				w.forget(visitors[0])
				visitors, left = visitors[1:], left+1
			}
			for end := w.now.Add(churnEvery); w.now.Before(end); {
				w.pass(step)
				look()
			}
		}
		worst = max(worst, w.now.Sub(last))
		if v := stays.view(); v.Phase != session.PhaseIn {
			t.Errorf("who stays is %s", v.Phase)
		}
		return worst, removals, left
	}
	weak, _, _ := run(true)
	real, removals, left := run(false)
	t.Logf("longest without a re-key that removes, somebody coming or going every %v for %v: %v when clients wait for quiet, %v with the bound (%d removals of %d who left)",
		churnEvery, length, weak, real, removals, left)
	if weak <= 3*time.Second {
		t.Error("a client that waits for quiet re-keys too: the attack proves nothing")
	}
	if real > 3*time.Second || left < 10 {
		t.Error("churn keeps a leaver in the meeting")
	}
}
