package sdp

import (
	"slices"
	"strconv"
	"strings"

	"github.com/pion/sdp/v3"
)

// opusFormat is what we ask of every Opus sender: constant bit rate and no DTX,
// so that packet sizes and gaps say nothing about speech, in-band FEC for loss.
const opusFormat = "minptime=10;useinbandfec=1;cbr=1;usedtx=0;stereo=0"

// feedbacks are the a=rtcp-fb values (RFC 4585 section 4.2) that we understand.
var feedbacks = [...]string{"nack", "nack pli", "ccm fir", "transport-cc", "goog-remb", "ccm tmmbr"}

// offered is one payload type of a line as the offer describes it.
type offered struct {
	pt       uint8
	name     string
	clock    uint32
	channels uint8
	format   string
	feedback []string
}

// parseCodecs keeps one payload type for each codec we forward, with its
// retransmissions. RED, FEC, comfort noise and telephone events are not
// answered: they would repeat or reveal what is encrypted end to end.
func (l *Line) parseCodecs(m *sdp.MediaDescription) {
	all := offeredCodecs(m)
	for _, o := range all {
		name := accepted(l.Kind, &o)
		if name == "" {
			continue
		}
		if _, taken := l.Codec(name); taken {
			continue
		}
		c := Codec{Name: name, PayloadType: o.pt, ClockRate: o.clock, Channels: o.channels, Format: o.format, Feedback: o.feedback}
		if name == "opus" {
			c.Format = opusFormat
			// Sound has no retransmissions of its own, so one would be its number again
			// with other extensions: one nonce for two texts. In-band FEC is for its loss.
			c.Feedback = slices.DeleteFunc(c.Feedback, func(f string) bool { return f == "nack" })
		}
		c.RTX = retransmission(all, o.pt)
		l.Codecs = append(l.Codecs, c)
	}
}

// offeredCodecs returns the line's payload types in the order of the m-line,
// which is the client's preference.
func offeredCodecs(m *sdp.MediaDescription) []offered {
	var all []offered
	for _, f := range m.MediaName.Formats {
		n, err := strconv.ParseUint(f, 10, 8)
		if err != nil || n > 127 || slices.ContainsFunc(all, func(o offered) bool { return o.pt == uint8(n) }) {
			continue
		}
		all = append(all, offered{pt: uint8(n)})
	}
	for _, a := range m.Attributes {
		pt, value, _ := strings.Cut(a.Value, " ")
		for i := range all {
			if pt == "*" && a.Key == "rtcp-fb" || pt == strconv.Itoa(int(all[i].pt)) {
				all[i].describe(a.Key, value)
			}
		}
	}
	return all
}

func (o *offered) describe(key, value string) {
	switch key {
	case "rtpmap": // name/clock[/channels]
		parts := strings.Split(value, "/")
		o.name = parts[0]
		if len(parts) > 1 {
			n, _ := strconv.ParseUint(parts[1], 10, 32)
			o.clock = uint32(n)
		}
		if len(parts) > 2 {
			n, _ := strconv.ParseUint(parts[2], 10, 8)
			o.channels = uint8(n)
		}
	case "fmtp":
		o.format = value
	case "rtcp-fb":
		if slices.Contains(feedbacks[:], value) && !slices.Contains(o.feedback, value) {
			o.feedback = append(o.feedback, value)
		}
	}
}

// accepted returns our name of an offered codec that the SFU forwards, or "".
func accepted(k Kind, o *offered) string {
	if k == Audio {
		if strings.EqualFold(o.name, "opus") && o.clock == 48000 && o.channels == 2 {
			return "opus"
		}
		return ""
	}
	if o.clock != 90000 {
		return ""
	}
	switch strings.ToUpper(o.name) {
	case "VP8":
		return "VP8"
	case "VP9": // RFC 9628 section 6: profile 0 is the default
		if v := parameter(o.format, "profile-id"); v == "" || v == "0" {
			return "VP9"
		}
	case "AV1": // the AV1 RTP specification, section 7.2.1: Main is the default
		if v := parameter(o.format, "profile"); v == "" || v == "0" {
			return "AV1"
		}
	case "H264":
		if constrainedBaseline(parameter(o.format, "profile-level-id")) && parameter(o.format, "packetization-mode") == "1" {
			return "H264"
		}
	}
	return ""
}

// constrainedBaseline reports whether a profile-level-id (RFC 6184 section 8.1)
// is Constrained Baseline at any level: profile 66 with constraint_set1 set.
func constrainedBaseline(id string) bool {
	n, err := strconv.ParseUint(id, 16, 32)
	return err == nil && len(id) == 6 && n>>16 == 0x42 && n>>8&0x40 != 0
}

// parameter returns the value of a parameter in a=fmtp.
func parameter(format, name string) string {
	for p := range strings.SplitSeq(format, ";") {
		if k, v, _ := strings.Cut(strings.TrimSpace(p), "="); strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// retransmission returns the RTX payload type of pt (RFC 4588 section 8.6), or 0.
func retransmission(all []offered, pt uint8) uint8 {
	for _, o := range all {
		if strings.EqualFold(o.name, "rtx") && parameter(o.format, "apt") == strconv.Itoa(int(pt)) {
			return o.pt
		}
	}
	return 0
}
