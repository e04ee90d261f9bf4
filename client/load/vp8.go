package load

import (
	"math/rand/v2"
	"time"

	"github.com/pion/rtp"
)

// descriptorSize is that of the VP8 payload descriptor with picture id of 15
// bits, TL0PICIDX, TID and KEYIDX (RFC 7741, 4.2), in bytes.
const descriptorSize = 6

// vp8 makes packets that a forwarder takes for VP8: descriptors count as they
// should and each frame begins as a key or delta frame does (RFC 7741, 4.3).
// Behind that is noise. It is used by one goroutine and reuses its packet.
type vp8 struct {
	size    int    // bytes of a frame
	step    uint32 // between two of them, in units of 1/90,000 s
	noise   []byte
	payload []byte
	packet  rtp.Packet
	picture uint16
	tl0     uint8
	keyIdx  uint8
}

func newVP8(size int, interval time.Duration) *vp8 {
	v := &vp8{
		step: uint32(90000 * interval / time.Second),
		size: max(size, 64), noise: make([]byte, 64<<10), payload: make([]byte, descriptorSize+videoPayload),
		packet:  rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: uint16(rand.Uint32()), Timestamp: rand.Uint32()}},
		picture: uint16(rand.Uint32()),
	}
	fill(v.noise)
	return v
}

// frame hands one frame's packets to send. A packet is valid during the call.
func (v *vp8) frame(key bool, send func(*rtp.Packet)) {
	v.picture++
	v.tl0++
	if key {
		v.keyIdx++
	}
	v.packet.Timestamp += v.step
	for left := v.size; left > 0; {
		n := min(left, videoPayload)
		if rest := left - n; rest > 0 && rest < 64 {
			n -= 64 // so that the last packet has room for its stamp
		}
		first := left == v.size
		left -= n
		v.packet.Payload = v.payload[:descriptorSize+n]
		v.describe(first)
		copy(v.packet.Payload[descriptorSize:], v.noise[rand.IntN(32<<10):])
		if first {
			beginFrame(v.packet.Payload[descriptorSize:], key)
		}
		v.packet.Marker = left == 0
		send(&v.packet)
		v.packet.SequenceNumber++
	}
}

// whole returns one frame without packets. It is valid until the next call.
func (v *vp8) whole(key bool) []byte {
	at := rand.IntN(len(v.noise)/2 - 1)
	b := append(v.payload[:0], v.noise[at:]...)
	for len(b) < v.size {
		b = append(b, v.noise...)
	}
	v.payload = b
	beginFrame(b, key)
	return b[:v.size]
}

// describe writes the payload descriptor.
func (v *vp8) describe(first bool) {
	d := v.payload
	d[0] = 0x80 // X
	if first {
		d[0] |= 0x10 // S
	}
	d[1] = 0xf0 // I, L, T, K
	d[2] = 0x80 | byte(v.picture>>8)
	d[3] = byte(v.picture)
	d[4] = v.tl0
	d[5] = 0x20 | v.keyIdx&0x1f // TID 0, Y
}

// beginFrame writes the frame's tag and, for a key frame, its start code and the
// size 640 × 360 (RFC 6386, 9.1).
func beginFrame(b []byte, key bool) {
	if !key {
		b[0] = 0x11
		return
	}
	copy(b, []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01})
}
