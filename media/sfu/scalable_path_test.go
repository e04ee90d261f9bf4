package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/roundel-meet/roundel/media/descriptor"
	"github.com/roundel-meet/roundel/media/packet"
)

// reel is a film that was made before and is shown again and again: packets in
// memory, of which only the numbers change.
type reel struct {
	film    *film
	sealing *sealing
	packets [][]byte
	at      []int // of the descriptor in each packet
	scratch []byte
	n       int
}

// newReel makes one that viewers watch, each third of them in another size.
func newReel(tb testing.TB, viewers int) *reel {
	f, bob := newFilm(tb, keySVC)
	f.octets = [3]int{400, 800, 1100}
	reel := &reel{film: f, sealing: newSealing(tb), scratch: make([]byte, 1500)}
	bob.wants = nil
	for i := range viewers {
		v := f.r.join(fmt.Sprint("v", i), lines{video: 1, described: true})
		f.r.show(v, "ann", []int{whole, 640 * 360, tile}[i%3])
		v.estimator.ReportedLoss(0, 0)
	}
	for n := range 64 {
		f.key = n == 0
		for _, p := range f.picture() {
			b, err := p.Marshal()
			must(tb, err)
			h, _ := packet.ParseHeader(b)
			reel.packets = append(reel.packets, b)
			d := h.Extension(b, extDescriptor)
			reel.at = append(reel.at, cap(b)-cap(d))
		}
	}
	clear(f.r.sent)
	f.r.shard.out = reel.sealing
	return reel
}

// burst shows one picture to all, and returns how many packets went out.
func (l *reel) burst() int {
	before := l.sealing.count
	s := l.film.r.shard
	s.now += 20 * ms
	for range 6 {
		i, round := l.n%len(l.packets), l.n/len(l.packets)
		b := l.scratch[:copy(l.scratch, l.packets[i])]
		binary.BigEndian.PutUint16(b[2:], uint16(l.n))
		binary.BigEndian.PutUint32(b[4:], uint32(l.n/6)*1800)
		d := b[l.at[i]:]
		descriptor.SetNumber(d, descriptor.Number(d)+uint16(round*192))
		l.film.peer.receive(b, s.now)
		l.n++
	}
	s.forwardAll()
	s.tick()
	return l.sealing.count - before
}

// TestNoAllocationInLayers: nothing allocates per packet once the layers are known.
func TestNoAllocationInLayers(t *testing.T) {
	l := newReel(t, 30)
	for range 200 {
		l.burst()
	}
	packets := 0
	if n := testing.AllocsPerRun(300, func() { packets += l.burst() }); n != 0 {
		t.Errorf("%v allocations per burst", n)
	}
	// Each sees two packets of every picture, and more of those with a key.
	if packets < 300*30*2 || packets > 300*30*3 {
		t.Errorf("%d packets were forwarded", packets)
	}
}

// BenchmarkScalable1to100 is one stream with layers inside, to each viewer in one of
// its sizes.
func BenchmarkScalable1to100(b *testing.B) { perPacket(b, newReel(b, 100).burst) }
