package transport

import (
	"bytes"
	"encoding/binary"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/srtp/v3"
)

// sink is a peer that only receives: a socket, and the Conn that sends to it.
type sink struct {
	udp  *net.UDPConn
	conn *Conn
	pair
}

func mustSocket(tb testing.TB, c Config) *Socket {
	tb.Helper()
	if !c.Listen.IsValid() {
		c.Listen = netip.MustParseAddrPort("127.0.0.1:0")
	}
	s, err := Listen(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

func mustSink(tb testing.TB, s *Socket, local string) *sink {
	tb.Helper()
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local)))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { udp.Close() })
	_ = udp.SetReadBuffer(4 << 20)
	k := &sink{udp: udp, conn: &Conn{socket: s}, pair: mustPair(tb, srtp.ProtectionProfileAeadAes256Gcm)}
	k.conn.session.Store(k.session)
	k.conn.remote.Store(newRemote(udp.LocalAddr().(*net.UDPAddr).AddrPort(), s.v6))
	return k
}

// mustRead returns the sizes of the next n datagrams, each opened.
func (k *sink) mustRead(tb testing.TB, n int) (sizes []int) {
	tb.Helper()
	buf := make([]byte, 2048)
	_ = k.udp.SetReadDeadline(time.Now().Add(5 * time.Second))
	for i := range n {
		m, _, err := k.udp.ReadFromUDPAddrPort(buf)
		if err != nil {
			tb.Fatalf("datagram %d of %d: %v", i, n, err)
		}
		if _, err := k.peerIn.DecryptRTP(nil, buf[:m], nil); err != nil {
			tb.Fatalf("datagram %d: %v", i, err)
		}
		sizes = append(sizes, m)
	}
	return sizes
}

// TestTrains: which packets share a train. Sizes are of payloads; the header
// and the tag add 28 bytes.
func TestTrains(t *testing.T) {
	many := func(n, size int) []int { return bytesOf(n, size) }
	for _, tt := range []struct {
		name  string
		sizes []int
		want  []int // packets in each train
	}{
		{"One", []int{100}, []int{1}},
		{"Equal", many(6, 1000), []int{6}},
		{"ShorterEnds", []int{1000, 1000, 900, 900, 900}, []int{3, 2}},
		{"LongerBegins", []int{900, 1000, 1000}, []int{1, 2}},
		{"SegmentLimit", many(70, 100), []int{64, 6}},
		{"LengthLimit", many(60, 1172), []int{54, 6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := mustSocket(t, Config{})
			if !s.gso.Load() {
				t.Skip("no UDP_SEGMENT on this system")
			}
			k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
			for i, size := range tt.sizes {
				p, n := rtpPacket(7, uint16(i), 12+size, false)
				if !e.RTP(k.conn, p[:n], p[n:]) {
					t.Fatal("not sealed")
				}
			}
			var got []int
			for _, tr := range e.trains {
				got = append(got, tr.count)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("trains (-want +got):\n%s", diff)
			}
			if n := e.Flush(); n != len(tt.sizes) {
				t.Fatalf("sent %d of %d", n, len(tt.sizes))
			}
			for i, size := range k.mustRead(t, len(tt.sizes)) {
				if size != tt.sizes[i]+28 {
					t.Errorf("datagram %d has %d bytes, want %d", i, size, tt.sizes[i]+28)
				}
			}
		})
	}
}

func bytesOf(n, size int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = size
	}
	return out
}

// TestTrainsByPeer: a train never has packets of two peers, and a full slab or
// batch sends itself.
func TestTrainsByPeer(t *testing.T) {
	for _, local := range []string{"127.0.0.1:0", "[::1]:0"} {
		t.Run(local, func(t *testing.T) {
			s := mustSocket(t, Config{Listen: netip.MustParseAddrPort("[::]:0")})
			e := s.NewEgress()
			sinks := []*sink{mustSink(t, s, local), mustSink(t, s, local), mustSink(t, s, local)}
			const rounds, burst = 100, 5 // 1.8 MB
			for round := range rounds {
				for _, k := range sinks {
					for i := range burst {
						p, n := rtpPacket(7, uint16(round*burst+i), 1200, true)
						if !e.RTP(k.conn, p[:n], p[n:]) {
							t.Fatal("not sealed")
						}
					}
				}
			}
			if n := e.Flush(); n != rounds*burst*len(sinks) {
				t.Errorf("sent %d", n)
			}
			for _, k := range sinks {
				k.mustRead(t, rounds*burst)
			}
			if st := s.Stats(); st.Sent != rounds*burst*3 || st.Unsent != 0 {
				t.Errorf("stats %+v", st)
			}
		})
	}
}

