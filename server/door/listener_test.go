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

// TestMediaIsGiven: a connection that begins as media does goes to media, with its
// first bytes, and gives up its place when it ends; one of TLS stays.
func TestMediaIsGiven(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer inner.Close()
	type taken struct {
		conn net.Conn
		head []byte
	}
	took := make(chan taken, 1)
	open := limit.NewCap(1, 1)
	ln := &listener{Listener: inner, open: open, log: slog.New(slog.DiscardHandler), media: func(c net.Conn, head []byte) {
		took <- taken{c, bytes.Clone(head)}
	}}
	accept := func(first []byte) (client, server net.Conn) {
		t.Helper()
		if client, err = net.Dial("tcp", inner.Addr().String()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		if _, err := client.Write(first); err != nil {
			t.Fatal(err)
		}
		if server, err = ln.Accept(); err != nil {
			t.Fatal(err)
		}
		return client, server
	}
	b := make([]byte, 64)

	client, server := accept([]byte{0, 20, 0, 1})
	if n, err := server.Read(b); n != 0 || err != errMedia {
		t.Fatalf("read %d, %v", n, err)
	}
	got := <-took
	if !bytes.HasPrefix([]byte{0, 20, 0, 1}, got.head) || len(got.head) == 0 {
		t.Errorf("head % x", got.head)
	}
	_ = server.Close() // as the HTTP server does
	if _, err := got.conn.Write([]byte("down")); err != nil {
		t.Error("closed by the HTTP server:", err)
	}
	if n, _ := client.Read(b); string(b[:n]) != "down" {
		t.Errorf("got %q", b[:n])
	}
	if open.Enter("127.0.0.1") {
		t.Error("its place was given up too early")
	}
	_ = got.conn.Close()
	_, server = accept([]byte{22, 3, 1})
	if n, err := server.Read(b); n == 0 || err != nil || b[0] != 22 {
		t.Errorf("TLS: read %d, %v", n, err)
	}
	if len(took) != 0 {
		t.Error("TLS was given to media")
	}
}
