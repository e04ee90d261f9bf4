package packet_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/media/packet"
)

// mustMarshal makes a packet with pion, so that it is not ours that we read.
func mustMarshal(tb testing.TB, p rtp.Packet) []byte {
	tb.Helper()
	b, err := p.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func withExtensions(tb testing.TB, profile uint16) rtp.Packet {
	tb.Helper()
	p := rtp.Packet{Header: rtp.Header{
		Version: 2, Marker: true, PayloadType: 96, SequenceNumber: 65535, Timestamp: 7, SSRC: 9,
		CSRC: []uint32{1, 2}, Extension: true, ExtensionProfile: profile,
	}, Payload: []byte{1, 2, 3}}
	for id, data := range map[uint8]string{3: "mid", 5: "\x01\x02"} {
		if err := p.SetExtension(id, []byte(data)); err != nil {
			tb.Fatal(err)
		}
	}
	return p
}

func TestParseHeader(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   []byte
		ok   bool
		mid  string
	}{
		{"OKPlain", mustMarshal(t, rtp.Packet{Header: rtp.Header{Version: 2}, Payload: []byte{1}}), true, ""},
		{"OKOneByte", mustMarshal(t, withExtensions(t, 0xbede)), true, "mid"},
		{"OKTwoByte", mustMarshal(t, withExtensions(t, 0x1000)), true, "mid"},
		{"OKOnlyPadding", append([]byte{0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0}, 0, 0, 0, 4), true, ""},
		{"ErrEmpty", nil, false, ""},
		{"ErrShort", make([]byte, 11), false, ""},
		{"ErrVersion", append([]byte{0x40}, make([]byte, 20)...), false, ""},
		{"ErrCSRCBeyondEnd", append([]byte{0x8f}, make([]byte, 20)...), false, ""},
		{"ErrExtensionBeyondEnd", []byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 9}, false, ""},
		{"ErrExtensionCut", []byte{0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe}, false, ""},
		{"ErrPaddingBeyondHeader", []byte{0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 9}, false, ""},
		{"ErrPaddingZero", []byte{0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0}, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h, ok := packet.ParseHeader(tt.in)
			if ok != tt.ok {
				t.Fatalf("ok = %v", ok)
			}
			if !ok {
				return
			}
			if got := string(h.Extension(tt.in, 3)); got != tt.mid {
				t.Errorf("mid = %q, want %q", got, tt.mid)
			}
			if h.Extension(tt.in, 0) != nil || h.Extension(tt.in, 4) != nil {
				t.Error("an extension that is not there")
			}
		})
	}
}

// FuzzParseHeader holds our reader against pion's: it accepts no more, and sees
// the same.
func FuzzParseHeader(f *testing.F) {
	f.Add(mustMarshal(f, withExtensions(f, 0xbede)))
	f.Add(mustMarshal(f, withExtensions(f, 0x1000)))
	f.Add([]byte{0xa0, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := packet.ParseHeader(b)
		if !ok {
			return
		}
		for id := range uint8(16) {
			h.Extension(b, id)
		}
		var p rtp.Packet
		if err := p.Unmarshal(b); err != nil {
			return // pion also refuses malformed extensions of which we look only at some
		}
		type view struct {
			Marker  bool
			PT      uint8
			Seq     uint16
			TS      uint32
			SSRC    uint32
			Payload string
		}
		want := view{p.Marker, p.PayloadType, p.SequenceNumber, p.Timestamp, p.SSRC, string(p.Payload)}
		got := view{h.Marker, h.PayloadTyp, h.Seq, h.Timestamp, h.SSRC, string(b[h.Payload:h.End])}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("header (-pion +ours):\n%s", diff)
		}
	})
}

func TestPutHeaderOfPadding(t *testing.T) {
	b := make([]byte, packet.MaxHeader+4)
	n := packet.PutHeader(b, &packet.Header{PayloadTyp: 97, SSRC: 5, Padding: true}, 3, 1)
	b[n+3] = 4
	h, ok := packet.ParseHeader(b[:n+4])
	if !ok || h.Payload != n || h.End != n {
		t.Errorf("%+v, %v: want nothing but padding", h, ok)
	}
}

func TestPutSendTime(t *testing.T) {
	var b [packet.MaxHeader]byte
	packet.PutHeader(b[:], &packet.Header{PayloadTyp: 96, Seq: 7}, 0, 0)
	n := packet.PutSendTime(b[:], 14, 65_500_000_000) // a second and a half after 64
	h, ok := packet.ParseHeader(b[:n])
	if !ok || h.Payload != n || h.PayloadTyp != 96 || h.Seq != 7 {
		t.Fatalf("%+v, %v", h, ok)
	}
	if got := h.Extension(b[:n], 14); string(got) != "\x06\x00\x00" {
		t.Errorf("time % x", got)
	}
}

