package sframe

import (
	"errors"
	"time"
)

// SendMode is what a sender does with its frames.
type SendMode uint8

// The modes of sending; Holding is the zero value.
const (
	Holding SendMode = iota // nothing leaves
	SendClear
	Sealing // under the key of Send.Epoch; while that is not there nothing leaves
)

// Send is the session's decision for all own frames from now on.
type Send struct {
	Mode  SendMode
	Epoch uint64
}

// Outgoing is a frame that may be sent.
type Outgoing struct {
	Data    []byte
	Sealed  bool
	Epoch   uint64 // of a sealed one
	ID      ID
	Counter uint64
}

// ErrSpent is returned when a key has sealed as many frames as a counter counts.
var ErrSpent = errors.New("sframe: key has no counters left")

// SetSend takes the session's decision.
func (r *Ring) SetSend(s Send) { r.send = s }

// Knows reports whether the keys of an epoch are there.
func (r *Ring) Knows(now time.Time, epoch uint64) bool {
	r.expire(now)
	return r.byNumber(epoch) != nil
}

// Seal says what is sent in place of a frame: appended to dst when it is sealed,
// the frame itself in clear mode. The error Hold means that nothing is.
func (r *Ring) Seal(now time.Time, dst []byte, kind Kind, c Codec, key bool, frame []byte) (Outgoing, error) {
	r.expire(now)
	metadata := r.metadata[c]
	if metadata == nil || kind >= kinds {
		return Outgoing{}, ErrCodec
	}
	switch r.send.Mode {
	case SendClear:
		return Outgoing{Data: frame}, nil
	case Sealing:
	default:
		return Outgoing{}, Hold
	}
	e := r.byNumber(r.send.Epoch)
	if e == nil {
		return Outgoing{}, Hold
	}
	s := &e.own[kind]
	if e.self > maxLeaf {
		return Outgoing{}, Hold
	}
	id := ID{Epoch: uint8(e.number), Leaf: uint16(e.self), Kind: kind, Instance: r.instance}
	if s.key == nil {
		k, err := e.key(id)
		if err != nil {
			return Outgoing{}, err
		}
		s.key = k
	}
	if s.next > maxCounter {
		return Outgoing{}, ErrSpent
	}
	out := Outgoing{Sealed: true, Epoch: e.number, ID: id, Counter: s.next}
	s.next++
	dst = c.open(dst, key, len(frame)+s.key.Overhead(out.Counter))
	if c == H264 {
		r.sealed = s.key.Seal(r.sealed[:0], out.Counter, metadata, frame)
		dst = escape(dst, r.sealed)
	} else {
		dst = s.key.Seal(dst, out.Counter, metadata, frame)
	}
	out.Data = c.close(dst)
	return out, nil
}
