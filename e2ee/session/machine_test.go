package session

import (
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

func TestTwoPeopleMeetAndSwitch(t *testing.T) {
	for _, suite := range []mls.CipherSuite{mls.X25519AES128, mls.XWing} {
		twoPeople(t, newSim(t, 1, simMeeting{suite: suite}))
	}
}

func twoPeople(t *testing.T, s *sim) {
	a := s.add(simWho{host: true})
	b := s.add(simWho{})
	a.connect()
	s.run(time.Second)
	b.connect()
	if !s.until(5*time.Second, s.settled) {
		t.Fatal("not settled", s.describe(), s.log)
	}
	if a.sends.Mode != Clear || b.gets.Mode != ReceiveClear {
		t.Fatal("media does not flow while off", a.sends, b.gets)
	}
	if err := a.do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	locked := func() bool { return a.machine.View().Lock && b.machine.View().Lock }
	if !s.until(time.Second, locked) {
		t.Fatal("no lock", s.describe(), a.machine.View().Doubts, b.machine.View().Doubts, s.log)
	}
	if a.machine.View().Codes[0].Code != b.machine.View().Codes[0].Code {
		t.Fatal("codes differ")
	}
	if err := b.do(SwitchE2EE{}); err != ErrNotHost {
		t.Fatal("a guest switches", err)
	}
	if err := a.do(SendChat{Text: "hello", To: b.id}); err != nil {
		t.Fatal(err)
	}
	s.run(time.Second)
	var texts []string
	for _, c := range b.content {
		texts = append(texts, c.Text)
	}
	if len(b.content) != 2 || b.content[0].Kind != ContentName || b.content[1].Text != "hello" || !b.content[1].Private {
		t.Fatal("content", texts)
	}
	if err := a.do(SwitchE2EE{}); err != nil {
		t.Fatal(err)
	}
	if !s.until(trailTime+time.Second, func() bool { return b.sends.Mode == Clear && b.machine.View().Mode == ModeOff }) {
		t.Fatal("not off", s.describe())
	}
	last := b.notices[len(b.notices)-1]
	if last.Kind != NoticeSwitchedOff || last.By != a.id {
		t.Fatal("banner", last)
	}
}

// TestClocksDoNotMatter: people are added whatever year their device lives in, by
// members who live in another one.
func TestClocksDoNotMatter(t *testing.T) {
	const far = 400 * 24 * time.Hour
	s := meet(t, 62, CardSettings{E2EE: true, Lobby: true}, 0)
	s.service.lobby = true
	for _, skew := range []time.Duration{far, -far, 3 * far, -far} {
		guest := s.add(simWho{skew: skew})
		guest.connect()
		s.run(time.Second)
		if err := s.clients[0].do(AdmitKnock{guest.id}); err != nil {
			t.Fatal(err)
		}
		if !s.until(5*time.Second, s.settled) {
			t.Fatal("not added with a clock off by", skew, s.describe())
		}
	}
}

func TestReconnectProvesAnew(t *testing.T) {
	s := meet(t, 20, CardSettings{E2EE: true}, 2)
	c := s.clients[1]
	c.disconnect()
	s.run(3 * time.Second)
	c.online = true
	c.machine.Handle(s.now, Online{Resumed: true})
	held := false
	for _, e := range c.machine.Take() {
		if e, ok := e.(MediaSend); ok && e.Mode == Hold {
			held = true
		}
		c.effect(e)
	}
	s.service.connected(c)
	if !held {
		t.Fatal("goes on sending without an answer")
	}
	if !s.until(time.Second, func() bool { return c.sends.Mode == Seal }) {
		t.Fatal("not answered", s.describe())
	}
}

func TestReloadRejoinsWithinTwoSeconds(t *testing.T) {
	s := meet(t, 21, CardSettings{E2EE: true, Lobby: true, Locked: true}, 0)
	host := s.clients[0]
	s.service.lobby = true
	guest := s.add(simWho{})
	guest.connect()
	s.run(time.Second)
	if err := host.do(AdmitKnock{guest.id}); err != nil {
		t.Fatal(err)
	}
	if !s.until(3*time.Second, s.settled) {
		t.Fatal("not admitted", s.describe())
	}
	// The door is closed, but a leaf of the same device is there: it may come back.
	for _, c := range []*simClient{guest, host} {
		c.reload()
		s.run(500 * time.Millisecond)
		c.connect()
		if !s.until(2*time.Second, func() bool { return c.machine.phase == PhaseIn && s.settled() }) {
			t.Fatal(c.id, "is not back", s.describe())
		}
	}
}

func TestSenderChangesKeys(t *testing.T) {
	s := meet(t, 22, CardSettings{E2EE: true}, 2)
	host := s.clients[0]
	before := host.sends.Epoch
	late := s.add(simWho{})
	late.connect()
	if !s.until(2*time.Second, func() bool { return host.machine.group.Epoch() > before }) {
		t.Fatal("no new epoch")
	}
	if host.sends.Epoch != before {
		t.Fatal("changes at once when somebody comes")
	}
	s.run(settleTime + 10*time.Millisecond)
	if host.sends.Epoch != host.machine.group.Epoch() {
		t.Fatal("does not change", host.sends)
	}
	epoch := host.machine.group.Epoch()
	late.leave()
	if !s.until(2*time.Second, func() bool { return host.machine.group.Epoch() > epoch }) {
		t.Fatal("no removal")
	}
	if host.sends.Epoch != host.machine.group.Epoch() {
		t.Fatal("still seals for somebody who has left")
	}
}

func TestContentWaitsForAnswers(t *testing.T) {
	s := newSim(t, 23, simMeeting{})
	a := s.add(simWho{host: true})
	a.connect()
	s.run(time.Second)
	for _, c := range []Command{SendChat{Text: "x"}, SendReaction{"x"}, RaiseHand{true}, OfferFile{}, SendChat{Text: "x", To: "p01"}} {
		if err := a.do(c); err != ErrNotFresh {
			t.Errorf("%T: %v", c, err)
		}
	}
}

func TestJunkDoesNoHarm(t *testing.T) {
	s := meet(t, 24, CardSettings{E2EE: true}, 1)
	c := s.clients[1]
	epoch := c.machine.group.Epoch()
	for _, e := range []Event{
		nil,
		GroupState{},
		GroupState{Exists: true, Info: []byte("x")},
		Committed{},
		Committed{Epoch: 1 << 60, Commit: []byte{1}},
		Reply{Ref: 1, Accepted: true},
		Reply{Ref: 999},
		Reopened{Epoch: 1 << 63},
		Knocks{List: make([]Knocking, 2000)},
		Delivered{[]Envelope{{Data: nil}, {Data: []byte{0, 1, 0, 2, 16}}, {Data: make([]byte, 1<<20)}}},
		Roster{People: make([]Person, 10)},
		Signed{Ref: 1},
		Signed{Ref: -1, Signature: []byte("x")},
		MediaFlipped{Epoch: 1 << 62},
	} {
		c.machine.Handle(s.now, e)
		c.after()
	}
	if c.machine.group == nil || c.machine.group.Epoch() != epoch || c.sends.Mode == Clear {
		t.Fatal("junk has moved the machine")
	}
	s.clients[0].machine.Close()
	last := s.clients[0].machine.Take()
	if m, ok := last[0].(MediaSend); !ok || m.Mode != Hold {
		t.Fatal("does not hold at the end", last)
	}
}
