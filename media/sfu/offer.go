package sfu

import (
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/sdp"
	"github.com/roundel-meet/roundel/media/transport"
)

// maxSlots bounds a peer's receiving lines, and with them its memory.
const maxSlots = 128

// maxNumbers bounds the receiving lines a peer may have had in all its offers.
const maxNumbers = 256

// Offer takes a client's whole offer and answers it: the first one starts the
// connection, later ones change lines or restart ICE. sends names the kind of
// each sending line by mid; every receiving line is a slot. Errors are invalid
// Errors for an offer that cannot be, conflict for one that would need another
// connection, ended when the room or the peer is gone.
func (p *Peer) Offer(offer string, sends map[string]meeting.Kind) (answer string, err error) {
	p.offering.Lock()
	defer p.offering.Unlock()
	session, err := sdp.Parse(offer)
	if err != nil {
		return "", err
	}
	if err := check(session, sends); err != nil {
		return "", err
	}
	p.retire(session)
	if p.counted > maxNumbers {
		return "", meeting.Errorf(meeting.CodeConflict, "Too many media lines were replaced. Please join again.")
	}
	ufrag, pwd, err := p.connect(session)
	if err != nil {
		return "", err
	}
	p.version++
	socket := p.room.sfu.socket
	answer = session.Answer(sdp.Params{
		Ufrag: ufrag, Pwd: pwd,
		Fingerprint: socket.Fingerprint(), Candidates: socket.Candidates(), TCP: socket.TCPCandidates(),
		SessionID: p.session, Version: p.version, Local: p.local,
	})
	err = errRoomEnded
	p.room.shard.do(p.room, func() {
		if !p.gone {
			err = nil
			p.conn = p.link
			p.apply(session, sends)
		}
	})
	if err != nil {
		p.link.Close()
		return "", err
	}
	return answer, nil
}

// check holds sends against the offer's lines.
func check(session *sdp.Session, sends map[string]meeting.Kind) error {
	lines := make(map[string]*sdp.Line)
	slots := 0
	for i := range session.Lines {
		l := &session.Lines[i]
		lines[l.Mid] = l
		if l.Receives && !l.Refused {
			slots++
		}
	}
	if slots > maxSlots {
		return meeting.Errorf(meeting.CodeTooLarge, "The media offer has more than %d receiving lines.", maxSlots)
	}
	used := make(map[meeting.Kind]bool)
	for mid, kind := range sends {
		l := lines[mid]
		switch {
		case !kind.Valid():
			return meeting.Errorf(meeting.CodeInvalid, "The media offer sends an unknown kind of track.")
		case used[kind]:
			return meeting.Errorf(meeting.CodeInvalid, "The media offer sends %s twice.", kind)
		case l == nil || kind.Audio() != (l.Kind == sdp.Audio):
			return meeting.Errorf(meeting.CodeInvalid, "The media offer has no fitting line for %s.", kind)
		}
		used[kind] = true
	}
	return nil
}

// connect makes the connection of a first offer, or restarts its ICE when a later
// one has new credentials. It returns our side's credentials.
func (p *Peer) connect(session *sdp.Session) (ufrag, pwd string, err error) {
	if p.link != nil {
		if session.Fingerprint != p.remote.Fingerprint {
			return "", "", meeting.Errorf(meeting.CodeConflict, "The media offer has another certificate. Please join again.")
		}
		if session.Ufrag != p.remote.Ufrag || session.Pwd != p.remote.Pwd {
			p.link.SetRemoteICE(session.Ufrag, session.Pwd)
			p.remote = session
		}
		return p.link.Ufrag(), p.link.Pwd(), nil
	}
	params := transport.ConnParams{
		RemoteUfrag: session.Ufrag, RemotePwd: session.Pwd, RemoteFingerprint: session.Fingerprint,
		Inbox: p.room.shard.inbox, Owner: p, OnState: p.onState,
	}
	for _, c := range session.Candidates {
		params.RemoteCandidates = append(params.RemoteCandidates, transport.RemoteCandidate{Addr: c.Addr, Type: c.Type})
	}
	link, err := p.room.sfu.socket.Connect(params)
	switch {
	case errors.Is(err, transport.ErrClosed):
		return "", "", errClosed
	case err != nil:
		return "", "", err
	}
	p.link, p.remote = link, session
	return link.Ufrag(), link.Pwd(), nil
}

// retire forgets the SSRCs of lines that no longer receive: should they do so
// again, it is as a new stream, whose numbers may not be of an earlier one.
func (p *Peer) retire(session *sdp.Session) {
	for mid := range p.numbers {
		if !slices.ContainsFunc(session.Lines, func(l sdp.Line) bool { return l.Mid == mid && l.Receives }) {
			delete(p.numbers, mid)
		}
	}
}

// local returns the SSRCs of a slot, the same in every answer while it lasts.
func (p *Peer) local(mid string, _ sdp.Kind) sdp.Source {
	n, ok := p.numbers[mid]
	if !ok {
		// No two of a connection may be equal, so they are counted, not drawn.
		p.counted++
		i := 2 * p.counted
		n = numbers{p.base + i, p.base + i + 1}
		p.numbers[mid] = n
	}
	return sdp.Source{SSRC: n.ssrc, RTX: n.rtx}
}

// onState carries the connection's state to the shard.
func (p *Peer) onState(state transport.State, _ error) {
	p.room.shard.post(command{room: p.room, run: func() { p.setState(state) }})
}

func (p *Peer) setState(state transport.State) {
	if p.gone || p.conn == nil {
		return
	}
	events := p.room.events
	switch state {
	case transport.StateConnected:
		facts, ok := p.conn.Facts()
		if !ok {
			return
		}
		p.ready = true
		p.heardAgain()
		for _, sl := range p.slots {
			if sl.track != nil && sl.layer == nil {
				sl.await()
			}
		}
		events.connected(p.id, facts)
	case transport.StateDisconnected:
		p.silence()
	case transport.StateFailed:
		p.ready = false
		for _, sl := range p.slots {
			if sl.track != nil {
				sl.await() // what it misses now it shall not ask for later
			}
		}
		events.failed(p.id)
	}
}

// randomBase returns an SSRC that is not 0, with room for a peer's numbers behind
// it: two for each line it may ever have had.
func randomBase() uint32 { return rand.Uint32()&0xffff0000 | 0x1000 }
