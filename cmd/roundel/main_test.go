package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"roundel": main})
}

// TestScripts runs the command line as people and scripts do: testdata/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"freeport":  freePort,
			"fetch":     fetch,
			"lastline":  lastLine,
			"firstword": firstWord,
			"hold":      hold,
			"signin":    signIn,
			"asuser":    asUser,
		},
	})
}

// timeout bounds the start of a server.
const timeout = 20 * time.Second

// freePort VAR sets VAR to a TCP port of 127.0.0.1 that was free a moment ago.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Setenv(args[0], strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
	ts.Check(ln.Close())
}

// hold tcp|udp VAR keeps a port of 127.0.0.1 until the script ends.
func hold(ts *testscript.TestScript, _ bool, args []string) {
	if args[0] == "udp" {
		conn, err := net.ListenPacket("udp", "127.0.0.1:0")
		ts.Check(err)
		ts.Defer(func() { conn.Close() })
		ts.Setenv(args[1], strconv.Itoa(conn.LocalAddr().(*net.UDPAddr).Port))
		return
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { ln.Close() })
	ts.Setenv(args[1], strconv.Itoa(ln.Addr().(*net.TCPAddr).Port))
}

// lastLine VAR sets VAR to the last line of the last command's output.
func lastLine(ts *testscript.TestScript, _ bool, args []string) {
	lines := strings.Split(strings.TrimSpace(ts.ReadFile("stdout")), "\n")
	ts.Setenv(args[0], lines[len(lines)-1])
}

// firstWord VAR sets VAR to the first word of the last command's output.
func firstWord(ts *testscript.TestScript, _ bool, args []string) {
	words := strings.Fields(ts.ReadFile("stdout"))
	if len(words) == 0 {
		ts.Fatalf("the last command printed nothing")
	}
	ts.Setenv(args[0], words[0])
}

// fetch STATUS URL FILE [TOKEN] asks as soon as the server answers, trusting the
// CA in data/ca.crt, and writes the body of the answer to FILE.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	var token string
	if len(args) > 3 {
		token = args[3]
	}
	var status int
	var body []byte
	var err error
	for end := time.Now().Add(timeout); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if status, body, err = get(args[1], ts.MkAbs("data/ca.crt"), token); err == nil {
			break
		}
	}
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[2]), body, 0o600))
	if strconv.Itoa(status) != args[0] {
		ts.Fatalf("%s: status %d, want %s\n%s", args[1], status, args[0], body)
	}
}

func get(url, ca, token string) (int, []byte, error) {
	client, err := trusting(ca)
	if err != nil {
		return 0, nil, err
	}
	defer client.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, body, err
}

// trusting returns a client that trusts the CA in a PEM file.
func trusting(ca string) (*http.Client, error) {
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", ca)
	}
	return &http.Client{Timeout: timeout, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}, nil
}
