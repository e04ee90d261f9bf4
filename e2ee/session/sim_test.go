package session

import (
	"container/heap"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// sim is many machines and a delivery service under one clock. Everything that
// happens follows from the seed.
type sim struct {
	t       testing.TB
	rng     *rand.Rand
	now     time.Time
	start   time.Time
	queue   simQueue
	order   int
	service *simService
	clients []*simClient
	checks  *simChecks
	invite  *Invite
	card    []byte
	log     []string
	trace   bool
	failed  bool
}

// simMeeting are the card's settings of a run.
type simMeeting struct {
	settings CardSettings
	suite    mls.CipherSuite
}

func newSim(t testing.TB, seed uint64, meeting simMeeting) *sim {
	s := &sim{t: t, rng: rand.New(rand.NewPCG(seed, 7)), start: time.Unix(1_700_000_000, 0), trace: testing.Verbose()}
	s.now = s.start
	if meeting.suite == 0 {
		meeting.suite = mls.X25519AES128
	}
	invite, err := NewRoot(simRand{rand.New(rand.NewPCG(seed, 11))})
	if err != nil {
		t.Fatal(err)
	}
	s.invite = invite
	card := &Card{MeetingID: "0190c8a5-1111-7222-8333-444455556666", Version: 1, LinkNumber: 1, Settings: meeting.settings, Suite: meeting.suite}
	if err := card.SignCard(invite.Seed); err != nil {
		t.Fatal(err)
	}
	if s.card, err = card.Encode(); err != nil {
		t.Fatal(err)
	}
	s.service = newSimService(s)
	s.checks = newSimChecks(s)
	return s
}

// simRand makes a seeded source an io.Reader.
type simRand struct{ r *rand.Rand }

func (s simRand) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(s.r.Uint32())
	}
	return len(b), nil
}

// simTask is something that happens at a time.
type simTask struct {
	at    time.Time
	order int
	do    func()
}

type simQueue []simTask

