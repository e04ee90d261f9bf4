package door

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestACME(t *testing.T) {
	for _, ciphers := range []Ciphers{Compatible, AES256Only} {
		t.Run(ciphers.String(), func(t *testing.T) {
			inner, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			port := inner.Addr().(*net.TCPAddr).Port
			directory, roots, issued := pebble(t, port)
			dir := t.TempDir()
			config := ACMEConfig{
				Dir: dir, Domain: "meet.example.org", Email: "admin@example.org",
				Directory: directory, Roots: roots, Host: "127.0.0.1", Port: port, Logger: quiet,
			}

			first := obtain(t, config, ciphers, inner, issued)
			if inner, err = net.Listen("tcp", inner.Addr().String()); err != nil {
				t.Fatal(err)
			}
			if second := obtain(t, config, ciphers, inner, issued); !first.Equal(second) {
				t.Error("a restart asked for another certificate")
			}
		})
	}
}

// obtain serves on inner until the source has a certificate, and returns what a
// client then sees.
func obtain(t *testing.T, config ACMEConfig, ciphers Ciphers, inner net.Listener, roots *x509.CertPool) *x509.Certificate {
	t.Helper()
	source, err := NewACME(config)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	ready, ran := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ran)
		source.Run(ctx, func() { close(ready) })
	}()
	srv := &http.Server{
		Handler: http.NotFoundHandler(), Protocols: Protocols(ciphers),
		ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo),
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = srv.Serve(Listen(inner, TLS(ciphers, source), Takers{}, slog.New(slog.DiscardHandler)))
	}()
	defer func() {
		cancel()
		srv.Close()
		<-ran
		<-served
	}()
	select {
	case <-ready:
	case <-ctx.Done():
		t.Fatal("no certificate in time")
	}
	if source.Public() {
		t.Error("a CA that the operator named counts as public")
	}
	for _, name := range []string{"", "meet.example.org"} {
		conn, err := tls.Dial("tcp", inner.Addr().String(), &tls.Config{
			InsecureSkipVerify: true, // no name is asked for; the chain is verified below
			ServerName:         name,
		})
		if err != nil {
			t.Fatalf("name %q: %v", name, err)
		}
		state := conn.ConnectionState()
		conn.Close()
		pool := x509.NewCertPool()
		for _, c := range state.PeerCertificates[1:] {
			pool.AddCert(c)
		}
		if _, err := state.PeerCertificates[0].Verify(x509.VerifyOptions{
			Roots: roots, Intermediates: pool, DNSName: "meet.example.org",
		}); err != nil {
			t.Fatal(err)
		}
		if name != "" {
			return state.PeerCertificates[0]
		}
	}
	return nil
}

func TestACMEConfig(t *testing.T) {
	tests := []struct {
		name   string
		config ACMEConfig
		want   string
	}{
		{name: "ErrDomain", config: ACMEConfig{Domain: "https://x"}, want: "not a domain name"},
		{name: "ErrRoots", config: ACMEConfig{Domain: "x.example", Roots: "absent.pem"}, want: "absent.pem"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.config.Logger = quiet
			if _, err := NewACME(tt.config); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}
