package secure

import (
	"time"

	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// flip is the word to the others that nothing clear is sent any more, while it is
// to be given.
type flip struct {
	epoch uint64
	at    time.Time // zero: nothing is to be said
}

// media gives the session's decisions to the cipher.
func (m *Meeting) media(e session.Effect) {
	switch e := e.(type) {
	case session.MediaEpoch:
		epoch := sframe.Epoch{Number: e.Epoch, Base: e.Base, Self: uint32(e.Self), Removes: e.Removes}
		for _, l := range e.Leaves {
			epoch.Leaves = append(epoch.Leaves, sframe.Leaf{Index: uint32(l.Leaf), Participant: l.Participant})
		}
		if err := m.cipher.Epoch(epoch); err != nil {
			m.log.Warn("media keys refused", "err", err)
		}
	case session.MediaSend:
		m.setSends(e)
	case session.MediaReceive:
		m.gets = e
		m.cipher.Receive(receiving(e))
	}
}

// hold lets nothing out or in any more.
func (m *Meeting) hold() {
	m.cipher.Send(sframe.Send{Mode: sframe.Holding})
	m.cipher.Receive(sframe.Receive{Mode: sframe.Sealed})
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

// setSends changes what senders do. From a change to sealing on nothing clear
// leaves; a later epoch belongs to the same change.
func (m *Meeting) setSends(e session.MediaSend) {
	was := m.sends
	m.sends = e
	mode := sframe.Holding
	switch e.Mode {
	case session.Clear:
		mode = sframe.SendClear
	case session.Seal:
		mode = sframe.Sealing
	}
	m.cipher.Send(sframe.Send{Mode: mode, Epoch: e.Epoch})
	switch {
	case e.Mode != session.Seal:
		m.flip = flip{}
	case was.Mode != session.Seal:
		m.flip = flip{epoch: e.Epoch, at: time.Now().Add(session.FlipAfter)}
	default:
		m.flip.epoch = e.Epoch
	}
}

// flipAt is when the machine is told that nothing clear is sent any more; zero when
// nothing is to be said, or not before a key has come.
func (m *Meeting) flipAt() time.Time {
	if m.flip.at.IsZero() || !m.cipher.knows(m.flip.epoch) {
		return time.Time{}
	}
	return m.flip.at
}

// takeFlip returns the word when it is due, once.
func (m *Meeting) takeFlip() (session.MediaFlipped, bool) {
	at := m.flipAt()
	if at.IsZero() || time.Now().Before(at) {
		return session.MediaFlipped{}, false
	}
	e := session.MediaFlipped{Epoch: m.flip.epoch}
	m.flip = flip{}
	return e, true
}
