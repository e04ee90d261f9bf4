package netsim

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

var loopback = netip.MustParseAddrPort("127.0.0.1:0")

// echo is a server that sends back what it gets, and notes from where.
type echo struct {
	socket *net.UDPConn
	mu     sync.Mutex
	from   map[netip.AddrPort]bool
}

func newEcho(t *testing.T) *echo {
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(loopback))
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{socket: socket, from: map[netip.AddrPort]bool{}}
	t.Cleanup(func() { socket.Close() })
	go func() {
		b := make([]byte, 2048)
		for {
			n, from, err := socket.ReadFromUDPAddrPort(b)
			if err != nil {
				return
			}
			e.mu.Lock()
			e.from[from] = true
			e.mu.Unlock()
			socket.WriteToUDPAddrPort(b[:n], from)
		}
	}()
	return e
}

func (e *echo) addr() netip.AddrPort { return e.socket.LocalAddr().(*net.UDPAddr).AddrPort() }

func (e *echo) clients() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.from)
}

func newRelay(t *testing.T, e *echo, up, down Path) *Relay {
	t.Helper()
	r, err := NewRelay(loopback, e.addr(), up, down, 1)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func dial(t *testing.T, r *Relay) *net.UDPConn {
	t.Helper()
	c, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.Addr()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// bounce sends n packets a gap apart and returns the round trips of those that came
// back within a second of the last.
func bounce(t *testing.T, c *net.UDPConn, n int, gap time.Duration) []time.Duration {
	t.Helper()
	start := time.Now()
	var trips []time.Duration
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 2048)
		for len(trips) < n {
			k, err := c.Read(b)
			if err != nil {
				return
			}
			if k >= 8 {
				trips = append(trips, time.Since(start)-time.Duration(binary.BigEndian.Uint64(b)))
			}
		}
	}()
	for range n {
		b := make([]byte, 200)
		binary.BigEndian.PutUint64(b, uint64(time.Since(start)))
		if _, err := c.Write(b); err != nil {
			t.Fatal(err)
		}
		time.Sleep(gap)
	}
	c.SetReadDeadline(time.Now().Add(time.Second))
	<-done
	c.SetReadDeadline(time.Time{})
	return trips
}

func TestRelayDelays(t *testing.T) {
	e := newEcho(t)
	r := newRelay(t, e, Path{Delay: 60 * ms}, Path{Delay: 40 * ms})
	trips := bounce(t, dial(t, r), 40, 5*ms)
	if len(trips) != 40 {
		t.Fatalf("%d came back", len(trips))
	}
	slices.Sort(trips)
	// A busy machine only ever adds: the quickest shows what the relay does.
	if trips[0] < 100*ms || !about(float64(trips[0]), float64(100*ms)) {
		t.Errorf("round trip %v, want 100 ms", trips[0])
	}
}

func TestRelayLoses(t *testing.T) {
	e := newEcho(t)
	r := newRelay(t, e, Path{Loss: 0.3}, Path{Loss: 0.5, Burst: 3})
	got := len(bounce(t, dial(t, r), 1000, 100*time.Microsecond))
	up, down := r.Stats()
	if up.Packets != 1000 || down.Packets != up.Packets-up.Lost || got != down.Packets-down.Lost {
		t.Errorf("%d came back of %+v and %+v", got, up, down)
	}
	if up.Lost == 0 || down.Lost == 0 {
		t.Errorf("lost nothing: %+v, %+v", up, down)
	}
}

func TestRelayCutsAndHeals(t *testing.T) {
	e := newEcho(t)
	r := newRelay(t, e, Path{}, Path{})
	c := dial(t, r)
	if n := len(bounce(t, c, 5, ms)); n != 5 {
		t.Fatalf("%d came back", n)
	}
	r.Set(Path{Cut: true}, Path{})
	if n := len(bounce(t, c, 5, ms)); n != 0 {
		t.Errorf("%d came back through the cut", n)
	}
	r.Set(Path{}, Path{})
	if n := len(bounce(t, c, 5, ms)); n != 5 {
		t.Errorf("%d came back afterwards", n)
	}
	if e.clients() != 1 {
		t.Errorf("the server saw %d addresses", e.clients())
	}
	r.Rebind()
	if n := len(bounce(t, c, 5, ms)); n != 5 || e.clients() != 2 {
		t.Errorf("%d came back by another address, of %d", n, e.clients())
	}
}

func TestRelayKeepsClientsApart(t *testing.T) {
	e := newEcho(t)
	r := newRelay(t, e, Path{}, Path{})
	a, b := dial(t, r), dial(t, r)
	if len(bounce(t, a, 3, ms)) != 3 || len(bounce(t, b, 3, ms)) != 3 || e.clients() != 2 {
		t.Errorf("the server saw %d addresses", e.clients())
	}
	r.Close()
	if n := len(bounce(t, a, 1, ms)); n != 0 {
		t.Error("a closed relay passes on")
	}
}

// TestSplice passes TCP on, both ways, and ends what it has when it is closed.
func TestSplice(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go func() {
		for {
			c, err := server.Accept()
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(c, c) }()
		}
	}()
	s, err := NewSplice(netip.MustParseAddrPort("127.0.0.1:0"), server.Addr().(*net.TCPAddr).AddrPort())
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	b := make([]byte, 8)
	if _, err := c.Write([]byte("here")); err != nil {
		t.Fatal(err)
	}
	if n, err := io.ReadFull(c, b[:4]); err != nil || string(b[:n]) != "here" {
		t.Fatalf("got %q, %v", b[:n], err)
	}
	s.Close()
	_ = c.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Read(b); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("after its end: %v", err)
	}
}
