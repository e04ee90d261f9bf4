package client

import (
	"time"

	"github.com/pion/rtp"
)

// A gap in the sequence is given up when so many packets have come after it, or
// after so long; then the frames that it touches are dropped.
const (
	maxGapPackets = 128
	maxGapTime    = 400 * time.Millisecond
)

// whole is one frame put together.
type whole struct {
	timestamp uint32
	data      []byte
}

// assembler puts the packets of one slot in order and joins them to frames. The
// server keeps sequence numbers and timestamps continuous over re-bindings. It
// never delivers a frame with a packet missing.
type assembler struct {
	unpack  rtp.Depacketizer
	video   bool
	started bool
	next    uint16 // the sequence number that is due
	waiting [maxGapPackets]*rtp.Packet
	held    int       // packets in waiting
	since   time.Time // when the gap before them was seen

	open      bool // data has the beginning of a frame
	skipping  bool // the rest of a broken frame passes by
	timestamp uint32
	data      []byte
}

func newAssembler(c Codec) *assembler {
	f, _ := formatOf(c)
	return &assembler{unpack: f.unpack(), video: c != Opus}
}

// push takes one packet, which it keeps, and returns the frames it completes.
// Sound is delivered as it comes: each packet is a frame and stands alone.
func (a *assembler) push(p *rtp.Packet, now time.Time) []whole {
	if !a.video {
		if len(p.Payload) == 0 {
			return nil
		}
		return []whole{{timestamp: p.Timestamp, data: p.Payload}}
	}
	if !a.started {
		a.started, a.next = true, p.SequenceNumber
	}
	ahead := int16(p.SequenceNumber - a.next)
	if ahead < 0 {
		return nil // late or repeated
	}
	var done []whole
	if int(ahead) >= maxGapPackets {
		done = a.giveUp(done, p.SequenceNumber-maxGapPackets+1)
	}
	cell := &a.waiting[p.SequenceNumber%maxGapPackets]
	if *cell == nil {
		*cell = p
		if a.held++; a.held == 1 {
			a.since = now
		}
	}
	done = a.drain(done)
	if a.held > 0 && now.Sub(a.since) > maxGapTime {
		done = a.drain(a.giveUp(done, a.oldest()))
	}
	if a.held > 0 && len(done) > 0 {
		a.since = now
	}
	return done
}

// drain consumes packets as long as the one that is due has come.
func (a *assembler) drain(done []whole) []whole {
	for {
		p := a.waiting[a.next%maxGapPackets]
		if p == nil {
			return done
		}
		done = a.consume(done, p)
	}
}

// giveUp moves on to the sequence number to, over what is missing before it.
func (a *assembler) giveUp(done []whole, to uint16) []whole {
	for a.next != to {
		if p := a.waiting[a.next%maxGapPackets]; p != nil {
			done = a.consume(done, p)
			continue
		}
		a.open, a.skipping = false, true
		a.next++
	}
	return done
}

// oldest is the sequence number of the first packet that waits.
func (a *assembler) oldest() uint16 {
	at := a.next
	for a.waiting[at%maxGapPackets] == nil {
		at++
	}
	return at
}

// consume takes the packet that is due.
func (a *assembler) consume(done []whole, p *rtp.Packet) []whole {
	a.waiting[a.next%maxGapPackets] = nil
	a.held--
	a.next++
	if len(p.Payload) == 0 {
		return done // padding
	}
	if !a.open || p.Timestamp != a.timestamp {
		fresh := p.Timestamp != a.timestamp || !a.skipping
		a.open = fresh && a.unpack.IsPartitionHead(p.Payload)
		a.skipping = !a.open
		a.timestamp, a.data = p.Timestamp, nil
	}
	if a.open {
		part, err := a.unpack.Unmarshal(p.Payload)
		if err != nil {
			a.open, a.skipping = false, true
		} else {
			a.data = append(a.data, part...)
		}
	}
	if !p.Marker {
		return done
	}
	if a.open {
		done = append(done, whole{timestamp: p.Timestamp, data: a.data})
	}
	a.open, a.skipping = false, false
	return done
}
