package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// timeout bounds what a test waits for.
const timeout = 20 * time.Second

// program is a running server with a browser's worth of client.
type program struct {
	*http.Client
	Addresses
	tb     testing.TB
	roots  *x509.CertPool
	config Config
	log    *buffer
	stop   func() error // may be called more than once
}

// buffer is a log that may be read while it is written.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// MustServe starts a server on free ports of 127.0.0.1, in a folder of its own
// unless change names another, and ends it with the test.
func MustServe(tb testing.TB, change func(*Config)) *program {
	tb.Helper()
	p := &program{tb: tb, log: &buffer{}, config: DefaultConfig()}
	p.config.Data, p.config.Listen = tb.TempDir(), "127.0.0.1:0"
	p.config.Version = "test"
	p.config.Logger = slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if change != nil {
		change(&p.config)
	}
	ready := make(chan Addresses, 1)
	p.config.Ready = func(at Addresses) { ready <- at }
	s, err := New(p.config)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- s.Run(ctx) }()
	p.stop = sync.OnceValue(func() error {
		cancel()
		return <-ran
	})
	tb.Cleanup(func() {
		if err := p.stop(); err != nil {
			tb.Errorf("stop: %v", err)
		}
		if tb.Failed() {
			tb.Logf("the server's log:\n%s", p.log)
		}
	})
	select {
	case p.Addresses = <-ready:
	case <-time.After(timeout):
		tb.Fatal("not ready in time")
	}
	p.roots = x509.NewCertPool()
	if pem, err := os.ReadFile(filepath.Join(p.config.Data, "ca.crt")); err == nil {
		p.roots.AppendCertsFromPEM(pem)
	}
	p.Client = p.newClient(&tls.Config{RootCAs: p.roots})
	return p
}

// newClient returns a client with its own cookies and connections.
func (p *program) newClient(config *tls.Config) *http.Client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.tb.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: config, ForceAttemptHTTP2: true}
	p.tb.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Jar: jar, Timeout: timeout}
}

// call sends body as JSON and reads the answer, which must have that status,
// into out.
func (p *program) call(method, path string, body, out any, status int) {
	p.tb.Helper()
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			p.tb.Fatal(err)
		}
		reader = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, p.URL+path, reader)
	if err != nil {
		p.tb.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := p.Do(req)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		p.tb.Fatal(err)
	}
	if resp.StatusCode != status {
		p.tb.Fatalf("%s %s: %s, want %d\n%s", method, path, resp.Status, status, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			p.tb.Fatalf("%s %s: %v in %s", method, path, err, data)
		}
	}
}

// claim makes the client the signed-in owner.
func (p *program) claim() {
	p.tb.Helper()
	_, token, ok := strings.Cut(p.Owner, "/claim#")
	if !ok {
		p.tb.Fatalf("no claim link in %q", p.Owner)
	}
	p.call("POST", "/api/v1/owner", wire.Claim{Token: token, Name: "Ada", Password: "a long password"}, nil, http.StatusOK)
}

// get returns status, body and headers of a path.
func (p *program) get(path string, header ...string) (int, string, http.Header) {
	p.tb.Helper()
	req, err := http.NewRequest(http.MethodGet, p.URL+path, nil)
	if err != nil {
		p.tb.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := p.Do(req)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.tb.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}
