package client

import (
	"sync/atomic"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/wire"
)

// maxDatagram is the largest packet a slot reads, in bytes.
const maxDatagram = 1500

// slot is one receiving m-line. Which track it plays changes over time.
type slot struct {
	transceiver *webrtc.RTPTransceiver
	binding     atomic.Pointer[wire.Binding]
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
			s.deliver(o, codec, f)
		}
	}
}

// deliver opens one frame and hands it over. What does not open is not played.
func (s *slot) deliver(o MediaOptions, codec Codec, f whole) {
	from := s.playing()
	data, err := o.Cipher.Open(from, codec, f.data)
	if err != nil {
		return
	}
	o.OnFrame(Frame{Binding: from, Codec: codec, Timestamp: f.timestamp, Data: data})
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
