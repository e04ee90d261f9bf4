//go:build !linux

package transport

import (
	"errors"
	"os"
	"time"
)

// read is the socket's reading goroutine. It ends when the socket is closed.
func (s *Socket) read() {
	r := newReader(s)
	r.batch[0] = newPacket()
	for {
		p := r.batch[0]
		n, from, err := s.udp.ReadFromUDPAddrPort(p.buf[:])
		if errors.Is(err, os.ErrDeadlineExceeded) {
			_ = s.udp.SetReadDeadline(time.Time{})
			r.bury()
			continue
		}
		if err != nil {
			p.Release()
			return
		}
		p.Data = p.buf[:n]
		r.count.received++
		addr := makeRawAddr(unmap(from), s.v6)
		r.route(&r.batch[0], &addr, Now())
		r.finish()
	}
}
