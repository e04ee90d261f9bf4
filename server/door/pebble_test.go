package door

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
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

// freePort returns a port of 127.0.0.1 that was free a moment ago for TCP and UDP.
func freePort(tb testing.TB) int {
	tb.Helper()
	for range 20 {
		tcp, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			tb.Fatal(err)
		}
		udp, err := net.ListenPacket("udp", tcp.Addr().String())
		tcp.Close()
		if err == nil {
			udp.Close()
			return tcp.Addr().(*net.TCPAddr).Port
		}
	}
	tb.Fatal("no free port")
	return 0
}

// daemon is a program that runs until the test ends.
type daemon struct {
	done chan struct{} // closed when it has exited
}

// start runs a program; what it says is logged if the test fails.
func start(tb testing.TB, env []string, name string, args ...string) daemon {
	tb.Helper()
	var out strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	d := daemon{done: make(chan struct{})}
	go func() {
		defer close(d.done)
		_ = cmd.Wait()
	}()
	tb.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-d.done
		if tb.Failed() {
			tb.Logf("%s said:\n%s", name, out.String())
		}
	})
	return d
}

// until repeats try until it succeeds; it reports false when d exits first, as it
// does when somebody else took its port.
func (d daemon) until(tb testing.TB, try func() error) bool {
	tb.Helper()
	for end := time.Now().Add(30 * time.Second); ; {
		err := try()
		if err == nil {
			return true
		}
		if time.Now().After(end) {
			tb.Fatal(err)
		}
		select {
		case <-d.done:
			return false
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// names runs a DNS server that says 127.0.0.1 to everything, and returns its address.
func names(t *testing.T) string {
	t.Helper()
	for range 5 {
		addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
		d := start(t, nil, "pebble-challtestsrv", "-dns01", addr, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", "",
			"-http01", "", "-https01", "", "-tlsalpn01", "", "-management", "")
		resolver := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, addr)
		}}
		if d.until(t, func() error {
			_, err := resolver.LookupNetIP(t.Context(), "ip4", "meet.example.org.")
			return err
		}) {
			return addr
		}
	}
	t.Fatal("no DNS server")
	return ""
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
	roots := x509.NewCertPool()
	roots.AddCert(local.ca.cert)
	dns := names(t)
	for range 5 {
		api, admin := freePort(t), freePort(t)
		config, err := json.Marshal(map[string]any{"pebble": map[string]any{
			"listenAddress":           fmt.Sprintf("127.0.0.1:%d", api),
			"managementListenAddress": fmt.Sprintf("127.0.0.1:%d", admin),
			"certificate":             cert, "privateKey": key,
			"httpPort": freePort(t), "tlsPort": tlsPort,
		}})
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, "pebble.json")
		if err := os.WriteFile(file, config, 0o600); err != nil {
			t.Fatal(err)
		}
		d := start(t, []string{"PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0"}, "pebble", "-config", file, "-dnsserver", dns)
		issued = x509.NewCertPool()
		if d.until(t, func() error {
			pem, err := fetch(fmt.Sprintf("https://127.0.0.1:%d/roots/0", admin), roots)
			if err == nil && !issued.AppendCertsFromPEM(pem) {
				err = fmt.Errorf("no root in %q", pem)
			}
			return err
		}) {
			return fmt.Sprintf("https://127.0.0.1:%d/dir", api), filepath.Join(dir, CAFile), issued
		}
	}
	t.Fatal("no ACME server")
	return "", "", nil
}

// fetch gets url.
func fetch(url string, roots *x509.CertPool) ([]byte, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
	defer transport.CloseIdleConnections()
	resp, err := (&http.Client{Transport: transport, Timeout: 5 * time.Second}).Get(url)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return io.ReadAll(resp.Body)
}
