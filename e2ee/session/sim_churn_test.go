package session

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// churnSeeds is how many seeds a run takes: ROUNDEL_CHURN, or a default that
// keeps the ordinary tests short.
func churnSeeds(t testing.TB, normal int) int {
	if n, err := strconv.Atoi(os.Getenv("ROUNDEL_CHURN")); err == nil && n > 0 {
		return n
	}
	if testing.Short() {
		return max(1, normal/10)
	}
	return normal
}

const switchWeight = 11

// simAction is one thing that may happen in a churn run.
type simAction struct {
	weight int
	do     func(s *sim, c *simClient)
}

func (s *sim) pick(list []*simClient) *simClient {
	if len(list) == 0 {
		return nil
	}
	return list[s.rng.IntN(len(list))]
}

func yes(b bool) *bool { return &b }

// churnActions are what honest people and networks do.
var churnActions = []simAction{
	{14, func(s *sim, _ *simClient) { // somebody joins
		if len(s.live()) < 7 && len(s.clients) < 14 {
			wrong := []time.Duration{0, 0, 0, -400 * 24 * time.Hour, 400 * 24 * time.Hour}
			s.add(simWho{nolink: s.rng.IntN(6) == 0, skew: wrong[s.rng.IntN(len(wrong))]}).connect()
		}
	}},
	{5, func(s *sim, c *simClient) { // leaves
		if len(s.live()) > 2 && c != s.clients[0] {
			c.leave()
		}
	}},
	{6, func(s *sim, c *simClient) { // loses the connection for a moment
		c.disconnect()
		s.after(time.Duration(s.rng.IntN(15000))*time.Millisecond, func() {
			if !c.closed && !c.online {
				c.resume()
			}
		})
	}},
	{6, func(s *sim, c *simClient) { // reloads the page
		c.reload()
		s.after(time.Duration(300+s.rng.IntN(2000))*time.Millisecond, func() {
			if !c.closed && !c.online {
				c.connect()
			}
		})
	}},
	{switchWeight, func(s *sim, c *simClient) { _ = c.do(SwitchE2EE{On: s.rng.IntN(2) == 0}) }},
	{3, func(s *sim, c *simClient) { _ = c.do(Configure{Lobby: yes(s.rng.IntN(2) == 0)}) }},
	{2, func(s *sim, c *simClient) { _ = c.do(Configure{Locked: yes(s.rng.IntN(3) == 0)}) }},
	{3, func(s *sim, c *simClient) { _ = c.do(GrantHost{s.pick(s.clients).id}) }},
	{2, func(s *sim, c *simClient) { _ = c.do(RevokeHost{s.pick(s.clients).id}) }},
	{2, func(s *sim, c *simClient) { // is put out for good
		if who := s.pick(s.live()); who != nil && who != s.clients[0] && len(s.live()) > 3 {
			_ = c.do(RemovePerson{ID: who.id, Ban: true})
		}
	}},
	{8, func(s *sim, c *simClient) { _ = c.do(SendChat{Text: "text"}) }},
	{3, func(s *sim, c *simClient) { _ = c.do(SendChat{Text: "for you", To: s.pick(s.clients).id}) }},
	{2, func(s *sim, c *simClient) { _ = c.do(RaiseHand{s.rng.IntN(2) == 0}) }},
	{12, func(s *sim, c *simClient) { // a host looks at the lobby
		for _, w := range c.machine.View().Waiting {
			_ = c.do(AdmitKnock{w.ID})
		}
	}},
	{2, func(s *sim, _ *simClient) { // a client of old comes or goes
		if len(s.service.plain) > 0 {
			s.service.plain = nil
		} else {
			s.service.plain = []Person{{ID: "old", Name: "Old", Connected: true}}
		}
		s.service.people()
	}},
	{3, func(s *sim, c *simClient) { _ = c.do(ConfirmPerson{s.pick(s.clients).id}) }},
	{2, func(s *sim, c *simClient) { // a frozen page
		if len(s.live()) > 3 && c != s.clients[0] {
			c.frozen = true
			s.after(time.Duration(3+s.rng.IntN(50))*time.Second, func() {
				c.frozen = false
				if !c.closed {
					c.leave()
				}
			})
		}
	}},
}

func (s *sim) act(actions []simAction) {
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	n := s.rng.IntN(total)
	for _, a := range actions {
		if n -= a.weight; n < 0 {
			if c := s.pick(s.live()); c != nil {
				a.do(s, c)
			}
			return
		}
	}
}

// calm brings everybody back and opens the doors, so that all can be in.
func (s *sim) calm() {
	for _, c := range s.clients {
		if !c.closed && !c.online && !c.frozen {
			if c.machine.phase == PhaseJoining && c.machine.now.Equal(c.began) {
				c.connect()
			} else {
				c.resume()
			}
		}
	}
}

// shepherd is the host that admits everybody and lifts the lock.
func (s *sim) shepherd() {
	h := s.clients[0]
	if h.closed || h.machine.group == nil || !h.machine.state.IsHost(h.machine.cfg.Device) {
		return
	}
	if m := h.machine; m.state.Locked || m.state.Lobby {
		if len(m.orders) == 0 {
			_ = h.do(Configure{Lobby: yes(false), Locked: yes(false)})
		}
	}
	for _, w := range h.machine.View().Waiting {
		if w.Proof != ProofLink || h.machine.state.Lobby {
			_ = h.do(AdmitKnock{w.ID})
		}
	}
}

func (s *sim) outcast() {
	for _, c := range s.clients {
		if !c.closed && c.machine.phase == PhaseRefused {
			c.leave()
		}
		h := s.clients[0].machine
		if !c.closed && h.state != nil && h.state.IsBanned(c.machine.cfg.Device) {
			c.leave()
		}
	}
}

func runChurn(t *testing.T, seed uint64, steps int) {
	s := newSim(t, seed, simMeeting{settings: CardSettings{
		E2EE: seed%3 == 0, Lobby: seed%5 == 0, Admit: Admit(seed % 2), Takeover: Takeover(seed / 2 % 2),
	}})
	s.service.lobby = seed%5 == 0
	s.add(simWho{host: true}).connect()
	s.run(500 * time.Millisecond)
	for range steps {
		s.act(churnActions)
		s.run(time.Duration(s.rng.IntN(1500)) * time.Millisecond)
	}
	s.calm()
	ok := s.until(2*time.Minute, func() bool {
		s.shepherd()
		s.outcast()
		return s.settled()
	})
	if !ok {
		s.fail("seed %d: not settled%s", seed, s.describe())
	}
}

// eachSeed runs seeds side by side; ROUNDEL_SEED names the first.
func eachSeed(t *testing.T, normal int, run func(t *testing.T, seed uint64)) {
	if raceEnabled {
		normal /= 4
	}
	first, _ := strconv.Atoi(os.Getenv("ROUNDEL_SEED"))
	count := churnSeeds(t, normal)
	lanes := min(4, count)
	for lane := range lanes {
		t.Run("lane "+strconv.Itoa(lane), func(t *testing.T) {
			t.Parallel()
			for i := lane; i < count && !t.Failed(); i += lanes {
				run(t, uint64(first+i))
			}
		})
	}
}

func TestHonestChurn(t *testing.T) {
	eachSeed(t, 120, func(t *testing.T, seed uint64) { runChurn(t, seed, 25) })
}
