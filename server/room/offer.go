package room

import (
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// offer has the media plane answer an offer, in the caller's own goroutine. An
// offer of another session than before comes from a new peer connection, which
// cannot continue the old one's encryption: it gets a fresh peer.
func (r *Room) offer(c *call) {
	s := c.from.seat
	body := c.body.(wire.MediaOffer)
	session, err := checkOffer(body)
	if err == nil {
		err = r.preparePeer(s, session)
	}
	if err != nil {
		c.finish(nil, err)
		return
	}
	peer := s.peer
	c.after = func() {
		answer, err := r.answer(peer, body)
		if err != nil {
			c.from.fail(c.id, r.logged(err))
			return
		}
		c.from.ok(c.id, wire.MediaAnswer{SDP: answer})
	}
	close(c.done)
}

func (r *Room) preparePeer(s *seat, session string) error {
	if s.peer == nil || s.offered != "" && s.offered != session {
		connected := s.leg.Media != nil
		r.dropMedia(s)
		if err := r.openMedia(s); err != nil {
			return err
		}
		if connected {
			r.broadcast(wire.TypeLegChanged, wire.LegChanged{ID: s.id, Leg: s.leg})
		}
	}
	s.offered = session
	return nil
}

// answer guards the room against the media plane: a panic ends this room only.
// Its value is not logged: it may quote the offer, which has a secret of ICE.
func (r *Room) answer(peer MediaPeer, body wire.MediaOffer) (answer string, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.log.Error("offer panicked", "kind", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
			r.inbox.put(mediaEnded{fmt.Errorf("panic in an offer: %T", p)})
			err = errInternal
		}
	}()
	return peer.Offer(body.SDP, body.Sends)
}

// checkOffer returns the session id of an offer whose sends can be.
func checkOffer(body wire.MediaOffer) (session string, err error) {
	seen := map[meeting.Kind]bool{}
	for _, kind := range body.Sends {
		if !kind.Valid() {
			return "", errKind
		}
		if seen[kind] {
			return "", meeting.Errorf(meeting.CodeInvalid, "Each kind of track can be sent once.")
		}
		seen[kind] = true
	}
	session = sessionID(body.SDP)
	if session == "" {
		return "", meeting.Errorf(meeting.CodeInvalid, "The offer is not a session description.")
	}
	return session, nil
}

// sessionID returns the session id of a description's origin line, which stays
// the same for the life of a peer connection (RFC 8866, 5.2; RFC 9429, 5.2.2).
func sessionID(sdp string) string {
	for line := range strings.Lines(sdp) {
		if origin, ok := strings.CutPrefix(line, "o="); ok {
			if fields := strings.Fields(origin); len(fields) > 1 {
				return fields[1]
			}
			return ""
		}
	}
	return ""
}
