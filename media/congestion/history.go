package congestion

// remembered is how many sent packets wait for feedback: one second at about
// 20 Mbit/s of full packets.
const remembered = 2048

// History remembers when packets with a transport-wide number were sent. The
// zero value is ready.
type History struct {
	sent []sent
	next uint16
}

type sent struct {
	micros uint32 // send time, wraps after 71 minutes
	seq    uint16
	what   uint16 // size in the low 11 bits, probe in the high 5; 0: nothing, or reported already
}

const sizeBits, maxSize = 11, 1<<11 - 1

// note notes a packet of size octets that belongs to a probe, 0 for none, and
// returns the number it carries.
func (h *History) note(size int, probe uint8, now int64) uint16 {
	if h.sent == nil {
		h.sent = make([]sent, remembered)
	}
	seq := h.next
	h.next++
	h.sent[seq%remembered] = sent{uint32(now / 1000), seq, uint16(max(1, min(size, maxSize))) | uint16(probe)<<sizeBits}
	return seq
}

// take returns a packet's size, its probe and its send time, and forgets it.
func (h *History) take(seq uint16, now int64) (size int, probe uint8, at int64, ok bool) {
	if h.sent == nil {
		return 0, 0, 0, false
	}
	s := &h.sent[seq%remembered]
	age := int64(uint32(now/1000)-s.micros) * 1000
	if s.seq != seq || s.what == 0 || age > 10e9 {
		return 0, 0, 0, false
	}
	size, probe = int(s.what&maxSize), uint8(s.what>>sizeBits)
	s.what = 0
	return size, probe, now - age, true
}
