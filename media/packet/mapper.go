package packet

import "math"

// How many stretches a Mapper remembers, in powers of two: enough to answer a NACK or
// place a late packet across that many switches and closed gaps. A stream of which
// frames are left out has a gap every other picture.
const (
	fewRuns  = 16
	manyRuns = 64
)

// Run is a stretch of a source's packets that keep their distances in the stream
// they are mapped to.
type Run struct {
	source    uint32
	in, end   int64 // the source's numbers [in, end)
	out       int64 // what in becomes
	Timestamp uint32
	Picture   uint16
	Frame     uint16 // see Entry
	TL0       uint8
}

// Mapper maps the numbers of changing sources to one continuous stream: sequence
// numbers, timestamps, the picture numbers of VP8 and VP9 and frame numbers. A number of the
// output is never given to two packets, which AEAD nonces depend on (RFC 7714,
// 9.1). It costs nothing per packet but one addition.
type Mapper struct {
	runs        []Run  // ring
	count       int    // runs ever begun
	high        int64  // highest number given out
	lastOut     uint32 // timestamp of the newest packet mapped
	lastAt      int64
	lastPicture uint16
	lastFrame   uint16
	lastTL0     uint8
}

// NewMapper makes a mapper whose first packet gets a number and timestamp from
// seed, which should be random (RFC 3550, 5.1). The number begins below 2^15, so
// that early loss cannot make two ends disagree on the SRTP rollover counter
// (RFC 3711, 3.3.1).
func NewMapper(seed uint64) Mapper {
	return Mapper{runs: make([]Run, fewRuns), high: 1<<16 + int64(seed&0x7fff), lastOut: uint32(seed >> 16)}
}

// Widen makes the mapper remember as many runs as a stream has of which frames are
// left out.
func (m *Mapper) Widen() {
	if len(m.runs) == manyRuns {
		return
	}
	before := *m
	m.runs = make([]Run, manyRuns)
	for i := max(0, m.count-fewRuns); i < m.count; i++ {
		*m.run(i) = *before.run(i)
	}
}

// run returns the run that was begun as number i, while it is remembered.
func (m *Mapper) run(i int) *Run { return &m.runs[i&(len(m.runs)-1)] }

func (m *Mapper) current() *Run { return m.run(m.count - 1) }

// Begin starts a new run at packet e of a source, right behind what was mapped
// before, and ends the run before. clock is the source's clock rate in Hz. When
// the source is the one of the run before, its timestamps keep their distances;
// otherwise they go on by the time that passed.
func (m *Mapper) Begin(source uint32, e *Entry, now int64, clock uint32) {
	next := Run{source: source, in: e.Seq, end: math.MaxInt64, out: m.high + 1}
	switch {
	case m.count == 0:
		next.Timestamp = m.lastOut - e.Timestamp
	case m.current().source == source:
		next.Timestamp = m.current().Timestamp
	default:
		step := uint32(max(1, (now-m.lastAt)/1000*int64(clock)/1e6))
		next.Timestamp = m.lastOut + step - e.Timestamp
	}
	if e.Info.PictureAt > 0 {
		next.Picture = m.lastPicture + 1 - e.Info.Picture
	}
	if e.Info.TL0At > 0 {
		next.TL0 = m.lastTL0 + 1 - e.Info.TL0
	}
	if e.Framed {
		next.Frame = m.lastFrame + 1 - e.Frame
	}
	// Nothing behind the last packet sent may still take a number of this run; a closed
	// gap may have begun runs beyond it.
	for i := m.count - 1; i >= 0 && i >= m.count-len(m.runs); i-- {
		before := m.run(i)
		before.end = min(before.end, before.in+m.high-before.out+1)
	}
	*m.run(m.count) = next
	m.count++
}

// Skip leaves packet in out of the stream and closes the gap, also the one of so many
// picture numbers. It returns false when a later packet was mapped already, so that
// the gap can only be filled.
func (m *Mapper) Skip(in int64, pictures uint16) bool {
	if m.count == 0 {
		return true
	}
	run := m.current()
	if in < run.in || run.out+in-run.in <= m.high {
		return false
	}
	if in == run.in {
		run.in++
		run.Picture -= pictures
		return true
	}
	next := *run
	next.in, next.out = in+1, run.out+in-run.in
	next.Picture -= pictures
	run.end = in
	*m.run(m.count) = next
	m.count++
	return true
}

// Map returns the number that e gets, and its run, or nil when e belongs to no
// run that is remembered. Each packet must be mapped at most once.
func (m *Mapper) Map(source uint32, e *Entry, now int64) (int64, *Run) {
	for i := m.count - 1; i >= 0 && i >= m.count-len(m.runs); i-- {
		run := m.run(i)
		if run.source != source {
			return 0, nil
		}
		if e.Seq < run.in || e.Seq >= run.end {
			continue
		}
		out := run.out + e.Seq - run.in
		if out > m.high {
			m.note(out, e, run, now)
		}
		return out, run
	}
	return 0, nil
}

// note remembers what the next run has to follow on.
func (m *Mapper) note(out int64, e *Entry, run *Run, now int64) {
	m.high = out
	if e.Timestamp+run.Timestamp != m.lastOut {
		m.lastOut, m.lastAt = e.Timestamp+run.Timestamp, now
	}
	if e.Info.PictureAt > 0 {
		m.lastPicture = e.Info.Picture + run.Picture
	}
	if e.Framed {
		m.lastFrame = e.Frame + run.Frame
	}
	if e.Info.TL0At > 0 {
		m.lastTL0 = e.Info.TL0 + run.TL0
	}
}

// Source returns which packet of which source became number out, with its run,
// or nil when it is not remembered or was never sent.
func (m *Mapper) Source(out uint16) (in int64, source uint32, run *Run) {
	ext := m.high + int64(int16(out-uint16(m.high)))
	if ext > m.high {
		return 0, 0, nil
	}
	for i := m.count - 1; i >= 0 && i >= m.count-len(m.runs); i-- {
		run = m.run(i)
		if ext < run.out {
			continue
		}
		in = run.in + ext - run.out
		if in >= run.end {
			return 0, 0, nil
		}
		return in, run.source, run
	}
	return 0, 0, nil
}

// Shift returns what the current run adds to its source's timestamps, and false
// before the first run.
func (m *Mapper) Shift() (uint32, bool) {
	if m.count == 0 {
		return 0, false
	}
	return m.current().Timestamp, true
}

// High returns the highest number given out.
func (m *Mapper) High() int64 { return m.high }
