package packet_test

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/media/codec"
	"github.com/roundel-meet/roundel/media/packet"
)

func entry(seq int64) *packet.Entry {
	return &packet.Entry{Seq: seq, Timestamp: uint32(seq) * 3000}
}

// mapAll maps packets of one source and returns their numbers relative to the
// first one given out; -1 for those that are not mapped.
func mapAll(m *packet.Mapper, source uint32, first int64, seqs ...int64) []int64 {
	var got []int64
	for _, seq := range seqs {
		out, run := m.Map(source, entry(seq), 0)
		if run == nil {
			got = append(got, -1)
		} else {
			got = append(got, out-first)
		}
	}
	return got
}

func TestMapper(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(m *packet.Mapper, first int64) []int64
		want []int64
	}{
		{"OKOrder", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			return mapAll(m, 1, first, 100, 101, 103, 102)
		}, []int64{0, 1, 3, 2}},
		{"OKBeforeBegin", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			return mapAll(m, 1, first, 99, 100)
		}, []int64{-1, 0}},
		{"OKSwitchFollowsOn", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			got := mapAll(m, 1, first, 100, 101)
			m.Begin(2, entry(7), 0, 90000)
			return append(got, mapAll(m, 2, first, 7, 8)...)
		}, []int64{0, 1, 2, 3}},
		{"OKLateOfOldSource", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			got := mapAll(m, 1, first, 100, 102)
			m.Begin(2, entry(7), 0, 90000)
			return append(got, mapAll(m, 1, first, 101)...)
		}, []int64{0, 2, -1}},
		{"OKSkipClosesGap", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			got := mapAll(m, 1, first, 100)
			m.Skip(101, 0)
			m.Skip(102, 0)
			return append(got, mapAll(m, 1, first, 103, 104)...)
		}, []int64{0, 1, 2}},
		{"OKLateBeforeSkipped", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			got := mapAll(m, 1, first, 100)
			m.Skip(102, 0)
			return append(got, mapAll(m, 1, first, 103, 101, 102)...)
		}, []int64{0, 2, 1, -1}},
		{"OKResumeSameSource", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			got := mapAll(m, 1, first, 100, 101)
			m.Begin(1, entry(150), 0, 90000) // a queue was dropped
			return append(got, mapAll(m, 1, first, 150, 149, 102, 101+50)...)
		}, []int64{0, 1, 2, -1, -1, 3}},
		{"OKResumeBehindAClosedGap", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			got := mapAll(m, 1, first, 100)
			m.Skip(105, 0) // 101 to 104 wait in a queue that is dropped
			m.Begin(1, entry(150), 0, 90000)
			return append(got, mapAll(m, 1, first, 103, 150, 103, 107)...)
		}, []int64{0, -1, 1, -1, -1}},
		{"OKBeginTwice", func(m *packet.Mapper, first int64) []int64 {
			m.Begin(1, entry(100), 0, 90000)
			m.Begin(2, entry(50), 0, 90000)
			return mapAll(m, 2, first, 50, 51)
		}, []int64{0, 1}},
		{"ErrNeverBegun", func(m *packet.Mapper, first int64) []int64 {
			return mapAll(m, 1, first, 1)
		}, []int64{-1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, seed := range []uint64{0, 0x7fff, 12345 << 16} {
				m := packet.NewMapper(seed)
				if diff := cmp.Diff(tt.want, tt.do(&m, m.High()+1)); diff != "" {
					t.Errorf("seed %x (-want +got):\n%s", seed, diff)
				}
			}
		})
	}
}

func TestMapperTimestamps(t *testing.T) {
	m := packet.NewMapper(0)
	at := func(source uint32, seq int64, ts uint32, now int64) uint32 {
		e := &packet.Entry{Seq: seq, Timestamp: ts}
		_, run := m.Map(source, e, now)
		if run == nil {
			t.Fatalf("packet %d is not mapped", seq)
		}
		return e.Timestamp + run.Timestamp
	}
	m.Begin(1, &packet.Entry{Seq: 1, Timestamp: 0xfffffff0}, 0, 90000)
	if got := at(1, 1, 0xfffffff0, 1e9); got != 0 {
		t.Errorf("begins at %d", got)
	}
	if got := at(1, 2, 3000-16, 1e9); got != 3000 {
		t.Errorf("goes on at %d", got)
	}
	// Another source half a second later: its timestamps follow on by that time.
	m.Begin(2, &packet.Entry{Seq: 900, Timestamp: 77}, 1.5e9, 90000)
	if got := at(2, 900, 77, 1.5e9); got != 3000+45000 {
		t.Errorf("after the switch %d", got)
	}
	// The same source after a pause keeps its own distances.
	m.Begin(2, &packet.Entry{Seq: 990, Timestamp: 77 + 90000}, 9e9, 90000)
	if got := at(2, 990, 77+90000, 9e9); got != 3000+45000+90000 {
		t.Errorf("after the pause %d", got)
	}
}

func TestMapperPictures(t *testing.T) {
	m := packet.NewMapper(0)
	vp8 := func(seq int64, picture uint16, tl0 uint8) *packet.Entry {
		return &packet.Entry{Seq: seq, Info: codec.Info{PictureAt: 2, PictureLen: 15, Picture: picture, TL0At: 4, TL0: tl0}}
	}
	first := vp8(1, 32767, 255)
	m.Begin(1, first, 0, 90000)
	_, run := m.Map(1, first, 0)
	start, startTL0 := first.Info.Picture+run.Picture, first.Info.TL0+run.TL0
	next := vp8(500, 12, 9)
	m.Begin(2, next, 0, 90000)
	_, run = m.Map(2, next, 0)
	if got := next.Info.Picture + run.Picture; got&0x7fff != (start+1)&0x7fff {
		t.Errorf("picture %d follows %d", got, start)
	}
	if got := next.Info.TL0 + run.TL0; got != startTL0+1 {
		t.Errorf("TL0PICIDX %d follows %d", got, startTL0)
	}
}

