package journeys

import (
	"context"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// member is a person who takes part in the meeting's group.
type member struct {
	*person
	secure *secure.Meeting

	contents []secure.Content // under person.mu
	notices  []session.Notice
}

// createSecure makes a meeting of the owner's with a card.
func createSecure(t *testing.T, s *meeting.Settings, o secure.CardOptions) secure.Created {
	t.Helper()
	owner, err := secure.Dial(testContext(t), client.Options{Server: house.URL, CA: house.CA, Token: house.token})
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	made, err := secure.NewMeeting(testContext(t), owner, wire.NewMeeting{Title: t.Name(), Settings: s}, o)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// newMember is a guest who takes part in the group; see newPerson.
func newMember(t *testing.T, name string) *member { return &member{person: newPerson(t, name)} }

func (p *member) asOwner() *member {
	p.person.asOwner()
	return p
}

// enter joins by a link, or by the page's address alone.
func (p *member) enter(link string) *member {
	p.t.Helper()
	p.does(p.arrive(link))
	return p
}

func (p *member) arrive(link string) error {
	_, number, invite, err := secure.ParseLink(link)
	if err != nil {
		return err
	}
	if p.session, err = secure.Dial(testContext(p.t), p.options); err != nil {
		return err
	}
	p.secure, err = secure.Join(testContext(p.t), p.session, secure.Options{Invite: invite, Name: p.name}, wire.Join{Number: number})
	if err != nil {
		_ = p.session.Close()
		return err
	}
	p.m = p.secure.Seat
	p.playing.Go(p.listen)
	p.t.Cleanup(func() { _ = p.secure.Close() })
	p.follow()
	return nil
}

// listen collects what the group brings.
func (p *member) listen() {
	for {
		e, err := p.secure.Next(context.Background())
		if err != nil {
			return
		}
		p.mu.Lock()
		switch e := e.(type) {
		case secure.Content:
			p.contents = append(p.contents, e)
		case session.Notice:
			p.notices = append(p.notices, e)
		}
		p.mu.Unlock()
	}
}

// connect offers media under the group's keys.
func (p *member) connect(o client.MediaOptions) *member {
	p.t.Helper()
	p.media = p.offer(o, p.secure.Connect)
	return p
}

func (p *member) view() *session.View { return p.secure.View() }

// sees waits until the view says something.
func (p *member) sees(what string, ok func(*session.View) bool) {
	p.t.Helper()
	last := &session.View{}
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if last = p.view(); ok(last) {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%s never sees: %s; phase %s (%s), mode %s, epoch %d, doubts %v", p.name, what, last.Phase, last.Reason, last.Mode, last.Epoch, last.Doubts)
		}
	}
}

// allSee waits until every member's view says something.
func allSee(what string, ok func(*session.View) bool, members ...*member) {
	for _, p := range members {
		p.t.Helper()
		p.sees(what, ok)
	}
}

func isLocked(v *session.View) bool { return v.Lock }
func isOff(v *session.View) bool {
	return v.Mode == session.ModeOff && v.Phase == session.PhaseIn
}

// together holds when a member sees so many leaves and nobody else.
func together(n int) func(*session.View) bool {
	return func(v *session.View) bool {
		if v.Phase != session.PhaseIn || len(v.People) != n {
			return false
		}
		for _, p := range v.People {
			if !p.InTree {
				return false
			}
		}
		return true
	}
}

// read waits until a chat text has come, and returns it.
func (p *member) read(text string) secure.Content {
	p.t.Helper()
	var found secure.Content
	eventually(p.t, p.name+" reads "+text, func() bool {
		c, ok := p.has(text)
		found = c
		return ok
	})
	return found
}

func (p *member) has(text string) (secure.Content, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range p.contents {
		if c.Kind == session.ContentChat && c.Text == text {
			return c, true
		}
	}
	return secure.Content{}, false
}

// flowsAmong waits until everybody has got more of every kind of everybody else.
func flowsAmong(members []*member, kinds ...meeting.Kind) {
	type way struct {
		to, from *member
		kind     meeting.Kind
		had      int
	}
	var ways []way
	for _, to := range members {
		to.t.Helper()
		for _, from := range members {
			for _, k := range kinds {
				if to != from {
					ways = append(ways, way{to, from, k, to.frames(from.person, k)})
				}
			}
		}
	}
	for _, w := range ways {
		eventually(w.to.t, w.to.name+" gets the "+string(w.kind)+" of "+w.from.name, func() bool {
			return w.to.frames(w.from.person, w.kind) >= w.had+5
		})
	}
}
