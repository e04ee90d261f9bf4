package room

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/relay"
)

// maxWants bounds one list of wanted video; no screen shows that many tiles.
const maxWants = 200

var (
	errKind   = meeting.Errorf(meeting.CodeInvalid, "There is no such kind of track.")
	errNobody = meeting.Errorf(meeting.CodeNotFound, "This person is not in the meeting.")
)

func (r *Room) rename(s *seat, body wire.SelfName) error {
	name, err := meeting.CleanName(body.Name)
	if err == nil {
		err = r.allows(FeatureName)
	}
	if err != nil {
		return err
	}
	if s.name != name {
		s.name = name
		r.changed(s)
	}
	return nil
}

func (r *Room) setHand(s *seat, body wire.SelfHand) error {
	if body.Up == (s.hand != nil) {
		return nil
	}
	if body.Up {
		if err := r.allows(FeatureHand); err != nil {
			return err
		}
	}
	s.hand = nil
	if body.Up {
		now := r.now()
		s.hand = &now
	}
	r.changed(s)
	return nil
}

// speak takes the client's word, but nobody speaks through a muted microphone.
func (r *Room) speak(s *seat, body wire.SelfSpeaking) error {
	speaking := body.Speaking && s.live[meeting.KindMic]
	if s.speaking != speaking {
		r.setSpeaking(s, speaking)
		r.broadcast(wire.TypeSpeaking, wire.Speaking{ID: s.id, Speaking: speaking})
	}
	return nil
}

func (r *Room) setSpeaking(s *seat, speaking bool) {
	s.speaking = speaking
	if s.peer != nil {
		s.peer.SetSpeaking(speaking)
	}
}

func (r *Room) goLive(s *seat, body wire.MediaLive) error {
	if !body.Kind.Valid() {
		return errKind
	}
	if s.live[body.Kind] != body.Live {
		r.setLive(s, body.Kind, body.Live)
		r.changed(s)
	}
	return nil
}

// setLive opens or shuts a track at the server; it tells no client.
func (r *Room) setLive(s *seat, kind meeting.Kind, live bool) {
	if live {
		s.live[kind] = true
	} else {
		delete(s.live, kind)
	}
	if s.peer != nil {
		s.peer.SetLive(kind, live)
	}
	if kind == meeting.KindMic && !live && s.speaking {
		r.setSpeaking(s, false)
	}
}

// maxLayers is how many sizes a video may have, maxRID how many octets their names
// (RFC 8852 with one-octet headers, RFC 8285, 4.2).
const (
	maxLayers = 4
	maxRID    = 16
)

// layer notes in which sizes a video of s can be sent.
func (r *Room) layer(s *seat, body wire.MediaLayers) error {
	if !body.Kind.Valid() || body.Kind.Audio() {
		return meeting.Errorf(meeting.CodeInvalid, "Only camera and screen have layers.")
	}
	if len(body.Layers) > maxLayers {
		return meeting.Errorf(meeting.CodeTooLarge, "A video has at most %d layers.", maxLayers)
	}
	for _, l := range body.Layers {
		if l.RID == "" || len(l.RID) > maxRID || l.Pixels < 0 || l.Bitrate < 0 {
			return meeting.Errorf(meeting.CodeInvalid, "A layer has a RID, and a size and a bit rate of 0 or more.")
		}
	}
	s.layers[body.Kind] = body.Layers
	if s.peer != nil {
		s.peer.SetLayers(body.Kind, body.Layers)
	}
	return nil
}

func (r *Room) want(s *seat, body wire.MediaWants) error {
	if len(body.Wants) > maxWants {
		return meeting.Errorf(meeting.CodeTooLarge, "At most %d tracks can be wanted.", maxWants)
	}
	for _, w := range body.Wants {
		if !w.Kind.Valid() || w.Kind.Audio() || w.Pixels < 0 {
			return meeting.Errorf(meeting.CodeInvalid, "Only camera and screen can be wanted, with a size of 0 or more.")
		}
	}
	s.wants = body.Wants
	if s.peer != nil {
		s.peer.SetWants(s.wants)
	}
	return nil
}

func (r *Room) report(s *seat, body wire.MediaReport) error {
	if body.Loss < 0 || body.Loss > 1 || body.RTT < 0 {
		return meeting.Errorf(meeting.CodeInvalid, "A loss is between 0 and 1 and a round trip takes time.")
	}
	if s.peer != nil {
		s.peer.Report(body.Loss, body.RTT)
	}
	return nil
}

// send passes an envelope on, in the order in which the room comes to it.
func (r *Room) send(s *seat, body wire.RelaySend) error {
	payload, err := relay.Clean(body)
	if err == nil {
		err = r.allows(Feature(body.Channel)) // channels carry the names of their features
	}
	if err != nil {
		return err
	}
	var to *seat
	if body.To != "" {
		if to = r.byID(body.To); to == nil {
			return errNobody
		}
		if to == s {
			return meeting.Errorf(meeting.CodeInvalid, "This would only go to yourself.")
		}
	}
	now := r.now()
	if err := s.budget.Spend(now, len(payload)); err != nil {
		return err
	}
	e := wire.Relayed{Channel: body.Channel, From: s.id, Name: s.name, At: now, Payload: payload}
	if to != nil {
		e.To, e.ToName = to.id, to.name
	}
	r.history.Add(e)
	raw := encode(e)
	for _, other := range r.seats {
		if to == nil || other == to || other == s {
			other.push(wire.TypeRelay, raw)
		}
	}
	return nil
}
