package client

import (
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Cipher stands between whole frames and the network. A frame is what an encoder
// gives: one Opus packet, or one picture. Its methods are called from one
// goroutine per track or slot, so an implementation must allow calls in parallel.
type Cipher interface {
	// Seal returns what is sent in place of frame. An error drops the frame: a
	// sender never falls back to sending it clear.
	Seal(kind meeting.Kind, codec Codec, frame []byte) ([]byte, error)
	// Open returns what is delivered in place of frame, which came through the
	// slot that the server says plays from. An error drops the frame.
	Open(from wire.Binding, codec Codec, frame []byte) ([]byte, error)
}

// Clear is the Cipher that changes nothing: the media is encrypted on each leg
// by DTLS-SRTP only, and the server could see it.
type Clear struct{}

// Seal returns frame.
func (Clear) Seal(_ meeting.Kind, _ Codec, frame []byte) ([]byte, error) { return frame, nil }

// Open returns frame.
func (Clear) Open(_ wire.Binding, _ Codec, frame []byte) ([]byte, error) { return frame, nil }
