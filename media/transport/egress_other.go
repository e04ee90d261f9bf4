//go:build !linux

package transport

import (
	"net"
	"syscall"
)

// sender sends datagram by datagram.
type sender struct{}

func (*sender) init(*Egress) {}

func (*sender) send(e *Egress) (sent, calls int) {
	for _, t := range e.trains {
		for at := t.from; at < t.to; at += t.segment {
			calls++
			end := min(at+t.segment, t.to)
			if _, err := e.port.udp.WriteToUDPAddrPort(e.slab[at:end], t.remote.addr); err == nil {
				sent++
			}
		}
	}
	return sent, calls
}

func canSegment(syscall.RawConn) bool { return false }

func setBuffers(udp *net.UDPConn, _ syscall.RawConn, n int) {
	_ = udp.SetReadBuffer(n)
	_ = udp.SetWriteBuffer(n)
}
