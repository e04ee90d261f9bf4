package transport

import (
	"net/netip"
	"sync"
)

// wayReader is the reader of a way that is one peer's only.
type wayReader struct {
	*reader
	addr rawAddr
}

// wayChecks bounds the MESSAGE-INTEGRITY checks a second before one was right.
const wayChecks = 20

func newWayReader(s *Socket, w way, from netip.AddrPort) *wayReader {
	r := &wayReader{reader: &reader{
		socket: s, way: w,
		tuples: make(map[rawAddr]*tuple, 1), stages: make(map[*Inbox]*stage, 1),
		checks: newBucket(wayChecks, Now()),
	}, addr: makeRawAddr(unmap(from), s.v6)}
	r.batch[0] = newPacket()
	return r
}

// take routes the datagram of n bytes that was put into the batch's first packet.
func (r *wayReader) take(n int) {
	p := r.batch[0]
	p.Data = p.buf[:n]
	r.count.received++
	r.route(&r.batch[0], &r.addr, Now())
}

// end forgets the 5-tuple, so that nothing more is sent there.
func (r *wayReader) end() {
	for _, t := range r.tuples {
		r.unlearn(t)
	}
	r.finish()
	r.batch[0].Release()
}

// Relayed is one peer's way through a relay in this process (RFC 8656): what the
// peer sends goes in by Receive, what is for the peer goes out by the function that
// the relay gave.
type Relayed struct {
	out func([]byte) bool

	mu     sync.Mutex // of Receive and Close
	reader *wayReader
	closed bool
}

// Relay makes a way for a peer whose relayed address is from, and which reaches the
// relay by TCP. send copies a datagram or drops it; it must not wait.
func (s *Socket) Relay(from netip.AddrPort, send func(b []byte) bool) *Relayed {
	r := &Relayed{out: send}
	r.reader = newWayReader(s, r, from)
	return r
}

// Receive takes a datagram from the peer. One that is too long is dropped.
func (r *Relayed) Receive(b []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || len(b) > MaxDatagram {
		return
	}
	r.reader.take(copy(r.reader.batch[0].buf[:], b))
	r.reader.finish()
}

// Close forgets the peer's way.
func (r *Relayed) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.closed = true
		r.reader.end()
	}
}

func (r *Relayed) send(b []byte) bool { return r.out(b) }
func (*Relayed) relayed() bool        { return true }

// close is what the Socket does when the peer has gone: the relay ends the way when
// its client does.
func (*Relayed) close() {}
