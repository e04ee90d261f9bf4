package load

import (
	"sync"
	"time"

	"github.com/pion/rtp"
)

// maxLatencies bounds what one slot remembers: over 2 minutes of 1.5 Mbit/s.
const maxLatencies = 20_000

// Sink is one subscriber. A Joiner feeds it packets.
type Sink struct {
	opts  Options
	start time.Time

	mu     sync.Mutex
	slots  map[string]*slotStat
	joined time.Duration
	first  time.Duration // until the first picture, or sound without video; 0 before
	timing bool          // between begin and end
	frames uint64        // opened meanwhile
}

// slotStat counts one slot.
type slotStat struct {
	started  bool
	last     uint16
	expected uint64 // by sequence numbers, since the first
	received uint64
	atBegin  struct{ expected, received uint64 }
	atEnd    struct{ expected, received uint64 }
	latency  []time.Duration
}

func newSink(o Options) *Sink {
	return &Sink{opts: o, start: time.Now(), slots: map[string]*slotStat{}}
}

// HasVideo reports whether pictures are expected.
func (s *Sink) HasVideo() bool { return s.opts.VideoBitrate > 0 }

// HasAudio reports whether sound is expected.
func (s *Sink) HasAudio() bool { return s.opts.Audio }

// Tracks is the number of tracks of each sort that are expected.
func (s *Sink) Tracks() int { return s.opts.Publishers }

// Packet takes one packet of a slot, which it does not keep.
func (s *Sink) Packet(slot string, video bool, p *rtp.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.slots[slot]
	if st == nil {
		st = &slotStat{}
		s.slots[slot] = st
	}
	st.count(p.SequenceNumber)
	if !s.opts.Frames {
		s.arrived(st, video, p.Payload)
	}
}

// Frame takes one frame of a slot that has opened, when publishers send frames.
func (s *Sink) Frame(slot string, video bool, data []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.slots[slot]
	if st == nil {
		return // its packets were counted first
	}
	if s.timing {
		s.frames++
	}
	s.arrived(st, video, data)
}

// arrived takes the times of something that carries a stamp.
func (s *Sink) arrived(st *slotStat, video bool, stamped []byte) {
	if s.first == 0 && video == s.HasVideo() {
		s.first = time.Since(s.start)
	}
	if !s.timing || len(st.latency) >= maxLatencies {
		return
	}
	if d, ok := sinceStamp(stamped); ok {
		st.latency = append(st.latency, d)
	}
}

func (t *slotStat) count(seq uint16) {
	t.received++
	if !t.started {
		t.started, t.last, t.expected = true, seq, 1
		return
	}
	if d := int16(seq - t.last); d > 0 {
		t.expected += uint64(d)
		t.last = seq
	}
}

func (s *Sink) noteJoined() {
	s.mu.Lock()
	s.joined = time.Since(s.start)
	s.mu.Unlock()
}

func (s *Sink) tracks() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.slots)
}

// begin and end bound the measured time.
func (s *Sink) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timing = true
	for _, t := range s.slots {
		t.atBegin.expected, t.atBegin.received = t.expected, t.received
	}
}

func (s *Sink) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timing = false
	for _, t := range s.slots {
		t.atEnd.expected, t.atEnd.received = t.expected, t.received
	}
}
