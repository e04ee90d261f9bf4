package door

import (
	"bytes"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/server/limit"
)

// TestConnectionsAreCapped opens more connections than the port has room for: the
// last is closed at once, and accepted when another has gone.
func TestConnectionsAreCapped(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	ln := &listener{Listener: inner, open: limit.NewCap(2, 10), log: slog.New(slog.NewTextHandler(&log, nil))}
	accepted := make(chan net.Conn, 10)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			accepted <- c
		}
	}()
	dial := func() net.Conn {
		c, err := net.Dial("tcp", inner.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = c.Close() })
		_ = c.SetDeadline(time.Now().Add(10 * time.Second))
		return c
	}
	next := func() net.Conn {
		select {
		case c := <-accepted:
			t.Cleanup(func() { _ = c.Close() })
			return c
		case <-time.After(10 * time.Second):
			t.Fatal("no connection was accepted")
			return nil
		}
	}
	dial()
	first := next()
	dial()
	next()
	for range 3 {
		if n, err := dial().Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("a connection over the bound: %d, %v", n, err)
		}
	}
	for range 2 { // the second must not give up the place of another
		_ = first.Close()
	}
	dial()
	next()
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Error("a connection over the bound was kept")
	}
	_ = inner.Close()
	<-done
	if n := strings.Count(log.String(), "some were refused"); n != 1 {
		t.Errorf("%d lines in the log, want one for all:\n%s", n, &log)
	}
}
