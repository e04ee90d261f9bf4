package server

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/media/sfu"
	"github.com/roundel-meet/roundel/server/room"
)

// mediaPlane lets rooms use the SFU, which knows no wire messages.
type mediaPlane struct{ sfu *sfu.SFU }

var _ room.Media = mediaPlane{}

// NewRoom opens a room of the SFU.
func (m mediaPlane) NewRoom(id string, events room.MediaEvents) room.MediaRoom {
	return mediaRoom{m.sfu.NewRoom(id, sfu.Events{
		Connected: events.Connected,
		Failed:    events.Failed,
		Ended:     events.Ended,
		Quality: func(peer string, q sfu.Quality) {
			events.Quality(peer, q.Level, reasons[q.Reason])
		},
		Slots: func(peer string, bindings []sfu.Binding) {
			events.Slots(peer, slots(bindings))
		},
		Layers: events.Layers,
	})}
}

// reasons are the words for why a peer's path is not good.
var reasons = map[sfu.Reason]string{
	sfu.ReasonSilent:    wire.QualitySilent,
	sfu.ReasonLossUp:    wire.QualityLossUp,
	sfu.ReasonLossDown:  wire.QualityLossDown,
	sfu.ReasonNarrow:    wire.QualityNarrow,
	sfu.ReasonRoundTrip: wire.QualityRoundTrip,
}

func slots(bindings []sfu.Binding) []wire.Binding {
	list := make([]wire.Binding, len(bindings))
	for i, b := range bindings {
		list[i] = wire.Binding{Mid: b.Mid, Participant: b.Peer, Kind: b.Kind, Paused: b.Paused}
	}
	return list
}

type mediaRoom struct{ room *sfu.Room }

// Join makes a peer of the SFU.
func (m mediaRoom) Join(peer string) (room.MediaPeer, error) {
	p, err := m.room.Join(peer)
	if err != nil {
		return nil, err
	}
	return mediaPeer{p}, nil
}

// Close ends the room on the SFU.
func (m mediaRoom) Close() { m.room.Close() }

// mediaPeer is a peer of the SFU whose wants come as wire messages.
type mediaPeer struct{ peer *sfu.Peer }

// Offer answers an offer.
func (m mediaPeer) Offer(sdp string, sends map[string]meeting.Kind) (string, error) {
	return m.peer.Offer(sdp, sends)
}

// SetLive opens or mutes one kind of track.
func (m mediaPeer) SetLive(kind meeting.Kind, live bool) { m.peer.SetLive(kind, live) }

// SetLayers passes on in which sizes a video can be sent.
func (m mediaPeer) SetLayers(kind meeting.Kind, layers []wire.Layer) {
	list := make([]sfu.Layer, len(layers))
	for i, l := range layers {
		list[i] = sfu.Layer(l)
	}
	m.peer.SetLayers(kind, list)
}

// SetWants passes on which video to send.
func (m mediaPeer) SetWants(wants []wire.Want) {
	list := make([]sfu.Want, len(wants))
	for i, w := range wants {
		list[i] = sfu.Want{Peer: w.Participant, Kind: w.Kind, Pixels: w.Pixels}
	}
	m.peer.SetWants(list)
}

// SetSpeaking passes on whether the participant speaks.
func (m mediaPeer) SetSpeaking(speaking bool) { m.peer.SetSpeaking(speaking) }

// Report passes on what the client measured.
func (m mediaPeer) Report(loss, rtt float64) { m.peer.Report(loss, rtt) }

// Close ends the peer.
func (m mediaPeer) Close() { m.peer.Close() }
