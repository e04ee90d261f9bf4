// Package netsim makes bad networks for tests: it loses, delays and holds up
// datagrams as a [Path] says, with a seed and by the times that it is given, so
// that the same packets meet the same fate. A [Relay] does that to real UDP between
// clients and a server that has no idea of it; calculations that need no sockets use
// a [Line] by itself.
//
// The kernels that tests run on have no netem, and a test should need no rights.
package netsim

import (
	"math/rand/v2"
	"time"
)

// Path says what one direction of a network does. The zero value does nothing.
type Path struct {
	Loss  float64 // share of packets lost at random, 0 to 1
	Burst float64 // mean number of packets lost in a row; up to 1: each by itself

	Delay  time.Duration // of every packet
	Jitter time.Duration // added to it, evenly from 0 to this; packets stay in order
	// Reorder lets jitter change the order of packets.
	Reorder bool

	Rate  float64       // bit/s that get through, with headers; 0: no limit
	Queue time.Duration // how long a packet may wait for its turn; 0: DefaultQueue

	Cut bool // nothing gets through
}

// DefaultQueue is the queue of a Path with a Rate: what home routers have.
const DefaultQueue = 300 * time.Millisecond

// Overhead is what a datagram takes of the rate besides its payload, in octets:
// UDP and IPv4 headers.
const Overhead = 8 + 20

// Line is one direction of a network at work. Its times are durations since any
// moment, and must not go back. Make it with NewLine.
type Line struct {
	path   Path
	random *rand.Rand
	bad    bool          // in a burst of loss
	free   time.Duration // when the packet before has left the queue
	last   time.Duration // when the packet before arrives
	stats  Stats
}

// Stats counts what became of packets.
type Stats struct {
	Packets  int // given to the line
	Lost     int // at random, or while it was cut
	Overflow int // of its queue
}

// NewLine makes a line. What it does at random follows from seed.
func NewLine(p Path, seed uint64) *Line {
	return &Line{path: p, random: rand.New(rand.NewPCG(seed, 0x6c696e65))}
}

// Set changes the path. What is on its way arrives as it would have.
func (l *Line) Set(p Path) { l.path = p }

// Stats returns what became of the packets so far.
func (l *Line) Stats() Stats { return l.stats }

// Send gives the line a datagram of so many octets and returns when it arrives at
// the other end; ok is false when it does not.
func (l *Line) Send(now time.Duration, octets int) (arrives time.Duration, ok bool) {
	l.stats.Packets++
	p := &l.path
	if p.Cut || l.loses() {
		l.stats.Lost++
		return 0, false
	}
	leaves := now
	if p.Rate > 0 {
		queue := p.Queue
		if queue == 0 {
			queue = DefaultQueue
		}
		begins := max(now, l.free)
		if begins-now > queue {
			l.stats.Overflow++
			return 0, false
		}
		leaves = begins + time.Duration(float64(octets+Overhead)*8e9/p.Rate)
		l.free = leaves
	}
	arrives = leaves + p.Delay
	if p.Jitter > 0 {
		arrives += time.Duration(l.random.Int64N(int64(p.Jitter) + 1))
	}
	if !p.Reorder {
		arrives = max(arrives, l.last)
	}
	l.last = max(l.last, arrives)
	return arrives, true
}

// loses decides on one packet: each by itself, or by the two states of Gilbert's
// model, of which the bad one loses everything.
func (l *Line) loses() bool {
	p := &l.path
	if p.Loss <= 0 {
		return false
	}
	if p.Burst <= 1 {
		return l.random.Float64() < p.Loss
	}
	change := 1 / p.Burst // out of the bad state
	if !l.bad {
		change = p.Loss / (p.Burst * (1 - min(p.Loss, 0.99)))
	}
	if l.random.Float64() < change {
		l.bad = !l.bad
	}
	return l.bad
}
