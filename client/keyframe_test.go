package client

import (
	"bytes"
	"testing"

	"github.com/pion/rtp/codecs"
)

func TestKeyFrame(t *testing.T) {
	for _, tt := range []struct {
		name  string
		codec Codec
		frame []byte
		want  bool
	}{
		{"OKSound", Opus, []byte{0xf8}, false},
		{"OKEmpty", VP8, nil, false},
		{"OKVP8Key", VP8, []byte{0x10, 0, 0}, true},
		{"OKVP8Delta", VP8, []byte{0x11, 0, 0}, false},
		{"OKVP9Key", VP9, []byte{0x82, 0x49, 0x83, 0x42}, true},
		{"OKVP9Delta", VP9, []byte{0x86}, false},
		{"OKVP9ShowsAnOldOne", VP9, []byte{0x88}, false},
		{"OKVP9NotAFrame", VP9, []byte{0x02}, false},
		{"OKAV1Key", AV1, []byte{0x12, 0x00, 0x0a, 0x01, 0x00, 0x32, 0x01, 0x00}, true},
		{"OKAV1Delta", AV1, []byte{0x12, 0x00, 0x36, 0x00, 0x01, 0x00, 0x30, 0x0a}, false},
		{"ErrAV1Cut", AV1, []byte{0x12, 0xff}, false},
		{"ErrAV1TooLong", AV1, []byte{0x32, 0x05, 0x0a}, false},
		{"ErrAV1LengthWithoutEnd", AV1, []byte{0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01}, false},
		{"OKH264Key", H264, []byte{0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 1, 0, 0, 0, 1, 0x65, 1}, true},
		{"OKH264Delta", H264, []byte{0, 0, 0, 1, 0x41, 0x65}, false},
		{"ErrH264Cut", H264, []byte{0, 0, 1}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := KeyFrame(tt.codec, tt.frame); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestVP9Payloader holds the descriptor to RFC 9628, 4.2, whatever the frame says.
func TestVP9Payloader(t *testing.T) {
	v := &vp9Payloader{picture: maxPicture}
	frame := bytes.Repeat([]byte{0xff, 0x00, 0x82}, 1000)
	for i, key := range []bool{true, false, false} {
		v.key = key
		var got []byte
		packets := v.Payload(1200, frame)
		for n, p := range packets {
			var d codecs.VP9Packet
			part, err := d.Unmarshal(p)
			if err != nil || len(p) > 1200 {
				t.Fatalf("picture %d, packet %d of %d bytes: %v", i, n, len(p), err)
			}
			if d.P == key || !d.F || d.B != (n == 0) || d.E != (n == len(packets)-1) || d.PictureID != uint16(maxPicture+i)&maxPicture {
				t.Errorf("picture %d, packet %d: %+v", i, n, d)
			}
			if !key && (len(d.PDiff) != 1 || d.PDiff[0] != 1) {
				t.Errorf("picture %d refers to %v", i, d.PDiff)
			}
			got = append(got, part...)
		}
		if !bytes.Equal(got, frame) {
			t.Errorf("picture %d came out as %d bytes", i, len(got))
		}
	}
	if got := v.Payload(3, frame); got != nil {
		t.Errorf("%d packets without room for a payload", len(got))
	}
}
