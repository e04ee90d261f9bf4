package sfu

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/media/transport"
)

// How often a shard looks after its rooms, in nanoseconds.
const (
	tickBusy   = 5e6   // while packets wait in a pacer
	tickActive = 10e6  // while packets flow
	tickIdle   = 200e6 // otherwise
	activeFor  = 500e6
	maxBatch   = 256 // packets between two flushes
	sweepEvery = 50e6
)

// sender is what a shard needs of the transport's egress. RTP and RTCP return
// false when the connection cannot send.
type sender interface {
	RTP(c *transport.Conn, header, payload []byte) bool
	RTCP(c *transport.Conn, compound []byte) bool
	Flush() int
}

// command is work that others ask a shard for.
type command struct {
	room *Room // whose fault a panic is; nil: the shard's own
	run  func()
	done chan struct{} // nil: nobody waits
}

// shard is one goroutine with the rooms it owns.
type shard struct {
	// immutable
	log   *slog.Logger
	inbox *transport.Inbox
	out   sender
	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}

	hangUp func(*transport.Conn) // closes a connection

	// in
	mu       sync.Mutex
	commands []command
	closed   bool
	counted  Stats // out: what Stats reads

	// owned
	rooms   map[*Room]struct{}
	now     int64
	wall    int64 // what turns now into Unix nanoseconds
	busy    int64 // when the last packet came
	ticked  int64 // last tick
	swept   int64 // last tick with sweep
	stats   Stats
	sources uint32
	running []command
	batch   []*transport.Packet
	dirty   []*layer // layers with packets to forward
	backlog []*Peer  // peers whose pacer holds packets
	probing bool     // somebody's path is being probed
	scratch scratch
	room    *Room // whose work is being done
}

func newShard(log *slog.Logger, out sender) *shard {
	return &shard{
		log: log, out: out,
		inbox:  transport.NewInbox(inboxLimit),
		wake:   make(chan struct{}, 1),
		quit:   make(chan struct{}),
		ended:  make(chan struct{}),
		hangUp: func(c *transport.Conn) { c.Close() },
		rooms:  make(map[*Room]struct{}),
		dirty:  make([]*layer, 0, 64),
	}
}

// do runs f on the shard and waits for it. It returns false when the shard has
// ended or f panicked, which ends room.
func (s *shard) do(room *Room, f func()) bool {
	ok := false
	done := make(chan struct{})
	if !s.post(command{room, func() { f(); ok = true }, done}) {
		return false
	}
	<-done
	return ok
}

func (s *shard) post(c command) bool {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		return false
	}
	s.commands = append(s.commands, c)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return true
}

// close stops the shard and waits for it.
func (s *shard) close() {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	close(s.quit)
	<-s.ended
}

// run is the shard's goroutine.
func (s *shard) run() {
	defer close(s.ended)
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-s.quit:
			s.obey() // nobody may wait for an answer that never comes
			return
		case <-s.wake:
		case <-s.inbox.Ready():
		case <-timer.C:
		}
		s.clock()
		s.obey()
		s.batch = s.inbox.Take(s.batch)
		s.receive()
		if s.now-s.ticked >= s.pause() {
			s.ticked = s.now
			s.tick()
		}
		s.out.Flush()
		s.publish()
		timer.Reset(time.Duration(s.ticked + s.pause() - s.now))
	}
}

// clock reads the clocks once for all that is done until the next time.
func (s *shard) clock() {
	s.now = transport.Now()
	s.wall = time.Now().UnixNano() - s.now
}

// pause is how long the shard may sleep when nothing arrives.
func (s *shard) pause() int64 {
	switch {
	case len(s.backlog) > 0 || s.probing:
		return tickBusy
	case s.now-s.busy < activeFor:
		return tickActive
	case len(s.rooms) > 0:
		return tickIdle
	}
	return int64(time.Hour)
}

// publish makes what was counted visible to Stats.
func (s *shard) publish() {
	s.mu.Lock()
	s.counted = s.stats
	s.mu.Unlock()
}

func (s *shard) addTo(total *Stats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	total.add(&s.counted)
}

