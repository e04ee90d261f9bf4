package transport_test

import (
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/media/transport"
)

// idleBudget is what a connected peer that sends nothing may cost, goroutine
// stacks included.
const idleBudget = 24 << 10

// TestIdleCost holds the memory of idle connections to the budget. The peers
// share the process, so each of theirs is closed before the measurement.
func TestIdleCost(t *testing.T) {
	if transport.RaceEnabled {
		t.Skip("not with the race detector")
	}
	s := mustListen(t, transport.Config{})
	s.SetLinger(10*time.Millisecond, within)
	const count = 40
	peers := make([]*rawPeer, count)
	connect := func(i int) {
		peers[i] = mustRawPeer(t, s)
		peers[i].mustConnect()
		peers[i].mustRest()
		peers[i].vanish()
	}
	connect(0)
	before, routines := footprint(), runtime.NumGoroutine()
	for i := 1; i < count; i++ {
		connect(i)
	}
	time.Sleep(100 * time.Millisecond)
	per := int(footprint()-before) / (count - 1)
	goroutines := float64(runtime.NumGoroutine()-routines) / (count - 1)
	t.Logf("an idle connection takes %d bytes and %.1f goroutines", per, goroutines)
	if per > idleBudget {
		t.Errorf("an idle connection takes %d bytes, more than %d", per, idleBudget)
	}
}

// vanish frees the peer's side without telling the server. Its port stays taken:
// the server holds the address for it, and would not answer the next peer there.
func (p *rawPeer) vanish() {
	_ = p.udp.(*net.UDPConn).SetReadDeadline(time.Now())
	p.readers.Wait()
	_ = p.session.Close()
	p.session, p.seal, p.open = nil, nil, nil
	p.stun, p.dtls, p.srtp = nil, nil, nil
}

func footprint() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
