package session

import (
	"testing"
	"time"
)

// TestManyJoinAtOnce: with an honest service everybody is in, and has been
// answered, within ten seconds.
func TestManyJoinAtOnce(t *testing.T) {
	people := 200
	if raceEnabled || testing.Short() {
		people = 40 // the cryptography of 200 takes minutes under the race detector
	}
	s := newSim(t, 5, simMeeting{settings: CardSettings{E2EE: true}})
	s.add(simWho{host: true}).connect()
	s.run(time.Second)
	began := s.now
	for range people - 1 {
		s.add(simWho{})
	}
	for _, c := range s.clients[1:] {
		s.after(time.Duration(s.rng.IntN(500))*time.Millisecond, c.connect)
	}
	if !s.until(10*time.Second, func() bool { return len(s.live()) == people && s.settled() }) {
		t.Fatal("not all in within ten seconds", s.describe())
	}
	t.Logf("%d people in after %v, %v", people, s.now.Sub(began), s.service.stats)
	locked := func() bool {
		for _, c := range s.clients {
			if !c.machine.View().Lock {
				return false
			}
		}
		return true
	}
	if !locked() {
		t.Fatalf("no lock: %v", s.clients[3].machine.View().Doubts)
	}
	if people == 200 {
		return // forty thousand messages a switch
	}
	// A host's switches reach everybody, and the grace ends.
	for _, on := range []bool{false, true} {
		if err := s.clients[0].do(SwitchE2EE{On: on}); err != nil {
			t.Fatal(err)
		}
		if !s.until(2*time.Second, func() bool { return locked() == on && s.clients[people-1].machine.state.E2EE == on }) {
			for _, c := range s.clients {
				if v := c.machine.View(); v.Lock != on {
					t.Errorf("%s: switching to %v: mode %s, phase %s, doubts %v", c.id, on, v.Mode, v.Phase, v.Doubts)
				}
			}
			t.FailNow()
		}
	}
	s.run(12 * time.Second)
	if !s.settled() {
		t.Fatal("did not stay together", s.describe())
	}
}
