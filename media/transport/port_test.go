package transport_test

import (
	"net/netip"
	"runtime"
	"testing"

	"github.com/roundel-meet/roundel/media/transport"
)

// TestReaders: several sockets share the port and the peers, whose 5-tuples are
// forgotten by all of them.
func TestReaders(t *testing.T) {
	for _, readers := range []int{1, 4} {
		s := mustListen(t, transport.Config{Readers: readers})
		want := readers
		if runtime.GOOS != "linux" {
			want = 1
		}
		e := s.NewEgress()
		peers := make([]*rawPeer, 24)
		for i := range peers {
			p := mustRawPeer(t, s)
			p.mustConnect()
			p.mustDeliver(1)
			p.mustReceive(e, 1)
			p.rebind() // to the next reader, perhaps
			p.mustNominate()
			p.mustDeliver(2)
			p.mustReceive(e, 2)
			peers[i] = p
		}
		for _, p := range peers[:12] {
			if err := p.conn.Close(); err != nil {
				t.Error(err)
			}
		}
		read := s.ReadBy()
		if len(read) != want {
			t.Fatalf("%d sockets, want %d", len(read), want)
		}
		for i, n := range read {
			// All addresses of 12 peers by one of four: a chance of one in 10^14.
			if n == 0 && want == 1 || n == 24 && want > 1 {
				t.Errorf("socket %d of %d has %d of 24 addresses", i, want, n)
			}
		}
	}
}

// TestReadersRefuseATakenPort: sharing a port is for one program's sockets.
func TestReadersRefuseATakenPort(t *testing.T) {
	s := mustListen(t, transport.Config{Readers: 4})
	if other, err := transport.Listen(transport.Config{Listen: netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), s.Addr().Port()), Readers: 4}); err == nil {
		other.Close()
		t.Error("a second server shares the port")
	}
}
