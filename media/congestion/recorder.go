package congestion

import "encoding/binary"

// Bounds of a Recorder: the arrivals it keeps, and the statuses in one message.
const (
	recorded    = 1024
	maxStatuses = 400
)

// Recorder notes when a peer's packets arrive and makes the feedback messages
// from which the peer estimates its upstream. The zero value is ready.
type Recorder struct {
	arrivals []arrival // by the low bits of the number; made with the first packet
	high     int64     // highest extended number
	next     int64     // first number not yet reported
	count    uint8     // feedback messages made
	symbols  [maxStatuses]uint8
}

type arrival struct{ seq, at int64 }

// Arrived notes a packet with this transport-wide sequence number.
func (r *Recorder) Arrived(seq uint16, at int64) {
	if r.arrivals == nil {
		r.arrivals = make([]arrival, recorded)
		r.high = 1<<16 + int64(seq)
		r.next = r.high
	}
	ext := r.high + int64(int16(seq-uint16(r.high)))
	r.high = max(r.high, ext)
	r.next = max(r.next, r.high-recorded+1)
	switch {
	case ext <= r.high-recorded:
		return
	case ext < r.next: // late, after its gap was reported: report again from here
		r.next = ext
	}
	r.arrivals[ext%recorded] = arrival{ext, at}
}

// Pending reports whether there is anything to tell the peer.
func (r *Recorder) Pending() bool { return r.arrivals != nil && r.next <= r.high }

func (r *Recorder) received(seq int64) (int64, bool) {
	a := r.arrivals[seq%recorded]
	return a.at, a.seq == seq
}

// AppendFeedback appends one feedback message on the oldest packets that have
// not been reported, or nothing. Call it again while Pending.
func (r *Recorder) AppendFeedback(dst []byte, sender, media uint32) []byte {
	if !r.Pending() {
		return dst
	}
	start := len(dst)
	first := r.first()
	dst = append(dst, 0x80|15, 205, 0, 0)
	dst = binary.BigEndian.AppendUint32(dst, sender)
	dst = binary.BigEndian.AppendUint32(dst, media)
	dst = binary.BigEndian.AppendUint16(dst, uint16(r.next))
	n := r.classify(first / step)
	dst = binary.BigEndian.AppendUint16(dst, uint16(n))
	dst = binary.BigEndian.AppendUint32(dst, uint32(first/step)<<8|uint32(r.count))
	r.count++
	dst = appendChunks(dst, r.symbols[:n])
	dst = r.appendDeltas(dst, n, first/step)
	r.next += int64(n)
	return finish(dst, start)
}

// first returns the arrival of the oldest packet not yet reported. The newest
// one always came, so there is one.
func (r *Recorder) first() int64 {
	for seq := r.next; ; seq++ {
		if at, ok := r.received(seq); ok || seq >= r.high {
			return at
		}
	}
}

// classify fills r.symbols from r.next on and returns how many fit: a step in
// time that no delta can tell ends the message.
func (r *Recorder) classify(reference int64) int {
	last := reference * step / tick
	n := 0
	for ; n < maxStatuses && r.next+int64(n) <= r.high; n++ {
		at, ok := r.received(r.next + int64(n))
		if !ok {
			r.symbols[n] = notReceived
			continue
		}
		delta := at/tick - last
		switch {
		case delta >= 0 && delta <= 0xff:
			r.symbols[n] = smallDelta
		case delta >= -1<<15 && delta < 1<<15:
			r.symbols[n] = largeDelta
		default:
			return n
		}
		last += delta
	}
	return n
}

func (r *Recorder) appendDeltas(dst []byte, n int, reference int64) []byte {
	last := reference * step / tick
	for i := range n {
		at, ok := r.received(r.next + int64(i))
		if !ok {
			continue
		}
		delta := at/tick - last
		last += delta
		if r.symbols[i] == smallDelta {
			dst = append(dst, byte(delta))
		} else {
			dst = binary.BigEndian.AppendUint16(dst, uint16(delta))
		}
	}
	return dst
}

// appendChunks encodes statuses, each time in the form that covers most of them.
func appendChunks(dst []byte, symbols []uint8) []byte {
	for len(symbols) > 0 {
		run := 1
		for run < len(symbols) && symbols[run] == symbols[0] {
			run++
		}
		vector := min(14, len(symbols))
		width := uint(1)
		for _, s := range symbols[:vector] {
			if s == largeDelta {
				vector, width = min(7, len(symbols)), 2
				break
			}
		}
		if run >= vector {
			dst = binary.BigEndian.AppendUint16(dst, uint16(symbols[0])<<13|uint16(run))
			symbols = symbols[run:]
			continue
		}
		chunk := uint16(0x8000)
		if width == 2 {
			chunk = 0xc000
		}
		for i, s := range symbols[:vector] {
			chunk |= uint16(s) << (14 - width*uint(i+1))
		}
		dst = binary.BigEndian.AppendUint16(dst, chunk)
		symbols = symbols[vector:]
	}
	return dst
}

// finish pads the message that begins at start to whole words (RFC 3550, 6.4.1)
// and writes its length.
func finish(dst []byte, start int) []byte {
	if pad := -(len(dst) - start) & 3; pad > 0 {
		dst[start] |= 0x20
		for range pad {
			dst = append(dst, 0)
		}
		dst[len(dst)-1] = byte(pad)
	}
	binary.BigEndian.PutUint16(dst[start+2:], uint16((len(dst)-start)/4-1))
	return dst
}
