package sdp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// parseLine reads one m-line with its attributes. mixed is what the session says
// about header extensions.
func parseLine(m *sdp.MediaDescription, mixed bool) (Line, error) {
	l := Line{
		Kind: kindOf(m), media: m.MediaName.Media,
		protocol: strings.Join(m.MediaName.Protos, "/"), formats: m.MediaName.Formats,
	}
	_, bundleOnly := m.Attribute("bundle-only")
	l.Refused = m.MediaName.Port.Value == 0 && !bundleOnly
	l.Mid, _ = m.Attribute("mid")
	_, l.muxed = m.Attribute("rtcp-mux")
	_, l.rsize = m.Attribute("rtcp-rsize")
	_, own := m.Attribute(allowMixed)
	l.mixed = mixed || own
	if l.Kind == Other {
		l.Refused = true
	}
	if l.Refused {
		return l, nil
	}
	if len(l.formats) > maxFormats {
		return l, invalid("A media line of the offer has more than %d payload types.", maxFormats)
	}
	l.Sends, l.Receives = directionOf(m)
	l.parseCodecs(m)
	if l.Refused = len(l.Codecs) == 0; l.Refused {
		l.Sends, l.Receives = false, false
		return l, nil
	}
	l.parseExtensions(m)
	if l.Sends {
		if err := l.parseSimulcast(m); err != nil {
			return l, err
		}
		if err := l.parseSources(m); err != nil {
			return l, err
		}
	}
	l.agreeExtensions()
	l.agreeFeedback()
	return l, nil
}

// kindOf names the media, Other for whatever is not RTP over DTLS.
func kindOf(m *sdp.MediaDescription) Kind {
	switch strings.Join(m.MediaName.Protos, "/") {
	case "UDP/TLS/RTP/SAVPF", "RTP/SAVPF":
	default:
		return Other
	}
	switch m.MediaName.Media {
	case "audio":
		return Audio
	case "video":
		return Video
	}
	return Other
}

// directionOf returns what the client does; sendrecv is the default (RFC 8866
// section 6.7).
func directionOf(m *sdp.MediaDescription) (sends, receives bool) {
	for _, a := range m.Attributes {
		switch a.Key {
		case "sendrecv":
			return true, true
		case "sendonly":
			return true, false
		case "recvonly":
			return false, true
		case "inactive":
			return false, false
		}
	}
	return true, true
}

// parseSources reads a=ssrc and the FID groups that pair media with
// retransmissions (RFC 5576).
func (l *Line) parseSources(m *sdp.MediaDescription) error {
	retransmits := make(map[uint32]uint32) // media SSRC by its RTX SSRC
	names := make(map[uint32]string)
	var order []uint32
	for _, a := range m.Attributes {
		switch a.Key {
		case "ssrc-group":
			if f := strings.Fields(a.Value); len(f) == 3 && f[0] == "FID" {
				media, ok1 := parseSSRC(f[1])
				rtx, ok2 := parseSSRC(f[2])
				if ok1 && ok2 && len(retransmits) < maxSources {
					retransmits[rtx] = media
				}
			}
		case "ssrc":
			id, rest, _ := strings.Cut(a.Value, " ")
			ssrc, ok := parseSSRC(id)
			if !ok {
				return invalid("The media offer has a malformed SSRC.")
			}
			if !slices.Contains(order, ssrc) {
				order = append(order, ssrc)
			}
			if name, ok := strings.CutPrefix(rest, "cname:"); ok {
				names[ssrc] = name
			}
			if len(order) > maxSources {
				return invalid("A media line of the offer announces more than %d SSRCs.", maxSources)
			}
		}
	}
	l.pairSources(order, names, retransmits)
	return nil
}

func (l *Line) pairSources(order []uint32, names map[uint32]string, retransmits map[uint32]uint32) {
	for _, ssrc := range order {
		if _, isRTX := retransmits[ssrc]; !isRTX {
			l.Sources = append(l.Sources, Source{SSRC: ssrc, CNAME: names[ssrc]})
		}
	}
	for i := range l.Sources {
		for rtx, media := range retransmits {
			if media == l.Sources[i].SSRC {
				l.Sources[i].RTX = rtx
			}
		}
	}
}

func parseSSRC(s string) (uint32, bool) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err == nil && n != 0
}

