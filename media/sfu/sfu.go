// Package sfu forwards media between the peers of a room: tracks in, slots out,
// and the RTCP that belongs to both. It decides which track a slot plays and
// what a path can carry; it never decrypts or looks into a frame, and it knows
// nothing of meetings, roles or signalling.
//
// Rooms are spread over shards. One goroutine per shard owns everything on the
// packet path of its rooms, so that two rooms share no lock and a packet needs
// no channel. A panic in a room ends that room alone.
package sfu

import (
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/transport"
)

// Config is what an SFU needs.
type Config struct {
	Socket *transport.Socket
	Shards int // goroutines that forward; 0: GOMAXPROCS
	Logger *slog.Logger
}

// SFU is a set of rooms on one socket. The caller closes the socket after it.
type SFU struct {
	// immutable
	socket *transport.Socket
	log    *slog.Logger
	shards []*shard

	next      atomic.Uint32 // shard of the next room
	callbacks sync.WaitGroup
	closing   sync.Once

	mu     sync.Mutex
	rooms  map[*Room]struct{}
	closed bool
}

// inboxLimit is how many packets may wait for a shard: a quarter of a second at
// 40,000 packets per second.
const inboxLimit = 10_000

// errClosed is what a room that was closed with its SFU ended with.
var errClosed = meeting.Errorf(meeting.CodeUnavailable, "The media server is stopping.")

// New starts an SFU.
func New(c Config) *SFU {
	if c.Shards <= 0 {
		c.Shards = runtime.GOMAXPROCS(0)
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	s := &SFU{socket: c.Socket, log: c.Logger, rooms: make(map[*Room]struct{})}
	for range c.Shards {
		sh := newShard(c.Logger, c.Socket.NewEgress())
		s.shards = append(s.shards, sh)
		go sh.run()
	}
	return s
}

// Close ends all rooms, stops the shards and waits for the last event. It must
// not be called from an event.
func (s *SFU) Close() error {
	s.closing.Do(s.end)
	return nil
}

func (s *SFU) end() {
	s.mu.Lock()
	s.closed = true
	rooms := make([]*Room, 0, len(s.rooms))
	for r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	for _, r := range rooms {
		r.Close()
	}
	for _, sh := range s.shards {
		sh.close()
	}
	s.callbacks.Wait()
}

// NewRoom starts a room. id only names it in logs.
func (s *SFU) NewRoom(id string, ev Events) *Room {
	r := &Room{
		id: id, sfu: s,
		shard:  s.shards[int(s.next.Add(1))%len(s.shards)],
		events: newNotices(ev),
		peers:  make(map[string]*Peer),
	}
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		r.closed = true
		return r
	}
	s.rooms[r] = struct{}{}
	s.callbacks.Go(r.events.run)
	s.mu.Unlock() // a room that ends on the shard takes the lock
	r.shard.do(r, func() { r.shard.rooms[r] = struct{}{} })
	return r
}

// forget takes a room that has ended off the books.
func (s *SFU) forget(r *Room) {
	s.mu.Lock()
	delete(s.rooms, r)
	s.mu.Unlock()
}

// Stats are totals since the start, but Rooms, Peers and Tracks, which are now.
type Stats struct {
	Rooms, Peers, Tracks int

	PacketsIn, OctetsIn   uint64 // authenticated RTP, retransmissions included
	PacketsOut, OctetsOut uint64 // RTP given to the egress, per receiver
	Retransmitted         uint64 // of PacketsOut
	Recovered             uint64 // packets that came only after we asked again
	Rejected              uint64 // could not be authenticated or read
	Unknown               uint64 // no track has their SSRC or payload type
	Muted                 uint64 // of a kind that is not live
	Paced                 uint64 // waited in a pacer before they went out
	Dropped               uint64 // not forwarded for lack of bandwidth
	KeyRequests           uint64 // PLI and FIR sent to publishers
	NACKsIn, NACKsOut     uint64 // packets asked for
	Panics                uint64 // rooms that ended by a fault of ours

	Delays Delays // of forwarding
}

// Stats adds up what the shards counted until a moment ago.
func (s *SFU) Stats() Stats {
	var total Stats
	for _, sh := range s.shards {
		sh.addTo(&total)
	}
	return total
}

// errRoomEnded is returned for anything asked of a room that has ended.
var errRoomEnded = meeting.Errorf(meeting.CodeEnded, "The meeting has ended.")

// errPanic hides what a panic said; the log has it.
var errPanic = errors.New("sfu: panic")
