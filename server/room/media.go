package room

import (
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Media is the media plane as rooms need it.
type Media interface {
	// NewRoom opens a place where peers exchange media. The events may come from
	// any goroutine, also while a room calls into the media plane.
	NewRoom(id string, events MediaEvents) MediaRoom
}

// MediaRoom is one meeting's place on the media plane.
type MediaRoom interface {
	// Join makes the peer of a participant, named by the participant's id.
	Join(peer string) (MediaPeer, error)
	// Close ends all peers. No method of the room or its peers is called after it.
	Close()
}

// MediaPeer is one participant on the media plane. Offer may take a while and is
// called outside the room's goroutine; the other methods return at once.
type MediaPeer interface {
	// Offer answers a whole offer. Errors that the client can mend are Errors of
	// package meeting.
	Offer(sdp string, sends map[string]meeting.Kind) (answer string, err error)
	SetLive(kind meeting.Kind, live bool)
	// SetLayers says which layers the participant can send of a video.
	SetLayers(kind meeting.Kind, layers []wire.Layer)
	SetWants(wants []wire.Want)
	SetSpeaking(speaking bool)
	// Report passes on what the client measured: the share of packets lost, 0 to
	// 1, and the round trip in seconds, 0 when unknown.
	Report(loss, rtt float64)
	Close()
}

// MediaEvents is what the media plane reports to a room. No function blocks, and
// all may be called after the room has ended.
type MediaEvents struct {
	Connected func(peer string, facts meeting.Media)
	Failed    func(peer string)
	Slots     func(peer string, bindings []wire.Binding)
	Layers    func(peer string, kind meeting.Kind, rids []string) // which of them somebody watches
	Quality   func(peer string, level int, reason string)         // as in wire.Participant
	Ended     func(err error)                                     // a fault ended the media of this room
}

// mediaEvents returns the functions that put what they are told into r's mailbox.
func (r *Room) mediaEvents() MediaEvents {
	return MediaEvents{
		Connected: func(peer string, facts meeting.Media) { r.inbox.put(mediaConnected{peer, facts}) },
		Failed:    func(peer string) { r.inbox.put(mediaFailed{peer}) },
		Slots:     func(peer string, bindings []wire.Binding) { r.inbox.put(mediaSlots{peer, bindings}) },
		Layers: func(peer string, kind meeting.Kind, rids []string) {
			r.inbox.put(mediaLayers{peer, wire.LayersWanted{Kind: kind, RIDs: list(rids)}})
		},
		Quality: func(peer string, level int, reason string) {
			r.inbox.put(mediaQuality{peer, quality{level, reason}})
		},
		Ended: func(err error) { r.inbox.put(mediaEnded{err}) },
	}
}

type mediaConnected struct {
	peer  string
	facts meeting.Media
}

func (m mediaConnected) handle(r *Room) {
	s := r.byID(m.peer)
	if s == nil || s.peer == nil {
		return
	}
	s.leg.Media = &m.facts
	r.broadcast(wire.TypeLegChanged, wire.LegChanged{ID: s.id, Leg: s.leg})
}

type mediaFailed struct{ peer string }

// The seat outlives its media: the client offers anew when it can.
func (m mediaFailed) handle(r *Room) {
	s := r.byID(m.peer)
	if s == nil || s.peer == nil {
		return
	}
	r.dropMedia(s)
	r.broadcast(wire.TypeLegChanged, wire.LegChanged{ID: s.id, Leg: s.leg})
	r.changed(s)
}

type mediaSlots struct {
	peer     string
	bindings []wire.Binding
}

func (m mediaSlots) handle(r *Room) {
	if s := r.byID(m.peer); s != nil && s.peer != nil {
		change, changed := wire.SlotsBetween(s.slots, m.bindings)
		s.slots = m.bindings
		if changed {
			s.push(wire.TypeSlots, encode(change))
		}
	}
}

type mediaLayers struct {
	peer   string
	wanted wire.LayersWanted
}

func (m mediaLayers) handle(r *Room) {
	if s := r.byID(m.peer); s != nil && s.peer != nil {
		s.push(wire.TypeLayersWanted, encode(m.wanted))
	}
}

type mediaEnded struct{ err error }

func (m mediaEnded) handle(r *Room) {
	r.log.Error("media of a room ended by a fault", "err", m.err)
	r.close(errInternal)
}

// openMedia gives s a fresh peer with the state the seat is in.
func (r *Room) openMedia(s *seat) error {
	peer, err := r.media.Join(s.id)
	if err != nil {
		return err
	}
	s.peer = peer
	for _, kind := range meeting.Kinds {
		if s.live[kind] {
			peer.SetLive(kind, true)
		}
	}
	for kind, layers := range s.layers {
		peer.SetLayers(kind, layers)
	}
	if s.speaking {
		peer.SetSpeaking(true)
	}
	if len(s.wants) > 0 {
		peer.SetWants(s.wants)
	}
	return nil
}

// dropMedia closes the peer of s, if any, and forgets what it was bound to.
func (r *Room) dropMedia(s *seat) {
	if s.peer != nil {
		s.peer.Close()
	}
	s.peer, s.offered, s.slots, s.leg.Media = nil, "", nil, nil
	s.quality, s.judged = quality{}, quality{}
}

// relayTime is for how long credentials of the relay are good.
const relayTime = 10 * time.Minute

var errNoRelay = meeting.Errorf(meeting.CodeUnavailable, "This server has no relay.")

// relay gives a participant credentials of the relay.
func (r *Room) relay(c *call) {
	if r.rooms.cfg.Relay == nil {
		c.finish(nil, errNoRelay)
		return
	}
	username, password := r.rooms.cfg.Relay(relayTime)
	c.finish(wire.MediaRelay{Username: username, Password: password, Seconds: int(relayTime / time.Second)}, nil)
}
