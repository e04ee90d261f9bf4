package server

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/door"
)

func TestFromFirstRunToMeeting(t *testing.T) {
	p := MustServe(t, nil)
	var info wire.Info
	p.call("GET", "/api/v1/info", nil, &info, http.StatusOK)
	want := wire.Info{
		Server: "roundel test", LocalCA: true,
		Signalling: meeting.Signalling{Version: "TLS 1.3", Suite: info.Signalling.Suite},
	}
	if diff := cmp.Diff(want, info); diff != "" {
		t.Error(diff)
	}
	p.claim()
	p.call("GET", "/api/v1/info", nil, &info, http.StatusOK)
	if !info.Claimed || info.User == nil || info.User.Name != "Ada" || info.User.Role != "owner" {
		t.Errorf("after the claim: %+v", info)
	}

	var made wire.Meeting
	p.call("POST", "/api/v1/meetings", wire.NewMeeting{Title: "Standup"}, &made, http.StatusCreated)
	guest := *p
	guest.Client = p.newClient(&tls.Config{RootCAs: p.roots})
	var found wire.MeetingInfo
	guest.call("GET", "/api/v1/meetings/"+made.Number, nil, &found, http.StatusOK)
	if diff := cmp.Diff(wire.MeetingInfo{Number: made.Number, Title: "Standup"}, found); diff != "" {
		t.Error(diff)
	}
	guest.call("POST", "/api/v1/meetings", wire.NewMeeting{}, nil, http.StatusUnauthorized)
	if status, _, _ := p.get(made.Path); status != http.StatusOK {
		t.Errorf("the meeting's page answers %d", status)
	}
}

func TestSecretsAreNotLogged(t *testing.T) {
	p := MustServe(t, nil)
	token := strings.SplitAfter(p.Owner, "#")[1]
	p.claim()
	api, err := CreateToken(t.Context(), p.config, "owner", "test")
	if err != nil {
		t.Fatal(err)
	}
	p.get("/metrics", "Authorization", "Bearer "+api)
	if err := p.stop(); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"claim": token, "password": "a long password", "API token": api, "name": "Ada"} {
		if strings.Contains(p.log.String(), secret) {
			t.Errorf("the log has the %s:\n%s", name, p.log)
		}
	}
}

func TestHealth(t *testing.T) {
	p := MustServe(t, nil)
	if status, body, _ := p.get("/healthz"); status != http.StatusOK || body != "ok\n" {
		t.Errorf("got %d %q", status, body)
	}
}

func TestCADownload(t *testing.T) {
	p := MustServe(t, nil)
	want, err := os.ReadFile(filepath.Join(p.config.Data, "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	status, body, header := p.get("/ca.crt")
	if status != http.StatusOK || body != string(want) || header.Get("Content-Type") != "application/x-x509-ca-cert" {
		t.Errorf("got %d %v %q", status, header, body)
	}
}

func TestHeaders(t *testing.T) {
	p := MustServe(t, nil)
	for _, path := range []string{"/", "/j/1234567890", "/nowhere", "/api/v1/info", "/api/v1/nothing", "/healthz", "/metrics", "/ca.crt"} {
		_, _, h := p.get(path)
		if !strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") {
			t.Errorf("%s: no content security policy", path)
		}
		if h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: may be sniffed", path)
		}
		if h.Get("Strict-Transport-Security") != "" {
			t.Errorf("%s: HSTS with a local CA", path)
		}
	}
}

func TestMetrics(t *testing.T) {
	p := MustServe(t, nil)
	p.claim()
	token, err := CreateToken(t.Context(), p.config, "owner", "test") // while serving
	if err != nil {
		t.Fatal(err)
	}
	if status, _, _ := p.get("/metrics"); status != http.StatusUnauthorized {
		t.Errorf("a session cookie: got %d", status)
	}
	if status, _, _ := p.get("/metrics", "Authorization", "Bearer rdl_wrong"); status != http.StatusUnauthorized {
		t.Errorf("a wrong token: got %d", status)
	}
	status, body, _ := p.get("/metrics", "Authorization", "Bearer "+token)
	if status != http.StatusOK {
		t.Fatalf("got %d", status)
	}
	for _, name := range []string{"roundel_rooms 0", "roundel_rtp_packets_out_total 0", "roundel_signal_octets_out_total", "roundel_forwarding_seconds_count 0", "process_resident_memory_bytes", "go_goroutines"} {
		if !strings.Contains(body, "\n"+name) {
			t.Errorf("no %s", name)
		}
	}
}

