package door

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/core/meeting"
)

func TestMain(m *testing.M) {
	// certmagic keeps one goroutine per ACME account for the life of the process.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/caddyserver/certmagic.(*RingBufferRateLimiter).loop"))
}

// quiet is a log for tests whose log does not matter.
var quiet = slog.New(slog.DiscardHandler)

// MustLocal opens a local CA in a folder of the test.
func MustLocal(tb testing.TB, dir string, names ...string) *Local {
	tb.Helper()
	l, err := OpenLocal(dir, func() Names { return MachineNames(names...) }, quiet)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// serve answers each request on a port of its own with the facts it sees, and
// returns the address with the roots to trust.
func serve(tb testing.TB, c Ciphers) (addr string, roots *x509.CertPool) {
	tb.Helper()
	local := MustLocal(tb, tb.TempDir())
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	srv := &http.Server{
		Protocols:   Protocols(c),
		ConnContext: Context,
		ErrorLog:    slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			f := Facts(r)
			io.WriteString(w, r.Proto+" "+f.Version+" "+f.Suite)
		}),
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(Listen(inner, TLS(c, local), Takers{}, slog.New(slog.DiscardHandler)))
	}()
	tb.Cleanup(func() {
		srv.Close()
		<-done
	})
	roots = x509.NewCertPool()
	roots.AppendCertsFromPEM(local.CertificatePEM())
	return inner.Addr().String(), roots
}

// get fetches the facts over a connection of its own with the client's configuration.
func get(addr string, cfg *tls.Config, h2 bool) (string, error) {
	t := &http.Transport{TLSClientConfig: cfg, ForceAttemptHTTP2: h2}
	defer t.CloseIdleConnections()
	resp, err := (&http.Client{Transport: t, Timeout: 10 * time.Second}).Get("https://" + addr + "/")
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return string(b), err
}

func TestSuites(t *testing.T) {
	aead := map[uint16]bool{}
	for _, id := range aead12 {
		aead[id] = true
	}
	allowed := map[Ciphers]func(id uint16) bool{
		Compatible: func(id uint16) bool { return aead[id] },
		AES256Only: func(id uint16) bool {
			return id == tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 || id == tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
		},
	}
	for c, ok := range allowed {
		t.Run(c.String(), func(t *testing.T) {
			addr, roots := serve(t, c)
			for _, suite := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
				if suite.SupportedVersions[0] == tls.VersionTLS13 {
					continue // not for the client to choose; see TestVersions
				}
				if strings.Contains(suite.Name, "_ECDHE_RSA_") {
					continue // our own CA has ECDSA keys only; see TestRSASuites
				}
				got, err := get(addr, &tls.Config{
					RootCAs: roots, MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{suite.ID},
				}, false)
				want := "HTTP/1.1 TLS 1.2 " + suite.Name
				switch {
				case ok(suite.ID) && (err != nil || got != want):
					t.Errorf("%s: got %q, %v", suite.Name, got, err)
				case !ok(suite.ID) && err == nil:
					t.Errorf("%s: accepted", suite.Name)
				}
			}
		})
	}
}

func TestVersions(t *testing.T) {
	tests := []struct {
		name     string
		ciphers  Ciphers
		min, max uint16
		h2       bool
		want     string // "" for a refusal
	}{
		{name: "OKCompatible", ciphers: Compatible, h2: true, max: tls.VersionTLS13, want: "HTTP/2.0 TLS 1.3 "},
		{name: "OKCompatibleTLS12", ciphers: Compatible, h2: true, max: tls.VersionTLS12, want: "HTTP/2.0 TLS 1.2 "},
		{name: "OKCompatibleHTTP1", ciphers: Compatible, max: tls.VersionTLS13, want: "HTTP/1.1 TLS 1.3 "},
		{name: "ErrCompatibleTLS11", ciphers: Compatible, min: tls.VersionTLS10, max: tls.VersionTLS11},
		{name: "OKAES256", ciphers: AES256Only, h2: true, max: tls.VersionTLS13, want: "HTTP/1.1 TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"},
		{name: "ErrAES256TLS13", ciphers: AES256Only, min: tls.VersionTLS13, max: tls.VersionTLS13},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			addr, roots := serve(t, tt.ciphers)
			got, err := get(addr, &tls.Config{RootCAs: roots, MinVersion: tt.min, MaxVersion: tt.max}, tt.h2)
			if (err == nil) != (tt.want != "") || !strings.HasPrefix(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestPlainHTTP(t *testing.T) {
	addr, _ := serve(t, Compatible)
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	// More than one read of the server takes, so that a careless close would reset.
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nCookie: "+strings.Repeat("c", 20_000)+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "https://") {
		t.Errorf("got %s %q", resp.Status, body)
	}
}

func TestCiphersUnmarshal(t *testing.T) {
	var c Ciphers
	if err := c.UnmarshalText([]byte("aes256-only")); err != nil || c != AES256Only || c.AllowAESCM() {
		t.Errorf("got %q, %v", c, err)
	}
	if err := c.UnmarshalText([]byte("compatible")); err != nil || !c.AllowAESCM() {
		t.Errorf("got %q, %v", c, err)
	}
	if err := c.UnmarshalText([]byte("aes256")); err == nil {
		t.Error("an unknown choice was accepted")
	}
}

func TestFactsWithoutTLS(t *testing.T) {
	r, _ := http.NewRequestWithContext(context.Background(), http.MethodGet, "/", nil)
	if diff := cmp.Diff(meeting.Signalling{}, Facts(r)); diff != "" {
		t.Error(diff)
	}
}
