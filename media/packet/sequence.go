package packet

// Limits of RFC 3550, A.1: a step of up to maxDropout forwards is loss, of up to
// maxMisorder backwards is reordering; anything else is a restarted source if
// the packet after it follows on.
const (
	maxDropout  = 3000
	maxMisorder = 512
)

// firstCycle is where extended numbers begin, so that packets from before the
// first one stay positive. Reports count from 0 (RFC 3550, A.1).
const firstCycle = 1 << 16

// Unwrapper extends 16-bit sequence numbers to 64 bits that never wrap. The zero
// value is ready.
type Unwrapper struct {
	high    int64 // highest extended number
	suspect int32 // the number expected next if the source has restarted, or -1
	started bool
}

// Next returns the extended number of seq. restarted says that the source began
// anew: the number then is higher than all before, and unrelated to them. ok is
// false for a packet that fits nowhere and is to be dropped.
func (u *Unwrapper) Next(seq uint16) (ext int64, restarted, ok bool) {
	if !u.started {
		u.started, u.suspect = true, -1
		u.high = firstCycle + int64(seq)
		return u.high, false, true
	}
	step := int64(int16(seq - uint16(u.high)))
	if step <= -maxMisorder || step > maxDropout {
		if u.suspect != int32(seq) {
			u.suspect = int32(seq + 1)
			return 0, false, false
		}
		u.suspect = -1
		u.high = (u.high>>16+1)<<16 + int64(seq)
		return u.high, true, true
	}
	u.suspect = -1
	ext = u.high + step
	u.high = max(u.high, ext)
	return ext, false, true
}

// Place returns the extended number of a retransmitted packet without letting it
// move anything, and false when it is not behind the newest one.
func (u *Unwrapper) Place(seq uint16) (ext int64, ok bool) {
	ext = u.high + int64(int16(seq-uint16(u.high)))
	return ext, u.started && ext <= u.high
}

// High returns the highest extended number so far, 0 before the first.
func (u *Unwrapper) High() int64 { return u.high }
