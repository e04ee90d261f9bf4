package transport

import (
	"fmt"
	"runtime/debug"

	"github.com/pion/stun/v3"
)

// batchSize is how many datagrams one recvmmsg may return.
const batchSize = 64

// reader owns what belongs to reading the UDP port or one other way: the
// table of 5-tuples, their budgets, and one batch of buffers. Nothing in it is
// locked.
type reader struct {
	socket    *Socket
	port      *port // nil for a way
	way       way   // nil for a port
	tuples    map[rawAddr]*tuple
	strangers *strangers // nil for a way, which is one of its own
	checks    bucket     // MESSAGE-INTEGRITY checks for strangers
	stages    map[*Inbox]*stage
	marked    []*stage
	check     check
	reply     stun.Message
	batch     [batchSize]*Packet
	count     count
}

// count is a batch's share of the socket's counters.
type count struct{ received, delivered, overBudget, unknown, badChecks, full uint64 }

func newReader(p *port) *reader {
	s := p.socket
	among := len(s.ports) // the budgets of those who proved nothing are shared
	return &reader{
		socket: s, port: p,
		tuples:    make(map[rawAddr]*tuple),
		stages:    make(map[*Inbox]*stage),
		strangers: newStrangers(max(s.config.Budgets.StrangerPackets/among, 1)),
		checks:    newBucket(max(s.config.Budgets.StrangerChecks/among, 1), Now()),
	}
}

// route is datagram behind a guard: a panic costs this datagram, not the socket
// that everybody shares. The log has its type and place, not its value, which
// may quote what arrived.
func (r *reader) route(slot **Packet, addr *rawAddr, now int64) {
	defer func() {
		if v := recover(); v != nil {
			r.count.unknown++
			r.socket.log.Error("datagram dropped by a panic",
				"panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		}
	}()
	r.datagram(slot, addr, now)
}

// datagram routes the datagram in *slot from addr. If an inbox takes the
// packet, *slot gets another one. Budgets come before any cryptography.
func (r *reader) datagram(slot **Packet, addr *rawAddr, now int64) {
	b := (*slot).Data
	kind := classify(b)
	t := r.tuples[*addr]
	if t != nil && t.gone.Load() {
		delete(r.tuples, *addr)
		t = nil
	}
	switch {
	case t == nil:
		r.stranger(b, kind, addr, now)
	case kind == classRTP || kind == classRTCP:
		if !t.media.take(1, now) || !t.volume.take(len(b), now) {
			r.count.overBudget++
			return
		}
		if t.conn.remote.Load() != t.remote {
			t.conn.follow(t)
		}
		r.deliver(slot, t, now)
	case !t.control.take(1, now):
		r.count.overBudget++
	case kind == classSTUN:
		r.binding(b, addr, t, now)
	case kind == classDTLS:
		t.conn.dtls.feed(b, t.remote)
	default:
		r.count.unknown++
	}
}

// deliver stages the packet for its shard and replaces it in the batch.
func (r *reader) deliver(slot **Packet, t *tuple, now int64) {
	p, to := *slot, t.stage
	p.Conn, p.At = t.conn, now
	to.packets = append(to.packets, p)
	if !to.marked {
		to.marked = true
		r.marked = append(r.marked, to)
	}
	*slot = newPacket()
	r.count.delivered++
}

// stageFor returns the reader's stage for an inbox.
func (r *reader) stageFor(box *Inbox) *stage {
	s := r.stages[box]
	if s == nil {
		s = &stage{inbox: box}
		r.stages[box] = s
	}
	return s
}

// stranger handles a datagram from a 5-tuple that has not proved itself: only a
// connectivity check is looked at.
func (r *reader) stranger(b []byte, kind class, addr *rawAddr, now int64) {
	if kind != classSTUN {
		r.count.unknown++
		return
	}
	if r.strangers != nil && !r.strangers.take(addr.addrPort().Addr(), now) {
		r.count.overBudget++
		return
	}
	r.binding(b, addr, nil, now)
}

// binding answers a connectivity check (RFC 8445 section 7.3). Everything that
// is not an authentic one is dropped without an answer, so that the port neither
// amplifies nor tells strangers that it speaks ICE.
func (r *reader) binding(b []byte, addr *rawAddr, t *tuple, now int64) {
	if !r.check.parse(b) {
		r.count.unknown++
		return
	}
	r.socket.mu.RLock()
	creds := r.socket.creds[string(r.check.ufrag)]
	r.socket.mu.RUnlock()
	switch {
	case creds == nil || creds.conn.closed.Load():
		r.count.unknown++
		return
	case t == nil && !r.checks.take(1, now):
		r.count.overBudget++
		return
	case !r.check.authentic(creds):
		r.count.badChecks++
		return
	}
	r.accept(creds, addr, t, now)
}

// accept takes an authentic check: consent is renewed, the 5-tuple is known,
// and selected if the peer nominated it.
func (r *reader) accept(creds *credentials, addr *rawAddr, t *tuple, now int64) {
	c := creds.conn
	if !c.consents(creds) {
		return
	}
	if t != nil && t.conn != c {
		if !t.abandoned(now) { // a peer must not push another off its address by spoofing it
			r.count.unknown++
			return
		}
		r.unlearn(t)
		t = nil
	}
	c.paths.Lock()
	if c.closed.Load() { // another reader may have forgotten its 5-tuples already
		c.paths.Unlock()
		return
	}
	if t == nil {
		t = r.learn(c, *addr, now)
	}
	if !r.check.conflict {
		r.renew(t, now)
	}
	c.paths.Unlock()
	c.settle()
	if r.check.respond(&r.reply, creds, t.remote) == nil {
		r.socket.writeTo(r.reply.Raw, t.remote)
	}
}

// renew takes what an authentic check on t says, before it is answered: a peer
// with the answer in hand may rely on it. The caller holds the paths.
func (r *reader) renew(t *tuple, now int64) {
	c, nominated := t.conn, r.check.nominated
	t.priority, t.checked = r.check.priority, now
	c.lastCheck.Store(now)
	selects := c.selects(t, nominated, now)
	if nominated {
		t.nominated = now
	}
	if selects {
		c.selected = t
		c.remote.Store(t.remote)
	}
}

// finish hands the batch to the shards and adds up the counters.
func (r *reader) finish() {
	for i, s := range r.marked {
		r.count.full += uint64(s.commit())
		r.marked[i] = nil
	}
	r.marked = r.marked[:0]
	c := &r.socket.counters
	c.received.Add(r.count.received)
	c.delivered.Add(r.count.delivered - r.count.full)
	c.overBudget.Add(r.count.overBudget)
	c.unknown.Add(r.count.unknown)
	c.badChecks.Add(r.count.badChecks)
	c.full.Add(r.count.full)
	r.count = count{}
}

// bury deletes the 5-tuples that another reader dropped. The first port's reader also
// drops those of closed connections, whosever they are.
func (r *reader) bury() {
	for _, addr := range r.port.dropped() {
		if t := r.tuples[addr]; t != nil && t.gone.Load() {
			delete(r.tuples, addr)
		}
	}
	s := r.socket
	if r.port != s.ports[0] {
		return
	}
	s.mu.Lock()
	gone := s.gone
	s.gone = nil
	s.mu.Unlock()
	for _, c := range gone {
		for _, t := range c.dropAll() {
			r.forget(t)
		}
	}
}
