package door

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// pair writes a certificate of a fresh CA for localhost to dir.
func pair(tb testing.TB, dir string) (cert, key string) {
	tb.Helper()
	ca, err := openAuthority(tb.TempDir())
	if err != nil {
		tb.Fatal(err)
	}
	data, err := ca.issue(MachineNames())
	if err != nil {
		tb.Fatal(err)
	}
	block, rest := pem.Decode(data)
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := os.WriteFile(cert, rest, 0o600); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(block), 0o600); err != nil {
		tb.Fatal(err)
	}
	return cert, key
}

func TestFilesErrors(t *testing.T) {
	cert, key := pair(t, t.TempDir())
	_, other := pair(t, t.TempDir())
	tests := []struct {
		name, cert, key, want string
	}{
		{name: "ErrNoCert", cert: "absent.pem", key: key, want: "absent.pem"},
		{name: "ErrNoKey", cert: cert, key: "absent.pem", want: "absent.pem"},
		{name: "ErrWrongKey", cert: cert, key: other, want: "does not match"},
		{name: "ErrSwapped", cert: key, key: cert, want: key},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenFiles(tt.cert, tt.key, quiet)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestFilesExpired(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cert, key := pair(t, t.TempDir())
		time.Sleep(leafLife + time.Second)
		if _, err := OpenFiles(cert, key, quiet); err == nil || !strings.Contains(err.Error(), "expired") {
			t.Errorf("got %v", err)
		}
	})
}

func TestFilesReload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		cert, key := pair(t, dir)
		f, err := OpenFiles(cert, key, quiet)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.Run(ctx, func() {})
		}()
		shown := func() *x509.Certificate {
			time.Sleep(filesCheck + time.Second)
			c, _ := f.GetCertificate(nil)
			return c.Leaf
		}

		first := shown()
		if err := os.WriteFile(key, []byte("half a key"), 0o600); err != nil {
			t.Fatal(err)
		}
		if !shown().Equal(first) {
			t.Error("a broken pair replaced a good one")
		}
		os.Remove(cert)
		if !shown().Equal(first) {
			t.Error("a removed file took the certificate away")
		}
		pair(t, dir)
		if shown().Equal(first) {
			t.Error("the new pair was not read")
		}
		cancel()
		<-done
	})
}

func TestChains(t *testing.T) {
	local := MustLocal(t, t.TempDir())
	if chains(local.leaf.Load(), nil) {
		t.Error("a fresh local CA counts as one of the system's")
	}
	roots := x509.NewCertPool()
	roots.AddCert(local.ca.cert)
	if !chains(local.leaf.Load(), roots) {
		t.Error("a leaf does not lead to its own root")
	}
}

// TestRSASuites checks the suites for certificates with RSA keys, which operators
// may bring.
func TestRSASuites(t *testing.T) {
	dir := t.TempDir()
	cert, key := rsaPair(t, dir)
	for c, want := range map[Ciphers]map[uint16]bool{
		Compatible: {
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:         true,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:         true,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256:   true,
			tls.TLS_RSA_WITH_AES_128_GCM_SHA256:               false,
			tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA:            false,
			tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384:       false,
			tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256:         false,
			tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: false,
		},
		AES256Only: {
			tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256:       false,
			tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384:       true,
			tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: false,
		},
	} {
		f, err := OpenFiles(cert, key, quiet)
		if err != nil {
			t.Fatal(err)
		}
		for id, ok := range want {
			if err := handshake(t, TLS(c, f), id); (err == nil) != ok {
				t.Errorf("%s, %s: %v, want accepted %v", c, tls.CipherSuiteName(id), err, ok)
			}
		}
	}
}

// handshake tries a TLS 1.2 handshake with one suite over a pipe.
func handshake(t *testing.T, server *tls.Config, suite uint16) error {
	t.Helper()
	a, b := net.Pipe()
	defer a.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer b.Close()
		_ = tls.Server(b, server).Handshake()
	}()
	// What is under test is the suite, not the certificate.
	client := tls.Client(a, &tls.Config{
		InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite},
	})
	err := client.Handshake()
	a.Close()
	<-done
	return err
}

func rsaPair(t *testing.T, dir string) (cert, key string) {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := newSerial()
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "rsa"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"localhost"},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, k.Public(), k)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(k)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := os.WriteFile(cert, encodeCert(der), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		t.Fatal(err)
	}
	return cert, key
}
