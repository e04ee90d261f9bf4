package transport

// windowBits is the size of the SRTP and SRTCP replay windows (RFC 3711 section
// 3.3.2 asks for at least 64). 1024 packets are 1-2 s of a camera.
const windowBits = 1024

// window remembers which of the last windowBits indices have been seen.
type window struct {
	started bool
	top     uint64                  // highest index seen
	bits    [windowBits / 64]uint64 // bit i%windowBits is index i's
}

// fresh reports whether index i is inside the window or ahead of it and was
// not marked before.
func (w *window) fresh(i uint64) bool {
	switch {
	case !w.started || i > w.top:
		return true
	case w.top-i >= windowBits:
		return false
	}
	return w.bits[i/64%(windowBits/64)]&(1<<(i%64)) == 0
}

// mark records index i, which must be fresh.
func (w *window) mark(i uint64) {
	if !w.started {
		w.started, w.top = true, i
	} else if i > w.top {
		w.advance(i)
	}
	w.bits[i/64%(windowBits/64)] |= 1 << (i % 64)
}

// advance forgets the indices that fall out when the top becomes i.
func (w *window) advance(i uint64) {
	if i-w.top >= windowBits {
		clear(w.bits[:])
		w.top = i
		return
	}
	for w.top < i {
		w.top++
		w.bits[w.top/64%(windowBits/64)] &^= 1 << (w.top % 64)
	}
}

// estimate returns the 48-bit index of a packet with sequence number seq by
// RFC 3711 section 3.3.1 and appendix A, and false for one before the first
// roll-over period.
func (w *window) estimate(seq uint16) (uint64, bool) {
	if !w.started {
		return uint64(seq), true
	}
	roc, last := w.top>>16, int(uint16(w.top))
	switch d := int(seq) - last; {
	case d > 1<<15:
		if roc == 0 {
			return 0, false
		}
		roc--
	case d < -(1 << 15):
		roc++
	}
	return roc<<16 | uint64(seq), true
}