func TestAES256Only(t *testing.T) {
	p := MustServe(t, func(c *Config) { c.Transport.Ciphers = door.AES256Only })
	var info wire.Info
	p.call("GET", "/api/v1/info", nil, &info, http.StatusOK)
	want := meeting.Signalling{Version: "TLS 1.2", Suite: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"}
	if diff := cmp.Diff(want, info.Signalling); diff != "" {
		t.Error(diff)
	}
	for _, config := range []*tls.Config{
		{MinVersion: tls.VersionTLS13},
		{MaxVersion: tls.VersionTLS12, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}},
	} {
		config.RootCAs = p.roots
		if _, err := p.newClient(config).Get(p.URL + "/healthz"); err == nil {
			t.Errorf("accepted %+v", config.CipherSuites)
		}
	}
}

func TestPlainHTTP(t *testing.T) {
	p := MustServe(t, nil)
	conn, err := net.Dial("tcp", p.TCP.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(timeout))
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), "https://") {
		t.Errorf("got %s %q %v", resp.Status, body, err)
	}
}

func TestOwnCertificate(t *testing.T) {
	// Another server's CA and leaf stand in for a company's.
	other := MustServe(t, nil)
	leaf := filepath.Join(other.config.Data, "leaf.pem")
	p := MustServe(t, func(c *Config) { c.TLS = TLS{Certificate: leaf, Key: leaf} })
	p.Client = other.Client
	var info wire.Info
	p.call("GET", "/api/v1/info", nil, &info, http.StatusOK)
	if info.LocalCA {
		t.Error("offers a local CA that it does not have")
	}
	if _, err := os.Stat(filepath.Join(p.config.Data, "ca.crt")); err == nil {
		t.Error("made a local CA that nobody needs")
	}
	if _, _, h := p.get("/ca.crt"); h.Get("Content-Type") == "application/x-x509-ca-cert" {
		t.Error("serves a CA certificate")
	}
}

func TestRestart(t *testing.T) {
	first := MustServe(t, nil)
	if err := first.stop(); err != nil {
		t.Fatal(err)
	}
	again := func(c *Config) { c.Data = first.config.Data }
	second := MustServe(t, again)
	if second.Owner == "" || strings.SplitAfter(second.Owner, "#")[1] == strings.SplitAfter(first.Owner, "#")[1] {
		t.Errorf("unclaimed, then restarted: the link is %q, before %q", second.Owner, first.Owner)
	}
	second.claim()
	if err := second.stop(); err != nil {
		t.Fatal(err)
	}
	third := MustServe(t, again)
	if third.Owner != "" {
		t.Errorf("claimed, then restarted: the link is %q", third.Owner)
	}
	third.call("POST", "/api/v1/session", wire.SignIn{Name: "Ada", Password: "a long password"}, nil, http.StatusOK)
}

func TestPanicIsAnswered(t *testing.T) {
	p := MustServe(t, nil)
	srv := guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a fault") }), p.config.Logger)
	w := &recorder{header: http.Header{}}
	req, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	srv.ServeHTTP(w, req)
	if w.status != http.StatusInternalServerError || strings.Contains(w.body, "a fault") {
		t.Errorf("got %d %q", w.status, w.body)
	}
	log := p.log.String()
	if !strings.Contains(log, "kind=string") || !strings.Contains(log, "TestPanicIsAnswered") || strings.Contains(log, "a fault") {
		t.Errorf("the log does not say where it happened, or quotes the value:\n%s", log)
	}
}

// recorder keeps an answer.
type recorder struct {
	header http.Header
	status int
	body   string
}

func (r *recorder) Header() http.Header { return r.header }
func (r *recorder) WriteHeader(s int)   { r.status = s }
func (r *recorder) Write(p []byte) (int, error) {
	r.body += string(p)
	return len(p), nil
}
