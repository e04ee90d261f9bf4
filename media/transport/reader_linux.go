package transport

import (
	"errors"
	"os"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mmsghdr is struct mmsghdr of recvmmsg(2) and sendmmsg(2).
type mmsghdr struct {
	hdr unix.Msghdr
	len uint32
}

// receiver is a reader with the memory that recvmmsg fills.
type receiver struct {
	*reader
	msgs  [batchSize]mmsghdr
	iovs  [batchSize]unix.Iovec
	addrs [batchSize]rawAddr
	n     int
	errno syscall.Errno
}

// read is the port's reading goroutine. It ends when the port is closed.
func (p *port) read() {
	r := &receiver{reader: newReader(p)}
	for i := range r.batch {
		r.arm(i, newPacket())
	}
	receive := r.receive
	for {
		err := p.raw.Read(receive)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			_ = p.udp.SetReadDeadline(time.Time{})
			r.bury()
			continue
		case err != nil:
			r.release()
			return
		}
		r.dispatch()
	}
}

// arm points message i at p's buffer.
func (r *receiver) arm(i int, p *Packet) {
	r.batch[i] = p
	r.iovs[i].Base = &p.buf[0]
	r.iovs[i].SetLen(len(p.buf))
	h := &r.msgs[i].hdr
	h.Name = &r.addrs[i].b[0]
	h.Iov = &r.iovs[i]
	h.SetIovlen(1)
}

// receive fills the batch; false asks the runtime to wait for the socket.
func (r *receiver) receive(fd uintptr) bool {
	for i := range r.msgs {
		r.msgs[i].hdr.Namelen = unix.SizeofSockaddrInet6
	}
	for {
		n, _, errno := syscall.RawSyscall6(unix.SYS_RECVMMSG, fd,
			uintptr(unsafe.Pointer(&r.msgs[0])), batchSize, unix.MSG_DONTWAIT, 0, 0)
		r.n, r.errno = int(n), errno
		switch errno {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return false
		case 0:
		default:
			r.n = 0 // an error about something sent earlier; the next call reads on
		}
		return true
	}
}

// dispatch routes a filled batch and rearms what was handed on.
func (r *receiver) dispatch() {
	now := Now()
	for i := range r.n {
		m := &r.msgs[i]
		r.count.received++
		if m.hdr.Flags&unix.MSG_TRUNC != 0 {
			r.count.unknown++
			continue
		}
		addr := &r.addrs[i]
		addr.n = m.hdr.Namelen
		clearFlow(addr)
		p := r.batch[i]
		p.Data = p.buf[:m.len]
		r.route(&r.batch[i], addr, now)
		if r.batch[i] != p {
			r.arm(i, r.batch[i])
		}
	}
	r.finish()
}

// clearFlow drops the IPv6 flow label, which is no part of a 5-tuple.
func clearFlow(a *rawAddr) {
	if a.n == unix.SizeofSockaddrInet6 {
		clear(a.b[4:8])
	} else {
		clear(a.b[8:])
	}
}

func (r *receiver) release() {
	for _, p := range r.batch {
		p.Release()
	}
}
