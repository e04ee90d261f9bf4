package attacks

import (
	"cmp"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// step is how much time passes at once; a message takes one step.
const step = 10 * time.Millisecond

// world is a meeting with its delivery service, under one clock. Its functions
// are where the service may lie.
type world struct {
	*testing.T
	now    time.Time
	invite *session.Invite // of the host link
	card   *session.Card
	raw    []byte // the card
	people []*person

	meeting string // weakens: which one clients believe they are in; "": the real one
	rogues  []*rogue

	exists  bool
	epoch   uint64
	info    []byte
	log     map[uint64]session.Committed
	infos   map[uint64][]byte
	knocks  []session.Knocking
	refused map[string]bool

	quiet  time.Duration                          // weakens: clients hear who is there when nothing has changed for so long
	stale  time.Time                              // when the list of people changed that they have not heard; zero: they have
	lobby  bool                                   // newcomers get nothing but what they ask for
	hears  func(to *person, e session.Event) bool // nil: everything is heard
	answer func(from *person, e session.Effect) bool
	roster func() []session.Person
	base   func(epoch uint64) [32]byte // nil: media keys are those of the group
	tap    func(from *person, frame sframe.Outgoing, at uint32)
}

func newWorld(t *testing.T, settings session.CardSettings) *world {
	t.Helper()
	invite, err := session.NewRoot(nil)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		T: t, now: start, invite: invite, log: map[uint64]session.Committed{}, infos: map[uint64][]byte{},
		refused: map[string]bool{},
	}
	w.card, w.raw = w.sign(invite, settings)
	return w
}

// sign makes a card of this meeting with the root of an invite.
func (w *world) sign(i *session.Invite, settings session.CardSettings) (*session.Card, []byte) {
	w.Helper()
	card := &session.Card{MeetingID: meetingID, Version: 1, LinkNumber: i.LinkNumber, Settings: settings, Suite: mls.X25519AES128}
	if err := card.SignCard(i.Seed); err != nil {
		w.Fatal(err)
	}
	raw, err := card.Encode()
	if err != nil {
		w.Fatal(err)
	}
	return card, raw
}

// person is an honest client: the real machine and the real ring.
type person struct {
	w      *world
	id     string
	key    ed25519.PrivateKey
	m      *session.Machine
	ring   *sframe.Ring
	inbox  []session.Event
	sends  session.MediaSend
	seated bool
	deaf   bool // the service does not carry what it asks any more
	camera bool // sends sound

	// weakened replaces what the machine lets the senders do; nil: nothing does.
	weakened func(session.MediaSend) session.MediaSend

	count         int
	clear, sealed int            // own frames sent
	opened        map[string]int // frames of others
	passed        int            // clear frames of others that played
	epochs        []session.MediaEpoch
	notices       []session.Notice
	texts         []string
}

func deviceKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte("device of " + name))
	return ed25519.NewKeyFromSeed(seed[:])
}

// newPerson makes a client that has an invite, or none.
func (w *world) newPerson(id string, invite *session.Invite, card []byte) (*person, error) {
	key := deviceKey(id)
	m, err := session.New(session.Config{
		MeetingID: cmp.Or(w.meeting, meetingID), Self: id, Name: "Name of " + id, Device: key.Public().(ed25519.PublicKey), Invite: invite, Card: card,
	}, w.now)
	if err != nil {
		return nil, err
	}
	ring, err := sframe.New(meetingID, uint16(len(w.people)))
	if err != nil {
		return nil, err
	}
	return &person{w: w, id: id, key: key, m: m, ring: ring, opened: map[string]int{}}, nil
}

// enter brings somebody into the meeting, or to its door.
func (w *world) enter(id string, invite *session.Invite) *person {
	w.Helper()
	p, err := w.newPerson(id, invite, w.raw)
	if err != nil {
		w.Fatal(err)
	}
	return w.connect(p)
}

func (w *world) connect(p *person) *person {
	w.people = append(w.people, p)
	p.seated = !w.lobby || len(w.people) == 1
	w.tellPeople()
	p.inbox = append(p.inbox, session.Online{})
	return p
}

// leave takes somebody's seat, as a clean leave does. The machine goes on
// listening: it has become a tap.
func (p *person) leave() {
	p.seated, p.deaf, p.camera = false, true, false
	p.w.tellPeople()
}

// forget lets somebody who left go altogether.
func (w *world) forget(p *person) {
	w.people = slices.DeleteFunc(w.people, func(other *person) bool { return other == p })
}

// meet brings a host and guests together and waits until all are in.
func meet(t *testing.T, settings session.CardSettings, guests int) *world {
	t.Helper()
	w := newWorld(t, settings)
	w.enter("host", w.invite)
	w.pass(time.Second)
	for i := range guests {
		w.enter(fmt.Sprintf("guest%d", i+1), w.invite.Guest())
		w.pass(300 * time.Millisecond)
	}
	w.until(5*time.Second, "everybody is in", func() bool {
		for _, p := range w.people {
			if v := p.view(); v.Phase != session.PhaseIn || len(v.People) != guests+1 || settings.E2EE && !v.Lock {
				return false
			}
		}
		return true
	})
	return w
}

