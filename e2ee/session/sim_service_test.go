package session

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"
)

// simService is the delivery service as the contract has it. The hooks let a
// test make it lie.
type simService struct {
	s        *sim
	exists   bool
	epoch    uint64
	info     []byte
	previous []byte
	log      map[uint64]Committed
	knocks   []Knocking
	seats    map[string]*simClient
	lobby    bool // newcomers wait until somebody adds them
	refused  map[string]bool
	joiners  map[string]time.Time
	stats    map[string]int
	plain    []Person // with a seat, and clients that cannot encrypt

	// hooks of a liar
	drop   func(to *simClient, e Event) bool
	delay  func(to *simClient, e Event) time.Duration
	answer func(from *simClient, e Effect) bool // true: it has been dealt with
	roster func(to *simClient, people []Person) []Person
}

func newSimService(s *sim) *simService {
	return &simService{
		s: s, log: map[uint64]Committed{}, seats: map[string]*simClient{}, refused: map[string]bool{},
		joiners: map[string]time.Time{}, stats: map[string]int{},
	}
}

// send delivers an event, if the liar lets it pass.
func (v *simService) send(to *simClient, e Event) {
	if v.drop != nil && v.drop(to, e) {
		return
	}
	if v.delay != nil {
		if d := v.delay(to, e); d > 0 {
			v.s.after(d, func() { to.deliver(e) })
			return
		}
	}
	to.deliver(e)
}

func (v *simService) everyone(e Event, except *simClient) {
	for _, id := range slices.Sorted(maps.Keys(v.seats)) {
		if c := v.seats[id]; c != except {
			v.send(c, e)
		}
	}
}

func (v *simService) connected(c *simClient) {
	if !v.lobby || c.seated || c.invite != nil && c.invite.Seed != nil {
		c.seated = true
		v.seats[c.id] = c
	}
	v.people()
	if len(v.knocks) > 0 && c.seated {
		v.send(c, Knocks{slices.Clone(v.knocks)})
	}
}

func (v *simService) disconnected(*simClient) { v.people() }

func (v *simService) left(c *simClient) {
	c.seated = false
	delete(v.seats, c.id)
	v.knocks = slices.DeleteFunc(v.knocks, func(k Knocking) bool { return k.Participant == c.id })
	v.people()
	if len(v.seats) == 0 {
		v.exists, v.epoch, v.log, v.info = false, 0, map[uint64]Committed{}, nil
	}
}

// people sends everyone the list of seats.
func (v *simService) people() {
	var list []Person
	for _, id := range slices.Sorted(maps.Keys(v.seats)) {
		list = append(list, Person{ID: id, Name: "server's " + id, Capable: true, Connected: v.seats[id].online})
	}
	list = append(list, v.plain...)
	for _, id := range slices.Sorted(maps.Keys(v.seats)) {
		to := v.seats[id]
		people := slices.Clone(list)
		if v.roster != nil {
			people = v.roster(to, people)
		}
		v.send(to, Roster{People: people})
	}
}

// infoEpoch reads the epoch of a GroupInfo message (RFC 9420 section 12.4.3).
func infoEpoch(info []byte) (uint64, bool) {
	if len(info) < 9 {
		return 0, false
	}
	n := int(info[8])
	if len(info) < 17+n {
		return 0, false
	}
	return binary.BigEndian.Uint64(info[9+n:]), true
}

func (v *simService) request(c *simClient, e Effect) {
	if v.answer != nil && v.answer(c, e) {
		return
	}
	switch e := e.(type) {
	case Fetch:
		v.fetch(c)
	case Open:
		v.open(c, e)
	case Commit:
		v.commit(c, e)
	case PublishInfo:
		if v.exists && e.Epoch == v.epoch {
			v.info = e.Info
		}
	case Refuse:
		v.refuse(c, e)
	case Knock:
		v.knock(c, e)
	case Post:
		v.post(c, e)
	}
}

