package packet

// Reception keeps the statistics of one received stream that its reports need
// (RFC 3550, 6.4.1 and A.3, A.8). The zero value is ready.
type Reception struct {
	base          int64
	high          int64
	received      int64
	priorExpected int64
	priorReceived int64
	transit       int64
	jitter        int64 // in units of 1/16 timestamp unit
	reportNTP     uint32
	reportAt      int64
}

// Packet counts one packet that is no duplicate. seq is its extended number,
// timestamp its RTP timestamp and at its arrival; clock is the clock rate in Hz.
func (r *Reception) Packet(seq int64, timestamp uint32, at int64, clock uint32) {
	transit := at/1000*int64(clock)/1e6 - int64(timestamp)
	if r.received == 0 {
		r.base, r.transit = seq, transit
	}
	r.received++
	r.base = min(r.base, seq)
	r.high = max(r.high, seq)
	// Only the low 32 bits of the difference mean anything: timestamps wrap.
	d := int64(int32(transit - r.transit))
	r.transit = transit
	if d < 0 {
		d = -d
	}
	r.jitter += d - (r.jitter+8)>>4
}

// Report remembers a sender report of the source for LSR and DLSR.
func (r *Reception) Report(ntp uint64, at int64) {
	r.reportNTP, r.reportAt = uint32(ntp>>16), at
}

// Interval returns how many packets were expected since the last Block, and how many
// of them did not come; late ones of before make that less than none.
func (r *Reception) Interval() (expected, lost int64) {
	if r.received > 0 {
		expected = r.high - r.base + 1
	}
	expected -= r.priorExpected
	return expected, expected - (r.received - r.priorReceived)
}

// Block makes the next report block and begins a new interval (RFC 3550, A.3).
func (r *Reception) Block(ssrc uint32, now int64) Block {
	expectedNow, gone := r.Interval()
	r.priorExpected, r.priorReceived = r.priorExpected+expectedNow, r.received
	lost := r.priorExpected - r.received
	b := Block{
		SSRC:   ssrc,
		Lost:   int32(max(-1<<23, min(lost, 1<<23-1))),
		High:   uint32(max(0, r.high-firstCycle)),
		Jitter: uint32(r.jitter >> 4),
	}
	if expectedNow > 0 && gone > 0 {
		b.Fraction = uint8(min(255, gone<<8/expectedNow))
	}
	if r.reportAt > 0 {
		b.LSR = r.reportNTP
		b.DLSR = uint32((now - r.reportAt) / 1000 * 65536 / 1e6)
	}
	return b
}

// Received returns how many packets were counted.
func (r *Reception) Received() int64 { return r.received }
