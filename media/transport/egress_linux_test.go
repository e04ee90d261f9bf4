package transport

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestFallback: a train that the kernel refuses goes out packet by packet, and
// the refusal is remembered for what it concerns.
func TestFallback(t *testing.T) {
	for _, tt := range []struct {
		name              string
		errno             syscall.Errno
		everyone, thatOne bool // GSO off for
	}{
		{"EIO", unix.EIO, true, false},
		{"EINVAL", unix.EINVAL, false, true},
		{"EMSGSIZE", unix.EMSGSIZE, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			s := mustSocket(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			s.gso.Store(true)
			k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
			fill := func(from int) {
				for i := range 5 {
					p, n := rtpPacket(7, uint16(from+i), 1000-i/4, false)
					if !e.RTP(k.conn, p[:n], p[n:]) {
						t.Fatal("not sealed")
					}
				}
			}
			fill(0)
			tr := &e.trains[0]
			if tr.count != 5 {
				t.Fatalf("a train of %d", tr.count)
			}
			err := s.ports[0].raw.Control(func(fd uintptr) {
				e.out.egress, e.out.sent = e, 0
				e.out.refused(tr, tt.errno)
				e.out.single(fd, tr)
			})
			if err != nil || e.out.sent != 5 {
				t.Fatalf("sent %d one by one, %v", e.out.sent, err)
			}
			k.mustRead(t, 5)
			if s.gso.Load() == tt.everyone || tr.remote.noGSO.Load() != tt.thatOne {
				t.Errorf("GSO %v, refused for the peer %v", s.gso.Load(), tr.remote.noGSO.Load())
			}
			if strings.Contains(log.String(), "segmentation refused") != tt.everyone {
				t.Errorf("log: %q", log.String())
			}
			e.trains, e.off = e.trains[:0], 0
			fill(10)
			if len(e.trains) != 5 {
				t.Errorf("%d trains after the refusal, want 5", len(e.trains))
			}
			e.Flush()
			k.mustRead(t, 5)
		})
	}
}

// TestRefusedByKernel: a train that the kernel really refuses, here for having
// more segments than it allows, still arrives.
func TestRefusedByKernel(t *testing.T) {
	s := mustSocket(t, Config{})
	if !s.gso.Load() {
		t.Skip("no UDP_SEGMENT on this system")
	}
	k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
	const count = 200
	for i := range count {
		p, n := rtpPacket(7, uint16(i), 100, false)
		e.RTP(k.conn, p[:n], p[n:])
	}
	long := e.trains[0]
	long.to, long.count = e.off, count
	e.trains = append(e.trains[:0], long)
	if n := e.Flush(); n != count {
		t.Errorf("sent %d, want %d", n, count)
	}
	k.mustRead(t, count)
	if !k.conn.remote.Load().noGSO.Load() || !s.gso.Load() {
		t.Error("the refusal was not held against this peer alone")
	}
}

// TestSendAfterClose: an egress whose socket is gone sends nothing and does not
// touch a descriptor that may be somebody else's by now.
func TestSendAfterClose(t *testing.T) {
	s := mustSocket(t, Config{})
	k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	p, n := rtpPacket(7, 1, 100, false)
	e.RTP(k.conn, p[:n], p[n:])
	if got := e.Flush(); got != 0 {
		t.Errorf("sent %d", got)
	}
	if st := s.Stats(); st.Unsent != 1 {
		t.Errorf("stats %+v", st)
	}
}

// TestUnreachable: one bad destination does not hold up the others.
func TestUnreachable(t *testing.T) {
	s := mustSocket(t, Config{})
	bad, good, e := mustSink(t, s, "127.0.0.1:0"), mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
	bad.conn.remote.Store(newRemote(netip.MustParseAddrPort("127.0.0.1:0"), false)) // EINVAL
	for i := range 4 {
		for _, k := range []*sink{bad, good} {
			p, n := rtpPacket(7, uint16(i), 100, false)
			e.RTP(k.conn, p[:n], p[n:])
		}
	}
	if got := e.Flush(); got != 4 {
		t.Errorf("sent %d, want 4", got)
	}
	good.mustRead(t, 4)
}

// TestRawAddr: addresses survive the kernel's form, for both socket families.
func TestRawAddr(t *testing.T) {
	for _, tt := range []struct {
		addr string
		v6   bool
	}{
		{"192.0.2.1:4000", false}, {"192.0.2.1:4000", true}, {"[2001:db8::1]:65535", true}, {"[fe80::1%7]:1", true},
	} {
		r := makeRawAddr(netip.MustParseAddrPort(tt.addr), tt.v6)
		if got := r.addrPort().String(); got != tt.addr {
			t.Errorf("got %s, want %s", got, tt.addr)
		}
	}
}