// obey runs the commands that wait.
func (s *shard) obey() {
	s.mu.Lock()
	s.running, s.commands = s.commands, s.running[:0]
	s.mu.Unlock()
	for i := range s.running {
		s.obeyOne(s.running[i])
	}
	if len(s.running) > 0 {
		for r := range s.rooms {
			s.settle(r)
		}
		s.countLive()
	}
	clear(s.running)
	s.room = nil
}

func (s *shard) obeyOne(c command) {
	if c.done != nil {
		defer close(c.done)
	}
	if c.room != nil && c.room.closed {
		return
	}
	s.room = c.room
	defer s.rescue()
	c.run()
}

// settle binds a room's slots anew after whatever may have changed what they play.
func (s *shard) settle(r *Room) {
	if !r.stale || r.closed {
		return
	}
	s.room = r
	defer s.rescue()
	r.rebind()
}

// rescue turns a panic into the end of the room that caused it. Its deferring
// function returns normally. The log has the panic's type and place, not its
// value, which may quote a packet.
func (s *shard) rescue() {
	v := recover()
	if v == nil {
		return
	}
	s.stats.Panics++
	room := s.room
	id := ""
	if room != nil {
		id = room.id
	}
	s.log.Error("media room ended by a panic", "room", id, "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
	if room != nil && !room.closed {
		room.end()
		room.events.ended(errPanic)
		room.events.close()
	}
}

// receive takes in the batch, forwards what it brought and gives it back.
func (s *shard) receive() {
	if len(s.batch) == 0 {
		return
	}
	s.busy = s.now
	for from := 0; from < len(s.batch); {
		to := min(from+maxBatch, len(s.batch))
		for at := from; at < to; {
			at = s.take(s.batch[:to], at)
		}
		s.forwardAll()
		s.out.Flush()
		s.measure(s.batch[from:to])
		from = to
	}
	for _, p := range s.batch {
		p.Release()
	}
}

// measure notes how long packets took whose copies have just left.
func (s *shard) measure(batch []*transport.Packet) {
	now := transport.Now()
	for _, p := range batch {
		s.stats.Delays.add(now - p.At)
	}
}

// take handles packets from at on and returns where to go on: behind the last,
// or behind one that ended its room.
func (s *shard) take(batch []*transport.Packet, at int) (next int) {
	next = at
	defer func() { next++ }()
	defer s.rescue()
	for ; next < len(batch)-1; next++ {
		s.packet(batch[next])
	}
	s.packet(batch[next])
	return next
}

func (s *shard) packet(p *transport.Packet) {
	peer, ok := p.Conn.Owner().(*Peer)
	if !ok || peer.gone {
		return
	}
	s.room = peer.room
	if p.RTCP() {
		if b, err := p.Conn.OpenRTCP(p); err == nil {
			peer.control(b)
		} else {
			s.stats.Rejected++
		}
		return
	}
	b, err := p.Conn.OpenRTP(p)
	if err != nil {
		s.stats.Rejected++
		return
	}
	peer.receive(b, p.At)
}

// forwardAll sends what the batch brought to the slots that play it.
func (s *shard) forwardAll() {
	for i := 0; i < len(s.dirty); i++ {
		s.forwardSafely(s.dirty[i])
	}
	// What is over must not be held until the next packet, which may never come.
	clear(s.dirty)
	s.dirty, s.room = s.dirty[:0], nil
}

func (s *shard) forwardSafely(l *layer) {
	s.room = l.track.peer.room
	defer s.rescue()
	l.forward()
}

// tick looks after everything that time drives.
func (s *shard) tick() {
	s.drain()
	s.probing = false
	sweep := s.now-s.swept >= sweepEvery
	if sweep {
		s.swept = s.now
	}
	for r := range s.rooms {
		s.tickRoom(r, sweep)
	}
	if sweep {
		s.countLive()
	}
}

func (s *shard) tickRoom(r *Room, sweep bool) {
	s.room = r
	defer s.rescue()
	for _, p := range r.order {
		p.tick(sweep)
	}
	if r.stale {
		r.rebind()
	}
}

// countLive sets what Stats says of now.
func (s *shard) countLive() {
	s.stats.Rooms, s.stats.Peers, s.stats.Tracks = len(s.rooms), 0, 0
	for r := range s.rooms {
		s.stats.Peers += len(r.order)
		for _, p := range r.order {
			s.stats.Tracks += len(p.tracks)
		}
	}
}
