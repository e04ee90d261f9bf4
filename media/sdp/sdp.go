// Package sdp answers WebRTC offers (RFC 8829, RFC 8866) for the SFU: always
// passive and ICE-lite, everything in one BUNDLE, RTP only. It is pure text in,
// text out; it opens nothing and knows no meetings.
package sdp

import (
	"net/netip"
)

// Session is an offer as far as the SFU uses it.
type Session struct {
	Ufrag       string // a=ice-ufrag; changes with an ICE restart (RFC 8839 section 4.4.1)
	Pwd         string // a=ice-pwd
	Fingerprint string // "sha-256 AA:BB:…"
	Candidates  []Candidate
	Lines       []Line // every m-line of the offer, in order
}

// Candidate is a candidate with an IP address that the offer lists.
type Candidate struct {
	Addr netip.AddrPort
	Type string // host, srflx, prflx or relay
}

// Kind is the media of an m-line.
type Kind string

// The kinds of m-line. Other is refused.
const (
	Audio Kind = "audio"
	Video Kind = "video"
	Other Kind = "other"
)

// Line is one m-line. Directions are the client's: it sends a track to us on a
// line that Sends, and has a slot for one of ours on a line that Receives.
type Line struct {
	Mid        string
	Kind       Kind
	Refused    bool // answered with port 0: recycled, a data channel, or no codec in common
	Sends      bool
	Receives   bool
	Codecs     []Codec // what the answer accepts, in the client's order
	Extensions Extensions
	RIDs       []string // simulcast streams the answer accepts, in the client's order; nil without simulcast
	Sources    []Source // SSRCs the client announced for this line; may be empty
	Local      Source   // our SSRCs, set by Answer on lines that Receive

	media    string // media, protocol and formats of the m-line as offered
	protocol string
	formats  []string
	muxed    bool // a=rtcp-mux
	rsize    bool // a=rtcp-rsize
	mixed    bool // a=extmap-allow-mixed, of the line or the session
	extLines []extension
	streams  []stream // of the RIDs, in the same order
}

// Codec is one codec of a line in the client's payload type numbers.
type Codec struct {
	Name        string // VP8, VP9, AV1, H264 or opus
	PayloadType uint8
	RTX         uint8 // payload type of its RFC 4588 retransmissions; 0: none
	ClockRate   uint32
	Channels    uint8
	Format      string   // a=fmtp as answered; "" for none
	Feedback    []string // a=rtcp-fb as answered
}

// Has reports whether a=rtcp-fb value was answered for c.
func (c Codec) Has(feedback string) bool {
	for _, f := range c.Feedback {
		if f == feedback {
			return true
		}
	}
	return false
}

// Codec returns the line's codec by name, as Codec.Name has it.
func (l *Line) Codec(name string) (Codec, bool) {
	for _, c := range l.Codecs {
		if c.Name == name {
			return c, true
		}
	}
	return Codec{}, false
}

// Extensions are the RTP header extension ids of a line (RFC 8285), 0 for one
// that was not agreed on.
type Extensions struct {
	Mid                  uint8 // RFC 9143
	RID                  uint8 // RFC 8852; only on lines with RIDs
	RepairedRID          uint8 // RFC 8852, of retransmissions; only on lines with RIDs
	TransportCC          uint8 // draft-holmer-rmcat-transport-wide-cc-extensions-01
	AbsSendTime          uint8 // only where the client has no TransportCC
	DependencyDescriptor uint8 // RTP Payload Format For AV1, appendix A; only on video lines with a=extmap-allow-mixed
}

// Source is a media SSRC and the SSRC of its retransmissions, 0 for none.
type Source struct {
	SSRC  uint32
	RTX   uint32
	CNAME string
}

// Params are what the server puts into an answer.
type Params struct {
	Ufrag       string
	Pwd         string
	Fingerprint string // of the server's certificate, SHA-256 without the name
	Candidates  []netip.AddrPort
	TCP         []netip.AddrPort // passive candidates (RFC 6544)
	SessionID   uint64           // the same for all answers of a connection
	Version     uint64           // one more for each (RFC 8866 section 5.2)

	// Local gives the SSRCs of our side of a line that Receives. It must give
	// the same for the same mid in every answer of a connection. RTX is ignored
	// for lines without retransmissions.
	Local func(mid string, kind Kind) Source
}

// Answer parses an offer and answers it. An offer that cannot be answered is an
// invalid Error with a sentence for people.
func Answer(offer string, p Params) (*Session, string, error) {
	s, err := Parse(offer)
	if err != nil {
		return nil, "", err
	}
	return s, s.Answer(p), nil
}
