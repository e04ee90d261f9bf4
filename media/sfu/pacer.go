package sfu

import "github.com/roundel-meet/roundel/media/congestion"

// Bounds of a pacer's queue.
const (
	maxQueued = 1024
	maxQueue  = 400e6 // a packet that waited longer is worth less than a key frame
)

// How much faster than the estimate a pacer sends. An estimate is careful and what
// comes in cannot be made less, so a path without trouble gets all that comes but
// for bursts; one that is congested gets what it can bear, and a key frame still
// catches up.
const (
	headroom       = 2.5
	narrowHeadroom = 1.25
	unknownPace    = 20e6 // bit/s, while the receiver says nothing of what arrives
)

// paceOf returns the pace for an estimate, in bit/s.
func paceOf(e *congestion.Estimator, now int64) float64 {
	switch {
	case e.Congested():
		return narrowHeadroom * e.Rate()
	case !e.Known(now):
		return max(headroom*e.Rate(), unknownPace)
	}
	return headroom * e.Rate()
}

// pacer spreads what exceeds the estimate over time. Audio and retransmissions
// pass it by but spend its tokens.
type pacer struct {
	bucket congestion.Bucket
	repair congestion.Bucket // for retransmissions
	queue  []queued          // ring; made when first needed
	head   int
	length int
}

type queued struct {
	slot       *slot
	seq        int64
	at         int64
	generation uint32
}

// open reports whether a packet may go out at once.
func (p *pacer) open(now int64) bool { return p.length == 0 && p.bucket.Open(now) }

// enqueue puts a packet of the slot's layer at the end of the queue. It returns
// false when the queue is full or moves too slowly.
func (p *Peer) enqueue(sl *slot, seq int64) bool {
	q := &p.pacer
	if q.queue == nil {
		q.queue = make([]queued, maxQueued)
	}
	now := p.room.shard.now
	if q.length == maxQueued || q.length > 0 && now-q.queue[q.head].at > maxQueue {
		return false
	}
	if q.length == 0 {
		p.room.shard.backlog = append(p.room.shard.backlog, p)
	}
	q.queue[(q.head+q.length)%maxQueued] = queued{sl, seq, now, sl.generation}
	q.length++
	p.room.shard.stats.Paced++
	return true
}

// drain sends what the pacers let go now.
func (s *shard) drain() {
	kept := s.backlog[:0]
	for _, p := range s.backlog {
		if s.drainSafely(p); p.pacer.length > 0 && !p.gone {
			kept = append(kept, p)
		}
	}
	clear(s.backlog[len(kept):])
	s.backlog = kept
}

func (s *shard) drainSafely(p *Peer) {
	s.room = p.room
	defer s.rescue()
	p.drain()
}

func (p *Peer) drain() {
	q, now := &p.pacer, p.room.shard.now
	for q.length > 0 && !p.gone {
		item := &q.queue[q.head]
		void := item.generation != item.slot.generation || item.slot.layer == nil
		if !void && !q.bucket.Open(now) {
			return
		}
		sl, seq := item.slot, item.seq
		*item = queued{}
		q.head = (q.head + 1) % maxQueued
		q.length--
		if void {
			continue
		}
		e := sl.layer.cache.Get(seq)
		if e == nil {
			sl.drop()
			continue
		}
		sl.send(e, sl.layer.cache.Payload(e))
	}
}
