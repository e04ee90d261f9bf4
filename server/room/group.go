package room

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group"
)

// Times of the delivery service.
const (
	fetchWait = 2 * time.Second // for a GroupInfo of the current epoch

	// A member who left is removed at once, one who is lost after a while. Until
	// a commit has come, joiners queue; but no longer than this, when nobody
	// commits.
	removeLost    = 10 * time.Second
	removePending = 5 * time.Second
)

// joinFor is how long somebody who asked for the group counts as joining.
const joinFor = 10 * time.Second

// maxJoiners is how many may join at the same time by their own commits.
const maxJoiners = 3

var (
	errNotCapable = meeting.Errorf(meeting.CodeForbidden, "This client has not said that it takes part in end-to-end encryption.")
	errOutside    = meeting.Errorf(meeting.CodeConflict, "This device is not in the group.")
)

// delivery is what a room keeps for the meeting's MLS group.
type delivery struct {
	group   group.Group
	knocks  group.Knocks
	bundle  group.Bundle
	fetches []*fetch // wait for a GroupInfo

	knocksDue  time.Time // when the changed list is told; zero while nothing has changed
	knocksNext time.Time // not before

	states fetchStates

	leftAt, committedAt time.Time // the last member who left; the last commit of a member
}

// fetch is a call that is answered when there is a GroupInfo, or then.
type fetch struct {
	call  *call
	until time.Time
}

// grouped is a command to the delivery service by a seat that takes part.
func grouped[B any](size func(B) int, do func(*Room, *seat, B) (any, error)) command {
	return command{decode: decode[B], run: func(r *Room, c *call) {
		s, body := c.from.seat, c.body.(B)
		err := r.mayGroup(s, c.typ, size(body))
		if err != nil {
			c.finish(nil, err)
			return
		}
		reply, err := do(r, s, body)
		c.finish(reply, err)
	}}
}

func (r *Room) mayGroup(s *seat, typ string, size int) error {
	if !s.leg.E2EE {
		return errNotCapable
	}
	return s.groupBudget.Spend(r.now(), typ, size)
}

func nothing[B any](B) int { return 0 }

func (r *Room) openGroup(s *seat, body wire.GroupOpen) (any, error) {
	d := &r.delivery
	opened, err := d.group.Open(r.now(), body.Info)
	if err != nil {
		return nil, err
	}
	if opened {
		s.inGroup = true
	}
	return wire.GroupReply{Accepted: opened, Epoch: d.group.Epoch()}, nil
}

// fetchGroup answers at once unless the group has no GroupInfo of its epoch. Who
// waits in the lobby may ask too: the leaf of a KeyPackage names the group.
func (r *Room) fetchGroup(c *call) {
	d := &r.delivery
	capable, budget := c.from.caller.Leg.E2EE, (*group.Budget)(nil)
	if w := c.from.waiter; w != nil {
		budget = w.groupBudget
	} else {
		s := c.from.seat
		capable, budget, s.joiningSince = s.leg.E2EE, s.groupBudget, time.Time{}
		if !s.inGroup {
			s.joiningSince = r.now()
		}
	}
	err := error(errNotCapable)
	if capable {
		err = budget.Spend(r.now(), c.typ, 0)
	}
	if err != nil {
		c.finish(nil, err)
		return
	}
	if d.group.Exists() && d.group.Info() == nil {
		d.fetches = append(d.fetches, &fetch{c, r.now().Add(fetchWait)})
		return
	}
	c.finish(r.groupState(), nil)
}

// fetchStates are the encoded answers to a fetch of one GroupInfo. They are
// large, so that all who ask share them.
type fetchStates struct {
	info            []byte
	direct, queuing json.RawMessage
}

func (r *Room) groupState() json.RawMessage {
	d := &r.delivery
	state := wire.GroupState{Exists: d.group.Exists(), Epoch: d.group.Epoch(), Info: d.group.Info(), Queue: r.queue()}
	if state.Info == nil {
		return encode(state)
	}
	if d.states.info == nil || &d.states.info[0] != &state.Info[0] {
		d.states = fetchStates{info: state.Info}
	}
	answer := &d.states.direct
	if state.Queue {
		answer = &d.states.queuing
	}
	if *answer == nil {
		*answer = encode(state)
	}
	return *answer
}

// answerFetches answers those who wait, when there is a GroupInfo now or their
// time is over.
func (r *Room) answerFetches() {
	d := &r.delivery
	ready := !d.group.Exists() || d.group.Info() != nil
	d.fetches = slices.DeleteFunc(d.fetches, func(f *fetch) bool {
		if !ready && r.now().Before(f.until) {
			return false
		}
		f.call.finish(r.groupState(), nil)
		return true
	})
}

// queue reports whether joiners should knock: while a member is to be removed or
// a host is about to switch, whose commit theirs would race, or when there are
// too many of them for each to commit.
func (r *Room) queue() bool {
	now, d := r.now(), &r.delivery
	pending := func(at time.Time) bool {
		return !now.Before(at) && now.Before(at.Add(removePending)) && d.committedAt.Before(at)
	}
	members, joiners, removal := 0, d.knocks.Seated(), pending(d.leftAt)
	for _, s := range r.seats {
		switch {
		case s.inGroup && s.conn != nil:
			members++
		case s.inGroup:
			removal = removal || pending(s.lostAt.Add(removeLost))
		case now.Before(s.joiningSince.Add(joinFor)) && s.conn != nil && !d.knocks.Has(s.id):
			joiners++
		}
	}
	return members > 0 && (removal || joiners > maxJoiners || r.preparing())
}

