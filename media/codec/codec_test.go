package codec_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp/codecs"
	"github.com/roundel-meet/roundel/media/codec"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]codec.Codec{
		"opus": codec.Opus, "vp8": codec.VP8, "VP9": codec.VP9, "av1": codec.AV1, "h264": codec.H264,
		"": codec.Unknown, "red": codec.Unknown,
	} {
		if got := codec.Parse(name); got != want {
			t.Errorf("%q is %v, want %v", name, got, want)
		}
	}
	if codec.Opus.ClockRate() != 48000 || codec.AV1.ClockRate() != 90000 || codec.Codec(99).String() != "" {
		t.Error("clock rates or names are wrong")
	}
}

var (
	start      = codec.Info{Known: true, Start: true}
	key        = codec.Info{Known: true, Start: true, Key: true}
	inside     = codec.Info{Known: true}
	cannotTell = codec.Info{}
)

func with(i codec.Info, pictureAt, bits, picture, tl0At, tl0 int) codec.Info {
	i.PictureAt, i.PictureLen, i.Picture = uint8(pictureAt), uint8(bits), uint16(picture)
	i.TL0At, i.TL0 = uint8(tl0At), uint8(tl0)
	return i
}

func tier(i codec.Info, temporal uint8, sync, up bool) codec.Info {
	i.Tiered, i.Temporal, i.Sync, i.Up = true, temporal, sync, up
	return i
}

