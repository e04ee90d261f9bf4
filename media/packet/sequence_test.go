package packet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/media/packet"
)

func TestUnwrapper(t *testing.T) {
	const base = 1 << 16
	for _, tt := range []struct {
		name    string
		in      []uint16
		want    []int64 // 0: refused
		restart int     // index, -1 for none
	}{
		{"OKOrder", []uint16{1, 2, 3}, []int64{base + 1, base + 2, base + 3}, -1},
		{"OKWrap", []uint16{65534, 65535, 0, 1}, []int64{base + 65534, base + 65535, 2 * base, 2*base + 1}, -1},
		{"OKReorderAcrossWrap", []uint16{65535, 1, 0}, []int64{base + 65535, 2*base + 1, 2 * base}, -1},
		{"OKBeforeFirst", []uint16{0, 65535}, []int64{base, base - 1}, -1},
		{"OKDropout", []uint16{0, 3000}, []int64{base, base + 3000}, -1},
		{"OKRestart", []uint16{10, 40000, 40001}, []int64{base + 10, 0, 2*base + 40001}, 2},
		{"OKRestartBackwards", []uint16{40000, 10, 11}, []int64{base + 40000, 0, 2*base + 11}, 2},
		{"ErrLoneJump", []uint16{10, 40000, 11}, []int64{base + 10, 0, base + 11}, -1},
		{"ErrLoneJumpTwice", []uint16{10, 40000, 11, 40001}, []int64{base + 10, 0, base + 11, 0}, -1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var u packet.Unwrapper
			var got []int64
			restart := -1
			for i, seq := range tt.in {
				ext, restarted, ok := u.Next(seq)
				if restarted {
					restart = i
				}
				if !ok {
					ext = 0
				}
				got = append(got, ext)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" || restart != tt.restart {
				t.Errorf("restart %d (-want +got):\n%s", restart, diff)
			}
		})
	}
}

func TestUnwrapperPlace(t *testing.T) {
	var u packet.Unwrapper
	if _, ok := u.Place(5); ok {
		t.Error("placed before the first packet")
	}
	u.Next(2)
	u.Next(65535) // late, before the wrap
	for seq, want := range map[uint16]int64{2: 1<<16 + 2, 65000: 65000} {
		if got, ok := u.Place(seq); !ok || got != want {
			t.Errorf("%d placed at %d (%v), want %d", seq, got, ok, want)
		}
	}
	if _, ok := u.Place(3); ok {
		t.Error("placed ahead of the stream")
	}
	if u.High() != 1<<16+2 {
		t.Errorf("high moved to %d", u.High())
	}
}
