package transport

import (
	"slices"
	"sync/atomic"
)

// tuple is a 5-tuple over which a peer has proved itself. Within the table of its
// reader the remote address tells them apart: the local one is the same for all.
type tuple struct {
	// immutable
	conn   *Conn
	remote *remote
	port   *port  // it comes to; nil for a way
	stage  *stage // of the reader and the peer's inbox

	// owned by the reader
	media   bucket // packets
	volume  bucket // bytes
	control bucket // STUN and DTLS packets

	gone atomic.Bool // the connection has forgotten it: the reader drops it when it meets it

	// guarded by conn.paths
	priority  uint32 // of the last check
	checked   int64  // Now of the last check
	nominated int64  // Now of the last check with USE-CANDIDATE; 0 for none
}

// maxTuples bounds the validated 5-tuples of a connection; the one unused for
// longest makes room for a new one.
const maxTuples = 12

// learn adds a validated 5-tuple to c, whose paths the caller holds.
func (r *reader) learn(c *Conn, addr rawAddr, now int64) *tuple {
	if len(c.tuples) >= maxTuples {
		oldest := slices.MinFunc(c.tuples, func(a, b *tuple) int {
			return int(min(max(a.rank(c)-b.rank(c), -1), 1))
		})
		c.drop(oldest)
		r.forget(oldest)
	}
	b := r.socket.config.Budgets
	remote := newRemote(addr.addrPort(), r.socket.v6)
	remote.way = r.way
	t := &tuple{
		conn:    c,
		remote:  remote,
		port:    r.port,
		stage:   r.stageFor(c.inbox),
		media:   newBucket(b.MediaPackets, now),
		volume:  newBucket(b.MediaBytes, now),
		control: newBucket(b.ControlPackets, now),
	}
	c.tuples = append(c.tuples, t)
	r.tuples[addr] = t
	return t
}

// abandoned reports whether another peer may take the address over.
func (t *tuple) abandoned(now int64) bool {
	t.conn.paths.Lock()
	defer t.conn.paths.Unlock()
	return t.conn.closed.Load() || now-t.checked >= int64(DisconnectedAfter)
}

// rank orders 5-tuples by last use; the selected one is never the oldest.
func (t *tuple) rank(c *Conn) int64 {
	if c.selected == t {
		return 1<<63 - 1
	}
	return t.checked / 2 // so that differences cannot overflow
}

// forget takes a dropped 5-tuple out of its reader's table. Another reader is told:
// that of a way by its end, that of a port by a poke.
func (r *reader) forget(t *tuple) {
	addr := makeRawAddr(t.remote.addr, r.socket.v6)
	switch {
	case t.remote.way == r.way && t.port == r.port:
		delete(r.tuples, addr)
	case t.remote.way != nil:
		t.remote.way.close()
	default:
		t.port.drop(addr)
	}
}

// unlearn forgets one 5-tuple of this reader.
func (r *reader) unlearn(t *tuple) {
	r.forget(t)
	t.conn.paths.Lock()
	defer t.conn.paths.Unlock()
	t.conn.drop(t)
}

// drop forgets one 5-tuple. The caller holds c.paths, and has its reader forget it.
func (c *Conn) drop(t *tuple) {
	t.gone.Store(true)
	c.tuples = slices.DeleteFunc(c.tuples, func(o *tuple) bool { return o == t })
	if c.selected == t {
		c.selected = nil
		c.remote.CompareAndSwap(t.remote, nil)
	}
}

// dropAll forgets the 5-tuples of a closed connection.
func (c *Conn) dropAll() []*tuple {
	c.paths.Lock()
	defer c.paths.Unlock()
	all := slices.Clone(c.tuples)
	for len(c.tuples) > 0 {
		c.drop(c.tuples[0])
	}
	c.remote.Store(nil) // a check may have been under way while it was closed
	return all
}

// follow moves the connection to t when the peer has: its media comes over t, and
// its last check, too. A NAT that gives a peer another address looks so; not every
// peer nominates again then, since it sees the pair that it has nominated before.
func (c *Conn) follow(t *tuple) {
	c.paths.Lock()
	defer c.paths.Unlock()
	if s := c.selected; s != nil && s != t && !t.gone.Load() && t.checked > s.checked {
		c.selected = t
		c.remote.Store(t.remote)
	}
}

// Times after which a check on one 5-tuple outweighs a better one.
const (
	nominationHold = second     // a nominating peer has made up its mind after this
	selectedSilent = 3 * second // the selected 5-tuple seems dead
)

// selects decides whether a valid check on t moves the connection to t; the caller
// holds c.paths. The latest nomination wins, so a network change is followed at once;
// only within nominationHold of a nomination with a higher priority it does not, because a
// peer that nominates aggressively (RFC 5245 section 8.1.1.2) nominates all its
// pairs in one go and means the best.
func (c *Conn) selects(t *tuple, nominated bool, now int64) bool {
	s := c.selected
	switch {
	case s == t:
		return c.remote.Load() == nil // ICE had failed and was restarted
	case s == nil:
		return nominated
	case nominated:
		return t.priority >= s.priority || now-s.nominated >= nominationHold
	}
	return t.nominated != 0 && now-s.checked >= selectedSilent
}
