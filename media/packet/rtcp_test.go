package packet_test

import (
	"encoding/binary"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/roundel-meet/roundel/media/packet"
)

// mustDecode reads with pion what we wrote.
func mustDecode(tb testing.TB, b []byte) []rtcp.Packet {
	tb.Helper()
	p, err := rtcp.Unmarshal(b)
	if err != nil {
		tb.Fatalf("pion refuses what we wrote: %v", err)
	}
	return p
}

func TestWriteReports(t *testing.T) {
	b := packet.AppendSenderReport(nil, packet.SenderReport{SSRC: 1, NTP: 2 << 40, Timestamp: 3, Packets: 4, Octets: 5})
	b = packet.AppendCNAME(b, 1, "roundel")
	b = packet.AppendReceiverReport(b, 6, []packet.Block{{SSRC: 7, Fraction: 8, Lost: 9, High: 10, Jitter: 11, LSR: 12, DLSR: 13}, {SSRC: 14}})
	b = packet.AppendPLI(b, 6, 7)
	b = packet.AppendFIR(b, 6, 7, 200)
	b = packet.AppendNACK(b, 6, 7, []uint16{65530, 65535, 3, 100, 116, 117})
	b = packet.AppendNACK(b, 6, 7, nil)
	b = packet.AppendREMB(b, 6, 1<<17+1, []uint32{7, 14})
	want := []rtcp.Packet{
		&rtcp.SenderReport{SSRC: 1, NTPTime: 2 << 40, RTPTime: 3, PacketCount: 4, OctetCount: 5},
		&rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{Source: 1, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: "roundel"}}}}},
		&rtcp.ReceiverReport{SSRC: 6, Reports: []rtcp.ReceptionReport{
			{SSRC: 7, FractionLost: 8, TotalLost: 9, LastSequenceNumber: 10, Jitter: 11, LastSenderReport: 12, Delay: 13}, {SSRC: 14},
		}, ProfileExtensions: []byte{}},
		&rtcp.PictureLossIndication{SenderSSRC: 6, MediaSSRC: 7},
		&rtcp.FullIntraRequest{SenderSSRC: 6, FIR: []rtcp.FIREntry{{SSRC: 7, SequenceNumber: 200}}},
		&rtcp.TransportLayerNack{SenderSSRC: 6, MediaSSRC: 7, Nacks: []rtcp.NackPair{
			{PacketID: 65530, LostPackets: 1<<4 | 1<<8}, {PacketID: 100, LostPackets: 1 << 15}, {PacketID: 117},
		}},
		&rtcp.ReceiverEstimatedMaximumBitrate{SenderSSRC: 6, Bitrate: 1<<17 + 1, SSRCs: []uint32{7, 14}},
	}
	if diff := cmp.Diff(want, mustDecode(t, b)); diff != "" {
		t.Errorf("messages (-want +got):\n%s", diff)
	}
}

func TestWriteCNAMELengths(t *testing.T) {
	for n := range 9 {
		name := "12345678"[:n]
		b := packet.AppendCNAME(nil, 1, name)
		got := mustDecode(t, b)[0].(*rtcp.SourceDescription)
		if len(b)%4 != 0 || got.Chunks[0].Items[0].Text != name {
			t.Errorf("%q: %d octets, read as %+v", name, len(b), got)
		}
	}
}

// mustEncode makes with pion what we read.
func mustEncode(tb testing.TB, p ...rtcp.Packet) []byte {
	tb.Helper()
	b, err := rtcp.Marshal(p)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func sample(tb testing.TB) []byte {
	tb.Helper()
	return mustEncode(tb,
		&rtcp.SenderReport{SSRC: 1, NTPTime: 2 << 40, RTPTime: 3, PacketCount: 4, OctetCount: 5, Reports: []rtcp.ReceptionReport{{SSRC: 6, TotalLost: 0xffffff}}},
		&rtcp.ReceiverReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 7, FractionLost: 9, LastSenderReport: 5, Delay: 6}}},
		&rtcp.TransportLayerNack{MediaSSRC: 8, Nacks: []rtcp.NackPair{{PacketID: 1, LostPackets: 2}, {PacketID: 3}}},
		&rtcp.PictureLossIndication{MediaSSRC: 9},
		&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 10, SequenceNumber: 1}}},
		&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1 << 20, SSRCs: []uint32{1}},
	)
}

