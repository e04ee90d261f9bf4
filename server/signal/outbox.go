package signal

import (
	"encoding/json"
	"errors"
	"sync"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Bounds of what may wait to be written. The snapshot of a full meeting and the
// events that a lost connection missed fit in. Most of the bytes are bodies that
// many connections share.
const (
	maxQueued      = 2048
	maxQueuedBytes = 16 << 20
)

var errSlow = errors.New("the client reads too slowly")

// outbox holds what a connection still has to be sent. Send never blocks.
type outbox struct {
	wake chan struct{}   // holds one token while there is something to do
	slow func(err error) // called once when a bound is passed

	mu       sync.Mutex
	queue    []wire.Message
	bytes    int
	finished bool // nothing is accepted any more
}

func newOutbox(slow func(error)) *outbox {
	return &outbox{wake: make(chan struct{}, 1), slow: slow}
}

// Send implements room.Outlet.
func (o *outbox) Send(m wire.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.finished {
		return
	}
	o.queue = append(o.queue, m)
	o.bytes += len(m.Body)
	o.finished = m.Type == wire.TypeClosed
	if len(o.queue) > maxQueued || o.bytes > maxQueuedBytes {
		o.queue, o.bytes, o.finished = nil, 0, true
		o.slow(errSlow)
		return
	}
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest message out, one at a time so that all that is not yet
// written counts.
func (o *outbox) next() (m wire.Message, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		return m, false
	}
	m, o.queue[0] = o.queue[0], wire.Message{}
	o.queue = o.queue[1:]
	o.bytes -= len(m.Body)
	return m, true
}

// reply sends the answer to the request with this id.
func (o *outbox) reply(id uint64, body any) {
	raw, err := json.Marshal(body)
	if err != nil {
		o.fail(id, err)
		return
	}
	o.Send(wire.Message{ID: id, Type: wire.TypeOK, Body: raw})
}

// fail sends why the request with this id failed; id 0 concerns the connection.
func (o *outbox) fail(id uint64, err error) {
	raw, _ := json.Marshal(wire.ErrorBody{Code: string(meeting.CodeOf(err)), Message: meeting.MessageOf(err)})
	o.Send(wire.Message{ID: id, Type: wire.TypeError, Body: raw})
}

// closedFor is a last event for a connection that may have no seat.
func closedFor(code meeting.Code, message string) wire.Message {
	raw, _ := json.Marshal(wire.Closed{Code: string(code), Message: message})
	return wire.Message{Seq: 1, Type: wire.TypeClosed, Body: raw}
}
