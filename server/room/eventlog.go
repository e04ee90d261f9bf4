package room

import (
	"encoding/json"

	"github.com/roundel-meet/roundel/core/wire"
)

// Bounds of what a seat remembers for a lost connection.
const (
	logEvents = 512
	logBytes  = 512 << 10 // of bodies, which seats share
)

// eventLog numbers the events of one seat and keeps the last of them, so that a
// new connection can be told what the lost one did not get.
type eventLog struct {
	seq   uint64 // of the last event
	kept  []wire.Message
	bytes int
}

// add returns the next event.
func (l *eventLog) add(typ string, body json.RawMessage) wire.Message {
	l.seq++
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
