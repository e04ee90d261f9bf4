package sdp

import (
	"fmt"
	"strconv"
	"strings"
)

// cname is the one RTCP canonical name of everything we send: participants are
// named by signalling only.
const cname = "roundel"

// Answer writes the answer to s and sets Local on the lines that Receive.
func (s *Session) Answer(p Params) string {
	w := &writer{}
	w.line("v=0")
	w.line("o=- %d %d IN IP4 0.0.0.0", p.SessionID, p.Version)
	w.line("s=-")
	w.line("t=0 0")
	w.line("a=group:BUNDLE%s", s.accepted())
	w.line("a=ice-lite")
	// For the whole session: Firefox ESR 153 crashes on a bundled line that has
	// a=setup but neither a fingerprint of its own nor one to inherit.
	w.line("a=fingerprint:sha-256 %s", p.Fingerprint)
	w.line("a=msid-semantic:WMS *")
	first := true
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Refused {
			w.refuse(l)
			continue
		}
		if l.Receives && p.Local != nil {
			l.Local = p.Local(l.Mid, l.Kind)
			if !l.retransmits() {
				l.Local.RTX = 0
			}
		}
		w.accept(l)
		// On all lines: Firefox ESR 153 refuses an ICE restart on "fewer than all".
		w.line("a=ice-ufrag:%s", p.Ufrag)
		w.line("a=ice-pwd:%s", p.Pwd)
		if first {
			w.candidates(p)
			first = false
		}
		w.media(l)
	}
	return w.String()
}

func (s *Session) accepted() string {
	var b strings.Builder
	for i := range s.Lines {
		if !s.Lines[i].Refused {
			b.WriteString(" " + s.Lines[i].Mid)
		}
	}
	return b.String()
}

func (l *Line) retransmits() bool {
	for _, c := range l.Codecs {
		if c.RTX != 0 {
			return true
		}
	}
	return false
}

// writer writes SDP lines.
type writer struct{ strings.Builder }

func (w *writer) line(format string, args ...any) {
	fmt.Fprintf(w, format, args...)
	w.WriteString("\r\n")
}

// refuse answers a line that we do not take (RFC 8829 section 5.3.1).
func (w *writer) refuse(l *Line) {
	w.line("m=%s 0 %s %s", l.media, l.protocol, strings.Join(l.formats, " "))
	w.line("c=IN IP4 0.0.0.0")
	if l.Mid != "" {
		w.line("a=mid:%s", l.Mid)
	}
	w.line("a=inactive")
}

func (w *writer) accept(l *Line) {
	var formats strings.Builder
	for _, c := range l.Codecs {
		formats.WriteString(" " + strconv.Itoa(int(c.PayloadType)))
		if c.RTX != 0 {
			formats.WriteString(" " + strconv.Itoa(int(c.RTX)))
		}
	}
	w.line("m=%s 9 %s%s", l.media, l.protocol, formats.String())
	w.line("c=IN IP4 0.0.0.0")
	w.line("a=mid:%s", l.Mid)
	w.line("a=setup:passive")
}

// candidates writes what all lines share, once: the first accepted line is the
// one whose transport the bundle uses (RFC 9143 section 7.3).
func (w *writer) candidates(p Params) {
	for i, c := range p.Candidates {
		w.line("a=candidate:%d 1 udp %d %s %d typ host", i+1, priority(i), c.Addr(), c.Port())
	}
	for i, c := range p.TCP {
		w.line("a=candidate:%d 1 tcp %d %s %d typ host tcptype passive", len(p.Candidates)+i+1, passive(i), c.Addr(), c.Port())
	}
	w.line("a=end-of-candidates")
}

// priority of host candidates by RFC 8445 section 5.1.2.1, falling in the order
// given.
func priority(i int) uint32 {
	const hostPreference, component = 126, 1
	return hostPreference<<24 | uint32(max(65535-i, 0))<<8 | (256 - component)
}

// passive is the priority of passive TCP candidates: below all of UDP, by the
// preferences of RFC 6544 section 4.2.
func passive(i int) uint32 {
	const tcpPreference, direction, component = 90, 4, 1
	return tcpPreference<<24 | uint32(direction<<13|max(8191-i, 0))<<8 | (256 - component)
}

func (w *writer) media(l *Line) {
	w.line("a=rtcp-mux")
	if l.rsize {
		w.line("a=rtcp-rsize")
	}
	w.line("a=%s", l.direction())
	if l.Extensions.DependencyDescriptor != 0 { // that of a key frame is longer than a one-byte header tells
		w.line("a=%s", allowMixed)
	}
	for _, e := range l.extLines {
		w.line("a=extmap:%d%s %s", e.id, e.direction, e.uri)
	}
	for _, c := range l.Codecs {
		w.codec(c)
	}
	w.simulcast(l)
	if l.Receives && l.Local.SSRC != 0 {
		w.sources(l)
	}
}

// direction is the server's view of the line.
func (l *Line) direction() string {
	switch {
	case l.Sends && l.Receives:
		return "sendrecv"
	case l.Sends:
		return "recvonly"
	case l.Receives:
		return "sendonly"
	}
	return "inactive"
}

func (w *writer) codec(c Codec) {
	channels := ""
	if c.Channels > 1 {
		channels = "/" + strconv.Itoa(int(c.Channels))
	}
	w.line("a=rtpmap:%d %s/%d%s", c.PayloadType, c.Name, c.ClockRate, channels)
	if c.Format != "" {
		w.line("a=fmtp:%d %s", c.PayloadType, c.Format)
	}
	for _, f := range c.Feedback {
		w.line("a=rtcp-fb:%d %s", c.PayloadType, f)
	}
	if c.RTX != 0 {
		w.line("a=rtpmap:%d rtx/%d", c.RTX, c.ClockRate)
		w.line("a=fmtp:%d apt=%d", c.RTX, c.PayloadType)
	}
}

// simulcast accepts the streams of a line (RFC 8851 section 6.3, RFC 8853
// section 5.3.2). What is paused stays so: Chromium 156 would begin to send it
// again because of the answer.
func (w *writer) simulcast(l *Line) {
	if len(l.streams) == 0 {
		return
	}
	list := make([]string, len(l.streams))
	for i, s := range l.streams {
		w.line("%s", strings.TrimSpace("a=rid:"+s.rid+" recv "+s.restrictions))
		list[i] = s.rid
		if s.paused {
			list[i] = "~" + s.rid
		}
	}
	w.line("a=simulcast:recv %s", strings.Join(list, ";"))
}

// sources announces our SSRCs, so that the client needs nothing in the packets
// to know the line they belong to. A slot shows one person after another, so it
// has a stream of its own.
func (w *writer) sources(l *Line) {
	w.line("a=msid:%s %s", "slot-"+l.Mid, l.Mid)
	if l.Local.RTX != 0 {
		w.line("a=ssrc-group:FID %d %d", l.Local.SSRC, l.Local.RTX)
	}
	w.line("a=ssrc:%d cname:%s", l.Local.SSRC, cname)
	if l.Local.RTX != 0 {
		w.line("a=ssrc:%d cname:%s", l.Local.RTX, cname)
	}
}
