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
	size   uint16 // 0: nothing, or reported already
}

// Sent notes a packet of size octets and returns the number it carries.
func (h *History) Sent(size int, now int64) uint16 {
	if h.sent == nil {
		h.sent = make([]sent, remembered)
	}
	seq := h.next
	h.next++
	h.sent[seq%remembered] = sent{uint32(now / 1000), seq, uint16(max(1, min(size, 0xffff)))}
	return seq
}

// take returns a packet's size and its send time, and forgets it.
func (h *History) take(seq uint16, now int64) (size int, at int64, ok bool) {
	if h.sent == nil {
		return 0, 0, false
	}
	s := &h.sent[seq%remembered]
	age := int64(uint32(now/1000)-s.micros) * 1000
	if s.seq != seq || s.size == 0 || age > 10e9 {
		return 0, 0, false
	}
	size = int(s.size)
	s.size = 0
	return size, now - age, true
}
