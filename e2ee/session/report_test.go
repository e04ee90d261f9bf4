package session

import (
	"testing"
	"time"
)

// doors is what a server has of the switch, by the reports that reach it.
type doors struct {
	s       *sim
	on      bool
	reports []string // by whom
}

// guard makes the service keep doors: hosts' devices moderate.
func (s *sim) guard(hosts ...*simClient) *doors {
	d := &doors{s: s}
	s.service.roster = func(_ *simClient, people []Person) []Person {
		for i := range people {
			for _, h := range hosts {
				people[i].Moderator = people[i].Moderator || people[i].ID == h.id
			}
		}
		return people
	}
	s.service.addAnswer(func(from *simClient, e Effect) bool {
		r, ok := e.(Report)
		if ok && r.Epoch == s.service.epoch {
			d.reports = append(d.reports, from.id)
			d.on = r.On
			d.tell()
		}
		return ok
	})
	s.service.people()
	d.tell()
	return d
}

func (d *doors) tell() {
	for _, c := range d.s.live() {
		d.s.service.send(c, RoomSays{d.on})
	}
}

// TestHostsReport: when the host who switched does not say so, another does, one
// of them, and again when the server has forgotten.
func TestHostsReport(t *testing.T) {
	s := meet(t, 81, CardSettings{}, 3)
	first, second, third := s.clients[0], s.clients[1], s.clients[2]
	for _, c := range []*simClient{second, third} {
		if err := first.do(GrantHost{c.id}); err != nil {
			t.Fatal(err)
		}
		s.run(2 * time.Second)
	}
	d := s.guard(first, second, third)
	s.run(10 * time.Second)
	if len(d.reports) > 0 {
		t.Fatal("reports of what the server has right", d.reports)
	}
	if err := first.do(SwitchE2EE{On: true}); err != nil {
		t.Fatal(err)
	}
	if !s.until(time.Second, func() bool { return second.machine.state.E2EE && third.machine.state.E2EE }) {
		t.Fatal("not on", s.describe())
	}
	first.frozen = true // before it could say so
	if !s.until(5*time.Second, func() bool { return d.on }) {
		t.Fatal("nobody says so")
	}
	s.run(20 * time.Second)
	if len(d.reports) != 1 || d.reports[0] != second.id {
		t.Fatal("reports by", d.reports)
	}
	// The server has forgotten, as after a restart.
	d.on, d.reports = false, nil
	d.tell()
	if !s.until(10*time.Second, func() bool { return d.on }) {
		t.Fatal("nobody says so again")
	}
	if err := second.do(SwitchE2EE{}); err != nil {
		t.Fatal(err)
	}
	d.reports = nil
	if !s.until(10*time.Second, func() bool { return !d.on }) {
		t.Fatal("nobody says that it is off")
	}
	s.run(20 * time.Second)
	if len(d.reports) != 1 {
		t.Fatal("reports by", d.reports)
	}
}

// TestGuestsDoNotReport: who is no host by the signed state says nothing, whatever
// the server makes of its role; nor does who has come back and was not answered.
func TestGuestsDoNotReport(t *testing.T) {
	s := meet(t, 82, CardSettings{E2EE: true}, 2)
	guest := s.clients[1]
	s.clients[0].frozen = true
	d := s.guard(guest)
	s.run(20 * time.Second)
	if len(d.reports) > 0 {
		t.Fatal("reports by", d.reports)
	}
}
