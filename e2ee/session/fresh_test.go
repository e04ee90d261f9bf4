package session

import (
	"testing"
	"time"
)

// TestConnectionLostTwice: who proves freshness twice within a moment is answered
// twice, and not after the next try seconds later.
func TestConnectionLostTwice(t *testing.T) {
	s := newSim(t, 21, simMeeting{settings: CardSettings{E2EE: true}})
	s.add(simWho{host: true}).connect()
	s.run(time.Second)
	bob := s.add(simWho{})
	bob.connect()
	if !s.until(10*time.Second, s.settled) {
		t.Fatal("not together", s.describe())
	}
	for range 3 {
		bob.disconnect()
		s.run(30 * time.Millisecond)
		bob.resume()
		if bob.machine.phase != PhaseProving {
			t.Fatalf("after a reconnect Bob is %s", bob.machine.phase)
		}
		if !s.until(time.Second, func() bool { return bob.machine.phase == PhaseIn }) {
			t.Fatal("not answered within a second", s.describe())
		}
	}
}