func (r *Room) commitGroup(s *seat, body wire.GroupCommit) (any, error) {
	if len(body.Added) > wire.MaxGroupTo {
		return nil, meeting.Errorf(meeting.CodeTooLarge, "A commit adds at most %d people.", wire.MaxGroupTo)
	}
	now, d := r.now(), &r.delivery
	out, err := d.group.Commit(now, s.id, body)
	if err != nil {
		return nil, err
	}
	if out.Accepted {
		s.inGroup, s.joiningSince = true, time.Time{}
		if !out.Joined {
			d.committedAt = now
		}
		if d.knocks.Drop(s.id) {
			r.knocksChanged()
		}
		r.committed(s, body)
		r.answerFetches()
	}
	return wire.GroupReply{Accepted: out.Accepted, Epoch: d.group.Epoch(), Missed: out.Missed}, nil
}

// committed tells everyone of an accepted commit, and those in it that they were
// added.
func (r *Room) committed(by *seat, c wire.GroupCommit) {
	r.tellMessages() // they were sent before it
	body := wire.GroupCommitted{Epoch: c.Epoch, From: by.id, Commit: c.Commit}
	plain := encode(body)
	welcome := plain
	if len(c.Welcome) > 0 {
		body.Welcome = c.Welcome
		welcome = encode(body)
	}
	added := map[string]bool{}
	for _, id := range c.Added {
		added[id] = true
		if r.delivery.knocks.Drop(id) {
			r.knocksChanged()
		}
	}
	for _, s := range r.seats {
		switch {
		case added[s.id] && s.leg.E2EE:
			s.inGroup, s.joiningSince = true, time.Time{}
			s.push(wire.TypeGroupCommitted, welcome)
		case s.leg.E2EE:
			s.push(wire.TypeGroupCommitted, plain)
		}
	}
	for _, w := range r.waiting {
		if added[w.id] {
			w.held = heldEvents{added: true}
			w.held.add(wire.TypeGroupCommitted, welcome)
		} else {
			w.held.add(wire.TypeGroupCommitted, plain)
		}
	}
	r.admitAdded(by, added)
}

// admitAdded lets those in from the lobby whom somebody who may let them in has
// just added to the group.
func (r *Room) admitAdded(by *seat, added map[string]bool) {
	changed := false
	for _, w := range append([]*waiter(nil), r.waiting...) {
		if added[w.id] && r.mayLetIn(by, w) && r.admit(w) == nil { // else they wait on
			changed = true
		}
	}
	if changed {
		r.lobbyChanged()
	}
}

func (r *Room) storeInfo(s *seat, body wire.GroupInfo) (any, error) {
	if !s.inGroup {
		return nil, errOutside
	}
	d := &r.delivery
	err := d.group.Store(r.now(), body.Epoch, body.Info, len(d.fetches) > 0)
	if err == nil {
		r.answerFetches()
	}
	return nil, err
}

func (r *Room) refuseCommit(s *seat, body wire.GroupRefuse) (any, error) {
	present := []string{}
	for _, other := range r.seats {
		if other.leg.E2EE && other.conn != nil {
			present = append(present, other.id)
		}
	}
	without, reopened := r.delivery.group.Refuse(s.id, body.Epoch, present)
	if !reopened {
		return nil, nil
	}
	r.log.Warn("most devices refused a commit", "epoch", body.Epoch, "participant", without)
	raw := encode(wire.GroupReopened{Epoch: body.Epoch, Without: without})
	r.toGroup(wire.TypeGroupReopened, raw, func(*seat) bool { return true })
	return nil, nil
}

// toGroup gives an event to the seats that take part and are wanted, and keeps it
// for those in the lobby who were added.
func (r *Room) toGroup(typ string, body json.RawMessage, wanted func(*seat) bool) {
	for _, s := range r.seats {
		if s.leg.E2EE && wanted(s) {
			s.push(typ, body)
		}
	}
	for _, w := range r.waiting {
		w.held.add(typ, body)
	}
}

// leaveGroup notes that the device of s has lost its place in the group for
// good; pending says that a member is expected to remove it now. A group without
// any device in it is over.
func (r *Room) leaveGroup(s *seat, pending bool) {
	d := &r.delivery
	if d.knocks.Drop(s.id) {
		r.knocksChanged()
	}
	s.joiningSince = time.Time{}
	if !s.inGroup {
		return
	}
	s.inGroup = false
	if pending {
		d.leftAt = r.now()
	}
	alive := slices.ContainsFunc(r.seats, func(other *seat) bool { return other.inGroup })
	if !alive {
		d.group.Forget()
		d.states, r.e2ee.epoch = fetchStates{}, 0
		r.takeCard()
		r.answerFetches()
	}
}

// admittedToGroup gives somebody who comes out of the lobby what was held for
// them.
func (r *Room) admittedToGroup(w *waiter, s *seat) {
	if !s.leg.E2EE {
		return
	}
	s.inGroup, s.groupBudget = w.held.added, w.groupBudget
	for _, m := range w.held.events {
		s.push(m.Type, m.Body)
	}
	r.showKnocks(s)
	if r.delivery.knocks.Admitted(w.id) {
		r.knocksChanged()
	}
}

// regroup tells a seat whose media has to begin anew what it has missed of the
// group, whose keys it may still have; after a reload it has none.
func (r *Room) regroup(s *seat, seen uint64, missed []wire.Message) {
	if !s.leg.E2EE {
		return
	}
	if seen > 0 {
		for _, m := range slices.Clone(missed) {
			switch m.Type {
			case wire.TypeGroupCommitted, wire.TypeGroupReopened, wire.TypeGroupMessages:
				s.push(m.Type, m.Body)
			}
		}
	}
	r.showKnocks(s)
}
