package transport

import (
	"bytes"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
)

// TestReaderOutlivesAPanic: a fault in the handling of one datagram costs that
// datagram; the socket reads on, and the log does not quote what arrived.
func TestReaderOutlivesAPanic(t *testing.T) {
	var log bytes.Buffer
	s := mustSocket(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	r := newReader(s.ports[0])
	addr := makeRawAddr(netip.MustParseAddrPort("127.0.0.1:9"), false)
	// No fault is known; a 5-tuple without its connection stands in for one.
	r.tuples[addr] = &tuple{media: newBucket(9, 0), volume: newBucket(9999, 0)}

	p := newPacket()
	defer func() { p.Release() }()
	p.Data = p.buf[:copy(p.buf[:], "\x80\x60canary of a datagram")]
	r.route(&p, &addr, 1)
	if r.count.unknown != 1 {
		t.Errorf("%d datagrams counted as dropped, want 1", r.count.unknown)
	}
	if got := log.String(); !strings.Contains(got, "datagram dropped by a panic") || strings.Contains(got, "canary") {
		t.Errorf("the log says %q", got)
	}

	delete(r.tuples, addr)
	r.route(&p, &addr, 2) // a stranger's now: no fault
	if r.count.unknown != 2 || strings.Count(log.String(), "panic=") != 1 {
		t.Errorf("after the fault: %d dropped, log %q", r.count.unknown, log.String())
	}
}
