package attacks

import (
	"encoding/binary"
	"slices"
	"time"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// send delivers an event, unless the service withholds it.
func (w *world) send(to *person, e session.Event) {
	if w.hears == nil || w.hears(to, e) {
		to.inbox = append(to.inbox, e)
	}
}

// tell sends an event to everyone with a seat, and to those who left and listen.
func (w *world) tell(e session.Event) {
	for _, p := range w.people {
		if p.seated || p.deaf {
			w.send(p, e)
		}
	}
}

func (w *world) tellPeople() {
	if w.quiet > 0 && (w.stale.IsZero() || w.now.Sub(w.stale) < w.quiet) {
		w.stale = w.now
		return
	}
	w.stale = time.Time{}
	var list []session.Person
	for _, p := range w.people {
		if p.seated {
			list = append(list, session.Person{ID: p.id, Name: "Somebody", Capable: true, Connected: true})
		}
	}
	for _, r := range w.rogues {
		list = append(list, session.Person{ID: r.id, Name: "Somebody", Capable: true, Connected: true})
	}
	if w.roster != nil {
		list = append(list, w.roster()...)
	}
	w.tell(session.Roster{People: list})
}

// request is what an honest service does with what a client asks.
func (w *world) request(p *person, e session.Effect) {
	if w.answer != nil && w.answer(p, e) {
		return
	}
	switch e := e.(type) {
	case session.Fetch:
		w.send(p, session.GroupState{Exists: w.exists, Epoch: w.epoch, Info: w.info})
	case session.Open:
		if !w.exists {
			w.exists, w.epoch = true, infoEpoch(e.Info)
			w.setInfo(e.Info)
			w.send(p, session.Reply{Ref: e.Ref, Accepted: true})
			return
		}
		w.send(p, session.Reply{Ref: e.Ref})
	case session.Commit:
		w.commit(p, e)
	case session.PublishInfo:
		if e.Epoch == w.epoch {
			w.setInfo(e.Info)
		}
	case session.Refuse:
		w.refuse(p.id, e.Epoch)
	case session.Knock:
		w.knocks = slices.DeleteFunc(w.knocks, func(k session.Knocking) bool { return k.Participant == p.id })
		w.knocks = append(w.knocks, session.Knocking{Participant: p.id, KeyPackage: e.KeyPackage, Proof: e.Proof, Lobby: !p.seated})
		w.tell(session.Knocks{List: slices.Clone(w.knocks)})
	case session.Post:
		for _, to := range w.people {
			if to != p && (to.seated || to.deaf) && (len(e.To) == 0 || slices.Contains(e.To, to.id)) {
				w.send(to, session.Delivered{Messages: []session.Envelope{{From: p.id, Data: e.Data}}})
			}
		}
	}
}

// infoEpoch reads the epoch of a GroupInfo (RFC 9420, 12.4.3).
func infoEpoch(info []byte) uint64 {
	n := int(info[8])
	return binary.BigEndian.Uint64(info[9+n:])
}

func (w *world) setInfo(info []byte) { w.info, w.infos[w.epoch] = info, info }

func (w *world) commit(p *person, e session.Commit) {
	if !w.exists || e.Epoch != w.epoch {
		r := session.Reply{Ref: e.Ref}
		for at := e.Epoch; at < w.epoch; at++ {
			if c, ok := w.log[at]; ok {
				c.Welcome = nil
				r.Missed = append(r.Missed, c)
			}
		}
		w.send(p, r)
		return
	}
	w.send(p, session.Reply{Ref: e.Ref, Accepted: true})
	for _, to := range w.people {
		if slices.Contains(e.Added, to.id) {
			to.seated = true
			w.knocks = slices.DeleteFunc(w.knocks, func(k session.Knocking) bool { return k.Participant == to.id })
		}
	}
	w.order(p.id, session.Committed{Epoch: e.Epoch, From: p.id, Commit: e.Commit, Welcome: e.Welcome}, e.Info, e.Added)
	if len(e.Added) > 0 {
		w.tellPeople()
		w.tell(session.Knocks{List: slices.Clone(w.knocks)})
	}
}

// order makes a commit the one for its epoch and tells everyone.
func (w *world) order(from string, c session.Committed, info []byte, added []string) {
	w.log[c.Epoch] = c
	w.epoch++
	w.setInfo(info)
	w.refused = map[string]bool{}
	for _, to := range w.people {
		own := c
		if !slices.Contains(added, to.id) {
			own.Welcome = nil
		}
		if to.seated || to.deaf {
			w.send(to, own)
		}
	}
	for _, r := range w.rogues {
		if r.id != from {
			r.follow(c)
		}
	}
}

// refuse reopens an epoch when most of those present refuse its commit.
func (w *world) refuse(by string, epoch uint64) {
	c, ok := w.log[epoch]
	if !ok {
		return
	}
	w.refused[by] = true
	present := len(w.rogues)
	for _, p := range w.people {
		if p.seated {
			present++
		}
	}
	if 2*len(w.refused) <= present {
		return
	}
	for at := epoch; at < w.epoch; at++ {
		delete(w.log, at)
	}
	w.epoch, w.info = epoch, w.infos[epoch]
	w.tell(session.Reopened{Epoch: epoch, Without: c.From})
}
