package sframe

import (
	"bytes"
	"fmt"
	"testing"
)

func BenchmarkSeal(b *testing.B) {
	for _, size := range []int{160, 1200, 50_000} {
		for _, c := range []Codec{Opus, VP8, H264} {
			b.Run(fmt.Sprintf("%s/%d", c, size), func(b *testing.B) {
				r, frame := MustRing(b, 0, 0), make([]byte, size)
				buf := make([]byte, 0, 2*size+100)
				b.ReportAllocs()
				b.SetBytes(int64(size))
				for b.Loop() {
					if _, err := r.Seal(testStart, buf[:0], Mic, c, false, frame); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range []int{160, 1200, 50_000} {
		b.Run(fmt.Sprintf("opus/%d", size), func(b *testing.B) {
			o := newOpening(b, size, 4096)
			b.ReportAllocs()
			b.SetBytes(int64(size))
			for b.Loop() {
				o.next(b)
			}
		})
	}
}

// BenchmarkForged is a flood of each sort of forged frame, to be compared with
// BenchmarkOpen/opus/160: at most twice its cost.
func BenchmarkForged(b *testing.B) {
	const size = 160
	for _, tt := range []struct {
		name string
		kid  func(i int) ID
	}{
		{"known", func(int) ID { return ID{Epoch: 1} }},
		{"instances", func(i int) ID { return ID{Epoch: 1, Instance: uint16(i + 1)} }},
		{"kinds", func(i int) ID { return ID{Epoch: 1, Kind: Kind(i % 4), Instance: uint16(i + 1)} }},
		{"leaves", func(i int) ID { return ID{Epoch: 1, Leaf: uint16(i + 2)} }},
		{"epochs", func(i int) ID { return ID{Epoch: uint8(i%250 + 2)} }},
	} {
		b.Run(tt.name, func(b *testing.B) {
			o := newOpening(b, size, 1)
			o.next(b)
			var frames [1024][]byte
			for i := range frames {
				body := AppendHeader(nil, Header{tt.kid(i).KID(), uint64(i + 5)})
				frames[i] = Opus.Wrap(nil, false, append(body, bytes.Repeat([]byte{1}, size+tagSize)...))
			}
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if _, err := o.bob.Open(testStart, o.buf[:0], Incoming{Codec: Opus, Data: frames[i%len(frames)]}); err == nil {
					b.Fatal("a forged frame opened")
				}
				i++
			}
		})
	}
}

// opening gives one ring the same batch of frames again and again.
type opening struct {
	bob    *Ring
	frames [][]byte
	at     int
	buf    []byte
}

func newOpening(b *testing.B, size, frames int) *opening {
	b.Helper()
	alice := MustRing(b, 0, 0)
	o := &opening{bob: MustRing(b, 1, 0), buf: make([]byte, 0, size)}
	for range frames {
		o.frames = append(o.frames, MustSeal(b, alice, Mic, Opus, make([]byte, size)))
	}
	return o
}

func (o *opening) next(b *testing.B) {
	if o.at == len(o.frames) {
		o.at = 0
		o.bob.epochs[0].cells[0][Mic].proven.window = Window{}
	}
	if _, err := o.bob.Open(testStart, o.buf[:0], Incoming{Codec: Opus, Time: uint32(o.at), Data: o.frames[o.at]}); err != nil {
		b.Fatal(err)
	}
	o.at++
}
