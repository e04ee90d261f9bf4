package session

import (
	"testing"
	"time"
)

func TestTwoPeopleMeetAndSwitch(t *testing.T) {
	s := newSim(t, 1, simMeeting{})
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
	if !s.until(time.Second, func() bool { return b.sends.Mode == Clear && b.machine.View().Mode == ModeOff }) {
		t.Fatal("not off", s.describe())
	}
	last := b.notices[len(b.notices)-1]
	if last.Kind != NoticeSwitchedOff || last.By != a.id {
		t.Fatal("banner", last)
	}
}
