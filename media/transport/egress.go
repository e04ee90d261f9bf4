package transport

// Egress seals packets into one slab and sends them in batches, runs of packets
// to the same peer as one GSO train. Each shard has its own; it is not for
// concurrent use.
type Egress struct {
	socket  *Socket
	port    *port // that it sends from: the kernel counts what waits there
	slab    []byte
	off     int
	trains  []train
	sent    int // since the last Flush returned
	passed  int // of these, by ways
	refused int // by ways
	out     sender
}

// train is a run of datagrams to one peer, consecutive in the slab: all of
// segment bytes, but the last may be shorter.
type train struct {
	remote   *remote
	from, to int
	segment  int
	count    int
	open     bool
}

// The bounds of a batch. The slab is about what a core's cache keeps warm
// between sealing and the kernel's copy; it flushes itself when full.
const (
	slabSize    = 512 << 10
	maxTrains   = 256
	maxSegments = 64    // UDP_MAX_SEGMENTS of Linux before 6.9
	maxTrainLen = 65000 // an IPv4 datagram's limit, less headers
)

// NewEgress makes an Egress for one shard.
func (s *Socket) NewEgress() *Egress {
	e := &Egress{
		socket: s,
		port:   s.ports[int(s.egresses.Add(1))%len(s.ports)],
		slab:   make([]byte, slabSize),
		trains: make([]train, 0, maxTrains),
	}
	e.out.init(e)
	return e
}

// RTP seals header and payload for c into the slab. header is the whole RTP
// header as c shall see it, extensions included. It returns false, and nothing
// is sent, when c has no keys or no 5-tuple, or when this sequence number of
// this SSRC was sealed before (see session.seal).
func (e *Egress) RTP(c *Conn, header, payload []byte) bool {
	r, s := c.remote.Load(), c.session.Load()
	if r == nil || s == nil || !e.room(len(header)+len(payload)) {
		return false
	}
	n, err := s.seal(e.slab[e.off:], header, payload)
	if err != nil {
		return false
	}
	e.add(r, n)
	return true
}

// RTCP seals a compound packet for c into the slab, as RTP does.
func (e *Egress) RTCP(c *Conn, compound []byte) bool {
	r, s := c.remote.Load(), c.session.Load()
	if r == nil || s == nil || !e.room(len(compound)) {
		return false
	}
	n, err := s.sealControl(e.slab[e.off:], compound)
	if err != nil {
		return false
	}
	e.add(r, n)
	return true
}

// room makes sure that n bytes and their overhead fit, flushing if they do not.
func (e *Egress) room(n int) bool {
	if n > MaxDatagram-maxOverhead {
		return false
	}
	if e.off+n+maxOverhead > len(e.slab) || len(e.trains) == cap(e.trains) {
		e.send()
	}
	return true
}

// add puts the n bytes at the slab's end into the last train or a new one.
func (e *Egress) add(r *remote, n int) {
	if r.way != nil {
		if r.way.send(e.slab[e.off : e.off+n]) {
			e.sent++
			e.passed++
		} else {
			e.refused++
		}
		return
	}
	from := e.off
	e.off += n
	if len(e.trains) > 0 {
		t := &e.trains[len(e.trains)-1]
		if t.open && t.remote == r && n <= t.segment && t.count < maxSegments && t.to-t.from+n <= maxTrainLen {
			t.to = e.off
			t.count++
			t.open = n == t.segment
			return
		}
	}
	open := e.socket.gso.Load() && !r.noGSO.Load()
	e.trains = append(e.trains, train{remote: r, from: from, to: e.off, segment: n, count: 1, open: open})
}

// Flush sends everything sealed since the last Flush and returns how many
// packets the kernel took, those sent early because the slab was full included.
func (e *Egress) Flush() int {
	e.send()
	if e.passed+e.refused > 0 {
		c := &e.socket.counters
		c.sent.Add(uint64(e.passed))
		c.unsent.Add(uint64(e.refused))
		e.passed, e.refused = 0, 0
	}
	n := e.sent
	e.sent = 0
	return n
}

// send gives the trains to the kernel and empties the slab.
func (e *Egress) send() {
	if len(e.trains) == 0 {
		return
	}
	sent, calls := e.out.send(e)
	total := 0
	for i := range e.trains {
		total += e.trains[i].count
	}
	c := &e.socket.counters
	c.sent.Add(uint64(sent))
	c.sentCalls.Add(uint64(calls))
	c.unsent.Add(uint64(total - sent))
	e.sent += sent
	e.trains, e.off = e.trains[:0], 0
}
