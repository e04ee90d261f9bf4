package sfu

import "github.com/roundel-meet/roundel/core/meeting"

// Layer is one size in which a publisher can send a video.
type Layer struct {
	RID     string // of the line's simulcast (RFC 8852)
	Pixels  int    // width × height
	Bitrate int    // most that its encoder sends, bit/s
}

// SetLayers says in which sizes the peer can send a video now, smallest first.
func (p *Peer) SetLayers(k meeting.Kind, layers []Layer) {
	layers = append([]Layer(nil), layers...)
	p.room.shard.do(p.room, func() {
		p.layers[k] = layers
		p.room.stale = true
	})
}
