package door

import (
	"bytes"
	"context"
	"crypto/x509"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLocalLeaf(t *testing.T) {
	dir := t.TempDir()
	l := MustLocal(t, dir, "meet.example.org", "192.0.2.7", "not a name")
	roots := x509.NewCertPool()
	pem, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pem, l.CertificatePEM()) {
		t.Error("ca.crt is not what is offered for download")
	}
	roots.AppendCertsFromPEM(pem)
	leaf := l.leaf.Load().Leaf
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "meet.example.org", "192.0.2.7"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for file, want := range map[string]os.FileMode{"ca.crt": 0o644, "ca.key": 0o600, "leaf.pem": 0o600} {
		info, err := os.Stat(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", file, got, want)
		}
	}
	if l.Public() {
		t.Error("a local CA calls itself public")
	}
}

func TestLocalReopen(t *testing.T) {
	tests := []struct {
		name     string
		meddle   func(t *testing.T, dir string)
		extra    string
		sameLeaf bool
		err      string
	}{
		{name: "OK", sameLeaf: true},
		{name: "OKNewName", extra: "new.example.org"},
		{name: "OKLeafBroken", meddle: overwrite("leaf.pem", "x")},
		{name: "OKCALost", meddle: func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "ca.crt"))
		}},
		{name: "ErrKeyLost", err: "ca.key", meddle: func(t *testing.T, dir string) {
			os.Remove(filepath.Join(dir, "ca.key"))
		}},
		{name: "ErrCABroken", err: "ca.crt", meddle: overwrite("ca.crt", "x")},
		{name: "ErrNotCA", err: "not an ECDSA CA", meddle: func(t *testing.T, dir string) {
			leaf, err := os.ReadFile(filepath.Join(dir, "leaf.pem"))
			if err != nil {
				t.Fatal(err)
			}
			overwrite("ca.crt", string(leaf))(t, dir)
			overwrite("ca.key", string(leaf))(t, dir)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			before := MustLocal(t, dir)
			if tt.meddle != nil {
				tt.meddle(t, dir)
			}
			after, err := OpenLocal(dir, func() Names { return MachineNames(tt.extra) }, quiet)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v, want an error with %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if same := before.leaf.Load().Leaf.Equal(after.leaf.Load().Leaf); same != tt.sameLeaf {
				t.Errorf("same leaf: %v", same)
			}
			if err := after.leaf.Load().Leaf.CheckSignatureFrom(after.ca.cert); err != nil {
				t.Error(err)
			}
		})
	}
}

func overwrite(file, data string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestLocalUnwritable(t *testing.T) {
	if _, err := OpenLocal(filepath.Join(t.TempDir(), "absent"), func() Names { return Names{} }, quiet); err == nil {
		t.Error("a folder that is not there was accepted")
	}
}

func TestLocalRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var addr atomic.Value
		addr.Store("192.0.2.1")
		names := func() Names {
			return Names{DNS: []string{"localhost"}, Addrs: []netip.Addr{netip.MustParseAddr(addr.Load().(string))}}
		}
		l, err := OpenLocal(t.TempDir(), names, quiet)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ready := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.Run(ctx, func() { close(ready) })
		}()
		<-ready

		first := l.leaf.Load().Leaf
		time.Sleep(59 * 24 * time.Hour)
		if !l.leaf.Load().Leaf.Equal(first) {
			t.Error("renewed too early")
		}
		time.Sleep(2 * 24 * time.Hour)
		second := l.leaf.Load().Leaf
		if second.Equal(first) {
			t.Error("not renewed 30 days before its end")
		}

		addr.Store("192.0.2.2")
		time.Sleep(localCheck + time.Second)
		third := l.leaf.Load().Leaf
		if third.Equal(second) || third.VerifyHostname("192.0.2.2") != nil {
			t.Error("no new leaf for a new address")
		}
		cancel()
		<-done
	})
}

func TestNamesAdd(t *testing.T) {
	var n Names
	for _, s := range []string{
		"a.example", "a.example", "192.0.2.1", "::ffff:192.0.2.1", "fe80::1%eth0",
		"", ".", "-a", "a-", "a b", "UPPER", strings.Repeat("a", 64), "2001:db8::1",
	} {
		n.add(s)
	}
	want := Names{
		DNS:   []string{"a.example"},
		Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")},
	}
	if diff := cmp.Diff(want, n, cmp.Comparer(func(a, b netip.Addr) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
}