// What is left out closes the gap of numbers that it has, and frames of another
// source follow on.
func TestMapperClosesGapsOfPictures(t *testing.T) {
	m := packet.NewMapper(0)
	vp8 := func(seq int64, picture, frame uint16) *packet.Entry {
		return &packet.Entry{Seq: seq, Framed: true, Frame: frame, Info: codec.Info{PictureAt: 2, PictureLen: 15, Picture: picture}}
	}
	var pictures, frames []uint16
	put := func(source uint32, e *packet.Entry) {
		_, run := m.Map(source, e, 0)
		pictures, frames = append(pictures, e.Info.Picture+run.Picture), append(frames, e.Frame+run.Frame)
	}
	m.Begin(1, vp8(10, 500, 60000), 0, 90000)
	put(1, vp8(10, 500, 60000))
	m.Skip(11, 1)
	m.Skip(12, 0)
	put(1, vp8(13, 502, 60002))
	m.Skip(14, 1)
	m.Skip(15, 1)
	put(1, vp8(16, 505, 60005))
	m.Begin(2, vp8(1000, 9, 40), 0, 90000)
	put(2, vp8(1000, 9, 40))
	if diff := cmp.Diff([]uint16{1, 2, 3, 4}, pictures); diff != "" {
		t.Errorf("pictures (-want +got):\n%s", diff)
	}
	if d := []uint16{frames[1] - frames[0], frames[2] - frames[0], frames[3] - frames[0]}; !cmp.Equal(d, []uint16{2, 5, 6}) {
		t.Errorf("frames go on by %v", d)
	}
}

// A widened mapper knows the runs that it knew, and more of the later ones.
func TestMapperWiden(t *testing.T) {
	m := packet.NewMapper(0)
	m.Begin(1, entry(1), 0, 90000)
	var outs []int64
	put := func(from, to int64) {
		for in := from; in < to; in += 2 {
			out, _ := m.Map(1, entry(in), 0)
			outs = append(outs, out)
			m.Skip(in+1, 0)
		}
	}
	put(1, 21)
	m.Widen()
	m.Widen()
	put(21, 221)
	for i, out := range outs {
		in, _, run := m.Source(uint16(out))
		if known := i >= len(outs)-63; known != (run != nil) || known && in != int64(1+2*i) {
			t.Fatalf("number %d of %d came from %d, known %v", i, len(outs), in, run != nil)
		}
	}
}

// TestMapperModel switches, skips, loses and reorders at random and holds the
// mapper to its promises: no number twice, numbers without gaps where nothing was
// lost, and Source as the inverse of Map.
func TestMapperModel(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 7))
		m := packet.NewMapper(r.Uint64())
		type origin struct {
			source uint32
			in     int64
		}
		given := make(map[int64]origin)
		var recent []int64
		source, in := uint32(1), int64(1000)
		m.Begin(source, entry(in), 0, 90000)
		var late []int64
		expect := m.High() + 1
		for range 2000 {
			switch k := r.IntN(100); {
			case k == 0: // another source
				source++
				in = 1 + r.Int64N(1<<20)
				late = nil
				expect = m.High() + 1
				m.Begin(source, entry(in), 0, 90000)
			case k < 5: // padding
				if !m.Skip(in, 0) {
					t.Fatalf("seed %d: newest packet %d not skipped", seed, in)
				}
				in++
				continue
			case k < 10: // comes later
				late = append(late, in)
				in++
				expect++
				continue
			case k < 15 && len(late) > 0:
				if out, run := m.Map(source, entry(late[0]), 0); run != nil {
					if o, twice := given[out]; twice {
						t.Fatalf("seed %d: number %d given to %v and %d", seed, out, o, late[0])
					}
					given[out] = origin{source, late[0]}
				}
				late = late[1:]
				continue
			}
			out, run := m.Map(source, entry(in), 0)
			if run == nil || out != expect {
				t.Fatalf("seed %d: packet %d became %d, want %d", seed, in, out, expect)
			}
			if o, twice := given[out]; twice {
				t.Fatalf("seed %d: number %d given to %v and %d", seed, out, o, in)
			}
			given[out] = origin{source, in}
			recent = append(recent, out)
			in++
			expect++
			back := recent[len(recent)-1-r.IntN(min(len(recent), 20))]
			if gotIn, gotSource, run := m.Source(uint16(back)); run != nil {
				if diff := cmp.Diff(given[back], origin{gotSource, gotIn}, cmp.AllowUnexported(origin{})); diff != "" {
					t.Fatalf("seed %d: source of %d (-want +got):\n%s", seed, back, diff)
				}
			} else if back > m.High()-5 {
				t.Fatalf("seed %d: source of %d forgotten at %d", seed, back, m.High())
			}
		}
	}
}

func TestMapperSourceOfUnsent(t *testing.T) {
	m := packet.NewMapper(5)
	m.Begin(1, entry(10), 0, 90000)
	out, _ := m.Map(1, entry(10), 0)
	for _, seq := range []uint16{uint16(out + 1), uint16(out - 1), uint16(out + 30000)} {
		if _, _, run := m.Source(seq); run != nil {
			t.Errorf("number %d has a source", seq)
		}
	}
}
