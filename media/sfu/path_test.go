package sfu

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/transport"
)

// sealing is an egress that seals with AES-256-GCM into a slab, as the transport
// does, and sends nothing: what the forwarder itself costs, with the floor of
// encryption below it.
type sealing struct {
	aead  cipher.AEAD
	slab  []byte
	at    int
	count int
	nonce [12]byte
}

func newSealing(tb testing.TB) *sealing {
	block, err := aes.NewCipher(make([]byte, 32))
	must(tb, err)
	aead, err := cipher.NewGCM(block)
	must(tb, err)
	return &sealing{aead: aead, slab: make([]byte, 512<<10)}
}

func (s *sealing) RTP(_ *transport.Conn, header, payload []byte) bool {
	if s.at+2000 > len(s.slab) {
		s.at = 0
	}
	binary.BigEndian.PutUint64(s.nonce[:], uint64(s.count))
	at := s.at + copy(s.slab[s.at:], header)
	s.at = at + len(s.aead.Seal(s.slab[at:at], s.nonce[:], payload, header))
	s.count++
	return true
}

func (s *sealing) RTCP(*transport.Conn, []byte) bool { return true }

func (s *sealing) Flush() int { return 0 }

// load is a room of publishers and viewers on a sealing egress, fed with bursts
// of six packets per video frame or one per audio frame.
type load struct {
	rig     *rig
	sealing *sealing
	pubs    []*Peer
	viewers []*Peer
	kind    meeting.Kind
	n       int
	packets [][]byte
	scratch []byte
}

func newLoad(tb testing.TB, pubs, viewers int, kind meeting.Kind) *load {
	l := &load{rig: newRig(tb), sealing: newSealing(tb), kind: kind, scratch: make([]byte, 1500)}
	var ids []string
	for i := range pubs {
		id := fmt.Sprint("p", i)
		ids = append(ids, id)
		l.pubs = append(l.pubs, l.rig.join(id, lines{sends: []meeting.Kind{kind}, ssrc: uint32(1000 * (i + 1))}))
	}
	for i := range viewers {
		v := l.rig.join(fmt.Sprint("v", i), lines{audio: pubs, video: pubs})
		l.rig.want(v, ids...)
		v.estimator.ReportedLoss(0, 0)
		l.viewers = append(l.viewers, v)
	}
	clear(l.rig.sent)
	l.rig.shard.out = l.sealing
	return l
}

// burst feeds and forwards what each publisher sends in one frame, and returns
// how many packets went out.
func (l *load) burst() int {
	before := l.sealing.count
	s := l.rig.shard
	s.now += 20 * ms
	for i, p := range l.pubs {
		parts := 6
		if l.kind.Audio() {
			parts = 1
		}
		for part := range parts {
			p.receive(l.packet(uint32(1000*(i+1)), part), s.now)
		}
	}
	s.forwardAll()
	s.tick()
	l.n++
	return l.sealing.count - before
}

// packet makes the next packet in place, without allocating.
func (l *load) packet(ssrc uint32, part int) []byte {
	if l.packets == nil {
		l.packets = append(l.packets, l.marshal(large(1, 0, true)), l.marshal(large(1, 0, false)), l.marshal(sound(1, 0)))
	}
	b := l.packets[1]
	n := l.n*6 + part
	switch {
	case l.kind.Audio():
		b, n = l.packets[2], l.n
	case part == 0 && l.n%50 == 0:
		b = l.packets[0]
	}
	b = l.scratch[:copy(l.scratch, b)]
	binary.BigEndian.PutUint16(b[2:], uint16(n))
	binary.BigEndian.PutUint32(b[4:], uint32(l.n)*1800)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	return b
}

func (l *load) marshal(p rtp.Packet) []byte {
	must(l.rig.tb, p.SetExtension(extTWCC, []byte{0, 1}))
	b, err := p.Marshal()
	must(l.rig.tb, err)
	return b
}

// TestNoAllocationPerPacket: after the first second nothing on the packet path
// allocates, reports and feedback included.
func TestNoAllocationPerPacket(t *testing.T) {
	for _, tt := range []struct {
		name          string
		pubs, viewers int
		kind          meeting.Kind
	}{
		{"OKVideo", 2, 20, meeting.KindCamera},
		{"OKAudio", 10, 20, meeting.KindMic},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLoad(t, tt.pubs, tt.viewers, tt.kind)
			for range 100 {
				l.burst()
			}
			packets := 0
			if n := testing.AllocsPerRun(200, func() { packets += l.burst() }); n != 0 {
				t.Errorf("%v allocations per burst", n)
			}
			if packets < 200*tt.pubs*tt.viewers {
				t.Errorf("only %d packets were forwarded", packets)
			}
		})
	}
}

// Benchmarks of the forwarder with sealing, per forwarded packet; kernel and
// sockets are not in them (see bench/ for the whole server).
func BenchmarkVideo1to10(b *testing.B)   { benchmark(b, 1, 10, meeting.KindCamera) }
func BenchmarkVideo1to100(b *testing.B)  { benchmark(b, 1, 100, meeting.KindCamera) }
func BenchmarkVideo4to50(b *testing.B)   { benchmark(b, 4, 50, meeting.KindCamera) }
func BenchmarkAudio10to100(b *testing.B) { benchmark(b, 10, 100, meeting.KindMic) }

func benchmark(b *testing.B, pubs, viewers int, kind meeting.Kind) {
	perPacket(b, newLoad(b, pubs, viewers, kind).burst)
}

// perPacket reports what a packet costs of those that a burst forwards.
func perPacket(b *testing.B, burst func() int) {
	for range 100 {
		burst()
	}
	b.ReportAllocs()
	packets := 0
	for b.Loop() {
		packets += burst()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(packets), "ns/packet")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSealFloor is what AES-256-GCM alone costs for the same packet.
func BenchmarkSealFloor(b *testing.B) {
	s := newSealing(b)
	header, payload := make([]byte, 20), make([]byte, 1100)
	for b.Loop() {
		s.RTP(nil, header, payload)
	}
}
