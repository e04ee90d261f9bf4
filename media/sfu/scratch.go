package sfu

import "github.com/roundel-meet/roundel/media/packet"

// scratch is memory that one step of a shard's work borrows, so that no packet
// allocates.
type scratch struct {
	header   [packet.MaxDescribed]byte
	rtx      [maxPayload + 2]byte
	control  [1400]byte
	numbers  [256]uint16
	blocks   [12]packet.Block
	ssrcs    [12]uint32
	entries  [maxPending]*packet.Entry
	payloads [maxPending][]byte
}

// maxPayload is more than fits into a datagram.
const maxPayload = 1500

// newSource returns an id for a stream of numbers, unique in the shard.
func (s *shard) newSource() uint32 {
	s.sources++
	return s.sources
}

// add adds what one shard counted.
func (s *Stats) add(o *Stats) {
	s.Rooms += o.Rooms
	s.Peers += o.Peers
	s.Tracks += o.Tracks
	s.PacketsIn += o.PacketsIn
	s.OctetsIn += o.OctetsIn
	s.PacketsOut += o.PacketsOut
	s.OctetsOut += o.OctetsOut
	s.Retransmitted += o.Retransmitted
	s.Recovered += o.Recovered
	s.Rejected += o.Rejected
	s.Unknown += o.Unknown
	s.Muted += o.Muted
	s.Paced += o.Paced
	s.Dropped += o.Dropped
	s.KeyRequests += o.KeyRequests
	s.NACKsIn += o.NACKsIn
	s.NACKsOut += o.NACKsOut
	s.Panics += o.Panics
	s.Delays.merge(&o.Delays)
}