// TestWithoutGSO: with segmentation off every packet is a datagram of its own.
func TestWithoutGSO(t *testing.T) {
	s := mustSocket(t, Config{})
	s.gso.Store(false)
	k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
	for i := range 10 {
		p, n := rtpPacket(7, uint16(i), 500, false)
		e.RTP(k.conn, p[:n], p[n:])
	}
	if len(e.trains) != 10 || e.Flush() != 10 {
		t.Error("packets were joined")
	}
	k.mustRead(t, 10)
}

// TestEgressRefuses: what RTP and RTCP return false for.
func TestEgressRefuses(t *testing.T) {
	s := mustSocket(t, Config{})
	k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
	p, n := rtpPacket(7, 1, 100, false)
	rtcp := []byte{0x80, 201, 0, 1, 0, 0, 0, 7}
	if !e.RTP(k.conn, p[:n], p[n:]) || !e.RTCP(k.conn, rtcp) {
		t.Fatal("refused what is fine")
	}
	for name, ok := range map[string]bool{
		"Twice":       e.RTP(k.conn, p[:n], p[n:]),
		"TooLong":     e.RTP(k.conn, p[:n], make([]byte, MaxDatagram)),
		"HalfHeader":  e.RTP(k.conn, p[:8], p[n:]),
		"ShortRTCP":   e.RTCP(k.conn, rtcp[:4]),
		"WrongHeader": e.RTP(k.conn, p[:n+4], p[n+4:]),
		"New":         e.RTP(&Conn{socket: s}, p[:n], p[n:]),
	} {
		if ok {
			t.Errorf("%s: sealed", name)
		}
	}
	if got := e.Flush(); got != 2 {
		t.Errorf("sent %d, want 2", got)
	}
}

// TestNoAllocation guards the packet path: opening, sealing, sending.
func TestNoAllocation(t *testing.T) {
	if RaceEnabled {
		t.Skip("not with the race detector")
	}
	s := mustSocket(t, Config{})
	k, e := mustSink(t, s, "127.0.0.1:0"), s.NewEgress()
	const runs, burst = 200, 6
	payload := bytes.Repeat([]byte{1}, 1100)
	packet, n := rtpPacket(7, 0, 24, true)
	rtcp := []byte{0x80, 201, 0, 1, 0, 0, 0, 7}
	seq := uint16(0)
	check := func(what string, f func()) {
		t.Helper()
		if got := testing.AllocsPerRun(runs, f); got != 0 {
			t.Errorf("%s: %v allocations", what, got)
		}
	}
	check("egress", func() {
		for range burst {
			seq++
			binary.BigEndian.PutUint16(packet[2:], seq)
			if !e.RTP(k.conn, packet[:n], payload) {
				t.Fatal("not sealed")
			}
		}
		e.RTCP(k.conn, rtcp)
		e.Flush()
	})
	var sealed, control [][]byte
	for i := range runs + 2 {
		p, _ := rtpPacket(9, uint16(i), 1200, true)
		b, err := k.peerOut.EncryptRTP(nil, p, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := k.peerOut.EncryptRTCP(nil, rtcp, nil)
		if err != nil {
			t.Fatal(err)
		}
		sealed, control = append(sealed, b), append(control, c)
	}
	next, q := 0, &Packet{Conn: k.conn}
	check("open", func() {
		q.Data = sealed[next]
		if _, err := k.conn.OpenRTP(q); err != nil {
			t.Fatal(err)
		}
		q.Data = control[next]
		if _, err := k.conn.OpenRTCP(q); err != nil {
			t.Fatal(err)
		}
		next++
	})
}

// TestNoAllocationReading guards the way from the socket to the shard.
func TestNoAllocationReading(t *testing.T) {
	if RaceEnabled {
		t.Skip("not with the race detector")
	}
	s := mustSocket(t, Config{})
	r := newReader(s.ports[0])
	box := NewInbox(64)
	c := &Conn{socket: s, inbox: box}
	addr := makeRawAddr(netip.MustParseAddrPort("127.0.0.1:9"), false)
	r.learn(c, addr, 0)
	packet := newPacket()
	var batch []*Packet
	now := int64(0)
	step := func() {
		now += second
		for range 8 {
			packet.Data = packet.buf[:1200]
			packet.Data[0] = 0x80
			r.route(&packet, &addr, now)
		}
		r.finish()
		batch = box.Take(batch)
		for _, p := range batch {
			p.Release()
		}
		if len(batch) != 8 {
			t.Fatalf("took %d packets", len(batch))
		}
	}
	for range 8 {
		step()
	}
	// A garbage collection may empty the pool once.
	if got := testing.AllocsPerRun(500, step); got > 0.1 {
		t.Errorf("%v allocations for 8 packets", got)
	}
}
