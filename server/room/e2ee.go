package room

import (
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Times of the switch.
const (
	prepareFor = 15 * time.Second // how long the gate stays closed without a report
	offerFor   = 30 * time.Second // how long a host may think about a newcomer
)

var (
	errE2EERequired = meeting.Errorf(meeting.CodeE2EERequired, "This meeting is end-to-end encrypted, which your client cannot take part in.")
	errE2EEEnds     = meeting.Errorf(meeting.CodeE2EERequired, "End-to-end encryption is being turned on, which your client cannot take part in.")
)

// encryption is what a room knows of end-to-end encryption, which is what hosts'
// devices report. It keeps out what cannot be encrypted; nobody's secrecy depends
// on it.
type encryption struct {
	state *wire.E2EEState // nil until it was first on
	epoch uint64          // of the last report
	offer bool            // ask the hosts about clients that cannot take part
	gate  time.Time       // closed until then, while a host is about to turn it on
}

func startsEncrypted(m meeting.Meeting, now time.Time) encryption {
	if !m.E2EE {
		return encryption{}
	}
	return encryption{state: &wire.E2EEState{On: true, Since: now}}
}

// encrypted reports whether end-to-end encryption is on.
func (r *Room) encrypted() bool { return r.e2ee.state != nil && r.e2ee.state.On }

// preparing reports whether a host is about to turn it on.
func (r *Room) preparing() bool { return !r.encrypted() && r.now().Before(r.e2ee.gate) }

// sealed reports whether only clients that take part may enter.
func (r *Room) sealed() bool { return r.encrypted() || r.preparing() }

// preview lists what prepare would end.
func (r *Room) preview(c *call) {
	stops := []wire.E2EEStop{}
	for _, s := range r.seats {
		if !s.leg.E2EE {
			stops = append(stops, wire.E2EEStop{Kind: wire.StopParticipant, ID: s.id, Name: s.name, Since: s.joinedAt})
		}
	}
	c.finish(wire.E2EEPreview{Stops: stops}, nil)
}

// prepare ends what cannot be encrypted and closes the gate for a while.
func (r *Room) prepare(c *call) {
	if !c.from.seat.leg.E2EE {
		c.finish(nil, errNotCapable)
		return
	}
	r.e2ee.gate = r.now().Add(prepareFor)
	r.endUnsupported()
	c.finish(wire.E2EEPrepared{Until: r.e2ee.gate}, nil)
}

// endUnsupported ends the places of clients that cannot take part.
func (r *Room) endUnsupported() {
	gone := encode(wire.Closed{Code: string(errE2EEEnds.Code), Message: errE2EEEnds.Message})
	for _, s := range append([]*seat(nil), r.seats...) {
		if !s.leg.E2EE {
			s.push(wire.TypeClosed, gone)
			r.vacate(s, "e2ee")
		}
	}
	r.turnAway(func(w *waiter) bool { return !w.conn.caller.Leg.E2EE }, errE2EEEnds)
}

// turnAway ends the places of those in the lobby that are chosen.
func (r *Room) turnAway(chosen func(*waiter) bool, why *meeting.Error) {
	gone := encode(wire.Closed{Code: string(why.Code), Message: why.Message})
	changed := false
	for _, w := range append([]*waiter(nil), r.waiting...) {
		if chosen(w) {
			changed = true
			r.waiting = without(r.waiting, w)
			r.unknock(w)
			w.conn.closed(gone)
		}
	}
	if changed {
		r.rest()
		r.lobbyChanged()
	}
}

// reportE2EE takes a host's word for what its device has committed.
func (r *Room) reportE2EE(c *call) {
	by, body := c.from.seat, c.body.(wire.E2EEReport)
	switch {
	case !by.leg.E2EE:
		c.finish(nil, errNotCapable)
		return
	case body.On && !r.delivery.group.Exists(), body.Epoch > r.delivery.group.Epoch() || (r.e2ee.state != nil && body.Epoch < r.e2ee.epoch):
		c.finish(nil, meeting.Errorf(meeting.CodeConflict, "The report is not of the group's present."))
		return
	}
	was := r.encrypted()
	r.e2ee.epoch, r.e2ee.offer, r.e2ee.gate = body.Epoch, body.On && body.Offer, time.Time{}
	if body.On != was {
		r.e2ee.state = &wire.E2EEState{On: body.On, By: by.id, Since: r.now()}
		r.roomChanged()
	}
	if body.On {
		r.endUnsupported()
	} else {
		r.openForUnsupported()
	}
	c.finish(nil, nil)
}

// offerEnd asks the hosts whether encryption is to end for somebody.
func (r *Room) offerEnd(w *waiter) {
	w.until = r.now().Add(offerFor)
	body := encode(wire.E2EEUnsupported{ID: w.id, Name: w.name, Client: w.conn.caller.Leg.Client, Until: w.until})
	for _, s := range r.seats {
		if s.role.Moderates() && s.leg.E2EE {
			s.push(wire.TypeE2EEUnsupported, body)
		}
	}
}

// offers reports whether a host is there who could be asked.
func (r *Room) offers() bool {
	if !r.e2ee.offer {
		return false
	}
	for _, s := range r.seats {
		if s.role.Moderates() && s.leg.E2EE && s.conn != nil {
			return true
		}
	}
	return false
}

// openForUnsupported lets those who waited for the end of encryption go on to
// where they would have been without it.
func (r *Room) openForUnsupported() {
	for _, w := range append([]*waiter(nil), r.waiting...) {
		if w.reason != waitE2EE {
			continue
		}
		w.reason, w.until = waitLobby, time.Time{}
		if !r.settings.Lobby {
			_ = r.admit(w) // when the meeting is full they wait on
		}
	}
	r.lobbyChanged()
}

// expireOffers sends those away whom no host has answered for.
func (r *Room) expireOffers(now time.Time) {
	r.turnAway(func(w *waiter) bool { return w.reason == waitE2EE && !now.Before(w.until) }, errE2EERequired)
}
