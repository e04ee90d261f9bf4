package sfu

import "github.com/roundel-meet/roundel/media/packet"

// identify finds the layer of a packet whose SSRC no description named: by its
// MID (RFC 8843, 9.2) and with simulcast its RID (RFC 8852), or by its payload
// type when a single track without a known stream has it. The layer then has this
// stream; SSRCs that fit nowhere leave nothing behind.
func (p *Peer) identify(b []byte, h *packet.Header) (l *layer, rtx bool) {
	if mid := h.Extension(b, p.midID); mid != nil {
		for _, t := range p.tracks {
			if t.mid == string(mid) {
				return t.identify(b, h)
			}
		}
		return nil, false
	}
	var only *layer
	for _, t := range p.tracks {
		l := t.layers[0]
		if fits, rtx := t.fits(h.PayloadTyp); fits && l.rid == "" && (rtx && l.rtx == 0 || !rtx && l.ssrc == 0) {
			if only != nil {
				return nil, false
			}
			only = l
		}
	}
	if only == nil {
		return nil, false
	}
	return only.claim(h)
}

// identify finds the track's layer with the RID that the packet has; that of a
// retransmission is of the repaired stream (RFC 8852, 3.1).
func (t *track) identify(b []byte, h *packet.Header) (l *layer, rtx bool) {
	if t.layers[0].rid == "" {
		return t.layers[0].claim(h)
	}
	id := t.peer.ridID
	if _, rtx := t.fits(h.PayloadTyp); rtx {
		id = t.peer.repairedID
	}
	rid := h.Extension(b, id)
	for _, l := range t.layers {
		if rid != nil && l.rid == string(rid) {
			return l.claim(h)
		}
	}
	return nil, false
}

// fits reports whether the track may have this payload type, and whether it is
// one of retransmissions.
func (t *track) fits(pt uint8) (fits, rtx bool) {
	for _, f := range t.formats {
		if f.pt == pt {
			return true, false
		}
		if f.rtx != 0 && f.rtx == pt {
			return true, true
		}
	}
	return false, false
}

// claimEvery bounds how often a layer changes its stream: each change makes all
// its receivers wait for a key frame.
const claimEvery = 100e6

// claim makes the packet's stream the layer's, or the one of its retransmissions.
func (l *layer) claim(h *packet.Header) (*layer, bool) {
	fits, rtx := l.track.fits(h.PayloadTyp)
	now := l.track.peer.room.shard.now
	switch {
	case !fits:
		return nil, false
	case rtx:
		l.rtx = h.SSRC
		return l, true
	case l.ssrc != 0 && now-l.claimed < claimEvery:
		return nil, false
	}
	l.claimed = now
	l.adopt(h.SSRC)
	return l, false
}

// unwrapRTX turns a retransmission's header into the original's.
func (l *layer) unwrapRTX(b []byte, h *packet.Header) bool {
	for _, f := range l.track.formats {
		if f.rtx != 0 && f.rtx == h.PayloadTyp {
			return h.UnwrapRTX(b, l.ssrc, f.pt)
		}
	}
	return false
}
