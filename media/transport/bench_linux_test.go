package transport

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"syscall"
	"testing"
	"unsafe"

	"github.com/pion/srtp/v3"
	"golang.org/x/sys/unix"
)

// The load of the benchmarks: bursts to many peers, as one flush of a shard.
// One operation is one packet of benchPacket bytes on the wire.
const (
	benchSinks  = 64
	benchBurst  = 6
	benchPacket = 1200
)

type rig struct {
	socket *Socket
	sinks  []*sink
	raw    []syscall.RawConn
	buf    [2048]byte
}

func mustRig(b *testing.B) *rig {
	b.Helper()
	r := &rig{socket: mustSocket(b, Config{})}
	for range benchSinks {
		k := mustSink(b, r.socket, "127.0.0.1:0")
		raw, err := k.udp.SyscallConn()
		if err != nil {
			b.Fatal(err)
		}
		r.sinks, r.raw = append(r.sinks, k), append(r.raw, raw)
	}
	b.SetBytes(benchPacket)
	b.ReportAllocs()
	return r
}

// drain empties the sinks, so that the kernel delivers rather than drops.
func (r *rig) drain() {
	for _, raw := range r.raw {
		_ = raw.Control(func(fd uintptr) {
			for {
				if _, _, err := unix.Recvfrom(int(fd), r.buf[:], unix.MSG_DONTWAIT); err != nil {
					return
				}
			}
		})
	}
}

// loop calls send for every burst to all sinks, and drains untimed.
func (r *rig) loop(b *testing.B, send func(seq int)) {
	b.ResetTimer()
	for seq, done := 0, 0; done < b.N; seq, done = seq+benchBurst, done+benchSinks*benchBurst {
		send(seq)
		b.StopTimer()
		r.drain()
		b.StartTimer()
	}
	b.StopTimer()
	sent := (b.N + benchSinks*benchBurst - 1) / (benchSinks * benchBurst) * benchSinks * benchBurst
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(sent), "ns/packet")
}

// BenchmarkEgress is what forwarding costs past the SFU's decisions: seal with
// all checks, trains, system calls.
func BenchmarkEgress(b *testing.B) {
	for _, gso := range []bool{true, false} {
		b.Run(fmt.Sprintf("GSO=%v", gso), func(b *testing.B) {
			r := mustRig(b)
			if gso && !r.socket.gso.Load() {
				b.Skip("no UDP_SEGMENT on this system")
			}
			r.socket.gso.Store(gso)
			e := r.socket.NewEgress()
			packet, n := rtpPacket(7, 0, benchPacket-tagLen, true)
			r.loop(b, func(seq int) {
				for _, k := range r.sinks {
					for i := range benchBurst {
						binary.BigEndian.PutUint16(packet[2:], uint16(seq+i))
						if !e.RTP(k.conn, packet[:n], packet[n:]) {
							b.Fatal("not sealed")
						}
					}
				}
				e.Flush()
			})
		})
	}
}

// BenchmarkFloorSeal is AES-256-GCM alone.
func BenchmarkFloorSeal(b *testing.B) {
	p := mustPair(b, srtp.ProtectionProfileAeadAes256Gcm)
	packet, n := rtpPacket(7, 0, benchPacket-tagLen, true)
	out := make([]byte, 1500)
	b.SetBytes(benchPacket)
	b.ReportAllocs()
	for i := range b.N {
		p.sealRTP.sealRTP(out, packet[:n], packet[n:], 7, uint64(i))
	}
}

// BenchmarkFloor is the least that the same load can cost: seal and sendmmsg
// with GSO, nothing decided, nothing checked.
func BenchmarkFloor(b *testing.B) {
	r := mustRig(b)
	const size = benchPacket * benchBurst
	slab := make([]byte, size*benchSinks)
	msgs, iovs, ctl := make([]mmsghdr, benchSinks), make([]unix.Iovec, benchSinks), make([]segmentControl, benchSinks)
	for i, k := range r.sinks {
		iovs[i].Base = &slab[i*size]
		iovs[i].SetLen(size)
		c := (*unix.Cmsghdr)(unsafe.Pointer(&ctl[i][0]))
		c.Level, c.Type = unix.SOL_UDP, unix.UDP_SEGMENT
		c.SetLen(unix.CmsgLen(2))
		binary.NativeEndian.PutUint16(ctl[i][unix.CmsgLen(0):], benchPacket)
		to := k.conn.remote.Load()
		msgs[i].hdr = unix.Msghdr{Name: &to.raw.b[0], Namelen: to.raw.n, Iov: &iovs[i], Control: &ctl[i][0]}
		msgs[i].hdr.SetIovlen(1)
		msgs[i].hdr.SetControllen(segmentControlLen)
	}
	packet, n := rtpPacket(7, 0, benchPacket-tagLen, true)
	r.loop(b, func(seq int) {
		at := 0
		for _, k := range r.sinks {
			for i := range benchBurst {
				at += k.sealRTP.sealRTP(slab[at:], packet[:n], packet[n:], 7, uint64(seq+i))
			}
		}
		_ = r.socket.ports[0].raw.Control(func(fd uintptr) {
			for done := 0; done < len(msgs); {
				sent, _, errno := syscall.RawSyscall6(unix.SYS_SENDMMSG, fd, uintptr(unsafe.Pointer(&msgs[done])),
					uintptr(len(msgs)-done), unix.MSG_DONTWAIT, 0, 0)
				if errno != 0 {
					b.Fatal(errno)
				}
				done += int(sent)
			}
		})
	})
}

// BenchmarkOpen is what a received packet costs: demultiplexing, budgets, the
// inbox and decryption, without the system call.
func BenchmarkOpen(b *testing.B) {
	s := mustSocket(b, Config{})
	r, box := newReader(s.ports[0]), NewInbox(64)
	p := mustPair(b, srtp.ProtectionProfileAeadAes256Gcm)
	c := &Conn{socket: s, inbox: box}
	c.session.Store(p.session)
	addr := makeRawAddr(netip.MustParseAddrPort("127.0.0.1:9"), false)
	r.learn(c, addr, 0)
	sealed := make([][]byte, 1024)
	packet := newPacket()
	var batch []*Packet
	b.SetBytes(benchPacket)
	b.ReportAllocs()
	for i := range b.N {
		if i%len(sealed) == 0 {
			b.StopTimer()
			for j := range sealed {
				plain, _ := rtpPacket(9, uint16(i+j), benchPacket-tagLen, true)
				sealed[j], _ = p.peerOut.EncryptRTP(nil, plain, nil)
			}
			b.StartTimer()
		}
		packet.Data = packet.buf[:copy(packet.buf[:], sealed[i%len(sealed)])]
		r.route(&packet, &addr, int64(i)*second)
		r.finish()
		batch = box.Take(batch)
		for _, q := range batch {
			if _, err := c.OpenRTP(q); err != nil {
				b.Fatal(err)
			}
			q.Release()
		}
	}
}