func (v *simService) fetch(c *simClient) {
	v.stats["fetch"]++
	state := GroupState{Exists: v.exists, Epoch: v.epoch, Info: v.info}
	if v.exists {
		for id, at := range v.joiners {
			if v.s.now.Sub(at) > time.Second {
				delete(v.joiners, id)
			}
		}
		v.joiners[c.id] = v.s.now
		state.Queue = len(v.joiners) > 3 || len(v.knocks) > 0
	}
	v.send(c, state)
}

func (v *simService) open(c *simClient, e Open) {
	if v.exists {
		v.send(c, Reply{Ref: e.Ref})
		return
	}
	v.s.logf("%s opens", c.id)
	v.exists, v.info = true, e.Info
	v.epoch, _ = infoEpoch(e.Info)
	v.log = map[uint64]Committed{}
	v.send(c, Reply{Ref: e.Ref, Accepted: true})
}

func (v *simService) missed(from uint64) []Committed {
	var list []Committed
	for e := from; e < v.epoch; e++ {
		if c, ok := v.log[e]; ok {
			c.Welcome = nil
			list = append(list, c)
		}
	}
	return list
}

func (v *simService) commit(c *simClient, e Commit) {
	if !v.exists || e.Epoch != v.epoch {
		v.stats["stale"]++
		v.send(c, Reply{Ref: e.Ref, Missed: v.missed(e.Epoch)})
		return
	}
	v.stats["commit"]++
	v.s.logf("%s commits epoch %d adding %v", c.id, e.Epoch, e.Added)
	event := Committed{Epoch: e.Epoch, From: c.id, Commit: e.Commit, Welcome: e.Welcome}
	v.previous = v.info
	v.epoch, v.info = e.Epoch+1, e.Info
	v.log[e.Epoch] = event
	v.refused = map[string]bool{}
	delete(v.joiners, c.id)
	v.send(c, Reply{Ref: e.Ref, Accepted: true})
	if !c.seated {
		c.seated = true
		v.seats[c.id] = c
		v.people()
	}
	before := len(v.seats)
	for _, id := range e.Added {
		for _, o := range v.s.clients {
			if o.id == id && !o.closed {
				o.seated = true
				v.seats[id] = o
			}
		}
		delete(v.joiners, id)
	}
	for _, id := range slices.Sorted(maps.Keys(v.seats)) {
		to, own := v.seats[id], event
		if !slices.Contains(e.Added, id) {
			own.Welcome = nil
		}
		v.send(to, own)
	}
	if len(e.Added) > 0 {
		v.knocks = slices.DeleteFunc(v.knocks, func(k Knocking) bool { return slices.Contains(e.Added, k.Participant) })
		v.everyone(Knocks{slices.Clone(v.knocks)}, nil)
	}
	if len(v.seats) != before {
		v.people()
	}
}

// refuse reopens an epoch when most refuse its commit.
func (v *simService) refuse(c *simClient, e Refuse) {
	if e.Epoch+1 != v.epoch {
		return
	}
	v.s.logf("%s refuses epoch %d", c.id, e.Epoch)
	v.refused[c.id] = true
	if 2*len(v.refused) > len(v.seats) {
		bad := v.log[e.Epoch]
		delete(v.log, e.Epoch)
		v.epoch, v.info = e.Epoch, v.previous
		v.everyone(Reopened{Epoch: e.Epoch, Without: bad.From}, nil)
	}
}

func (v *simService) knock(c *simClient, e Knock) {
	v.knocks = slices.DeleteFunc(v.knocks, func(k Knocking) bool { return k.Participant == c.id })
	v.knocks = append(v.knocks, Knocking{
		Participant: c.id, Name: "server's " + c.id, KeyPackage: e.KeyPackage, Proof: e.Proof, Lobby: !c.seated,
	})
	v.everyone(Knocks{slices.Clone(v.knocks)}, nil)
}

func (v *simService) post(c *simClient, e Post) {
	v.stats["post"]++
	event := Delivered{[]Envelope{{From: c.id, Data: e.Data}}}
	for _, id := range slices.Sorted(maps.Keys(v.seats)) {
		to := v.seats[id]
		if to != c && (len(e.To) == 0 || slices.Contains(e.To, id)) {
			v.send(to, event)
		}
	}
}
