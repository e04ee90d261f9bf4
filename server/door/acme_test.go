package door

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Need skips the test when a program is not installed; with ROUNDEL_REQUIRE=all
// that is a failure.
func Need(tb testing.TB, programs ...string) {
	tb.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			if os.Getenv("ROUNDEL_REQUIRE") == "all" {
				tb.Fatalf("%s is not installed", p)
			}
			tb.Skipf("%s is not installed", p)
		}
	}
}

// freePort returns a TCP port of 127.0.0.1 that was free a moment ago.
func freePort(tb testing.TB) int {
	tb.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer ln.Close()
	return ln.Addr().(*net.TCPAddr).Port
}

// start runs a program until the test ends.
func start(tb testing.TB, env []string, name string, args ...string) {
	tb.Helper()
	var out strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if tb.Failed() {
			tb.Logf("%s said:\n%s", name, out.String())
		}
	})
}

// pebble runs a local ACME server that validates at tlsPort of 127.0.0.1, and
// returns its directory's URL, the file of the root it is reached under, and
// the root of the certificates it gives.
func pebble(t *testing.T, tlsPort int) (directory, rootsFile string, issued *x509.CertPool) {
	t.Helper()
	Need(t, "pebble", "pebble-challtestsrv")
	dir := t.TempDir()
	local := MustLocal(t, dir)
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "leaf.pem")
	if err := os.WriteFile(cert, encodeCert(local.leaf.Load().Certificate[0]), 0o600); err != nil {
		t.Fatal(err)
	}
	api, admin, dns := freePort(t), freePort(t), freePort(t)
	config, err := json.Marshal(map[string]any{"pebble": map[string]any{
		"listenAddress":           fmt.Sprintf("127.0.0.1:%d", api),
		"managementListenAddress": fmt.Sprintf("127.0.0.1:%d", admin),
		"certificate":             cert, "privateKey": key,
		"httpPort": freePort(t), "tlsPort": tlsPort,
	}})
	if err != nil {
		t.Fatal(err)
	}
	configFile := filepath.Join(dir, "pebble.json")
	if err := os.WriteFile(configFile, config, 0o600); err != nil {
		t.Fatal(err)
	}
	dnsAddr := fmt.Sprintf("127.0.0.1:%d", dns)
	start(t, nil, "pebble-challtestsrv", "-dns01", dnsAddr, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-management", "")
	start(t, []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0"},
		"pebble", "-config", configFile, "-dnsserver", dnsAddr)

	roots := x509.NewCertPool()
	roots.AddCert(local.ca.cert)
	pem := fetch(t, fmt.Sprintf("https://127.0.0.1:%d/roots/0", admin), roots)
	issued = x509.NewCertPool()
	if !issued.AppendCertsFromPEM(pem) {
		t.Fatalf("no root in %q", pem)
	}
	return fmt.Sprintf("https://127.0.0.1:%d/dir", api), filepath.Join(dir, CAFile), issued
}

// fetch gets url as soon as something answers there.
func fetch(t *testing.T, url string, roots *x509.CertPool) []byte {
	t.Helper()
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 5 * time.Second}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		resp, err := client.Get(url)
		if err != nil {
			if time.Now().After(end) {
				t.Fatal(err)
			}
			continue
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
}

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
		_ = srv.Serve(Listen(inner, TLS(ciphers, source)))
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
