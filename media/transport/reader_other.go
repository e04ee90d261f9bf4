//go:build !linux

package transport

import (
	"errors"
	"os"
	"time"
)

// read is the port's reading goroutine. It ends when the port is closed.
func (p *port) read() {
	r := newReader(p)
	r.batch[0] = newPacket()
	for {
		packet := r.batch[0]
		n, from, err := p.udp.ReadFromUDPAddrPort(packet.buf[:])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = p.udp.SetReadDeadline(time.Time{})
			r.bury()
			continue
		}
		if err != nil {
			packet.Release()
			return
		}
		packet.Data = packet.buf[:n]
		r.count.received++
		addr := makeRawAddr(unmap(from), p.socket.v6)
		r.route(&r.batch[0], &addr, Now())
		r.finish()
	}
}
