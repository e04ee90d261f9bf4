package sfu

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/packet"
)

// rtx wraps packet n of a stream as its retransmission.
func rtx(p rtp.Packet, ssrc uint32, seq int) rtp.Packet {
	body := packet.AppendRTX(nil, p.SequenceNumber, p.Payload)
	p.SSRC, p.PayloadType, p.SequenceNumber, p.Payload = ssrc, ptVP8RTX, uint16(seq), body
	return p
}

// nacked returns the numbers that a peer was asked for again.
func nacked(r *rig, p *Peer) []uint16 {
	var seqs []uint16
	for _, m := range r.messages(p) {
		if n, ok := m.(*rtcp.TransportLayerNack); ok {
			for _, pair := range n.Nacks {
				seqs = append(seqs, pair.PacketList()...)
			}
		}
	}
	return seqs
}

func TestRecoversUpstreamLoss(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 65534, true))
	r.feed(ann, frame(77, 65535+3, false))
	r.messages(ann)
	r.step(5 * ms)
	if got := nacked(r, ann); got != nil {
		t.Errorf("asked for %v at once; it may be reordering", got)
	}
	r.feed(ann, frame(77, 65535+2, false))
	r.step(10 * ms)
	if diff := cmp.Diff([]uint16{65535, 0}, nacked(r, ann)); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	r.feed(ann, rtx(frame(77, 65535, false), 177, 1))
	r.feed(ann, rtx(frame(77, 65536, false), 177, 2))
	r.feed(ann, rtx(frame(77, 65536, false), 177, 3)) // again
	r.feed(ann, rtp.Packet{Header: rtp.Header{
		Version: 2, PayloadType: ptVP8RTX, SSRC: 177, SequenceNumber: 4, Padding: true, PaddingSize: 255,
	}}) // a probe
	got := r.packets(bob)
	var seqs []uint16
	for _, p := range got {
		seqs = append(seqs, p.SequenceNumber-got[0].SequenceNumber)
		if p.SSRC != 5000 || p.PayloadType != ptVP8 {
			t.Errorf("header %+v", p.Header)
		}
	}
	if diff := cmp.Diff([]uint16{0, 4, 3, 1, 2}, seqs); diff != "" {
		t.Errorf("forwarded (-want +got):\n%s", diff)
	}
	if s := r.shard.stats; s.Recovered != 3 || s.NACKsOut != 2 {
		t.Errorf("stats %+v", s)
	}
	r.step(1000 * ms)
	if got := nacked(r, ann); got != nil {
		t.Errorf("asked for %v although all is there", got)
	}
}

func TestGivesUpUpstreamLoss(t *testing.T) {
	r, ann, _ := pair(t)
	ann.rtt = 20 * ms
	r.feed(ann, frame(77, 1, true))
	r.feed(ann, frame(77, 3, false))
	r.step(4000 * ms)
	if got := nacked(r, ann); len(got) != 10 {
		t.Errorf("asked %d times, want 10", len(got))
	}
}

func TestNoRequestsWhileMuted(t *testing.T) {
	r, ann, _ := pair(t)
	ann.tracks[0].setLive(false)
	r.shard.settle(r.room)
	r.messages(ann)
	r.feed(ann, frame(77, 1, true))
	r.feed(ann, frame(77, 9, false))
	r.step(1000 * ms)
	for _, m := range r.messages(ann) {
		switch m.(type) {
		case *rtcp.TransportLayerNack, *rtcp.PictureLossIndication:
			t.Errorf("asked a muted track: %T", m)
		}
	}
}

func nack(ssrc uint32, seqs ...uint16) rtcp.Packet {
	return &rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)}
}

