package transport

import (
	"encoding/binary"
	"net"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// sender has the memory of sendmmsg calls (sendmmsg(2), udp(7) UDP_SEGMENT).
type sender struct {
	egress *Egress
	msgs   [maxPerCall]mmsghdr
	iovs   [maxPerCall]unix.Iovec
	ctl    [maxPerCall]segmentControl
	run    func(fd uintptr) // kept, so that no closure is made per flush

	trains []train // what run sends
	sent   int
	calls  int
}

// maxPerCall bounds one system call to some 100 µs, since it is made without
// telling the scheduler: it never waits.
const maxPerCall = 32

// segmentControl is one UDP_SEGMENT control message.
type segmentControl [unix.SizeofCmsghdr + 8]byte

// segmentControlLen is what CMSG_SPACE(sizeof(uint16)) is on this machine.
var segmentControlLen = unix.CmsgSpace(2)

func (o *sender) init(e *Egress) {
	o.egress = e
	o.run = o.sendAll
	for i := range o.msgs {
		h := (*unix.Cmsghdr)(unsafe.Pointer(&o.ctl[i][0]))
		h.Level, h.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		h.SetLen(unix.CmsgLen(2))
		o.msgs[i].hdr.Iov = &o.iovs[i]
		o.msgs[i].hdr.SetIovlen(1)
	}
}

// send sends all trains of e. The descriptor is held by Control, which counts
// users without excluding any, so Close cannot pull it away.
func (o *sender) send(e *Egress) (sent, calls int) {
	o.trains, o.sent, o.calls = e.trains, 0, 0
	_ = e.port.raw.Control(o.run)
	o.trains = nil
	return o.sent, o.calls
}

func (o *sender) sendAll(fd uintptr) {
	for len(o.trains) > 0 {
		n := min(len(o.trains), maxPerCall)
		for i := range n {
			o.load(i, &o.trains[i])
		}
		done := o.call(fd, n)
		o.trains = o.trains[done:]
	}
}

// load puts train t into message i.
func (o *sender) load(i int, t *train) {
	o.set(i, t.remote, o.egress.slab[t.from:t.to])
	if t.count > 1 {
		binary.NativeEndian.PutUint16(o.ctl[i][unix.CmsgLen(0):], uint16(t.segment))
		o.msgs[i].hdr.Control = &o.ctl[i][0]
		o.msgs[i].hdr.SetControllen(segmentControlLen)
	}
}

// set makes message i the plain datagram b to r.
func (o *sender) set(i int, r *remote, b []byte) {
	o.iovs[i].Base = &b[0]
	o.iovs[i].SetLen(len(b))
	h := &o.msgs[i].hdr
	h.Name = &r.raw.b[0]
	h.Namelen = r.raw.n
	h.Control = nil
	h.SetControllen(0)
}

// call sends the first n messages and returns how many trains are dealt with:
// sent, or given up after an error of the next one.
func (o *sender) call(fd uintptr, n int) int {
	done, errno := o.sendmmsg(fd, n)
	for _, t := range o.trains[:done] {
		o.sent += t.count
	}
	if done > 0 || errno == 0 {
		return done
	}
	t := &o.trains[0]
	switch {
	case errno == unix.EAGAIN || errno == unix.ENOBUFS:
		if o.wait(fd) {
			return 0
		}
		return len(o.trains) // the queue stays full: drop, as a network would
	case t.count > 1:
		o.refused(t, errno)
		o.single(fd, t)
	}
	return 1
}

// sendmmsg makes the system call, again if a signal came.
func (o *sender) sendmmsg(fd uintptr, n int) (int, syscall.Errno) {
	for {
		o.calls++
		done, _, errno := syscall.RawSyscall6(unix.SYS_SENDMMSG, fd,
			uintptr(unsafe.Pointer(&o.msgs[0])), uintptr(n), unix.MSG_DONTWAIT, 0, 0)
		if errno == unix.EINTR {
			continue
		}
		if errno != 0 {
			return 0, errno
		}
		return int(done), 0
	}
}

// refused learns from a train that the kernel did not take. EIO: the route's
// device cannot segment (udp(7)), so nothing will; EINVAL and EMSGSIZE: the
// segments are larger than this path's MTU.
func (o *sender) refused(t *train, errno syscall.Errno) {
	if errno == unix.EINVAL || errno == unix.EMSGSIZE {
		t.remote.noGSO.Store(true)
		return
	}
	s := o.egress.socket
	if s.gso.CompareAndSwap(true, false) {
		s.log.Warn("UDP segmentation refused, sending plain datagrams", "error", errno)
	}
}

// single sends the datagrams of train t one by one.
func (o *sender) single(fd uintptr, t *train) {
	for at := t.from; at < t.to; at += t.segment {
		o.set(0, t.remote, o.egress.slab[at:min(at+t.segment, t.to)])
		n, errno := o.sendmmsg(fd, 1)
		if errno == unix.EAGAIN && o.wait(fd) {
			n, _ = o.sendmmsg(fd, 1)
		}
		o.sent += n
	}
}

// wait gives a full send queue a moment to drain. The scheduler knows of it.
func (o *sender) wait(fd uintptr) bool {
	fds := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds[:], 2)
	return err == nil && n > 0
}

// canSegment reports whether the kernel knows UDP_SEGMENT at all (Linux 4.18).
func canSegment(raw syscall.RawConn) bool {
	var err error
	cerr := raw.Control(func(fd uintptr) {
		_, err = unix.GetsockoptInt(int(fd), unix.SOL_UDP, unix.UDP_SEGMENT)
	})
	return cerr == nil && err == nil
}

// setBuffers asks for n bytes each way; beyond rmem_max only root gets them.
func setBuffers(udp *net.UDPConn, raw syscall.RawConn, n int) {
	_ = udp.SetReadBuffer(n)
	_ = udp.SetWriteBuffer(n)
	_ = raw.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, n)
		_ = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, n)
	})
}
