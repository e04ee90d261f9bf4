package client

import (
	"errors"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Cipher stands between whole frames and the network. A frame is what an encoder
// gives: one Opus packet, or one picture. Its methods are called from one
// goroutine per track or slot, so an implementation must allow calls in parallel.
type Cipher interface {
	// Seal returns what is sent in place of frame. An error drops the frame: a
	// sender never falls back to sending it clear.
	Seal(kind meeting.Kind, codec Codec, frame []byte) ([]byte, error)
	// Open returns what is delivered in place of f, whose Binding is what the
	// server says of the slot: the result's is whose frame it really is. ErrHeld
	// means that the frame may open a little later and is given again; any other
	// error drops it.
	Open(f Frame) (Frame, error)
}

// ErrHeld is Cipher.Open's answer for a frame whose key is on its way.
var ErrHeld = errors.New("client: the frame's key is not here yet")

// Clear is the Cipher that changes nothing: the media is encrypted on each leg
// by DTLS-SRTP only, and the server could see it.
type Clear struct{}

// Seal returns frame.
func (Clear) Seal(_ meeting.Kind, _ Codec, frame []byte) ([]byte, error) { return frame, nil }

// Open returns f.
func (Clear) Open(f Frame) (Frame, error) { return f, nil }
