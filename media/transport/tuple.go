package transport

import "slices"

// tuple is a 5-tuple over which a peer has proved itself. It belongs to the
// reader; the socket's own address is the same for all, so the remote address
// tells them apart.
type tuple struct {
	conn      *Conn
	remote    *remote
	media     bucket // packets
	volume    bucket // bytes
	control   bucket // STUN and DTLS packets
	priority  uint32 // of the last check
	checked   int64  // Now of the last check
	nominated int64  // Now of the last check with USE-CANDIDATE; 0 for none
}

// maxTuples bounds the validated 5-tuples of a connection; the one unused for
// longest makes room for a new one.
const maxTuples = 12

// learn adds a validated 5-tuple to c.
func (r *reader) learn(c *Conn, addr rawAddr, now int64) *tuple {
	if len(c.tuples) >= maxTuples {
		oldest := slices.MinFunc(c.tuples, func(a, b *tuple) int {
			return int(min(max(a.rank(c)-b.rank(c), -1), 1))
		})
		r.unlearn(oldest)
	}
	b := r.socket.config.Budgets
	t := &tuple{
		conn:    c,
		remote:  newRemote(addr.addrPort(), r.socket.v6),
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
	return t.conn.closed.Load() || now-t.checked >= int64(DisconnectedAfter)
}

// rank orders 5-tuples by last use; the selected one is never the oldest.
func (t *tuple) rank(c *Conn) int64 {
	if c.selected == t {
		return 1<<63 - 1
	}
	return t.checked / 2 // so that differences cannot overflow
}

// unlearn forgets one 5-tuple.
func (r *reader) unlearn(t *tuple) {
	c := t.conn
	delete(r.tuples, makeRawAddr(t.remote.addr, r.socket.v6))
	c.tuples = slices.DeleteFunc(c.tuples, func(o *tuple) bool { return o == t })
}

// Times after which a check on one 5-tuple outweighs a better one.
const (
	nominationHold = second     // a nominating peer has made up its mind after this
	selectedSilent = 3 * second // the selected 5-tuple seems dead
)

// selects decides whether a valid check on t moves the connection to t. The
// latest nomination wins, so a network change is followed at once; only within
// nominationHold of a nomination with a higher priority it does not, because a
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
