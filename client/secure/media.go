package secure

import (
	"slices"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// Times of the switch to sealing.
const (
	liveFor  = 500 * time.Millisecond // a kind that sent nothing for so long is not live
	flipWait = 250 * time.Millisecond // for the first sealed frame of each live kind
)

// flip waits for the first sealed frame of what was live, to tell the others that
// no clear one follows. That nothing clear is sealed any more is certain as soon
// as the cipher has been told; the wait is for what the packetizer still has.
type flip struct {
	epoch uint64
	open  []meeting.Kind // their first sealed frame has not gone out
	done  []session.FlippedKind
	until time.Time // zero: nothing is waited for
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
		m.startFlip(e)
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

// startFlip changes what senders do; when they begin to seal it notes what was
// live.
func (m *Meeting) startFlip(e session.MediaSend) {
	was := m.sends
	m.sends = e
	mode := sframe.Holding
	switch e.Mode {
	case session.Clear:
		mode = sframe.SendClear
	case session.Seal:
		mode = sframe.Sealing
	}
	if e.Mode != session.Seal {
		m.flip = flip{}
	} else if was.Mode != session.Seal {
		now := time.Now()
		m.flip = flip{epoch: e.Epoch, open: m.cipher.sentClear(now.Add(-liveFor)), until: now.Add(flipWait)}
	}
	m.cipher.Send(sframe.Send{Mode: mode, Epoch: e.Epoch})
}

// flipped is the cipher's word; it runs where the frame is sent.
func (m *Meeting) flipped(f Flip) {
	m.in.put(func() {
		k, ok := kindOf(f.Kind)
		if !ok || m.flip.until.IsZero() {
			return
		}
		m.flip.open = slices.DeleteFunc(m.flip.open, func(o meeting.Kind) bool { return o == f.Kind })
		m.flip.done = append(m.flip.done, session.FlippedKind{Kind: uint8(k), Counter: f.Counter})
	})
}

// workFlip tells the machine when all that was live is sealed.
func (m *Meeting) workFlip() {
	if m.flip.until.IsZero() || len(m.flip.open) > 0 && time.Now().Before(m.flip.until) {
		return
	}
	e := session.MediaFlipped{Epoch: m.flip.epoch, Kinds: m.flip.done}
	m.flip = flip{}
	m.handle(e)
}
