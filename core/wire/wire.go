// Package wire has every message that crosses a socket between a client and the
// server: the signalling protocol "roundel.v1" and the bodies of the REST API.
// It is the one source of docs/protocol.md's tables and of the web client's
// types. It has no behaviour beyond validation and knows nothing of rooms.
package wire

import "encoding/json"

//go:generate go run ./wiregen

// Protocol is the websocket subprotocol that both sides must name (RFC 6455, 1.9).
const Protocol = "roundel.v1"

// SignalPath is where the websocket is served.
const SignalPath = "/signal"

// Limits of one signalling connection, in bytes and per second. The server
// answers a message over a limit with an error and, if it goes on, closes.
const (
	MaxMessage        = 256 << 10 // one websocket message
	MaxPayload        = 64 << 10  // one relayed payload
	MaxMessagesPerSec = 50        // sustained; bursts of twice as many pass
)

// Message is the envelope of everything that crosses the websocket. A request
// carries ID and is answered by exactly one message with the same ID, whose type
// is TypeOK or TypeError. An event from the server carries Seq instead, counting
// up by one for each seat; a reconnect names the last it saw. Unknown fields are
// ignored; a request of unknown type is answered with code unknown_type.
type Message struct {
	ID   uint64          `json:"id,omitempty"`
	Seq  uint64          `json:"seq,omitempty"`
	Type string          `json:"type"`
	Body json.RawMessage `json:"body,omitempty"`
}

// The types of replies.
const (
	TypeOK    = "ok"
	TypeError = "error"
)

// ErrorBody is the body of TypeError and of REST errors (RFC 9457 adds its own members there).
type ErrorBody struct {
	Code    string `json:"code"`    // a code of package meeting
	Message string `json:"message"` // an English sentence without internals
}

// Empty is the body of requests and replies that carry nothing.
type Empty struct{}
