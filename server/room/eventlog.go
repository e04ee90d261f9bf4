package room

import (
	"encoding/json"

	"github.com/roundel-meet/roundel/core/wire"
)

// Bounds of what a seat remembers for a lost connection. Commits of a large
// group have hundreds of kilobytes; seats share their bodies.
const (
	logEvents = 1024
	logBytes  = 8 << 20
)

// noKnocks stands for an older list of knocks, which the newest replaces.
var noKnocks = encode(wire.GroupKnocks{Knocks: []wire.GroupKnocking{}})

// eventLog numbers the events of one seat and keeps the last of them, so that a
// new connection can be told what the lost one did not get.
type eventLog struct {
	seq   uint64 // of the last event
	kept  []wire.Message
	bytes int

	knocks uint64 // the seq of the last list of knocks
}

// add returns the next event.
func (l *eventLog) add(typ string, body json.RawMessage) wire.Message {
	l.seq++
	if typ == wire.TypeGroupKnocks {
		l.forgetKnocks()
		l.knocks = l.seq
	}
	m := wire.Message{Seq: l.seq, Type: typ, Body: body}
	l.kept = append(l.kept, m)
	l.bytes += len(body)
	drop := 0
	for len(l.kept)-drop > logEvents || l.bytes > logBytes {
		l.bytes -= len(l.kept[drop].Body)
		drop++
	}
	// The array moves on with the events: append makes a new one now and then.
	clear(l.kept[:drop])
	l.kept = l.kept[drop:]
	return m
}

// forgetKnocks empties the last list of knocks, if it is kept: they are large,
// told whole each time, and only the newest counts.
func (l *eventLog) forgetKnocks() {
	if l.knocks == 0 || len(l.kept) == 0 || l.knocks < l.kept[0].Seq {
		return
	}
	m := &l.kept[l.knocks-l.kept[0].Seq]
	l.bytes += len(noKnocks) - len(m.Body)
	m.Body = noKnocks
}

// after returns the events that follow seq, or false when they are not all kept
// or seq has not been yet.
func (l *eventLog) after(seq uint64) ([]wire.Message, bool) {
	if seq > l.seq {
		return nil, false
	}
	missed := l.seq - seq
	if missed > uint64(len(l.kept)) {
		return nil, false
	}
	return l.kept[uint64(len(l.kept))-missed:], true
}