func TestAnswersNACK(t *testing.T) {
	r, ann, bob := pair(t)
	for n := 100; n < 110; n++ {
		r.feed(ann, frame(77, n, n == 100))
	}
	sent := r.packets(bob)
	r.control(bob, nack(5000, sent[3].SequenceNumber, sent[5].SequenceNumber, sent[9].SequenceNumber+1))
	got := r.packets(bob)
	if len(got) != 2 {
		t.Fatalf("%d retransmissions, want 2", len(got))
	}
	for i, want := range []rtp.Packet{sent[3], sent[5]} {
		p := got[i]
		osn := uint16(p.Payload[0])<<8 | uint16(p.Payload[1])
		if p.SSRC != 6000 || p.PayloadType != ptVP8RTX || osn != want.SequenceNumber || p.Timestamp != want.Timestamp || p.Marker != want.Marker {
			t.Errorf("retransmission %+v of %+v", p.Header, want.Header)
		}
		if diff := cmp.Diff(want.Payload, p.Payload[2:]); diff != "" {
			t.Errorf("payload (-want +got):\n%s", diff)
		}
	}
	if got[1].SequenceNumber != got[0].SequenceNumber+1 {
		t.Error("retransmissions are not numbered one by one")
	}
	r.control(bob, nack(5000, sent[3].SequenceNumber))
	if len(r.packets(bob)) != 0 {
		t.Error("retransmitted twice at the same moment")
	}
	r.step(60 * ms)
	r.control(bob, nack(5000, sent[3].SequenceNumber))
	if len(r.packets(bob)) != 1 {
		t.Error("not retransmitted again after a while")
	}
}

func TestAnswersNACKAcrossSwitch(t *testing.T) {
	r, ann, bob := pair(t)
	carl := r.join("carl", lines{sends: camera, ssrc: 88})
	r.feed(ann, frame(77, 1, true))
	r.want(bob, "carl")
	r.feed(carl, frame(88, 5000, true))
	sent := r.packets(bob)
	r.control(bob, nack(5000, sent[0].SequenceNumber, sent[1].SequenceNumber))
	got := r.packets(bob)
	if len(got) != 1 {
		t.Fatalf("%d retransmissions, want only that of the present track", len(got))
	}
	if diff := cmp.Diff(sent[1].Payload, got[0].Payload[2:]); diff != "" {
		t.Errorf("payload (-want +got):\n%s", diff)
	}
}

func TestNACKFloodIsBounded(t *testing.T) {
	r, ann, bob := pair(t)
	var seqs []uint16
	for n := range 600 {
		p := frame(77, n, n == 0)
		p.Payload = append(p.Payload, make([]byte, 1100)...)
		r.shard.now += 5 * ms
		r.feed(ann, p)
	}
	for _, p := range r.packets(bob) {
		seqs = append(seqs, p.SequenceNumber)
	}
	octets := 0
	for range 20 {
		r.control(bob, nack(5000, seqs...))
		r.step(50 * ms)
		for _, p := range r.packets(bob) {
			octets += len(p.Payload)
		}
	}
	if rate := float64(octets) * 8; rate > 1.1*bob.estimator.Rate()/2+2*400e3 {
		t.Errorf("%.0f bit/s of retransmissions at an estimate of %.0f", rate, bob.estimator.Rate())
	}
}

func TestNoRetransmissionWithoutRTX(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, ssrc: 77})
	bob := r.join("bob", lines{video: 1, noRTX: true})
	r.want(bob, "ann")
	r.feed(ann, frame(77, 1, true))
	sent := r.packets(bob)
	r.control(bob, nack(5000, sent[0].SequenceNumber))
	if len(r.packets(bob)) != 0 {
		t.Error("a number was sent twice in one stream")
	}
}

func TestKeyFrameRequestsAreThrottled(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 1, true))
	r.step(1000 * ms)
	r.messages(ann)
	for range 100 {
		r.control(bob, &rtcp.PictureLossIndication{MediaSSRC: 5000})
		r.step(10 * ms)
	}
	if n := count[*rtcp.PictureLossIndication](r, ann); n < 3 || n > 4 {
		t.Errorf("%d requests passed on in a second, want one every 300 ms", n)
	}
	r.step(1000 * ms)
	r.messages(ann)
	r.control(bob, &rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 5000}}})
	if n := count[*rtcp.PictureLossIndication](r, ann); n != 1 {
		t.Errorf("a FIR became %d requests", n)
	}
	r.control(bob, &rtcp.PictureLossIndication{MediaSSRC: 1}) // nobody
}

