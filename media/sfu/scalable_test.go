package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/internal/scalable"
	"github.com/roundel-meet/roundel/media/descriptor"
)

// film is a publisher of one stream with layers inside: each frame is two packets.
type film struct {
	tb       testing.TB
	r        *rig
	peer     *Peer
	encoder  scalable.Encoder
	pt       uint8
	octets   [3]int // of a packet of each size
	lose     func(seq uint16) bool
	sent     map[uint16]*rtp.Packet // by number
	seq      uint16
	pictures int
	key      bool    // the next picture is a key picture
	keys     int     // key pictures made
	active   *uint32 // targets that are sent, nil: nothing is said of them
	ssrc     uint32
}

// newFilm joins a publisher of VP9 whose encoder makes these layers, and a viewer
// whose line has descriptors.
func newFilm(tb testing.TB, e scalable.Encoder) (f *film, bob *Peer) {
	r := newRig(tb)
	f = &film{tb: tb, r: r, encoder: e, pt: ptVP9, octets: [3]int{40, 60, 80}, sent: make(map[uint16]*rtp.Packet), seq: 65500, ssrc: 77, key: true}
	f.peer = r.join("ann", lines{sends: camera, ssrc: 77, described: true})
	f.peer.tracks[0].choose(ptVP9)
	bob = r.join("bob", lines{video: 1, described: true})
	r.show(bob, "ann", whole)
	return f, bob
}

// take films so many pictures, 25 a second, with a key picture where one is asked for.
func (f *film) take(pictures int) {
	f.tb.Helper()
	for range pictures {
		for _, m := range f.r.messages(f.peer) {
			if _, ok := m.(*rtcp.PictureLossIndication); ok {
				f.key = true
			}
		}
		for _, p := range f.picture() {
			f.sent[p.SequenceNumber] = &p
			if f.lose == nil || !f.lose(p.SequenceNumber) {
				f.r.feed(f.peer, p)
			}
		}
		f.r.step(40 * ms)
	}
}

// over films for so long over the viewer's path.
func (f *film) over(d int64, n *path) {
	f.tb.Helper()
	for end := f.r.shard.now + d; f.r.shard.now < end; {
		if f.r.shard.now%(40*ms) == 0 {
			for _, m := range f.r.messages(f.peer) {
				if _, ok := m.(*rtcp.PictureLossIndication); ok {
					f.key = true
				}
			}
			for _, p := range f.picture() {
				f.r.feed(f.peer, p)
			}
		}
		f.r.shard.now += ms
		if f.r.shard.now%(5*ms) == 0 {
			f.r.shard.tick()
		}
		n.step()
	}
}

// picture makes the packets of the next picture.
func (f *film) picture() []rtp.Packet {
	frames := f.encoder.Picture(f.key)
	if f.key {
		f.keys++
	}
	f.key = false
	f.pictures++
	targets := int(f.encoder.Structure().Targets)
	var packets []rtp.Packet
	if f.active != nil {
		frames = frames[:2]
	}
	for i, frame := range frames {
		for part := range 2 {
			p := rtp.Packet{Header: rtp.Header{
				Version: 2, PayloadType: f.pt, SequenceNumber: f.seq, SSRC: f.ssrc, Timestamp: uint32(f.pictures) * 3600,
				Marker: part == 1 && i == len(frames)-1,
			}}
			f.seq++
			p.Payload = f.payload(frame, part)
			d := f.encoder.Descriptor(frame, part == 0, part == 1)
			d.Active = f.active
			extend(f.tb, &p, d.Bytes(targets))
			packets = append(packets, p)
		}
	}
	return packets
}

// extend gives a packet a descriptor, with two-byte elements if it is long.
func extend(tb testing.TB, p *rtp.Packet, d []byte) {
	tb.Helper()
	if len(d) > 16 {
		p.Extension, p.ExtensionProfile = true, 0x1000
	}
	must(tb, p.SetExtension(extDescriptor, d))
	must(tb, p.SetExtension(extMid, []byte("0")))
}

