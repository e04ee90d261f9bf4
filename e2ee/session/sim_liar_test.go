package session

import (
	"maps"
	"slices"
	"testing"
	"time"
)

// simLie is one way in which the delivery service cheats.
type simLie struct {
	name  string
	start func(s *sim)
}

func (v *simService) addDrop(f func(to *simClient, e Event) bool) {
	before := v.drop
	v.drop = func(to *simClient, e Event) bool { return before != nil && before(to, e) || f(to, e) }
}

func (v *simService) addDelay(f func(to *simClient, e Event) time.Duration) {
	before := v.delay
	v.delay = func(to *simClient, e Event) time.Duration {
		d := f(to, e)
		if before != nil {
			d += before(to, e)
		}
		return d
	}
}

func (v *simService) addAnswer(f func(from *simClient, e Effect) bool) {
	before := v.answer
	v.answer = func(from *simClient, e Effect) bool { return before != nil && before(from, e) || f(from, e) }
}

// every does something again and again at random times.
func (s *sim) every(mean time.Duration, do func()) {
	s.after(time.Duration(s.rng.Int64N(int64(2*mean))), func() {
		do()
		s.every(mean, do)
	})
}

func (s *sim) anyCommit() (Committed, bool) {
	keys := slices.Sorted(maps.Keys(s.service.log))
	if len(keys) == 0 {
		return Committed{}, false
	}
	return s.service.log[keys[s.rng.IntN(len(keys))]], true
}

// flip returns b with one bit changed.
func (s *sim) flip(b []byte) []byte {
	b = slices.Clone(b)
	if len(b) > 0 {
		b[s.rng.IntN(len(b))] ^= 1 << s.rng.IntN(8)
	}
	return b
}

var simLies = []simLie{
	{"delays", func(s *sim) {
		s.service.addDelay(func(*simClient, Event) time.Duration {
			if s.rng.IntN(6) == 0 {
				return time.Duration(s.rng.IntN(8000)) * time.Millisecond
			}
			return 0
		})
	}},
	{"reorder", func(s *sim) {
		s.service.addDelay(func(*simClient, Event) time.Duration {
			return time.Duration(1+s.rng.IntN(300)) * time.Millisecond
		})
	}},
	{"drops", func(s *sim) {
		s.service.addDrop(func(*simClient, Event) bool { return s.rng.IntN(5) == 0 })
	}},
	{"duplicates", func(s *sim) {
		s.service.addDrop(func(to *simClient, e Event) bool {
			if s.rng.IntN(3) == 0 {
				s.after(time.Duration(s.rng.IntN(5000))*time.Millisecond, func() { to.deliver(e) })
			}
			return false
		})
	}},
	{"stale info", func(s *sim) {
		var kept []GroupState
		s.every(3*time.Second, func() {
			if s.service.exists {
				kept = append(kept, GroupState{Exists: true, Epoch: s.service.epoch, Info: s.service.info})
			}
		})
		s.service.addAnswer(func(from *simClient, e Effect) bool {
			if _, ok := e.(Fetch); ok && len(kept) > 0 && s.rng.IntN(2) == 0 {
				from.deliver(kept[s.rng.IntN(len(kept))])
				return true
			}
			return false
		})
	}},
	{"withheld commits", func(s *sim) {
		victim := ""
		s.every(20*time.Second, func() {
			if c := s.pick(s.live()); c != nil {
				victim = c.id
			}
		})
		s.service.addDrop(func(to *simClient, e Event) bool {
			_, ok := e.(Committed)
			return ok && to.id == victim
		})
	}},
	{"replayed commits", func(s *sim) {
		s.every(2*time.Second, func() {
			c, ok := s.anyCommit()
			if to := s.pick(s.live()); ok && to != nil {
				if s.rng.IntN(2) == 0 {
					c.Epoch = s.service.epoch
				}
				to.deliver(c)
			}
		})
	}},
	{"wrong roster", func(s *sim) {
		s.service.roster = func(_ *simClient, people []Person) []Person {
			var list []Person
			for _, p := range people {
				switch s.rng.IntN(6) {
				case 0:
					continue
				case 1:
					p.Connected = !p.Connected
				}
				list = append(list, p)
			}
			return append(list, Person{ID: "invented", Name: "Somebody", Capable: true, Connected: true, Host: true})
		}
		s.every(4*time.Second, func() { s.service.people() })
	}},
	{"reopened", func(s *sim) {
		s.every(3*time.Second, func() {
			if to := s.pick(s.live()); to != nil {
				to.deliver(Reopened{Epoch: s.service.epoch - uint64(s.rng.IntN(3)), Without: s.pick(s.clients).id})
			}
		})
	}},
	{"no group", func(s *sim) {
		s.service.addAnswer(func(from *simClient, e Effect) bool {
			if _, ok := e.(Fetch); ok && s.rng.IntN(3) == 0 {
				from.deliver(GroupState{})
				return true
			}
			if o, ok := e.(Open); ok && s.rng.IntN(2) == 0 {
				from.deliver(Reply{Ref: o.Ref, Accepted: true})
				return true
			}
			return false
		})
	}},
	{"forks by acceptance", func(s *sim) {
		s.service.addAnswer(func(from *simClient, e Effect) bool {
			if c, ok := e.(Commit); ok && s.rng.IntN(4) == 0 {
				from.deliver(Reply{Ref: c.Ref, Accepted: true}) // and tells nobody
				return true
			}
			return false
		})
	}},
	{"false refusals", func(s *sim) {
		s.service.addAnswer(func(from *simClient, e Effect) bool {
			if c, ok := e.(Commit); ok && s.rng.IntN(4) == 0 {
				r := Reply{Ref: c.Ref, Failed: s.rng.IntN(2) == 0}
				if old, ok := s.anyCommit(); ok {
					r.Missed = []Committed{old}
				}
				from.deliver(r)
				return true
			}
			return false
		})
	}},
	{"bit flips", func(s *sim) {
		s.service.addDrop(func(to *simClient, e Event) bool {
			if s.rng.IntN(6) != 0 {
				return false
			}
			switch e := e.(type) {
			case Committed:
				if s.rng.IntN(2) == 0 {
					e.Commit = s.flip(e.Commit)
				} else {
					e.Welcome = s.flip(e.Welcome)
				}
				to.deliver(e)
			case GroupState:
				e.Info = s.flip(e.Info)
				to.deliver(e)
			case Delivered:
				to.deliver(Delivered{[]Envelope{{From: "x", Data: s.flip(e.Messages[0].Data)}}})
			case Knocks:
				for i := range e.List {
					e.List[i].KeyPackage = s.flip(e.List[i].KeyPackage)
				}
				to.deliver(e)
			default:
				return false
			}
			return true
		})
	}},
	{"two services", func(s *sim) { s.after(time.Duration(s.rng.IntN(20000))*time.Millisecond, s.split) }},
	{"lost group", func(s *sim) {
		s.every(15*time.Second, func() {
			s.service.exists, s.service.epoch, s.service.log = false, 0, map[uint64]Committed{}
		})
	}},
	{"far epochs", func(s *sim) {
		s.every(2*time.Second, func() {
			c, ok := s.anyCommit()
			if to := s.pick(s.live()); ok && to != nil {
				c.Epoch += uint64(s.rng.IntN(100))
				to.deliver(c)
				to.deliver(GroupState{Exists: true, Epoch: c.Epoch, Info: s.service.info})
				to.deliver(Reply{Ref: s.rng.IntN(40), Accepted: true})
				to.deliver(Signed{Ref: s.rng.IntN(40), Signature: make([]byte, 64)})
			}
		})
	}},
}