func (q simQueue) Len() int { return len(q) }
func (q simQueue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].order < q[j].order
}
func (q simQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *simQueue) Push(x any)   { *q = append(*q, x.(simTask)) }
func (q *simQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func (s *sim) after(d time.Duration, do func()) {
	s.order++
	heap.Push(&s.queue, simTask{s.now.Add(d), s.order, do})
}

func (s *sim) logf(format string, args ...any) {
	line := s.now.Sub(s.start).String() + " " + fmt.Sprintf(format, args...)
	s.log = append(s.log, line)
	if len(s.log) > 400 {
		s.log = s.log[len(s.log)-400:]
	}
}

func (s *sim) fail(format string, args ...any) {
	s.t.Helper()
	if s.failed {
		return
	}
	s.failed = true
	if s.trace {
		for _, line := range s.log {
			s.t.Log(line)
		}
	}
	s.t.Errorf(s.now.Sub(s.start).String()+": "+format, args...)
}

// run lets d pass.
func (s *sim) run(d time.Duration) {
	end := s.now.Add(d)
	for !s.failed {
		next := end
		var who *simClient
		for _, c := range s.clients {
			if w := c.wake(); !w.IsZero() && w.Before(next) {
				next, who = w, c
			}
		}
		if len(s.queue) > 0 && !s.queue[0].at.After(next) {
			task := heap.Pop(&s.queue).(simTask)
			s.advance(task.at)
			task.do()
			continue
		}
		s.advance(next)
		if who == nil {
			return
		}
		who.machine.Tick(who.now())
		who.after()
	}
}

// until lets time pass until cond holds, at most limit; it reports whether it does.
func (s *sim) until(limit time.Duration, cond func() bool) bool {
	end := s.now.Add(limit)
	for !cond() {
		if !s.now.Before(end) || s.failed {
			return false
		}
		s.run(50 * time.Millisecond)
	}
	return true
}

func (s *sim) advance(t time.Time) {
	if t.After(s.now) {
		s.now = t
	}
}

// simClient is one device with its machine, connection and media worker.
type simClient struct {
	s       *sim
	skew    time.Duration // how wrong its clock is
	id      string
	device  ed25519.PrivateKey
	invite  *Invite
	machine *Machine
	online  bool
	closed  bool
	frozen  bool          // takes nothing in and does nothing
	slow    time.Duration // added to the network's delay
	left    bool
	seated  bool
	inAt    time.Time
	began   time.Time
	lastIn  time.Time // deliveries keep their order
	lastOut time.Time
	backlog []Event // while disconnected
	sends   MediaSend
	sealed  int // how often it began to seal
	gets    MediaReceive
	late    time.Duration        // of its frames, beside what all have
	keys    map[uint64]time.Time // until when it can open what an epoch seals
	content []Content
	notices []Notice
	other   *simService // where a split has put it
	was     string
	checked *mls.Group
	on      *Machine // has seen encryption on
}

type simWho struct {
	host, nolink bool
	skew         time.Duration
}

func (c *simClient) now() time.Time { return c.s.now.Add(c.skew) }

func (s *sim) add(who simWho) *simClient {
	n := len(s.clients)
	seed := sha256.Sum256([]byte(fmt.Sprintf("device %d %d", n, s.rng.Uint64())))
	c := &simClient{s: s, id: fmt.Sprintf("p%02d", n), device: ed25519.NewKeyFromSeed(seed[:]), skew: who.skew}
	if !who.nolink {
		c.invite = s.invite.Guest()
	}
	if who.host {
		c.invite = s.invite
	}
	s.clients = append(s.clients, c)
	c.boot()
	return c
}

func (c *simClient) service() *simService {
	if c.other != nil {
		return c.other
	}
	return c.s.service
}

// boot starts the page anew: all state is gone, device key and id stay.
func (c *simClient) boot() {
	m, err := New(Config{
		MeetingID: "0190c8a5-1111-7222-8333-444455556666", Self: c.id, Name: "Name of " + c.id,
		Device: c.device.Public().(ed25519.PublicKey), Invite: c.invite, Card: c.s.card,
		Rand: simRand{rand.New(rand.NewPCG(c.s.rng.Uint64(), 3))},
	}, c.now())
	if err != nil {
		c.s.fail("new: %v", err)
		return
	}
	c.machine, c.began, c.inAt = m, c.now(), time.Time{}
	c.sends, c.gets, c.keys = MediaSend{}, MediaReceive{}, map[uint64]time.Time{}
}

func (c *simClient) connect() {
	c.online, c.left = true, false
	c.service().connected(c)
	c.handle(Online{})
}

// disconnect loses the connection; resume comes back to it.
func (c *simClient) disconnect() {
	c.online = false
	c.service().disconnected(c)
	c.handle(Offline{})
}

func (c *simClient) resume() {
	c.online = true
	held := c.backlog
	c.backlog = nil
	c.service().connected(c)
	c.handle(Online{Resumed: true})
	for _, e := range held {
		c.handle(e)
	}
}

func (c *simClient) leave() {
	c.online, c.left = false, true
	c.service().left(c)
	c.machine.Close()
	c.closed = true
}

func (c *simClient) reload() {
	c.online = false
	c.service().disconnected(c)
	if i := c.machine.View().Invite; i != nil && c.invite != nil {
		i.Seed = c.invite.Seed
		c.invite = i
	}
	c.backlog = nil
	c.boot()
}

func (c *simClient) wake() time.Time {
	if c.frozen || c.closed {
		return time.Time{}
	}
	if next := c.machine.Next(); !next.IsZero() {
		return next.Add(-c.skew)
	}
	return time.Time{}
}

func (c *simClient) handle(e Event) {
	if c.frozen || c.closed {
		return
	}
	c.machine.Handle(c.now(), e)
	c.after()
}

func (c *simClient) do(cmd Command) error {
	err := c.machine.Do(c.now(), cmd)
	c.s.logf("%s %T%+v: %v", c.id, cmd, cmd, err)
	c.after()
	return err
}

// deliver brings an event from the service after the network's delay.
func (c *simClient) deliver(e Event) {
	at := c.s.now.Add(c.s.latency() + c.slow)
	if at.Before(c.lastIn) {
		at = c.lastIn
	}
	c.lastIn = at
	machine := c.machine
	c.s.after(at.Sub(c.s.now), func() {
		switch {
		case c.machine != machine || c.closed:
		case !c.online:
			if len(c.backlog) < 500 {
				c.backlog = append(c.backlog, e)
			}
		default:
			c.handle(e)
		}
	})
}

func (s *sim) latency() time.Duration {
	return time.Duration(5+s.rng.IntN(40)) * time.Millisecond
}

// after carries out the effects and checks what must always hold.
func (c *simClient) after() {
	for _, e := range c.machine.Take() {
		c.effect(e)
	}
	m := c.machine
	if !c.s.trace {
		c.s.checks.client(c)
		return
	}
	now := fmt.Sprint(m.phase, " ", c.sends.Mode, " ", m.reason)
	if m.group != nil {
		now += fmt.Sprintf(" epoch %d members %d asked %d answers %d", m.group.Epoch(), len(m.members), len(m.fresh.asked), m.fresh.count)
	}
	if now != c.was {
		c.was = now
		c.s.logf("%s is %s", c.id, now)
	}
	if c.machine.phase == PhaseIn && c.inAt.IsZero() {
		c.inAt = c.s.now
	}
	c.s.checks.client(c)
}

func (c *simClient) effect(e Effect) {
	s := c.s
	switch e := e.(type) {
	case Sign:
		machine := c.machine
		signature := ed25519.Sign(c.device, e.Message)
		s.after(time.Duration(s.rng.IntN(5))*time.Millisecond, func() {
			if c.machine == machine {
				c.handle(Signed{Ref: e.Ref, Signature: signature})
			}
		})
	case MediaSend:
		c.s.checks.sends(c, e)
		was := c.sends
		c.sends = e
		if e.Mode == Seal && was.Mode != Seal {
			machine := c.machine
			c.sealed++
			begun := c.sealed
			s.after(FlipAfter, func() {
				if c.machine == machine && c.sealed == begun && c.sends.Mode == Seal {
					c.handle(MediaFlipped{Epoch: c.sends.Epoch})
				}
			})
		}
	case MediaReceive:
		c.gets = e
	case MediaEpoch:
		s.checks.epoch(c, e)
		c.keep(e)
	case Content:
		c.content = append(c.content, e)
	case Notice:
		c.notices = append(c.notices, e)
		s.logf("%s notice %d %s by %s %s", c.id, e.Kind, e.Who, e.By, e.Text)
	case ViewChanged:
	default:
		c.request(e)
	}
}

// keep notes until when keys are there, as the ring keeps them.
func (c *simClient) keep(e MediaEpoch) {
	end := c.s.now.Add(10 * time.Second)
	if e.Removes {
		end = c.s.now.Add(2 * time.Second)
	}
	for epoch, dies := range c.keys {
		if dies.After(end) {
			c.keys[epoch] = end
		}
	}
	c.keys[e.Epoch] = c.s.now.Add(24 * time.Hour)
}

// request takes an effect to the service, in order.
func (c *simClient) request(e Effect) {
	if !c.online {
		return
	}
	at := c.s.now.Add(c.s.latency())
	if at.Before(c.lastOut) {
		at = c.lastOut
	}
	c.lastOut = at
	machine := c.machine
	c.s.after(at.Sub(c.s.now), func() {
		if c.online && c.machine == machine {
			c.service().request(c, e)
		}
	})
}

// live are the clients that take part.
func (s *sim) live() []*simClient {
	var list []*simClient
	for _, c := range s.clients {
		if !c.closed && !c.frozen && c.online {
			list = append(list, c)
		}
	}
	return list
}

// settled reports whether all live clients agree and are in.
func (s *sim) settled() bool {
	live := s.live()
	for _, c := range live {
		m := c.machine
		if m.group == nil || m.phase != PhaseIn && !(len(live) == 1 && m.phase == PhaseAlone) {
			return false
		}
		if len(m.members) != len(live) || m.group.Epoch() != live[0].machine.group.Epoch() {
			return false
		}
	}
	return true
}

func (s *sim) describe() string {
	out := ""
	for _, c := range s.clients {
		m := c.machine
		out += fmt.Sprintf("\n%s online=%v closed=%v frozen=%v phase=%s reason=%q step=%d", c.id, c.online, c.closed, c.frozen, m.phase, m.reason, m.join.step)
		if m.group != nil {
			out += fmt.Sprintf(" epoch=%d seq=%d e2ee=%v members=%d rank=%d fresh=%v staged=%v orders=%d refused=%v group=%x", m.group.Epoch(), m.state.Sequence, m.state.E2EE, len(m.members), m.rank(), m.fresh.done, m.duty.staged != nil, len(m.orders), m.refused.active, m.group.ID()[:3])
		}
	}
	return out + fmt.Sprintf("\nservice epoch=%d exists=%v knocks=%d", s.service.epoch, s.service.exists, len(s.service.knocks))
}