func TestDescribe(t *testing.T) {
	for _, tt := range []struct {
		name  string
		codec codec.Codec
		in    []byte
		want  codec.Info
	}{
		{"OKOpus", codec.Opus, []byte{0x78}, key},
		{"OKUnknown", codec.Unknown, []byte{1, 2, 3}, cannotTell},

		{"OKVP8Key", codec.VP8, []byte{0x10, 0x10, 0x00, 0x00}, key},
		{"OKVP8Delta", codec.VP8, []byte{0x10, 0x11}, start},
		{"OKVP8Middle", codec.VP8, []byte{0x00, 0x10}, inside},
		{"OKVP8SecondPartition", codec.VP8, []byte{0x11, 0x10}, inside},
		{"OKVP8Picture7", codec.VP8, []byte{0x90, 0x80, 0x55, 0x10}, with(key, 2, 7, 0x55, 0, 0)},
		{"OKVP8Picture15", codec.VP8, []byte{0x90, 0x80, 0x92, 0x34, 0x11}, with(start, 2, 15, 0x1234, 0, 0)},
		{"OKVP8AllFields", codec.VP8, []byte{0x90, 0xf0, 0x92, 0x34, 0x56, 0x21, 0x10}, tier(with(key, 2, 15, 0x1234, 4, 0x56), 0, true, false)},
		{"OKVP8OnlyTL0", codec.VP8, []byte{0x90, 0x60, 0x56, 0x21, 0x10}, tier(with(key, 0, 0, 0, 2, 0x56), 0, true, false)},
		{"OKVP8Tier", codec.VP8, []byte{0x90, 0x20, 0x80, 0x11}, tier(start, 2, false, false)},
		{"OKVP8OnlyKeyIndex", codec.VP8, []byte{0x90, 0x10, 0x01, 0x10}, key},
		{"ErrVP8Empty", codec.VP8, nil, cannotTell},
		{"ErrVP8NoPayload", codec.VP8, []byte{0x90, 0xf0, 0x92, 0x34, 0x56, 0x21}, cannotTell},
		{"ErrVP8CutPicture", codec.VP8, []byte{0x90, 0x80, 0x92}, cannotTell},
		{"ErrVP8CutTL0", codec.VP8, []byte{0x90, 0xc0, 0x12}, cannotTell},

		{"OKVP9Key", codec.VP9, []byte{0x08, 0}, key},
		{"OKVP9Delta", codec.VP9, []byte{0x48, 0}, start},
		{"OKVP9Middle", codec.VP9, []byte{0x00, 0}, inside},
		{"OKVP9Picture15", codec.VP9, []byte{0x88, 0x92, 0x34, 0}, with(key, 1, 15, 0x1234, 0, 0)},
		{"OKVP9Picture7", codec.VP9, []byte{0x88, 0x12, 0}, with(key, 1, 7, 0x12, 0, 0)},
		{"OKVP9Layers", codec.VP9, []byte{0xa8, 0x92, 0x34, 0x00, 0x77, 0}, tier(with(key, 1, 15, 0x1234, 4, 0x77), 0, false, false)},
		{"OKVP9Tier", codec.VP9, []byte{0xe8, 0x12, 0x50, 0x77, 0}, tier(with(start, 1, 7, 0x12, 3, 0x77), 2, false, true)},
		{"OKVP9FlexibleLayers", codec.VP9, []byte{0xb8, 0x92, 0x34, 0x00, 0}, tier(with(key, 1, 15, 0x1234, 0, 0), 0, false, false)},
		{"OKVP9UpperSpatialLayer", codec.VP9, []byte{0xa8, 0x12, 0x02, 0x77, 0}, tier(with(inside, 1, 7, 0x12, 3, 0x77), 0, false, false)},
		{"ErrVP9Empty", codec.VP9, []byte{0x08}, cannotTell},
		{"ErrVP9CutLayers", codec.VP9, []byte{0xa8, 0x12}, cannotTell},
		{"ErrVP9CutTL0", codec.VP9, []byte{0xa8, 0x12, 0x00}, cannotTell},
		{"ErrVP9NoPayload", codec.VP9, []byte{0xa8, 0x12, 0x00, 0x77}, cannotTell},

		{"OKAV1Key", codec.AV1, []byte{0x18, 0x0a}, key},
		{"OKAV1Delta", codec.AV1, []byte{0x10, 0x32}, start},
		{"OKAV1Continues", codec.AV1, []byte{0x90, 0x32}, inside},
		{"OKAV1NewSequenceContinues", codec.AV1, []byte{0x98, 0x32}, inside},
		{"ErrAV1Empty", codec.AV1, []byte{0x18}, cannotTell},

		{"OKH264IDR", codec.H264, []byte{0x65, 0x88}, key},
		{"OKH264SPS", codec.H264, []byte{0x67, 0x42}, key},
		{"OKH264Slice", codec.H264, []byte{0x41, 0x9a}, start},
		{"OKH264FUAFirst", codec.H264, []byte{0x7c, 0x85, 0}, key},
		{"OKH264FUASlice", codec.H264, []byte{0x5c, 0x81, 0}, start},
		{"OKH264FUAMiddle", codec.H264, []byte{0x7c, 0x05, 0}, inside},
		{"OKH264STAPA", codec.H264, []byte{0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68}, key},
		{"OKH264STAPADelta", codec.H264, []byte{0x78, 0, 2, 0x06, 0x42, 0, 1, 0x41}, start},
		{"ErrH264STAPALength", codec.H264, []byte{0x78, 0, 9, 0x67, 0x42}, cannotTell},
		{"ErrH264STAPAZero", codec.H264, []byte{0x78, 0, 0, 0x67, 0x42}, cannotTell},
		{"ErrH264STAPASealed", codec.H264, []byte{0x78, 0, 1, 0x1f}, cannotTell},
		{"ErrH264Reserved", codec.H264, []byte{0x1f, 0}, cannotTell},
		{"ErrH264Empty", codec.H264, []byte{0x65}, cannotTell},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, codec.Describe(tt.codec, tt.in)); diff != "" {
				t.Errorf("info (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSealedShell: the constant shells around sealed frames are told apart.
func TestSealedShell(t *testing.T) {
	sealed := bytes.Repeat([]byte{0xe7}, 50)
	for _, tt := range []struct {
		name  string
		codec codec.Codec
		head  []byte
		want  codec.Info
	}{
		{"OKVP8Key", codec.VP8, []byte{0x10, 0x10, 0, 0, 0x9d, 1, 0x2a, 0x80, 2, 0x68, 1}, key},
		{"OKVP8Delta", codec.VP8, []byte{0x10, 0x11}, start},
		{"OKVP9Key", codec.VP9, []byte{0x0c}, key},
		{"OKAV1Delta", codec.AV1, []byte{0x10, 0x32, 50}, start},
		{"OKH264Delta", codec.H264, []byte{0x41, 0x9a, 0x80}, start},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := codec.Describe(tt.codec, append(tt.head, sealed...))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("info (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRenumber(t *testing.T) {
	for _, tt := range []struct {
		name    string
		codec   codec.Codec
		in      []byte
		picture uint16
		tl0     uint8
		want    []byte
	}{
		{"OKVP8Wide", codec.VP8, []byte{0x90, 0xf0, 0xff, 0xff, 0xff, 0x21, 0x10}, 1, 2, []byte{0x90, 0xf0, 0x80, 0x00, 0x01, 0x21, 0x10}},
		{"OKVP8Narrow", codec.VP8, []byte{0x90, 0x80, 0x7f, 0x10}, 2, 9, []byte{0x90, 0x80, 0x01, 0x10}},
		{"OKVP8None", codec.VP8, []byte{0x10, 0x10}, 2, 9, []byte{0x10, 0x10}},
		{"OKVP9", codec.VP9, []byte{0xa8, 0x92, 0x34, 0x00, 0x77, 0}, 0xffff, 0xff, []byte{0xa8, 0x92, 0x33, 0x00, 0x76, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := append([]byte(nil), tt.in...)
			info := codec.Describe(tt.codec, b)
			info.Renumber(b, 7, 7)
			info.Renumber(b, tt.picture, tt.tl0)
			if diff := cmp.Diff(tt.want, b); diff != "" {
				t.Errorf("payload (-want +got):\n%s", diff)
			}
			info.Renumber(b, 0, 0)
			if diff := cmp.Diff(tt.in, b); diff != "" {
				t.Errorf("not undone (-want +got):\n%s", diff)
			}
			info.Renumber(b[:1], 1, 1) // a shorter payload than it describes: nothing to write
		})
	}
}

// FuzzDescribe: no payload panics, renumbering stays inside the descriptor and
// can be undone, and where pion reads a VP8 or VP9 descriptor we agree with it.
func FuzzDescribe(f *testing.F) {
	for c := codec.Unknown; c <= codec.H264; c++ {
		f.Add(uint8(c), []byte{0x90, 0xf0, 0x92, 0x34, 0x56, 0x21, 0x10, 1, 2, 3})
		f.Add(uint8(c), []byte{0x78, 0, 2, 0x67, 0x42, 0, 1, 0x68})
	}
	f.Fuzz(func(t *testing.T, c uint8, payload []byte) {
		before := append([]byte(nil), payload...)
		info := codec.Describe(codec.Codec(c), payload)
		if !info.Known && info != (codec.Info{}) {
			t.Fatalf("cannot tell, yet says %+v", info)
		}
		info.Renumber(payload, 3, 5)
		info.Renumber(payload, 0, 0)
		if !bytes.Equal(before, payload) {
			t.Fatalf("renumbering is not undone:\n%x\n%x", before, payload)
		}
		switch codec.Codec(c) {
		case codec.VP8:
			againstVP8(t, payload, info)
		case codec.VP9:
			againstVP9(t, payload, info)
		}
	})
}

func againstVP8(t *testing.T, payload []byte, got codec.Info) {
	var p codecs.VP8Packet
	if _, err := p.Unmarshal(payload); err != nil || !got.Known {
		return
	}
	if got.Start != (p.S == 1 && p.PID == 0) || p.I == 1 && got.Picture != p.PictureID || p.L == 1 && got.TL0 != p.TL0PICIDX {
		t.Fatalf("pion %+v, ours %+v", p, got)
	}
}

func againstVP9(t *testing.T, payload []byte, got codec.Info) {
	var p codecs.VP9Packet
	if _, err := p.Unmarshal(payload); err != nil || !got.Known {
		return
	}
	begins := p.B && (!p.L || p.SID == 0)
	if got.Start != begins || got.Key != (begins && !p.P) || p.I && got.Picture != p.PictureID {
		t.Fatalf("pion %+v, ours %+v", p, got)
	}
	if p.L && !p.F && got.TL0 != p.TL0PICIDX {
		t.Fatalf("TL0PICIDX: pion %d, ours %d", p.TL0PICIDX, got.TL0)
	}
}

func TestDescribeNeverAllocates(t *testing.T) {
	payload := []byte{0x90, 0xf0, 0x92, 0x34, 0x56, 0x21, 0x10}
	if n := testing.AllocsPerRun(1000, func() {
		info := codec.Describe(codec.VP8, payload)
		info.Renumber(payload, 1, 1)
	}); n != 0 {
		t.Errorf("%v allocations per packet", n)
	}
}
