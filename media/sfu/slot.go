package sfu

import (
	"github.com/roundel-meet/roundel/media/packet"
)

// fallback is how long a video slot waits for a key frame that it can recognise
// before it forwards what comes, for sealed or unusual streams.
const fallback = 3e9

// slot is a receiving line of a peer: one continuous stream with a constant SSRC
// that plays changing tracks. It is owned by the shard.
type slot struct {
	peer       *Peer
	mid        string
	audio      bool
	formats    []format
	twcc       uint8 // id of the transport-wide number in this line, 0 for none
	descriptor uint8 // id of the dependency descriptor in this line, 0 for none
	ssrc       uint32
	rtx        uint32

	track  *track // nil: empty
	target *step  // of the track: that fits the place where it is shown and the path
	aim    *step  // of the track: that it shall play now, the target if that is sent
	layer  *layer // that it plays; nil while it waits for a key frame, or any packet of audio
	cut    *cut   // what it leaves out of the layer; nil: nothing yet
	limit  int    // highest rank that the path carries
	place  int    // of the track in the peer's wants
	shown  int    // pixels of the place where it is shown, 0 when that is not known
	format format // what the line calls the track's codec
	paused bool
	mark   bool // the next packet begins a talkspurt
	since  int64
	mapper packet.Mapper

	packets    uint32
	octets     uint32
	rtxSeq     uint16
	resent     []resent // by the low bits of the number; made with the first NACK
	generation uint32   // packets in the pacer with another one are void
	loss       float64  // as its receiver reports
	most       limit    // that its receiver named
}

// resent remembers when a packet was last retransmitted.
type resent struct {
	at  int64
	seq uint16
}

const resentKept = 128

// formatFor returns what the line calls the track's codec.
func (sl *slot) formatFor(t *track) (format, bool) {
	for _, f := range sl.formats {
		if f.codec == t.format.codec {
			return f, true
		}
	}
	return format{}, false
}

// bind makes the slot play t, from its next key frame on.
func (sl *slot) bind(t *track) {
	sl.unbind()
	sl.format, _ = sl.formatFor(t)
	sl.track, sl.limit = t, maxRank
	t.slots = append(t.slots, sl)
	sl.peer.untold = true
	if !sl.audio {
		sl.show()
		sl.peer.allotment.begins = true
	}
	sl.leave()
}

// unbind leaves the slot empty.
func (sl *slot) unbind() {
	t := sl.track
	if t == nil {
		return
	}
	for i, other := range t.slots {
		if other == sl {
			last := len(t.slots) - 1
			t.slots[i], t.slots[last] = t.slots[last], nil
			t.slots = t.slots[:last]
			break
		}
	}
	sl.peer.untold = true
	sl.track, sl.target, sl.aim, sl.layer, sl.paused = nil, nil, nil, nil, false
	sl.generation++
}

// leave has the slot choose among the steps of its track anew and wait for a key
// frame.
func (sl *slot) leave() {
	sl.layer = nil
	sl.pick()
	sl.await()
}

// await holds the slot until the next key frame of the layer that it shall play,
// and asks for one.
func (sl *slot) await() {
	sl.generation++
	sl.layer = nil
	sl.since = sl.peer.room.shard.now
	if !sl.audio && sl.peer.ready && !sl.paused {
		sl.aim.layer.requestKey()
	}
}

// begins reports whether a slot that does not play l may begin to with this packet.
func (sl *slot) begins(l *layer, e *packet.Entry, now int64) bool {
	switch {
	case e.Empty():
		return false
	case sl.audio || e.Info.Key:
		return true
	case sl.layer != nil || sl.aim.layer != l:
		return false
	}
	return now-sl.since > fallback && (e.Info.Start || !e.Info.Known)
}

// enter makes the slot play l from this packet on. What it has queued of another
// layer is void: the key frame replaces it.
func (sl *slot) enter(l *layer, e *packet.Entry, now int64) {
	if sl.layer != nil {
		sl.generation++
	}
	sl.layer, sl.mark = l, sl.audio
	sl.mapper.Begin(l.source, e, now, l.track.format.codec.ClockRate())
}