func TestSenderReports(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: []meeting.Kind{meeting.KindMic, meeting.KindCamera}, ssrc: 77})
	bob := r.join("bob", lines{audio: 1, video: 1})
	r.want(bob, "ann")
	// Both reports name the same moment, 40 ms ago, on a clock an hour off.
	moment := r.shard.now + r.shard.wall - 40*ms + 3600*1000*ms
	r.feed(ann, sound(77, 1))
	r.feed(ann, frame(78, 1, true))
	r.control(ann, &rtcp.SenderReport{SSRC: 77, NTPTime: packet.NTP(moment), RTPTime: 960 + 480})
	r.control(ann, &rtcp.SenderReport{SSRC: 78, NTPTime: packet.NTP(moment), RTPTime: 3000 + 900})
	sent := r.packets(bob)
	r.step(1100 * ms)
	reports := make(map[uint32]*rtcp.SenderReport)
	names := make(map[uint32]string)
	for _, m := range r.messages(bob) {
		switch m := m.(type) {
		case *rtcp.SenderReport:
			reports[m.SSRC] = m
		case *rtcp.SourceDescription:
			names[m.Chunks[0].Source] = m.Chunks[0].Items[0].Text
		}
	}
	audio, video := reports[5000], reports[5001]
	if audio == nil || video == nil || names[5000] != names[5001] || names[5000] == "" {
		t.Fatalf("reports %v, names %v", reports, names)
	}
	if audio.PacketCount != 1 || video.PacketCount != 1 || video.OctetCount != 40 {
		t.Errorf("counts %d, %d, %d", audio.PacketCount, video.PacketCount, video.OctetCount)
	}
	// At the reported moment, 480 samples and 900 ticks after the packets (10 ms
	// each), sound and picture belonged together: as they do in our reports.
	at := func(report *rtcp.SenderReport, p rtp.Packet, rate float64) float64 {
		return float64(packet.UnixNTP(report.NTPTime))/1e6 - float64(int32(report.RTPTime-p.Timestamp))/rate*1000
	}
	if d := at(audio, sent[0], 48000) - at(video, sent[1], 90000); d > 1 || d < -1 {
		t.Errorf("sound and picture are %.1f ms apart", d)
	}
}

func TestReceiverReports(t *testing.T) {
	r, ann, _ := pair(t)
	for n := range 100 {
		if n%4 != 3 {
			r.feed(ann, frame(77, n, n == 0))
		}
	}
	r.control(ann, &rtcp.SenderReport{SSRC: 77, NTPTime: 0x1234_5678_9abc_def0, RTPTime: 1})
	r.step(1100 * ms)
	for _, m := range r.messages(ann) {
		rr, ok := m.(*rtcp.ReceiverReport)
		if !ok {
			continue
		}
		b := rr.Reports[0]
		if b.SSRC != 77 || b.TotalLost != 24 || b.FractionLost != 62 || b.LastSenderReport != 0x5678_9abc || b.Delay < 64_000 || b.Delay > 70_000 {
			t.Errorf("report %+v", b)
		}
		return
	}
	t.Error("no receiver report within a second")
}

func TestRoundTripFromReports(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 1, true))
	for range 40 {
		lsr := uint32(packet.NTP(r.shard.now+r.shard.wall) >> 16)
		r.step(50 * ms) // 30 ms on the way, 20 ms at the receiver
		r.control(bob, &rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 5000, LastSenderReport: lsr, Delay: 20 * 65536 / 1000}}})
	}
	if got := bob.rtt / ms; got < 28 || got > 32 {
		t.Errorf("round trip %d ms, want 30", got)
	}
	r.control(bob, &rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 5000, LastSenderReport: 1, Delay: 0}}})
	if got := bob.rtt / ms; got > 32 {
		t.Errorf("a report of nonsense moved the round trip to %d ms", got)
	}
}

