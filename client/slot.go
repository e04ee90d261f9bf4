package client

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// maxDatagram is the largest packet a slot reads, in bytes.
const maxDatagram = 1500

// slot is one receiving m-line. Which track it plays changes over time.
type slot struct {
	transceiver *webrtc.RTPTransceiver
	binding     atomic.Pointer[wire.Binding]
	held        sframe.Waiting[Frame] // owned by run: frames whose key is on its way
}

// playing is what the slot plays now, as far as the server has told.
func (s *slot) playing() wire.Binding {
	if b := s.binding.Load(); b != nil {
		return *b
	}
	return wire.Binding{Mid: s.transceiver.Mid()}
}

// run reads the slot's packets until the connection ends.
func (s *slot) run(o MediaOptions, remote *webrtc.TrackRemote) {
	var (
		buf    [maxDatagram]byte
		packet rtp.Packet
		last   webrtc.PayloadType
		codec  Codec
		frames *assembler
	)
	for {
		n, _, err := remote.Read(buf[:])
		if err != nil {
			return
		}
		if err := packet.Unmarshal(buf[:n]); err != nil {
			continue
		}
		if pt := remote.PayloadType(); codec == "" || pt != last {
			var known bool
			if codec, known = codecOfMime(remote.Codec().MimeType); !known {
				continue
			}
			last = pt
			if o.OnFrame != nil {
				frames = newAssembler(codec)
			}
		}
		if o.OnPacket != nil {
			o.OnPacket(Packet{Binding: s.playing(), Codec: codec, RTP: &packet})
		}
		if frames == nil {
			continue
		}
		for _, f := range frames.push(packet.Clone(), time.Now()) {
			s.receive(o, Frame{
				Binding: s.playing(), Codec: codec, SSRC: uint32(remote.SSRC()), Timestamp: f.timestamp, Data: f.data,
			}, time.Now())
		}
	}
}

// receive hands over the frames whose key has come meanwhile, and then f. A frame
// whose key is not there yet waits for at most a second and holds up no other.
func (s *slot) receive(o MediaOptions, f Frame, now time.Time) {
	s.held.Expire(now)
	s.held.Offer(func(f Frame) bool { return deliver(o, f) })
	if deliver(o, f) {
		s.held.Put(now, f) // of too many the latest are lost
	}
}

// deliver opens one frame and hands it over, or reports that it must wait. What
// does not open is not played.
func deliver(o MediaOptions, f Frame) (wait bool) {
	opened, err := o.Cipher.Open(f)
	if err != nil {
		return errors.Is(err, ErrHeld)
	}
	o.OnFrame(opened)
	return false
}

// readRTCP drains the slot's sender reports, which the interceptors use, until
// the receiver ends.
func (s *slot) readRTCP(receiver *webrtc.RTPReceiver) {
	var buf [maxDatagram]byte
	for {
		if _, _, err := receiver.Read(buf[:]); err != nil {
			return
		}
	}
}
