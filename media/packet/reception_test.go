package packet_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/media/packet"
)

func TestReception(t *testing.T) {
	var r packet.Reception
	if diff := cmp.Diff(packet.Block{SSRC: 9}, r.Block(9, 0)); diff != "" {
		t.Errorf("before the first packet (-want +got):\n%s", diff)
	}
	// 20 ms frames of 48 kHz audio; every fifth is lost, arrival is exact.
	for i := range int64(100) {
		if i%5 != 4 {
			r.Packet(1<<16+i, uint32(i*960), i*20*ms, 48000)
		}
	}
	got := r.Block(9, 3e9)
	want := packet.Block{SSRC: 9, Fraction: 49, Lost: 19, High: 98, Jitter: 0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("first block (-want +got):\n%s", diff)
	}
	// No loss in the second interval; the lost ones stay in the total.
	for i := int64(99); i < 150; i++ {
		r.Packet(1<<16+i, uint32(i*960), i*20*ms, 48000)
	}
	r.Report(0x0123456789abcdef, 3e9)
	got = r.Block(9, 3.5e9)
	want = packet.Block{SSRC: 9, Lost: 19, High: 149, LSR: 0x456789ab, DLSR: 32768}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("second block (-want +got):\n%s", diff)
	}
	// More packets than expected (a late one of the first interval): no loss.
	r.Packet(1<<16+94, 94*960, 4e9, 48000)
	if got = r.Block(9, 4e9); got.Fraction != 0 || got.Lost != 18 {
		t.Errorf("fraction %d, lost %d", got.Fraction, got.Lost)
	}
}

// TestJitter holds the estimate against RFC 3550, A.8: for a transit time that
// alternates by d it settles at d.
func TestJitter(t *testing.T) {
	var r packet.Reception
	for i := range int64(2000) {
		late := i % 2 * 5 * ms
		r.Packet(i+1, 0xffff0000+uint32(i*960), i*20*ms+late, 48000)
	}
	if got := r.Block(1, 0).Jitter; got < 235 || got > 245 {
		t.Errorf("jitter %d, want 240 (5 ms)", got)
	}
}