func TestPutHeader(t *testing.T) {
	for _, tt := range []struct {
		name string
		id   uint8
		len  int
	}{{"OKWithout", 0, 12}, {"OKWith", 14, 20}} {
		t.Run(tt.name, func(t *testing.T) {
			var b [packet.MaxHeader + 2]byte
			n := packet.PutHeader(b[:], &packet.Header{Marker: true, PayloadTyp: 111, Seq: 65534, Timestamp: 1 << 31, SSRC: 5}, tt.id, 0x1234)
			if n != tt.len {
				t.Fatalf("length %d, want %d", n, tt.len)
			}
			var p rtp.Packet
			if err := p.Unmarshal(append(b[:n:n], 1)); err != nil {
				t.Fatal(err)
			}
			if !p.Marker || p.PayloadType != 111 || p.SequenceNumber != 65534 || p.Timestamp != 1<<31 || p.SSRC != 5 || len(p.Payload) != 1 {
				t.Errorf("header %+v", p.Header)
			}
			want := []byte(nil)
			if tt.id != 0 {
				want = []byte{0x12, 0x34}
			}
			if diff := cmp.Diff(want, p.GetExtension(tt.id)); diff != "" {
				t.Errorf("extension (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPutDescribed(t *testing.T) {
	for _, tt := range []struct {
		name    string
		twcc    uint8
		octets  int
		len     int
		profile uint16
	}{
		{"OKShort", 3, 3, 12 + 4 + 3 + 4 + 1, 0xbede},
		{"OKWithoutNumber", 0, 3, 12 + 4 + 4, 0xbede},
		{"OKLongestOfOneByte", 3, 16, 12 + 4 + 3 + 17, 0xbede},
		{"OKShortestOfTwoBytes", 3, 17, 12 + 4 + 4 + 19 + 1, 0x1000},
		{"OKLongest", 14, 255, 12 + 4 + 4 + 257 + 3, 0x1000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := bytes.Repeat([]byte{0xff}, packet.MaxDescribed+1)
			descriptor := bytes.Repeat([]byte{0x5a}, tt.octets)
			n := packet.PutDescribed(b, &packet.Header{Marker: true, PayloadTyp: 96, Seq: 7, Timestamp: 9, SSRC: 5}, tt.twcc, 0x1234, 12, descriptor)
			if n != tt.len {
				t.Fatalf("length %d, want %d", n, tt.len)
			}
			var p rtp.Packet
			if err := p.Unmarshal(b[: n+1 : n+1]); err != nil {
				t.Fatal(err)
			}
			if p.ExtensionProfile != tt.profile || !p.Marker || p.SSRC != 5 || len(p.Payload) != 1 || !bytes.Equal(p.GetExtension(12), descriptor) {
				t.Errorf("packet %+v", p)
			}
			if number := p.GetExtension(3); tt.twcc == 3 && !bytes.Equal(number, []byte{0x12, 0x34}) {
				t.Errorf("transport-wide number %x", number)
			}
			if h, ok := packet.ParseHeader(b[:n+1]); !ok || !bytes.Equal(h.Extension(b, 12), descriptor) {
				t.Errorf("we read %+v", h)
			}
		})
	}
}

func TestRTX(t *testing.T) {
	body := packet.AppendRTX(nil, 0xfffe, []byte("frame"))
	b := mustMarshal(t, rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 97, SequenceNumber: 3, SSRC: 8}, Payload: body})
	h, ok := packet.ParseHeader(b)
	if !ok || !h.UnwrapRTX(b, 7, 96) {
		t.Fatal("not unwrapped")
	}
	if h.Seq != 0xfffe || h.SSRC != 7 || h.PayloadTyp != 96 || string(b[h.Payload:h.End]) != "frame" {
		t.Errorf("header %+v", h)
	}
	for _, size := range []int{0, 1} {
		b := mustMarshal(t, rtp.Packet{Header: rtp.Header{Version: 2}, Payload: make([]byte, size)})
		if h, ok := packet.ParseHeader(b); !ok || h.UnwrapRTX(b, 7, 96) {
			t.Errorf("a retransmission of %d octets was unwrapped", size)
		}
	}
}

// FuzzRTX: whatever is unwrapped lies inside the packet.
func FuzzRTX(f *testing.F) {
	f.Add([]byte{0x80, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3})
	f.Add([]byte{0xa0, 97, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		h, ok := packet.ParseHeader(b)
		if ok && h.UnwrapRTX(b, 1, 2) {
			_ = b[h.Payload:h.End]
		}
	})
}
