package door

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/server/limit"
)

// port is a listener under test, with what it gave to whom.
type port struct {
	*listener
	roots *x509.CertPool
	media chan net.Conn
	relay chan net.Conn
	http  chan net.Conn
}

// mustPort opens a port with room for so many connections of one source.
func mustPort(t *testing.T, room int, log *slog.Logger) *port {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	local := MustLocal(t, t.TempDir())
	p := &port{roots: x509.NewCertPool(), media: make(chan net.Conn, 8), relay: make(chan net.Conn, 8), http: make(chan net.Conn, 8)}
	p.roots.AppendCertsFromPEM(local.CertificatePEM())
	to := func(c chan net.Conn) Taker {
		return func(conn net.Conn) {
			t.Cleanup(func() { _ = conn.Close() })
			c <- conn
		}
	}
	p.listener = listen(inner, TLS(Compatible, local), Takers{Media: to(p.media), Relay: to(p.relay)}, limit.NewCap(room, 10), log)
	var accepting sync.WaitGroup
	accepting.Go(func() {
		for {
			c, err := p.Accept()
			if err != nil {
				return
			}
			p.http <- c
		}
	})
	t.Cleanup(func() {
		_ = p.Close()
		accepting.Wait()
	})
	return p
}

func (p *port) dial(t *testing.T, first ...byte) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := c.Write(first); err != nil {
		t.Fatal(err)
	}
	return c
}

func wait[T any](t *testing.T, c chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(10 * time.Second):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

var quietLog = slog.New(slog.DiscardHandler)

// TestConnectionsAreCapped opens more connections than the port has room for: the
// last is closed at once, and accepted when another has gone.
func TestConnectionsAreCapped(t *testing.T) {
	var log bytes.Buffer
	p := mustPort(t, 2, slog.New(slog.NewTextHandler(&log, nil)))
	frame := []byte{0, 20, 0, 1, 0, 0, 0x21, 0x12}
	p.dial(t, frame...)
	first := wait(t, p.media)
	p.dial(t, frame...)
	wait(t, p.media)
	for range 3 {
		if n, err := p.dial(t).Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("a connection over the bound: %d, %v", n, err)
		}
	}
	for range 2 { // the second must not give up the place of another
		_ = first.Close()
	}
	p.dial(t, frame...)
	wait(t, p.media)
	if _, err := p.dial(t).Read(make([]byte, 1)); err == nil {
		t.Error("a connection over the bound was kept")
	}
	_ = p.Close()
	if n := strings.Count(log.String(), "some were refused"); n != 1 {
		t.Errorf("%d lines in the log, want one for all:\n%s", n, &log)
	}
}

// TestSorting: what a client says first decides where it goes, with all it said.
func TestSorting(t *testing.T) {
	p := mustPort(t, 10, quietLog)
	allocate := []byte{0, 3, 0, 0, 0x21, 0x12, 0xa4, 0x42}
	check := []byte{0, 20, 0, 1, 0, 0, 0x21, 0x12}
	got := func(c net.Conn, want []byte) {
		t.Helper()
		all := make([]byte, len(want))
		if _, err := io.ReadFull(c, all); err != nil || !bytes.Equal(all, want) {
			t.Errorf("got % x, %v, want % x", all, err, want)
		}
	}
	more := func(b []byte) []byte { return append(bytes.Clone(b), "and more"...) }
	p.dial(t, more(check)...)
	got(wait(t, p.media), more(check))
	p.dial(t, more(allocate)...)
	got(wait(t, p.relay), more(allocate))

	slow := p.dial(t, allocate[:3]...)
	time.Sleep(50 * time.Millisecond)
	if _, err := slow.Write(more(allocate)[3:]); err != nil {
		t.Fatal(err)
	}
	got(wait(t, p.relay), more(allocate))

	for _, tt := range []struct {
		name  string
		alpn  []string
		first []byte
	}{
		{"HTTP/2", []string{"h2", "http/1.1"}, nil},
		{"HTTP/1.1", []string{"http/1.1"}, nil},
		{"no name, HTTP", nil, []byte("GET / HTTP/1.1")},
		{"no name, TURN", nil, more(allocate)},
		{"TURN", []string{"stun.turn"}, more(allocate)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := tls.Dial("tcp", p.Addr().String(), &tls.Config{RootCAs: p.roots, ServerName: "localhost", NextProtos: tt.alpn})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.Write(tt.first); err != nil {
				t.Fatal(err)
			}
			switch {
			case tt.first == nil:
				if conn, ok := wait(t, p.http).(*tls.Conn); !ok || conn.ConnectionState().NegotiatedProtocol != tt.alpn[0] {
					t.Errorf("got %T", conn)
				}
			case tt.first[0] == 'G':
				conn := wait(t, p.http)
				b := make([]byte, len(tt.first))
				if _, err := io.ReadFull(conn, b); err != nil || !bytes.Equal(b, tt.first) {
					t.Errorf("got %q, %v", b, err)
				}
			default:
				got(wait(t, p.relay), tt.first)
			}
		})
	}
	if c, err := tls.Dial("tcp", p.Addr().String(), &tls.Config{RootCAs: p.roots, ServerName: "localhost", NextProtos: []string{"imap"}}); err == nil {
		c.Close()
		t.Error("a protocol of somebody else was accepted")
	}
	if len(p.media)+len(p.relay)+len(p.http) > 0 {
		t.Error("something was given twice")
	}
}

// TestNothingWeSpeak: others are closed, and so is who says nothing when the port is.
func TestNothingWeSpeak(t *testing.T) {
	p := mustPort(t, 10, quietLog)
	for _, first := range [][]byte{{6}, {'a'}, {200}, {22, 3, 1, 0, 4, 1, 0, 0, 0}} {
		c := p.dial(t, first...)
		if b, err := io.ReadAll(c); err != nil && !strings.Contains(err.Error(), "reset") || len(b) > 0 && b[0] != 21 {
			t.Errorf("% x: got % x, %v", first, b, err)
		}
	}
	silent := p.dial(t)
	time.Sleep(50 * time.Millisecond)
	_ = p.Close()
	if n, err := silent.Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("a silent client outlives the port")
	}
	if len(p.media)+len(p.relay)+len(p.http) > 0 {
		t.Error("something was taken")
	}
}
