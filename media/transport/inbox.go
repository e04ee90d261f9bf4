package transport

import (
	"context"
	"sync"
)

// Packet is one received datagram. It belongs to whoever took it from an Inbox
// until Release.
type Packet struct {
	Conn *Conn
	Data []byte // the whole datagram; decrypted in place by OpenRTP and OpenRTCP
	At   int64  // Now when its batch was read, in nanoseconds

	buf [MaxDatagram]byte
}

// MaxDatagram is the largest datagram accepted: an Ethernet frame's worth.
// Longer ones are dropped, no WebRTC endpoint sends them.
const MaxDatagram = 1500

var packets = sync.Pool{New: func() any { return new(Packet) }}

func newPacket() *Packet { return packets.Get().(*Packet) }

// RTCP reports whether the packet is RTCP rather than RTP (RFC 5761 section 4).
func (p *Packet) RTCP() bool { return classify(p.Data) == classRTCP }

// Release gives the packet back. Neither it nor its Data may be used afterwards.
func (p *Packet) Release() {
	p.Conn, p.Data = nil, nil
	packets.Put(p)
}

// Inbox is where a Socket's readers leave the RTP and RTCP of one shard. The lock
// is between them and that shard alone and is taken once per batch.
type Inbox struct {
	ready chan struct{}
	limit int

	mu    sync.Mutex
	queue []*Packet
}

// NewInbox makes an Inbox that holds at most limit packets. Newer ones are
// dropped when it is full, and counted in Stats.
func NewInbox(limit int) *Inbox {
	return &Inbox{ready: make(chan struct{}, 1), limit: limit}
}

// Ready has a value when there may be packets to Take.
func (i *Inbox) Ready() <-chan struct{} { return i.ready }

// Wait returns nil when there may be packets to Take, or ctx's error.
func (i *Inbox) Wait(ctx context.Context) error {
	select {
	case <-i.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Take returns all waiting packets and keeps dst's memory for the next ones, so
// that `batch = inbox.Take(batch)` never allocates in the long run. The caller
// must be done with the elements of dst, and releases each packet returned.
func (i *Inbox) Take(dst []*Packet) []*Packet {
	clear(dst)
	i.mu.Lock()
	taken := i.queue
	i.queue = dst[:0]
	i.mu.Unlock()
	return taken
}

// put moves packets into the queue and wakes the shard. It returns how many were
// dropped because the inbox was full.
func (i *Inbox) put(packets []*Packet) (dropped int) {
	i.mu.Lock()
	room := min(max(i.limit-len(i.queue), 0), len(packets))
	i.queue = append(i.queue, packets[:room]...)
	i.mu.Unlock()
	for _, p := range packets[room:] {
		p.Release()
		dropped++
	}
	select {
	case i.ready <- struct{}{}:
	default:
	}
	return dropped
}

// stage is what one reader has for an inbox in this batch. It belongs to the reader.
type stage struct {
	inbox   *Inbox
	packets []*Packet
	marked  bool // there are packets
}

// commit gives the packets to the inbox and returns how many it dropped.
func (s *stage) commit() int {
	dropped := s.inbox.put(s.packets)
	clear(s.packets)
	s.packets, s.marked = s.packets[:0], false
	return dropped
}
