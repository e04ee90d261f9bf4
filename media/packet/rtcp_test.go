package packet_test

import (
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

// FuzzMessages walks a compound packet with every reader: none may read outside
// it, and the walk ends.
func FuzzMessages(f *testing.F) {
	f.Add(sample(f))
	f.Add([]byte{0xa0, 201, 0, 1, 0, 0, 0, 4})
	f.Add([]byte{0x80, 206, 0, 0})
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
			if _, fci, ok := m.Feedback(); ok {
				packet.REMB(fci)
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