func TestTransportFeedbackToPublisher(t *testing.T) {
	r, ann, _ := pair(t)
	for n := range 30 {
		p := frame(77, n, n == 0)
		must(t, p.SetExtension(extTWCC, []byte{0xff, byte(240 + n)}))
		if n < 16 {
			r.feed(ann, p)
			r.shard.now += ms
		}
	}
	r.step(100 * ms)
	for _, m := range r.messages(ann) {
		if f, ok := m.(*rtcp.TransportLayerCC); ok {
			if f.BaseSequenceNumber != 0xfff0 || f.PacketStatusCount != 16 || f.MediaSSRC != 77 {
				t.Errorf("feedback %+v", f)
			}
			return
		}
	}
	t.Error("no feedback within 100 ms")
}

func TestMalformedControlIsHarmless(t *testing.T) {
	r, ann, bob := pair(t)
	r.feed(ann, frame(77, 1, true))
	for _, b := range [][]byte{
		nil,
		{0x80},
		{0x80, 200, 0, 1, 0, 0, 0, 0},
		{0x81, 205, 0, 2, 0, 0, 0, 0, 0, 0, 0x13, 0x88},
		{0x8f, 205, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4},
		{0x84, 206, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x13, 0x88},
	} {
		bob.control(b)
		ann.control(b)
	}
	r.feed(ann, frame(77, 2, false))
	if len(r.packets(bob)) != 2 {
		t.Error("forwarding stopped")
	}
}

// FuzzControl gives a peer hostile RTCP while it publishes and receives.
func FuzzControl(f *testing.F) {
	seed := func(m ...rtcp.Packet) {
		b, err := rtcp.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	seed(nack(5001, 1, 2, 3), &rtcp.PictureLossIndication{MediaSSRC: 5001})
	seed(&rtcp.SenderReport{SSRC: 77, NTPTime: 1 << 60, Reports: []rtcp.ReceptionReport{{SSRC: 5001, FractionLost: 200}}})
	seed(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 1}, &rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: 5001}}})
	f.Add(tmmbr(9, packet.Limit{SSRC: 5001, Rate: 1}, packet.Limit{SSRC: 5001}))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := newRig(t)
		ann := r.join("ann", lines{sends: camera, ssrc: 77, video: 1, plain: "ccm tmmbr"})
		bob := r.join("bob", lines{sends: camera, ssrc: 88, video: 1})
		carl := r.join("carl", lines{video: 1})
		r.want(ann, "bob")
		r.want(bob, "ann")
		r.want(carl, "bob")
		r.feed(ann, frame(77, 1, true))
		r.feed(bob, frame(88, 1, true))
		for range 3 {
			ann.control(b)
			carl.control(b)
			r.step(500 * ms)
		}
		r.feed(ann, frame(77, 2, true))
		if len(r.packets(bob)) < 2 {
			t.Fatal("one peer's RTCP stopped another's picture")
		}
	})
}

// FuzzReceive gives the shard hostile RTP of a peer that publishes two tracks.
func FuzzReceive(f *testing.F) {
	for _, p := range []rtp.Packet{frame(77, 1, true), sound(78, 2), rtx(frame(77, 3, false), 177, 1), padding(77, 4)} {
		b, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, uint8(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, again uint8) {
		r := newRig(t)
		ann := r.join("ann", lines{sends: []meeting.Kind{meeting.KindCamera, meeting.KindMic}, ssrc: 77})
		bob := r.join("bob", lines{audio: 1, video: 1})
		r.want(bob, "ann")
		for i := range int(again%8) + 1 {
			in := append([]byte(nil), b...)
			if len(in) > 3 {
				in[3] += byte(i)
			}
			ann.receive(in, r.shard.now)
			r.shard.forwardAll()
			r.step(20 * ms)
		}
	})
}