func TestRead(t *testing.T) {
	var got []any
	b := sample(t)
	for {
		m, rest, ok := packet.NextMessage(b)
		if !ok {
			break
		}
		b = rest
		if r, ok := m.SenderReport(); ok {
			got = append(got, r)
		}
		for i := 0; ; i++ {
			block, ok := m.Block(i)
			if !ok {
				break
			}
			got = append(got, block)
		}
		media, fci, ok := m.Feedback()
		if !ok {
			continue
		}
		switch {
		case m.Type == packet.TypeRTPFB && m.Count == packet.FormatNACK:
			for seq, mask, rest, ok := packet.NextNACK(fci); ok; seq, mask, rest, ok = packet.NextNACK(rest) {
				got = append(got, [3]uint32{media, uint32(seq), uint32(mask)})
			}
		case m.Count == packet.FormatPLI:
			got = append(got, media)
		case m.Count == packet.FormatFIR:
			media, _, _ := packet.NextFIR(fci)
			got = append(got, media)
		default:
			rate, _ := packet.REMB(fci)
			got = append(got, rate)
		}
	}
	want := []any{
		packet.SenderReport{SSRC: 1, NTP: 2 << 40, Timestamp: 3, Packets: 4, Octets: 5},
		packet.Block{SSRC: 6, Lost: -1},
		packet.Block{SSRC: 7, Fraction: 9, LSR: 5, DLSR: 6},
		[3]uint32{8, 1, 2},
		[3]uint32{8, 3, 0},
		uint32(9), uint32(10), int64(1 << 20),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
}

// TestLimits holds what we read and write to the layout of RFC 5104, 4.2.1.1.
func TestLimits(t *testing.T) {
	for _, tt := range []struct {
		name string
		word uint32
		want packet.Limit
		ok   bool
	}{
		{"OK", 2<<26 | 75_000<<9 | 40, packet.Limit{SSRC: 9, Rate: 300_000, Overhead: 40}, true},
		{"OKPause", 0, packet.Limit{SSRC: 9}, true},
		{"OKLargest", 45<<26 | 0x1ffff<<9 | 511, packet.Limit{SSRC: 9, Rate: 0x1ffff << 45, Overhead: 511}, true},
		{"ErrNoRate", 46<<26 | 1<<9, packet.Limit{}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fci := binary.BigEndian.AppendUint32([]byte{0, 0, 0, 9}, tt.word)
			got, rest, ok := packet.NextLimit(append(fci, 1))
			if ok != tt.ok || got != tt.want || ok && len(rest) != 1 {
				t.Fatalf("got %+v, %v, %d octets more", got, ok, len(rest))
			}
			if !ok {
				return
			}
			b := packet.AppendTMMBN(nil, 7, []packet.Limit{got})
			m, rest, ok := packet.NextMessage(b)
			media, fci, _ := m.Feedback()
			if !ok || len(rest) != 0 || m.Type != packet.TypeRTPFB || m.Count != packet.FormatTMMBN || m.Sender() != 7 || media != 0 {
				t.Fatalf("wrote % x", b)
			}
			if again, _, _ := packet.NextLimit(fci); again != tt.want {
				t.Errorf("notified %+v, want %+v", again, tt.want)
			}
		})
	}
	if _, _, ok := packet.NextLimit(make([]byte, 7)); ok {
		t.Error("read half a limit")
	}
	if b := packet.AppendTMMBN(nil, 7, nil); len(b) != 12 || b[3] != 2 {
		t.Errorf("no limit is % x", b)
	}
}

func TestREMB(t *testing.T) {
	for _, rate := range []int64{0, 1, 1<<18 - 1, 1 << 18, 3_000_000, 1<<18 + 1, 60_000_000} {
		m, _, _ := packet.NextMessage(packet.AppendREMB(nil, 1, rate, []uint32{2}))
		_, fci, _ := m.Feedback()
		got, ok := packet.REMB(fci)
		if !ok || got > rate || float64(got) < 0.9999*float64(rate) {
			t.Errorf("%d is read as %d, %v", rate, got, ok)
		}
	}
	for name, fci := range map[string]string{
		"short": "REMB\x01\x00\x00", "other": "BMER\x01\x00\x00\x01", "too large": "REMB\x01\xff\xff\xff",
	} {
		if rate, ok := packet.REMB([]byte(fci)); ok {
			t.Errorf("%s: read as %d", name, rate)
		}
	}
}

// FuzzMessages walks a compound packet with every reader: none may read outside
// it, and the walk ends.
func FuzzMessages(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte{0xa0, 201, 0, 1, 0, 0, 0, 4})
	f.Add([]byte{0x80, 206, 0, 0})
	f.Add(packet.AppendREMB(nil, 1, 300_000, []uint32{2, 3}))
	f.Add(packet.AppendTMMBN(nil, 1, []packet.Limit{{SSRC: 2, Rate: 300_000, Overhead: 40}}))
	f.Add([]byte{0x83, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		for {
			m, rest, ok := packet.NextMessage(b)
			if !ok {
				return
			}
			if len(rest) >= len(b) {
				t.Fatal("the walk does not go on")
			}
			b = rest
			m.SenderReport()
			for i := 0; ; i++ {
				if _, ok := m.Block(i); !ok {
					break
				}
			}
			m.Sender()
			if _, fci, ok := m.Feedback(); ok {
				if rate, ok := packet.REMB(fci); ok && rate < 0 {
					t.Fatal("a negative estimate")
				}
				for rest := fci; ; {
					limit, next, ok := packet.NextLimit(rest)
					if !ok {
						break
					}
					rest = next
					back, _, _ := packet.NextMessage(packet.AppendTMMBN(nil, 1, []packet.Limit{limit}))
					_, entry, _ := back.Feedback()
					if again, _, ok := packet.NextLimit(entry); !ok || again != limit || limit.Rate < 0 {
						t.Fatalf("limit %+v is written as %+v", limit, again)
					}
				}
				for rest := fci; ; {
					if _, rest, ok = packet.NextFIR(rest); !ok {
						break
					}
				}
				for rest := fci; ; {
					if _, _, rest, ok = packet.NextNACK(rest); !ok {
						break
					}
				}
			}
		}
	})
}

func TestNTP(t *testing.T) {
	const unix = 1_700_000_000_500_000_000
	ntp := packet.NTP(unix)
	if ntp>>32 != 1_700_000_000+2_208_988_800 || uint32(ntp) != 1<<31 {
		t.Errorf("NTP %x", ntp)
	}
	if d := packet.UnixNTP(ntp) - unix; d < -1 || d > 1 {
		t.Errorf("off by %d ns", d)
	}
}
