package room

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// TestChurn has many people do random things at random times and checks after
// each that the room and everyone's picture of it agree.
func TestChurn(t *testing.T) {
	const people, steps = 16, 40
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("Seed", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, meeting.Settings{JoinBeforeHost: true, Takeover: seed%2 == 0})
				guest(w).mustJoin("Anchor")
				var all sync.WaitGroup
				for i := range people {
					all.Go(func() {
						p := &person{w: w, rnd: rand.New(rand.NewPCG(seed, uint64(i))), user: fmt.Sprint("user", i)}
						if i < 3 {
							p.user = ownerID
						}
						for range steps {
							time.Sleep(time.Duration(p.rnd.IntN(8000)) * time.Millisecond)
							p.act()
							w.inspect(func(r *Room) { checkInvariants(t, r) })
						}
						p.leave()
					})
				}
				all.Wait()
				w.inspect(func(r *Room) { checkInvariants(t, r) })
			})
		})
	}
}

// checkInvariants runs in the room's goroutine, where everything stands still.
func checkInvariants(t *testing.T, r *Room) {
	hosts := 0
	want := map[string]wire.Participant{}
	for _, s := range r.seats {
		if s.role == meeting.RoleHost {
			hosts++
		}
		var p wire.Participant // through JSON, as clients have it
		unmarshal(encode(s.view()), &p)
		want[s.id] = p
		if s.conn == nil && s.lostAt.IsZero() {
			t.Error("a seat without a connection has no time of its loss")
		}
	}
	if hosts > 1 {
		t.Errorf("%d hosts", hosts)
	}
	if len(r.bySecret) != len(r.seats) {
		t.Errorf("%d seats, %d secrets", len(r.seats), len(r.bySecret))
	}
	for _, s := range r.seats {
		if s.conn == nil {
			continue
		}
		c := s.conn.out.(*client)
		c.mu.Lock()
		got := *c.model
		c.mu.Unlock()
		if got.self != s.id || got.seq != s.log.seq || got.closed != nil {
			t.Errorf("%s is at seq %d of %d, closed %v", got.self, got.seq, s.log.seq, got.closed)
		}
		// cmp is slow, and this runs for everyone after every step.
		if !reflect.DeepEqual(want, got.people) {
			t.Errorf("room and picture differ (-room +picture):\n%s", cmp.Diff(want, got.people))
		}
		if got.room.Settings.Passcode != "" && !s.role.Moderates() {
			t.Error("a participant knows the passcode")
		}
		wantWaiting := 0
		if s.role.Moderates() {
			wantWaiting = len(r.waiting)
		}
		if len(got.waiting) != wantWaiting {
			t.Errorf("a %s knows of %d waiting, want %d", s.role, len(got.waiting), wantWaiting)
		}
		if got.room.Spotlight != r.spotlight {
			t.Errorf("spotlight on %q, want %q", got.room.Spotlight, r.spotlight)
		}
	}
}

// person does random things with one connection at a time.
type person struct {
	w    *world
	rnd  *rand.Rand
	user string
	c    *client // nil while away
	last *client // the lost one, whose seat may still be there
}

func (p *person) act() {
	if p.c != nil && p.c.closedWith() != "" {
		p.c.checkFault()
		p.c, p.last = nil, nil
	}
	switch {
	case p.c == nil && p.last != nil && p.rnd.IntN(3) > 0:
		p.comeBack()
	case p.c == nil:
		p.last = nil
		p.c = user(p.w, p.user)
		if p.rnd.IntN(2) == 0 && p.user != ownerID {
			p.c = newClient(p.w.t, p.w.rooms, Caller{Known: []string{p.user}, Traces: []string{p.user}})
		}
		if p.c.join(wire.Join{Name: p.user}) != "" {
			p.c = nil
		}
	case p.rnd.IntN(8) == 0:
		p.leave()
	case p.rnd.IntN(8) == 0:
		p.c.place.Lost()
		p.last, p.c = p.c, nil
	default:
		p.command()
	}
}

func (p *person) leave() {
	if p.c != nil {
		p.c.do(wire.TypeLeave, wire.Empty{})
		p.c.checkFault()
		p.c = nil
	}
}

func (p *person) comeBack() {
	before := p.last.see()
	p.last = nil
	if before.seat == "" {
		return
	}
	p.c = newClient(p.w.t, p.w.rooms, user(p.w, p.user).who)
	if p.c.join(wire.Join{Seat: before.seat, Seq: before.seq}) != "" {
		p.c = nil
	}
}

// command asks for something, allowed or not.
func (p *person) command() {
	flag := p.rnd.IntN(2) == 0
	kind := meeting.Kinds[p.rnd.IntN(len(meeting.Kinds))]
	target := p.someone()
	switch p.rnd.IntN(18) {
	case 0, 1, 2:
		p.c.do(wire.TypeMediaLive, wire.MediaLive{Kind: kind, Live: flag})
	case 3:
		p.c.do(wire.TypeSelfHand, wire.SelfHand{Up: flag})
	case 4:
		p.c.do(wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: flag})
	case 5:
		p.c.do(wire.TypeSelfName, wire.SelfName{Name: fmt.Sprint("Name ", p.rnd.IntN(100))})
	case 6:
		p.c.do(wire.TypeRelaySend, chat("hello"))
	case 7:
		p.c.do(wire.TypeMute, wire.Mute{ID: target, Kind: kind})
	case 8:
		p.c.do(wire.TypeMuteAll, wire.Empty{})
	case 9:
		p.c.do(wire.TypeSetRole, wire.SetRole{ID: target, Role: meeting.RoleCoHost})
	case 10:
		p.c.do(wire.TypeTransfer, wire.Target{ID: target})
	case 11:
		p.c.do(wire.TypeRemove, wire.Remove{ID: target})
	case 12:
		p.c.do(wire.TypeSpotlight, wire.Target{ID: target})
	case 13:
		p.c.do(wire.TypeSettings, wire.SettingsChange{Lobby: &flag})
	case 14:
		p.c.do(wire.TypeAdmit, wire.Target{})
	case 15:
		p.c.do(wire.TypeMediaOffer, wire.MediaOffer{SDP: fmt.Sprintf("v=0\no=- %d 1 IN IP4 127.0.0.1\n", p.rnd.IntN(3))})
	case 16:
		p.c.do(wire.TypeAskUnmute, wire.Target{ID: target})
	case 17:
		p.w.media.last().events.Failed(target)
	}
}

// someone is a random participant as p sees them.
func (p *person) someone() string {
	ids := slices.Sorted(maps.Keys(p.c.see().people))
	if len(ids) == 0 {
		return ""
	}
	return ids[p.rnd.IntN(len(ids))]
}
