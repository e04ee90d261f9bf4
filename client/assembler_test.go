package client

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
)

// vp8 makes a packet of a VP8 stream (RFC 7741, 4.2): S is set on a frame's first.
func vp8(seq uint16, ts uint32, first, last bool, body string) *rtp.Packet {
	descriptor := byte(0)
	if first {
		descriptor = 0x10
	}
	return &rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: ts, Marker: last},
		Payload: append([]byte{descriptor}, body...),
	}
}

func TestAssembler(t *testing.T) {
	padding := &rtp.Packet{Header: rtp.Header{SequenceNumber: 11, Timestamp: 1}}
	for _, tt := range []struct {
		name    string
		packets []*rtp.Packet
		want    []string
	}{
		{"OKInOrder", []*rtp.Packet{vp8(10, 1, true, false, "ab"), vp8(11, 1, false, true, "cd"), vp8(12, 2, true, true, "ef")}, []string{"abcd", "ef"}},
		{"OKReordered", []*rtp.Packet{vp8(10, 1, true, false, "ab"), vp8(12, 2, true, true, "ef"), vp8(11, 1, false, true, "cd")}, []string{"abcd", "ef"}},
		{"OKRepeated", []*rtp.Packet{vp8(10, 1, true, true, "ab"), vp8(10, 1, true, true, "ab"), vp8(11, 2, true, true, "cd")}, []string{"ab", "cd"}},
		{"OKWrapsAround", []*rtp.Packet{vp8(65535, 1, true, false, "ab"), vp8(0, 1, false, true, "cd")}, []string{"abcd"}},
		{"OKPadding", []*rtp.Packet{vp8(10, 1, true, true, "ab"), padding, vp8(12, 2, true, true, "cd")}, []string{"ab", "cd"}},
		{"OKStartsInsideAFrame", []*rtp.Packet{vp8(10, 1, false, true, "ab"), vp8(11, 2, true, true, "cd")}, []string{"cd"}},
		{"OKMarkerMissing", []*rtp.Packet{vp8(10, 1, true, false, "ab"), vp8(11, 2, true, true, "cd")}, []string{"cd"}},
		{"ErrLost", []*rtp.Packet{vp8(10, 1, true, false, "ab"), vp8(12, 2, true, true, "cd")}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := newAssembler(VP8)
			var got []string
			for _, p := range tt.packets {
				for _, f := range a.push(p, time.Unix(0, 0)) {
					got = append(got, string(f.data))
				}
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAssemblerGivesUpAfterTime(t *testing.T) {
	a := newAssembler(VP8)
	at := time.Unix(0, 0)
	a.push(vp8(10, 1, true, false, "ab"), at)
	a.push(vp8(12, 1, false, true, "cd"), at) // 11 is lost
	a.push(vp8(13, 2, true, true, "ef"), at)
	got := a.push(vp8(14, 3, true, true, "gh"), at.Add(maxGapTime+time.Millisecond))
	var data []string
	for _, f := range got {
		data = append(data, string(f.data))
	}
	if d := cmp.Diff([]string{"ef", "gh"}, data); d != "" {
		t.Error(d)
	}
	if a.held != 0 {
		t.Errorf("%d packets held", a.held)
	}
}

func TestAssemblerGivesUpAfterPackets(t *testing.T) {
	a := newAssembler(VP8)
	at := time.Unix(0, 0)
	a.push(vp8(65000, 1, true, true, "ab"), at)
	frames := 0
	for i := range 2 * maxGapPackets { // 65001 is lost
		frames += len(a.push(vp8(65002+uint16(i), 2+uint32(i), true, true, "cd"), at))
	}
	if frames != 2*maxGapPackets {
		t.Errorf("%d frames, want %d", frames, 2*maxGapPackets)
	}
}

func TestAssemblerJumpsFarAhead(t *testing.T) {
	a := newAssembler(VP8)
	at := time.Unix(0, 0)
	a.push(vp8(10, 1, true, false, "ab"), at)
	a.push(vp8(20000, 2, true, true, "cd"), at)
	got := a.push(vp8(20001, 3, true, true, "ef"), at.Add(time.Second))
	if len(got) != 2 {
		t.Errorf("%d frames, want 2", len(got))
	}
}

func FuzzAssembler(f *testing.F) {
	f.Add([]byte{0, 0, 1, 0x90, 'a', 0, 1, 1, 0x10, 'b'})
	for _, c := range [...]Codec{VP8, VP9, AV1, H264, Opus} {
		f.Add([]byte(c))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, c := range [...]Codec{VP8, VP9, AV1, H264, Opus} {
			a := newAssembler(c)
			at := time.Unix(0, 0)
			for rest := in; len(rest) >= 4; {
				size := min(int(rest[3]&0x3f), len(rest)-4)
				a.push(&rtp.Packet{
					Header:  rtp.Header{SequenceNumber: uint16(rest[0])<<6 | uint16(rest[1]), Timestamp: uint32(rest[2]), Marker: rest[3]&0x80 != 0},
					Payload: rest[4 : 4+size],
				}, at)
				at = at.Add(time.Duration(rest[1]) * time.Millisecond)
				rest = rest[4+size:]
				if a.held < 0 || a.held > maxGapPackets {
					t.Fatalf("%d packets held", a.held)
				}
			}
		}
	})
}
