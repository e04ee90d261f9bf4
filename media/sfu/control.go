package sfu

import (
	"github.com/roundel-meet/roundel/media/congestion"
	"github.com/roundel-meet/roundel/media/packet"
)

// maxWork is how many messages, report blocks, packet statuses and wishes for
// retransmission a peer may send between two sweeps; more is passed over. An
// honest peer at 60 Mbit/s needs a tenth of it.
const maxWork = 4096

// afford takes n from what the peer may still ask of us until the next sweep.
func (p *Peer) afford(n int) bool {
	p.work += n
	return p.work <= maxWork
}

// control takes in a decrypted RTCP compound packet. What is malformed or about
// nobody is passed over (RFC 3550, A.2).
func (p *Peer) control(b []byte) {
	for {
		m, rest, ok := packet.NextMessage(b)
		if !ok || !p.afford(1) {
			return
		}
		b = rest
		switch m.Type {
		case packet.TypeSR:
			p.senderReport(m)
			p.blocks(m)
		case packet.TypeRR:
			p.blocks(m)
		case packet.TypeRTPFB:
			p.transportFeedback(m)
		case packet.TypePSFB:
			p.payloadFeedback(m)
		}
	}
}

// senderReport notes how the publisher's timestamps and clock go together.
func (p *Peer) senderReport(m packet.Message) {
	r, ok := m.SenderReport()
	if !ok {
		return
	}
	l, rtx := p.layerOf(r.SSRC)
	if l == nil || rtx {
		return
	}
	s := p.room.shard
	l.report = r
	l.reception.Report(r.NTP, s.now)
	p.clock.hear(s.now+s.wall-packet.UnixNTP(r.NTP), s.now)
}

// blocks reads what the peer reports of the streams it gets.
func (p *Peer) blocks(m packet.Message) {
	s := p.room.shard
	for i := 0; ; i++ {
		b, ok := m.Block(i)
		if !ok || !p.afford(1) {
			return
		}
		sl := p.slotOf(b.SSRC)
		if sl == nil {
			continue
		}
		sl.loss = float64(b.Fraction) / 256
		if !sl.audio || p.videoSlots == 0 {
			p.estimator.ReportedLoss(sl.loss, s.now)
		}
		if b.LSR != 0 {
			// RFC 3550, 6.4.1: round trip = now - LSR - DLSR, in 1/65536 s.
			units := uint32(packet.NTP(s.now+s.wall)>>16) - b.LSR - b.DLSR
			if rtt := int64(units) * 1e9 / 65536; rtt < 10e9 {
				p.rtt += (max(rtt, 1e6) - p.rtt) / 4
				p.rttKnown, p.rttAt = true, s.now
			}
		}
	}
}

func (p *Peer) transportFeedback(m packet.Message) {
	media, fci, ok := m.Feedback()
	if !ok {
		return
	}
	switch m.Count {
	case packet.FormatNACK:
		if sl := p.slotOf(media); sl != nil {
			sl.repair(fci)
		}
	case packet.FormatTMMBR:
		p.limits(m.Sender(), fci)
	case packet.FormatTWCC:
		if p.afford(congestion.Announced(fci)) {
			p.estimator.Feedback(fci, p.room.shard.now)
		}
	}
}

func (p *Peer) payloadFeedback(m packet.Message) {
	media, fci, ok := m.Feedback()
	if !ok {
		return
	}
	switch m.Count {
	case packet.FormatPLI:
		p.keyFor(media)
	case packet.FormatFIR:
		for {
			media, rest, ok := packet.NextFIR(fci)
			if !ok || !p.afford(1) {
				return
			}
			p.keyFor(media)
			fci = rest
		}
	case packet.FormatALFB:
		if rate, ok := packet.REMB(fci); ok {
			p.estimator.ReportedRate(float64(rate), p.room.shard.now)
		}
	}
}

// keyFor passes a receiver's wish for a key frame on.
func (p *Peer) keyFor(media uint32) {
	sl := p.slotOf(media)
	switch {
	case sl == nil || sl.track == nil || sl.paused:
	case sl.layer != nil:
		sl.layer.requestKey()
	default:
		sl.aim.layer.requestKey()
	}
}
