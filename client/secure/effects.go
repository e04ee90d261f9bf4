package secure

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// effects carries out what the machine wants, in its order.
func (m *Meeting) effects() {
	for list := m.machine.Take(); len(list) > 0; list = m.machine.Take() {
		for _, e := range list {
			m.effect(e)
		}
	}
}

func (m *Meeting) effect(e session.Effect) {
	switch e := e.(type) {
	case session.Sign:
		m.machine.Handle(time.Now(), session.Signed{Ref: e.Ref, Signature: ed25519.Sign(m.device, e.Message)})
	case session.Open:
		m.offer(wire.TypeGroupOpen, wire.GroupOpen{Info: e.Info}, e.Ref)
	case session.Commit:
		m.offer(wire.TypeGroupCommit, wire.GroupCommit{
			Epoch: e.Epoch, Commit: e.Commit, Welcome: e.Welcome, Info: e.Info, Added: e.Added,
		}, e.Ref)
	case session.Fetch:
		m.fetch()
	case session.PublishInfo:
		m.send(wire.TypeGroupInfo, wire.GroupInfo{Epoch: e.Epoch, Info: e.Info}, nil)
	case session.Refuse:
		m.send(wire.TypeGroupRefuse, wire.GroupRefuse{Epoch: e.Epoch}, nil)
	case session.Knock:
		m.send(wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: e.KeyPackage, Proof: e.Proof}, nil)
	case session.Post:
		m.send(wire.TypeGroupSend, wire.GroupSend{Message: e.Data, To: e.To}, nil)
	case session.Report:
		m.send(wire.TypeE2EEReport, wire.E2EEReport{On: e.On, Epoch: e.Epoch, Offer: e.Offer}, nil)
	case session.MediaEpoch, session.MediaSend, session.MediaReceive:
		m.media(e)
	case session.Content:
		m.events.put(Content{Content: e, Sealed: true})
	case session.Notice:
		m.notice(e)
	case session.ViewChanged:
		m.changed = true
	}
}

// notice passes a notice on, and ends the wait for an order that failed.
func (m *Meeting) notice(n session.Notice) {
	m.events.put(n)
	if n.Kind != session.NoticeFailed {
		return
	}
	name, why, _ := strings.Cut(n.Text, ": ")
	for _, w := range append([]*wait(nil), m.waits...) {
		if w.fail != "" && w.fail == name {
			m.endWait(w, errors.New(why))
		}
	}
}

// send queues a request; done, which may be nil, runs in the loop.
func (m *Meeting) send(typ string, body any, done func(json.RawMessage, error)) {
	p := posting{typ: typ, body: body, done: func(reply json.RawMessage, err error) {
		if err != nil {
			m.log.Debug("group request refused", "type", typ, "err", err)
		}
		if done != nil {
			m.in.put(func() { done(reply, err) })
		}
	}}
	if !m.out.put(p) && done != nil {
		m.in.put(func() { done(nil, ErrClosed) })
	}
}

// offer sends what the delivery service orders. From the lobby nothing can be
// offered: the machine tries again when the door is open.
func (m *Meeting) offer(typ string, body any, ref int) {
	if m.lobby {
		m.in.put(func() { m.handle(session.Reply{Ref: ref, Failed: true}) })
		return
	}
	m.send(typ, body, func(raw json.RawMessage, err error) {
		var reply wire.GroupReply
		if err == nil {
			err = json.Unmarshal(raw, &reply)
		}
		if err != nil {
			m.handle(session.Reply{Ref: ref, Failed: true})
			return
		}
		e := session.Reply{Ref: ref, Accepted: reply.Accepted}
		for _, c := range reply.Missed {
			e.Missed = append(e.Missed, committed(c))
		}
		m.handle(e)
	})
}

// fetch asks for the group. In the lobby the only way in is to knock.
func (m *Meeting) fetch() {
	m.send(wire.TypeGroupFetch, wire.Empty{}, func(raw json.RawMessage, err error) {
		var state wire.GroupState
		if err != nil || json.Unmarshal(raw, &state) != nil {
			return // the machine asks again
		}
		m.handle(session.GroupState{
			Exists: state.Exists, Epoch: state.Epoch, Info: state.Info, Queue: state.Queue || m.lobby,
		})
	})
}

func committed(c wire.GroupCommitted) session.Committed {
	return session.Committed{Epoch: c.Epoch, From: c.From, Commit: c.Commit, Welcome: c.Welcome}
}

// watch takes what the server tells; it runs on the session's reader.
func (m *Meeting) watch(e client.Event) {
	var do func()
	switch b := e.Body.(type) {
	case wire.GroupCommitted:
		do = func() { m.handle(committed(b)) }
	case wire.GroupReopened:
		do = func() { m.handle(session.Reopened{Epoch: b.Epoch, Without: b.Without}) }
	case wire.GroupKnocks:
		do = func() { m.handle(knocks(b)) }
	case wire.GroupMessages:
		do = func() { m.handle(delivered(b)) }
	case wire.ParticipantEvent, wire.ParticipantLeft, wire.LegChanged:
		do = func() { m.roster = true }
	case wire.RoomChanged:
		do = m.tellRoom
	case wire.RoomCard:
		do = func() { m.events.put(CardStored{}) }
	case wire.Relayed:
		do = func() { m.relayed(b) }
	case wire.Joined:
		do = m.admitted
	case client.Resumption:
		do = func() { m.resumed(b) }
	default:
		if e.Type != client.EventLost {
			return
		}
		do = func() {
			m.online = false
			m.handle(session.Offline{})
		}
	}
	if !m.in.put(do) {
		m.log.Debug("group event lost", "type", e.Type)
	}
}

// admitted: the door is open. What the lobby made fail is tried again at once.
func (m *Meeting) admitted() {
	if !m.lobby {
		return
	}
	m.lobby, m.roster = false, true
	m.tellRoster()
	m.tellRoom()
	if phase := m.machine.View().Phase; phase == session.PhaseJoining || phase == session.PhaseWaiting {
		m.handle(session.Offline{})
		m.handle(session.Online{})
	}
}

func (m *Meeting) resumed(r client.Resumption) {
	m.online, m.roster = true, true
	m.tellRoster()
	m.tellRoom()
	m.handle(session.Online{Resumed: r.Media})
}

func knocks(b wire.GroupKnocks) session.Knocks {
	var list []session.Knocking
	for _, k := range b.Knocks {
		list = append(list, session.Knocking{
			Participant: k.Participant, Name: k.Name, KeyPackage: k.KeyPackage, Proof: k.Proof, Lobby: k.Lobby,
		})
	}
	return session.Knocks{List: list}
}

func delivered(b wire.GroupMessages) session.Delivered {
	var list []session.Envelope
	for _, msg := range b.Messages {
		list = append(list, session.Envelope{From: msg.From, Data: msg.Message})
	}
	return session.Delivered{Messages: list}
}
