package sdp

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
	"github.com/roundel-meet/roundel/core/meeting"
)

// Limits on what an offer may ask us to keep.
const (
	MaxOffer   = 256 << 10 // bytes
	MaxLines   = 256       // m-lines
	maxSources = 16        // SSRCs a line may announce
	maxFormats = 64        // payload types of a line
	maxAddrs   = 32        // candidates
	maxToken   = 64        // bytes of a mid; ufrag and pwd may have 256 (RFC 8839 section 5.4)
)

func invalid(format string, args ...any) error {
	return meeting.Errorf(meeting.CodeInvalid, format, args...)
}

// Parse reads an offer. Its errors are invalid Errors with a sentence for people.
func Parse(offer string) (*Session, error) {
	if len(offer) > MaxOffer {
		return nil, meeting.Errorf(meeting.CodeTooLarge, "The media offer is larger than %d bytes.", MaxOffer)
	}
	var d sdp.SessionDescription
	if err := d.UnmarshalString(offer); err != nil {
		return nil, meeting.Wrap(meeting.CodeInvalid, err, "The media offer is not valid SDP.")
	}
	switch n := len(d.MediaDescriptions); {
	case n == 0:
		return nil, invalid("The media offer has no media lines.")
	case n > MaxLines:
		return nil, meeting.Errorf(meeting.CodeTooLarge, "The media offer has more than %d media lines.", MaxLines)
	}
	s := &Session{}
	_, mixed := d.Attribute(allowMixed)
	for _, m := range d.MediaDescriptions {
		line, err := parseLine(m, mixed)
		if err != nil {
			return nil, err
		}
		s.Lines = append(s.Lines, line)
	}
	if err := s.checkBundle(&d); err != nil {
		return nil, err
	}
	return s, s.parseTransport(&d)
}

// checkBundle holds the offer to one transport for everything: unique mids, all
// of them in one BUNDLE group (RFC 9143), RTP and RTCP together (RFC 5761).
func (s *Session) checkBundle(d *sdp.SessionDescription) error {
	group, _ := d.Attribute("group")
	members := strings.Fields(group)
	if len(members) == 0 || members[0] != "BUNDLE" {
		return invalid("The media offer must bundle all media (a=group:BUNDLE).")
	}
	bundled := make(map[string]bool)
	for _, mid := range members[1:] {
		bundled[mid] = true
	}
	seen := make(map[string]bool)
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Refused && l.Mid == "" {
			continue
		}
		switch {
		case !token(l.Mid):
			return invalid("Media line %d of the offer has no usable identifier (a=mid).", i+1)
		case seen[l.Mid]:
			return invalid("The media offer has two lines with the identifier %s.", l.Mid)
		}
		seen[l.Mid] = true
		switch {
		case l.Refused:
		case !bundled[l.Mid]:
			return invalid("Media line %s of the offer is not in the BUNDLE group.", l.Mid)
		case !l.muxed:
			return invalid("Media line %s of the offer must multiplex RTCP (a=rtcp-mux).", l.Mid)
		}
	}
	return nil
}

// token reports whether s is safe to repeat in an answer.
func token(s string) bool {
	if s == "" || len(s) > maxToken {
		return false
	}
	for _, ch := range []byte(s) {
		if ch <= ' ' || ch > '~' {
			return false
		}
	}
	return true
}

// parseTransport reads what belongs to the one transport: from the session, or
// from the first line that has it.
func (s *Session) parseTransport(d *sdp.SessionDescription) error {
	find := func(key string) string {
		if v, ok := d.Attribute(key); ok {
			return v
		}
		for i, m := range d.MediaDescriptions {
			if v, ok := m.Attribute(key); ok && !s.Lines[i].Refused {
				return v
			}
		}
		for _, m := range d.MediaDescriptions { // an offer of a data channel only
			if v, ok := m.Attribute(key); ok {
				return v
			}
		}
		return ""
	}
	s.Ufrag, s.Pwd = find("ice-ufrag"), find("ice-pwd")
	if len(s.Ufrag) < 4 || len(s.Pwd) < 22 || len(s.Ufrag) > 256 || len(s.Pwd) > 256 {
		return invalid("The media offer has no ICE credentials.")
	}
	hash, sum, _ := strings.Cut(find("fingerprint"), " ")
	if hash == "" || sum == "" {
		return invalid("The media offer has no DTLS certificate fingerprint.")
	}
	s.Fingerprint = strings.ToLower(hash) + " " + strings.TrimSpace(sum)
	switch setup := find("setup"); setup {
	case "actpass", "active":
	default:
		return invalid("The media offer must let the server be passive in DTLS (a=setup:actpass).")
	}
	s.parseCandidates(d)
	return nil
}

// parseCandidates keeps candidates that have addresses; names of mDNS have none.
func (s *Session) parseCandidates(d *sdp.SessionDescription) {
	seen := make(map[netip.AddrPort]bool)
	for _, m := range d.MediaDescriptions {
		for _, a := range m.Attributes {
			if a.Key != "candidate" || len(s.Candidates) >= maxAddrs {
				continue
			}
			if c, ok := parseCandidate(a.Value); ok && !seen[c.Addr] {
				seen[c.Addr] = true
				s.Candidates = append(s.Candidates, c)
			}
		}
	}
}

// parseCandidate reads the part of RFC 8839 section 5.1 that we use.
func parseCandidate(v string) (Candidate, bool) {
	f := strings.Fields(v)
	if len(f) < 8 || !strings.EqualFold(f[2], "udp") || f[6] != "typ" {
		return Candidate{}, false
	}
	ip, err := netip.ParseAddr(f[4])
	if err != nil || ip.Zone() != "" {
		return Candidate{}, false
	}
	port, err := strconv.ParseUint(f[5], 10, 16)
	if err != nil {
		return Candidate{}, false
	}
	switch f[7] {
	case "host", "srflx", "prflx", "relay":
		return Candidate{Addr: netip.AddrPortFrom(ip.Unmap(), uint16(port)), Type: f[7]}, true
	}
	return Candidate{}, false
}
