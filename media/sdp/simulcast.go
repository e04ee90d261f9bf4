package sdp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// Limits on simulcast.
const (
	MaxRIDs       = 4  // streams of a line that we take
	maxRIDBytes   = 16 // what a one-byte header extension carries (RFC 8285 section 4.2)
	maxRIDLines   = 16 // a=rid lines of a line, and streams in its a=simulcast
	maxRIDOptions = 16 // restrictions of a stream
)

// stream is one that a=simulcast lists.
type stream struct {
	rid          string
	paused       bool
	restrictions string // of a=rid, as answered
}

// restrictions of a=rid (RFC 8851 section 5) that mean nothing to an SFU: it
// repeats them. "depend" is not here, since we forward one stream at a time.
var restrictions = [...]string{"max-width", "max-height", "max-fps", "max-fs", "max-br", "max-pps", "max-bpp"}

// parseSimulcast finds the streams in which the client can send the line: those
// of a=simulcast:send (RFC 8853 section 5.1) that an a=rid line describes. They
// are told apart by header extensions only, so it needs these. A line that
// offers less than two has no simulcast.
func (l *Line) parseSimulcast(m *sdp.MediaDescription) error {
	described, err := l.parseRIDs(m)
	if err != nil {
		return err
	}
	streams, err := simulcastStreams(m)
	if err != nil {
		return err
	}
	e := &l.Extensions
	if l.Kind != Video || e.Mid == 0 || e.RID == 0 || e.RID == e.Mid {
		return nil
	}
	if e.RepairedRID == e.Mid || e.RepairedRID == e.RID {
		e.RepairedRID = 0
	}
	for _, alternatives := range streams {
		for _, s := range alternatives {
			if _, ok := described[s.rid]; ok && len(l.RIDs) < MaxRIDs && !slices.Contains(l.RIDs, s.rid) {
				l.RIDs = append(l.RIDs, s.rid)
				l.streams = append(l.streams, s)
				break
			}
		}
	}
	if len(l.RIDs) < 2 {
		l.RIDs, l.streams = nil, nil
	}
	for i := range l.streams {
		l.streams[i].restrictions = described[l.streams[i].rid]
	}
	return nil
}

// parseRIDs returns the restrictions, as we answer them, of each stream that the
// client sends by an a=rid line that we understand (RFC 8851 section 6.3); the
// others are discarded.
func (l *Line) parseRIDs(m *sdp.MediaDescription) (map[string]string, error) {
	described := make(map[string]string)
	lines := 0
	for _, a := range m.Attributes {
		if a.Key != "rid" {
			continue
		}
		if lines++; lines > maxRIDLines {
			return nil, invalid("A media line of the offer describes more than %d streams (a=rid).", maxRIDLines)
		}
		f := strings.Fields(a.Value)
		if len(f) < 2 || len(f) > 3 || !validRID(f[0]) || f[1] != "send" {
			continue
		}
		options := ""
		if len(f) == 3 {
			var ok bool
			if options, ok = l.restrict(f[2]); !ok {
				continue
			}
		}
		if _, twice := described[f[0]]; !twice {
			described[f[0]] = options
		}
	}
	return described, nil
}

// restrict answers the restrictions of a stream: payload types that we do not
// take are dropped, and ok is false when none remains or we cannot hold to it.
func (l *Line) restrict(options string) (answer string, ok bool) {
	all := strings.Split(options, ";")
	if len(all) > maxRIDOptions {
		return "", false
	}
	var seen []string
	for i, option := range all {
		key, value, _ := strings.Cut(option, "=")
		if slices.Contains(seen, key) {
			return "", false
		}
		seen = append(seen, key)
		switch {
		case key == "pt":
			if value = l.taken(value); value == "" {
				return "", false
			}
			all[i] = "pt=" + value
		case !slices.Contains(restrictions[:], key) || value != "" && !token(value):
			return "", false
		}
	}
	return strings.Join(all, ";"), true
}

// taken keeps those of a list of payload types that the answer has.
func (l *Line) taken(list string) string {
	var kept []string
	for pt := range strings.SplitSeq(list, ",") {
		if slices.ContainsFunc(l.Codecs, func(c Codec) bool { return strconv.Itoa(int(c.PayloadType)) == pt }) && !slices.Contains(kept, pt) {
			kept = append(kept, pt)
		}
	}
	return strings.Join(kept, ",")
}

// simulcastStreams reads the send part of a=simulcast (RFC 8853 section 5.1): of
// every stream the alternatives, most wanted first.
func simulcastStreams(m *sdp.MediaDescription) ([][]stream, error) {
	var values []string
	for _, a := range m.Attributes {
		if a.Key == "simulcast" {
			values = append(values, a.Value)
		}
	}
	if len(values) == 0 {
		return nil, nil
	}
	malformed := invalid("The media offer has a malformed simulcast description.")
	f := strings.Fields(values[0])
	if len(values) > 1 || len(f) != 2 && len(f) != 4 {
		return nil, malformed
	}
	var streams [][]stream
	for i := 0; i < len(f); i += 2 {
		if f[i] != "send" && f[i] != "recv" || i > 0 && f[i] == f[0] {
			return nil, malformed
		}
		if strings.Count(f[i+1], ";")+strings.Count(f[i+1], ",") >= maxRIDLines {
			return nil, invalid("A media line of the offer has more than %d simulcast streams.", maxRIDLines)
		}
		for list := range strings.SplitSeq(f[i+1], ";") {
			var alternatives []stream
			for id := range strings.SplitSeq(list, ",") {
				rid, paused := strings.CutPrefix(id, "~")
				if rid == "" {
					return nil, malformed
				}
				alternatives = append(alternatives, stream{rid: rid, paused: paused})
			}
			if f[i] == "send" {
				streams = append(streams, alternatives)
			}
		}
	}
	return streams, nil
}

// validRID reports whether id is an identifier by RFC 8851 section 10, and short
// enough for a packet.
func validRID(id string) bool {
	if id == "" || len(id) > maxRIDBytes {
		return false
	}
	for _, ch := range []byte(id) {
		switch {
		case 'a' <= ch && ch <= 'z', 'A' <= ch && ch <= 'Z', '0' <= ch && ch <= '9', ch == '-', ch == '_':
		default:
			return false
		}
	}
	return true
}
