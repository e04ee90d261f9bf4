package transport_test

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/media/transport"
)

// framed is a TCP connection that looks like a UDP port (RFC 4571).
type framed struct{ net.Conn }

func (f framed) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	var size [2]byte
	if _, err := io.ReadFull(f.Conn, size[:]); err != nil {
		return 0, netip.AddrPort{}, err
	}
	n, err := io.ReadFull(f.Conn, b[:binary.BigEndian.Uint16(size[:])])
	return n, netip.AddrPort{}, err
}

func (f framed) WriteToUDPAddrPort(b []byte, _ netip.AddrPort) (int, error) {
	return f.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(b))), b...))
}

// mustListenTCP makes a Socket with a TCP port.
func mustListenTCP(tb testing.TB) (s *transport.Socket, dial func() datagrams) {
	tb.Helper()
	return mustListenTCPAt(tb, netip.MustParseAddr("127.0.0.1"))
}

func mustListenTCPAt(tb testing.TB, at netip.Addr) (s *transport.Socket, dial func() datagrams) {
	tb.Helper()
	ln, err := net.Listen("tcp", netip.AddrPortFrom(at, 0).String())
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { ln.Close() })
	s = mustListen(tb, transport.Config{Listen: netip.AddrPortFrom(at, 0), TCP: ln.Addr().(*net.TCPAddr).AddrPort()})
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			s.ServeTCP(c)
		}
	}()
	return s, func() datagrams {
		c, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			tb.Fatal(err)
		}
		return framed{c}
	}
}

// TestTCP: a peer without UDP sends and gets media, moves to another connection,
// and to UDP and back; in both families.
func TestTCP(t *testing.T) {
	for _, at := range []string{"127.0.0.1", "::1"} {
		t.Run(at, func(t *testing.T) { overTCP(t, netip.MustParseAddr(at)) })
	}
}

func overTCP(t *testing.T, at netip.Addr) {
	s, dial := mustListenTCPAt(t, at)
	if got := s.TCPCandidates(); len(got) != 1 || got[0].Addr() != at {
		t.Fatalf("candidates %v", got)
	}
	p := mustRawPeerOver(t, s, dial)
	p.mustConnect()
	e := s.NewEgress()
	protocol := func(want string) {
		t.Helper()
		if facts, ok := p.conn.Facts(); !ok || facts.Protocol != want {
			t.Errorf("protocol %q, want %s", facts.Protocol, want)
		}
	}
	p.mustReceive(e, 1)
	p.mustDeliver(1)
	protocol("tcp")

	p.rebind() // a second connection; the first is closed
	p.mustNominate()
	p.mustReceive(e, 2)
	p.mustDeliver(2)

	p.tcp = nil
	p.rebind()
	time.Sleep(1100 * time.Millisecond) // the last nomination has settled
	p.mustNominate()
	p.mustReceive(e, 3)
	p.mustDeliver(3)
	protocol("udp")

	p.tcp = dial
	p.rebind()
	time.Sleep(1100 * time.Millisecond)
	p.mustNominate()
	p.mustReceive(e, 4)
	p.mustDeliver(4)
	protocol("tcp")
}

// TestTCPTrain: packets keep their order and bounds, however many there are.
func TestTCPTrain(t *testing.T) {
	s, dial := mustListenTCP(t)
	p := mustRawPeerOver(t, s, dial)
	p.mustConnect()
	e := s.NewEgress()
	const many = 150
	payload := make([]byte, 1100)
	for i := range many {
		if !e.RTP(p.conn, header(uint16(i)), payload) {
			t.Fatal("not sealed", i)
		}
	}
	if got := e.Flush(); got != many {
		t.Fatalf("%d packets sent, want %d", got, many)
	}
	for i := range many {
		if b := p.received(within); b == nil || b[3] != byte(i) || len(b) != 12+len(payload) {
			t.Fatalf("packet %d: got %d bytes", i, len(b))
		}
	}
}

// stoppable is a connection whose reader can be made to stop.
type stoppable struct {
	datagrams
	reading *sync.RWMutex
}

func (d stoppable) ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error) {
	d.reading.RLock()
	defer d.reading.RUnlock()
	return d.datagrams.ReadFromUDPAddrPort(b)
}

// TestTCPDoesNotWait: a peer that does not read costs its packets, not the others
// their time.
func TestTCPDoesNotWait(t *testing.T) {
	s, dial := mustListenTCP(t)
	p := mustRawPeerOver(t, s, dial)
	p.mustConnect()
	var reading sync.RWMutex
	stuck := mustRawPeerOver(t, s, func() datagrams { return stoppable{dial(), &reading} })
	stuck.mustConnect()
	e := s.NewEgress()
	stopped := make(chan struct{})
	go func() { reading.Lock(); close(stopped) }() // takes it when the reader has the next packet
	defer reading.Unlock()
	stuck.mustReceive(e, 0)
	<-stopped
	payload, dropped := make([]byte, 1100), false
	for i := 1; i < 60_000 && !dropped; i++ {
		e.RTP(stuck.conn, header(uint16(i)), payload)
		dropped = e.Flush() == 0
	}
	if !dropped {
		t.Error("nothing is dropped of what the peer does not take")
	}
	p.mustReceive(e, 1)
}

// TestTCPRefuses: what is no connectivity check of ours gets no answer and no time.
func TestTCPRefuses(t *testing.T) {
	_, dial := mustListenTCP(t)
	closes := func(name string, b []byte) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := dial().(framed).Conn
			defer c.Close()
			if _, err := c.Write(b); err != nil {
				t.Fatal(err)
			}
			_ = c.SetReadDeadline(time.Now().Add(2 * within))
			if n, err := c.Read(make([]byte, 1)); err != io.EOF || n != 0 {
				t.Errorf("got %d bytes, %v; want it closed", n, err)
			}
		})
	}
	closes("TooLong", []byte{0xff, 0xff, 0, 1})
	closes("Silent", []byte{0})
	closes("NoCheck", append([]byte{0, 20, 0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42}, make([]byte, 12)...))
}

// TestTCPCloses: a connection of a peer that was closed, and all with the Socket.
func TestTCPCloses(t *testing.T) {
	s, dial := mustListenTCP(t)
	p, idle := mustRawPeerOver(t, s, dial), dial().(framed).Conn
	defer idle.Close()
	p.mustConnect()
	ends := func(c net.Conn) {
		t.Helper()
		_ = c.SetReadDeadline(time.Now().Add(within))
		if _, err := c.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("got %v, want it closed", err)
		}
	}
	p.mu.Lock()
	readers := p.udp.(framed)
	p.mu.Unlock()
	done := make(chan struct{})
	go func() { p.readers.Wait(); close(done) }()
	if err := p.conn.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done: // its reader met the end
	case <-time.After(within):
		t.Error("the TCP connection of a closed peer stays")
	}
	readers.Close()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	ends(idle)
}
