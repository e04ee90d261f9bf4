package sfu

import "github.com/roundel-meet/roundel/media/packet"

// identify finds the track of a packet whose SSRC no description named: by its
// MID (RFC 8843, 9.2), or by its payload type when a single track without a
// known stream has it. The track then has this stream; SSRCs that fit nowhere
// leave nothing behind.
func (p *Peer) identify(b []byte, h *packet.Header) (t *track, rtx bool) {
	if mid := h.Extension(b, p.midID); mid != nil {
		for _, t := range p.tracks {
			if t.mid == string(mid) {
				return t.claim(h)
			}
		}
		return nil, false
	}
	var only *track
	for _, t := range p.tracks {
		if fits, rtx := t.fits(h.PayloadTyp); fits && (rtx && t.rtx == 0 || !rtx && t.ssrc == 0) {
			if only != nil {
				return nil, false
			}
			only = t
		}
	}
	if only == nil {
		return nil, false
	}
	return only.claim(h)
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

// claimEvery bounds how often a track changes its stream: each change makes all
// its receivers wait for a key frame.
const claimEvery = 100e6

// claim makes the packet's stream the track's, or the one of its retransmissions.
func (t *track) claim(h *packet.Header) (*track, bool) {
	fits, rtx := t.fits(h.PayloadTyp)
	now := t.peer.room.shard.now
	switch {
	case !fits:
		return nil, false
	case rtx:
		t.rtx = h.SSRC
		return t, true
	case t.ssrc != 0 && now-t.claimed < claimEvery:
		return nil, false
	}
	t.claimed = now
	t.adopt(h.SSRC)
	return t, false
}

// unwrapRTX turns a retransmission's header into the original's.
func (t *track) unwrapRTX(b []byte, h *packet.Header) bool {
	for _, f := range t.formats {
		if f.rtx != 0 && f.rtx == h.PayloadTyp {
			return h.UnwrapRTX(b, t.ssrc, f.pt)
		}
	}
	return false
}