// split makes two services out of one: each goes on with half of the people and
// still shows everybody as connected.
func (s *sim) split() {
	second := newSimService(s)
	first := s.service
	second.exists, second.epoch, second.info, second.previous = first.exists, first.epoch, first.info, first.previous
	second.log = maps.Clone(first.log)
	second.lobby = first.lobby
	for i, c := range s.clients {
		if i%2 == 1 {
			c.other = second
			if first.seats[c.id] != nil {
				second.seats[c.id] = c
				delete(first.seats, c.id)
			}
		}
	}
	everybody := func(_ *simClient, people []Person) []Person {
		list := []Person{}
		for _, c := range s.clients {
			if !c.closed {
				list = append(list, Person{ID: c.id, Capable: true, Connected: c.online})
			}
		}
		return list
	}
	first.roster, second.roster = everybody, everybody
	first.people()
	second.people()
}

// simTrunks notes who was in which epoch when, to see that nobody sends into a
// group that nobody else is in.
type simTrunks struct {
	at map[string]map[string]time.Time // by epoch, by client
}

const trunkTime = silenceTime + lagTime + 5*time.Second

func (k *simTrunks) in(s *sim, c *simClient) {
	key := s.checks.key(c.machine)
	if k.at[key] == nil {
		k.at[key] = map[string]time.Time{}
	}
	k.at[key][c.id] = s.now
}

func (k *simTrunks) note(s *sim) {
	for _, c := range s.clients {
		if !c.closed && c.machine.group != nil {
			k.in(s, c)
		}
	}
	for _, c := range s.clients {
		if c.closed || c.frozen || c.sends.Mode == Hold || c.machine.plainCompany() {
			continue
		}
		shared := false
		for _, who := range k.at {
			if own, ok := who[c.id]; !ok || s.now.Sub(own) > trunkTime {
				continue
			}
			for id, at := range who {
				shared = shared || id != c.id && s.now.Sub(at) <= trunkTime
			}
		}
		if !shared {
			s.fail("%s sends %s where nobody was for long", c.id, c.sends.Mode)
		}
	}
}

func runLies(t *testing.T, seed uint64, steps int) {
	s := newSim(t, seed, simMeeting{settings: CardSettings{E2EE: seed%2 == 0, Required: seed%8 == 0, Takeover: Takeover(seed / 3 % 2)}})
	s.checks.lies = true
	actions := slices.Clone(churnActions)
	s.checks.never = seed%4 == 2 // encryption is never switched off in this run
	if s.checks.never {
		actions = slices.DeleteFunc(actions, func(a simAction) bool { return a.weight == switchWeight })
	}
	s.add(simWho{host: true}).connect()
	s.run(time.Second)
	s.add(simWho{}).connect()
	names := []string{}
	for range 1 + s.rng.IntN(3) {
		lie := simLies[s.rng.IntN(len(simLies))]
		names = append(names, lie.name)
		s.after(time.Duration(s.rng.IntN(10000))*time.Millisecond, func() { lie.start(s) })
	}
	trunks := s.checks.trunk
	for range steps {
		s.act(actions)
		s.run(time.Duration(s.rng.IntN(2500)) * time.Millisecond)
		trunks.note(s)
		if s.failed {
			break
		}
	}
	for range 20 {
		s.run(4 * time.Second)
		trunks.note(s)
	}
	if s.failed {
		t.Fatalf("seed %d: %v", seed, names)
	}
}

// TestForkOfNewcomers: a host in a fork, to whom the service sends one newcomer after
// the other who never says a word, stops sending after a minute, too.
func TestForkOfNewcomers(t *testing.T) {
	for _, seed := range []uint64{580, 1443} {
		runLies(t, seed, 20)
	}
}

func TestLyingService(t *testing.T) {
	eachSeed(t, 80, func(t *testing.T, seed uint64) { runLies(t, seed, 20) })
}