// payload makes a payload that names its picture, size, rate and part.
func (f *film) payload(frame scalable.Frame, part int) []byte {
	b := make([]byte, f.octets[frame.Spatial])
	switch f.pt {
	case ptVP9: // RFC 9628, 4.2: I, L, and P, B where they are so
		b[0] = 0xa0
		if !frame.Key {
			b[0] |= 0x40
		}
		if part == 0 {
			b[0] |= 0x08
		}
		binary.BigEndian.PutUint16(b[1:], 0x8000|uint16(f.pictures)&0x7fff)
		b[3] = byte(frame.Temporal<<5 | frame.Spatial<<1)
	case ptAV1: // W, and Z or N where they are so
		b[0] = 0x10
		if part == 1 {
			b[0] |= 0x80
		} else if frame.Key && frame.Spatial == 0 {
			b[0] |= 0x08
		}
	}
	binary.BigEndian.PutUint32(b[8:], uint32(f.pictures))
	b[12], b[13], b[14] = byte(frame.Spatial), byte(frame.Temporal), byte(part)
	return b
}

// watching is a receiver that holds what it gets to what a decoder needs.
type watching struct {
	tb      testing.TB
	film    *film
	peer    *Peer
	reader  descriptor.Reader
	frames  map[uint16]int // packets that came of a frame
	newest  uint16         // frame
	last    *rtp.Packet
	picture uint32 // the newest
	closed  bool   // it has ended
	plain   bool   // without descriptors
}

func watch(f *film, p *Peer) *watching {
	return &watching{tb: f.tb, film: f, peer: p, frames: make(map[uint16]int), closed: true}
}

// shows takes what came since it was last asked, and returns each picture as
// "size/rate" of its largest frame: sizes are 0 to 2. A stream with a gap, a frame
// that refers to one that did not come and a picture without an end are faults.
func (w *watching) shows() (pictures []string) {
	w.tb.Helper()
	return w.look(w.film.r.media(w.peer))
}

// look is shows of these packets.
func (w *watching) look(packets []rtp.Packet) (pictures []string) {
	w.tb.Helper()
	for _, p := range packets {
		if w.last != nil && p.SequenceNumber != w.last.SequenceNumber+1 {
			w.tb.Fatalf("numbers %d and %d are not next to each other", w.last.SequenceNumber, p.SequenceNumber)
		}
		w.last = &p
		if len(p.Payload) == 0 {
			continue // the number of a packet that was left out too late
		}
		n := binary.BigEndian.Uint32(p.Payload[8:])
		if n != w.picture {
			if !w.closed {
				w.tb.Fatalf("picture %d has no end", w.picture)
			}
			pictures = append(pictures, "")
		} else if w.closed {
			w.tb.Fatalf("picture %d goes on behind its end", n)
		}
		w.picture, w.closed = n, p.Marker
		pictures = append(pictures[:max(0, len(pictures)-1)], fmt.Sprintf("%d/%d", p.Payload[12], p.Payload[13]))
		w.read(&p)
	}
	return pictures
}

// read holds a packet's descriptor to those before.
func (w *watching) read(p *rtp.Packet) {
	w.tb.Helper()
	d := p.GetExtension(extDescriptor)
	if w.plain {
		if d != nil {
			w.tb.Errorf("a descriptor that was not agreed on: %x", d)
		}
		return
	}
	var f descriptor.Frame
	if !w.reader.Read(d, &f) {
		w.tb.Fatalf("descriptor %x", d)
	}
	if int(f.Spatial) != int(p.Payload[12]) || int(f.Temporal) != int(p.Payload[13]) || f.First != (p.Payload[14] == 0) {
		w.tb.Errorf("the packet of %v says %+v", p.Payload[12:15], f)
	}
	for _, by := range f.Refs[:f.Count] {
		if w.frames[f.Number-by] != 2 {
			w.tb.Fatalf("frame %d of picture %d refers to frame %d, which did not come", f.Number, w.picture, f.Number-by)
		}
	}
	if len(w.frames) > 0 && int16(f.Number-w.newest) < 0 {
		w.tb.Fatalf("frame %d behind %d", f.Number, w.newest)
	}
	w.newest = f.Number
	w.frames[f.Number]++
	delete(w.frames, f.Number+0x8000)
}

// sum counts the pictures of each sort.
func sum(pictures []string) map[string]int {
	counts := make(map[string]int)
	for _, p := range pictures {
		counts[p]++
	}
	return counts
}

// restrict gives the slot a share of its path.
func restrict(p *Peer, rank int) {
	p.allotment = allotment{at: p.room.shard.now + 3600e9} // and it stays so
	p.slots[0].limit = rank
	p.slots[0].choose()
}
