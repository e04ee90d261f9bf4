package session

import (
	"slices"
	"testing"
	"time"
)

// simFrame is a frame of one client on its way to another.
type simFrame struct {
	from, to *simClient
	mode     SendMode
	epoch    uint64
}

// simFrames counts what became of frames.
type simFrames struct {
	sent   int
	held   int // waited for their key
	lost   int // were dropped, clear or sealed
	leaked int // left in clear after the sender had seen the state say on
}

// frames has every client send to every other for a time, one frame each 20 ms,
// on its way for up to FlipAfter and what the sender's path adds.
func (s *sim) frames(d time.Duration) simFrames {
	var f simFrames
	for at := time.Duration(0); at < d; at += 20 * time.Millisecond {
		s.after(at, func() {
			for _, from := range s.live() {
				for _, to := range s.live() {
					if from == to || from.sends.Mode == Hold {
						continue
					}
					f.sent++
					if from.sends.Mode == Clear && from.machine.state.E2EE {
						f.leaked++
					}
					one := simFrame{from, to, from.sends.Mode, from.sends.Epoch}
					s.after(from.late+time.Duration(1+s.rng.Int64N(int64(FlipAfter))), func() { s.arrive(one, s.now, &f) })
				}
			}
		})
	}
	s.run(d + 2*time.Second)
	return f
}

// arrive judges a frame as the ring does: one of a later epoch waits for it.
func (s *sim) arrive(f simFrame, since time.Time, all *simFrames) {
	to := f.to
	switch {
	case f.mode == Clear:
		grace := to.gets.Mode == ReceiveGrace && !s.now.After(to.gets.Until) && slices.Contains(to.gets.From, f.from.id)
		if to.gets.Mode != ReceiveClear && !grace {
			all.lost++
		}
	case to.keys[f.epoch].IsZero() && s.now.Sub(since) < time.Second:
		if s.now.Equal(since) {
			all.held++
		}
		s.after(5*time.Millisecond, func() { s.arrive(f, since, all) })
	case to.keys[f.epoch].IsZero():
		all.lost++
	case s.now.After(to.keys[f.epoch]):
		all.lost++
	}
}

// TestSwitchLosesNothing: whoever processes a switch later than others, as on a busy
// device, neither drops their frames nor has them wait for a key, nor lets its own be
// dropped, on and off. While
// it keeps the switch from being done, the word of another overtakes its last clear
// frames.
func TestSwitchLosesNothing(t *testing.T) {
	for _, slow := range []time.Duration{0, 300 * time.Millisecond, 800 * time.Millisecond} {
		t.Run(slow.String(), func(t *testing.T) { switchLosesNothing(t, slow) })
	}
}

func switchLosesNothing(t *testing.T, slow time.Duration) {
	s := meet(t, 63, CardSettings{}, 3)
	s.clients[1].late, s.clients[2].slow = slow/2, slow
	s.run(2 * time.Second)
	for _, on := range []bool{true, false, true, false} {
		s.after(500*time.Millisecond, func() {
			if err := s.clients[0].do(SwitchE2EE{On: on}); err != nil {
				t.Error(err)
			}
		})
		if f := s.frames(2 * time.Second); f.sent < 1000 || f.held > 0 || f.lost > 0 || f.leaked > 0 {
			t.Errorf("switching to %v: %+v", on, f)
		}
		for _, c := range s.clients {
			if (c.sends.Mode == Seal) != on || c.machine.state.E2EE != on {
				t.Errorf("%s ends sending %s", c.id, c.sends.Mode)
			}
		}
	}
}

// TestLastSealedFrames: after a switch off somebody comes, who opens the frames
// that still leave sealed; somebody who cannot has to wait for clear ones no longer
// than settleTime.
func TestLastSealedFrames(t *testing.T) {
	s := meet(t, 66, CardSettings{E2EE: true}, 1)
	host, guest := s.clients[0], s.clients[1]
	off := func() {
		t.Helper()
		if err := host.do(SwitchE2EE{}); err != nil {
			t.Fatal(err)
		}
		if !s.until(time.Second, func() bool { return !guest.machine.state.E2EE }) {
			t.Fatal("not off", s.describe())
		}
	}
	off()
	before := guest.sends.Epoch
	s.add(simWho{}).connect()
	if !s.until(time.Second, func() bool { return guest.sends.Mode == Seal && guest.sends.Epoch > before }) {
		t.Fatal("seals for those who were there before", guest.sends, s.describe())
	}
	s.run(trailTime)
	if guest.sends.Mode != Clear {
		t.Fatal("does not end", guest.sends)
	}
	if err := host.do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	s.run(2 * time.Second)
	off()
	s.service.old(true)
	s.run(settleTime + 50*time.Millisecond)
	if guest.sends.Mode != Clear {
		t.Fatal("goes on with somebody who cannot open it", guest.sends)
	}
}

// TestOffAndOnAgain: the switch comes back while the last sealed frames go out.
func TestOffAndOnAgain(t *testing.T) {
	s := meet(t, 64, CardSettings{E2EE: true}, 2)
	s.after(500*time.Millisecond, func() { _ = s.clients[0].do(SwitchE2EE{}) })
	s.after(650*time.Millisecond, func() { _ = s.clients[0].do(SwitchE2EE{On: true}) })
	if f := s.frames(2 * time.Second); f.sent < 500 || f.held > 0 || f.lost > 0 || f.leaked > 0 {
		t.Errorf("%+v", f)
	}
	for _, c := range s.clients {
		if !c.machine.View().Lock {
			t.Error(c.id, c.machine.View().Mode, c.machine.View().Doubts)
		}
	}
}

// TestOffAfterRemoval: who was removed with the same commit gets nothing more that
// it could open, also not the last sealed frames.
func TestOffAfterRemoval(t *testing.T) {
	s := meet(t, 65, CardSettings{E2EE: true}, 2)
	host := s.clients[0]
	epoch := host.machine.group.Epoch()
	s.clients[2].leave()
	s.run(100 * time.Millisecond)
	if err := host.do(SwitchE2EE{}); err != nil {
		t.Fatal(err)
	}
	if !s.until(time.Second, func() bool { return host.machine.group.Epoch() > epoch }) {
		t.Fatal("no commit", s.describe())
	}
	if len(host.machine.members) != 2 || host.sends.Mode == Seal && host.sends.Epoch == epoch {
		t.Fatal("seals for who has left", host.sends, s.describe())
	}
}