func (p *person) view() *session.View { return p.m.View() }

func (p *person) do(c session.Command) {
	p.w.Helper()
	if err := p.m.Do(p.w.now, c); err != nil {
		p.w.Fatal(p.id, err)
	}
	p.after()
}

// pass lets time go by: events arrive, machines wake, frames are sent.
func (w *world) pass(d time.Duration) {
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(step)
		for _, p := range w.people {
			inbox := p.inbox
			p.inbox = nil
			for _, e := range inbox {
				p.m.Handle(w.now, e)
				p.after()
			}
			if at := p.m.Next(); !at.IsZero() && !at.After(w.now) {
				p.m.Tick(w.now)
				p.after()
			}
		}
		if !w.stale.IsZero() && w.now.Sub(w.stale) >= w.quiet {
			w.tellPeople()
		}
		if w.now.Sub(start)%(2*step) == 0 {
			for _, p := range w.people {
				if p.camera {
					p.frame()
				}
			}
		}
	}
}

// until lets time go by until something holds, and fails when it does not.
func (w *world) until(limit time.Duration, what string, cond func() bool) time.Duration {
	w.Helper()
	began := w.now
	for !cond() {
		if w.now.Sub(began) >= limit {
			w.Fatalf("not within %v: %s", limit, what)
		}
		w.pass(step)
	}
	return w.now.Sub(began)
}

// after carries out what a machine wants.
func (p *person) after() {
	for list := p.m.Take(); len(list) > 0; list = p.m.Take() {
		for _, e := range list {
			p.effect(e)
		}
	}
}

func (p *person) effect(e session.Effect) {
	switch e := e.(type) {
	case session.Sign:
		p.m.Handle(p.w.now, session.Signed{Ref: e.Ref, Signature: ed25519.Sign(p.key, e.Message)})
	case session.MediaEpoch:
		p.epochs = append(p.epochs, e)
		p.addEpoch(e, e.Self)
	case session.MediaSend:
		p.sends = e
		p.applySend()
		if e.Mode == session.Seal {
			p.inbox = append(p.inbox, session.MediaFlipped{Epoch: e.Epoch})
		}
	case session.MediaReceive:
		p.ring.SetReceive(p.w.now, receiving(e))
	case session.Notice:
		p.notices = append(p.notices, e)
	case session.Content:
		p.texts = append(p.texts, e.Text)
	case session.ViewChanged:
	default:
		if !p.deaf {
			p.w.request(p, e)
		}
	}
}

func (p *person) addEpoch(e session.MediaEpoch, self mls.LeafIndex) {
	epoch := sframe.Epoch{Number: e.Epoch, Base: e.Base, Self: uint32(self), Removes: e.Removes}
	if p.w.base != nil {
		epoch.Base = p.w.base(e.Epoch)
	}
	for _, l := range e.Leaves {
		epoch.Leaves = append(epoch.Leaves, sframe.Leaf{Index: uint32(l.Leaf), Participant: l.Participant})
	}
	if err := p.ring.AddEpoch(p.w.now, epoch); err != nil {
		p.w.Fatal(err)
	}
}

// applySend tells the ring what the machine decided, or what a weakened client
// makes of it.
func (p *person) applySend() {
	e := p.sends
	if p.weakened != nil {
		e = p.weakened(e)
	}
	s := sframe.Send{Epoch: e.Epoch}
	switch e.Mode {
	case session.Clear:
		s.Mode = sframe.SendClear
	case session.Seal:
		s.Mode = sframe.Sealing
	}
	p.ring.SetSend(s)
}

func receiving(e session.MediaReceive) sframe.Receive {
	r := sframe.Receive{Until: e.Until, From: e.From}
	switch e.Mode {
	case session.ReceiveClear:
		r.Mode = sframe.ClearToo
	case session.ReceiveGrace:
		r.Mode = sframe.Grace
	}
	return r
}

// frame sends 20 ms of sound to everyone with a seat, and to the tap.
func (p *person) frame() {
	if p.weakened != nil && p.count%25 == 0 {
		p.applySend()
	}
	p.count++
	at := uint32(960 * p.count)
	out, err := p.ring.Seal(p.w.now, nil, sframe.Mic, sframe.Opus, false, fmt.Appendf(nil, "sound %d of %s", p.count, p.id))
	if err != nil {
		return
	}
	if out.Sealed {
		p.sealed++
	} else {
		p.clear++
	}
	if p.w.tap != nil {
		p.w.tap(p, out, at)
	}
	for _, to := range p.w.people {
		if to != p && to.seated {
			to.plays(p, out, at)
		}
	}
}

// plays reports whether a frame opens.
func (p *person) plays(from *person, out sframe.Outgoing, at uint32) bool {
	opened, err := p.ring.Open(p.w.now, nil, sframe.Incoming{
		Track: uint32(slices.Index(p.w.people, from)) + 1, Bound: sframe.Owner{Participant: from.id, Kind: sframe.Mic},
		Codec: sframe.Opus, Time: at, Data: slices.Clone(out.Data),
	})
	switch {
	case err != nil:
		return false
	case opened.Sealed:
		p.opened[opened.Owner.Participant]++
	default:
		p.passed++
	}
	return true
}