// The header extensions that the SFU knows.
const (
	uriMid         = "urn:ietf:params:rtp-hdrext:sdes:mid"
	uriRID         = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
	uriRepairedRID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"
	uriTransportCC = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
	uriAbsSendTime = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
	uriDependency  = "https://aomediacodec.github.io/av1-rtp-spec/#dependency-descriptor-rtp-header-extension"
)

// allowMixed is the attribute by which header extensions may be longer than those of
// one-byte headers (RFC 8285 section 6).
const allowMixed = "extmap-allow-mixed"

// extension is an a=extmap line, with the direction that we answer.
type extension struct {
	id        uint8
	direction string // "", "/recvonly" or "/sendonly"
	uri       string
}

// parseExtensions reads the header extensions we know. Only ids that fit
// one-byte headers (RFC 8285 section 4.2) are taken.
func (l *Line) parseExtensions(m *sdp.MediaDescription) {
	for _, a := range m.Attributes {
		if a.Key != "extmap" {
			continue
		}
		e, ok := parseExtension(a.Value)
		if !ok {
			continue
		}
		switch e.uri {
		case uriMid:
			l.Extensions.Mid = e.id
		case uriRID:
			l.Extensions.RID = e.id
		case uriRepairedRID:
			l.Extensions.RepairedRID = e.id
		case uriTransportCC:
			l.Extensions.TransportCC = e.id
		case uriAbsSendTime:
			l.Extensions.AbsSendTime = e.id
		case uriDependency:
			l.Extensions.DependencyDescriptor = e.id
		default:
			continue
		}
		l.extLines = append(l.extLines, e)
	}
}

// parseExtension reads an a=extmap value: id, an optional direction, which we
// turn round (RFC 8285 sections 5 and 7), and a URI.
func parseExtension(value string) (e extension, ok bool) {
	id, uri, _ := strings.Cut(value, " ")
	id, direction, _ := strings.Cut(id, "/")
	n, err := strconv.ParseUint(id, 10, 8)
	if err != nil || n == 0 || n > 14 {
		return e, false
	}
	e.id, e.uri = uint8(n), strings.TrimSpace(uri)
	switch direction {
	case "sendonly":
		e.direction = "/recvonly"
	case "recvonly":
		e.direction = "/sendonly"
	case "inactive":
		return e, false
	}
	return e, true
}

// agreeFeedback leaves limits named by the receiver (RFC 5104, section 4.2) to lines
// without transport-wide feedback, from which we know better.
func (l *Line) agreeFeedback() {
	if l.Extensions.TransportCC == 0 {
		return
	}
	for i := range l.Codecs {
		c := &l.Codecs[i]
		if c.Has("transport-cc") {
			c.Feedback = slices.DeleteFunc(c.Feedback, func(f string) bool { return f == "ccm tmmbr" })
		}
	}
}

// agreeExtensions picks of the header extensions those that we answer.
func (l *Line) agreeExtensions() {
	e := &l.Extensions
	if e.TransportCC != 0 {
		e.AbsSendTime = 0
	}
	if len(l.RIDs) == 0 {
		e.RID, e.RepairedRID = 0, 0
	}
	offered := l.extLines
	l.extLines = nil
	if !l.describes(offered) {
		e.DependencyDescriptor = 0
	}
	for _, agreed := range []extension{
		{id: e.Mid, uri: uriMid},
		{id: e.RID, uri: uriRID},
		{id: e.RepairedRID, uri: uriRepairedRID},
		{id: e.TransportCC, uri: uriTransportCC},
		{id: e.AbsSendTime, uri: uriAbsSendTime},
		{id: e.DependencyDescriptor, uri: uriDependency},
	} {
		i := slices.IndexFunc(offered, func(o extension) bool { return o.id == agreed.id && o.uri == agreed.uri })
		if i >= 0 {
			l.extLines = append(l.extLines, offered[i])
		}
	}
}

// describes reports whether the line's packets can have dependency descriptors: of
// pictures, in the direction in which they go, and so long as those of key frames
// are. Firefox ESR 153 offers to send them on lines on which it only receives.
func (l *Line) describes(offered []extension) bool {
	i := slices.IndexFunc(offered, func(o extension) bool { return o.uri == uriDependency && o.id == l.Extensions.DependencyDescriptor })
	if i < 0 || l.Kind != Video || !l.mixed {
		return false
	}
	switch offered[i].direction {
	case "/recvonly":
		return !l.Receives
	case "/sendonly":
		return !l.Sends
	}
	return true
}
