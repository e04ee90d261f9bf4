package attacks

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/audit"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// hostile is the real server with somebody in it who changes what it says.
func hostile(t *testing.T, at address, change func(message any)) address {
	t.Helper()
	authority, err := os.ReadFile(at.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(authority)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}}
	t.Cleanup(transport.CloseIdleConnections)
	upstream, err := url.Parse(at.URL)
	if err != nil {
		t.Fatal(err)
	}
	rest := &httputil.ReverseProxy{Transport: transport, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(upstream) }}
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != wire.SignalPath {
			rest.ServeHTTP(w, r)
			return
		}
		between(w, r, upstream.JoinPath(wire.SignalPath).String(), transport, change)
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(ca, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return address{server.URL, ca, at.token}
}

// between carries a signalling connection and changes what comes from the server.
func between(w http.ResponseWriter, r *http.Request, target string, transport *http.Transport, change func(any)) {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	header := http.Header{}
	if token := r.Header.Get("Authorization"); token != "" {
		header.Set("Authorization", token)
	}
	up, _, err := websocket.Dial(ctx, target, &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: transport}, HTTPHeader: header, Subprotocols: []string{wire.Protocol},
	})
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer up.CloseNow()
	down, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{wire.Protocol}})
	if err != nil {
		return
	}
	defer down.CloseNow()
	go func() {
		defer cancel()
		pass(ctx, down, up, nil)
	}()
	pass(ctx, up, down, change)
}

func pass(ctx context.Context, from, to *websocket.Conn, change func(any)) {
	from.SetReadLimit(16 << 20)
	for {
		kind, data, err := from.Read(ctx)
		if err != nil {
			return
		}
		if change != nil {
			data = changed(data, change)
		}
		if err := to.Write(ctx, kind, data); err != nil {
			return
		}
	}
}

func changed(data []byte, change func(any)) []byte {
	var message any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if d.Decode(&message) != nil {
		return data
	}
	change(message)
	out, err := json.Marshal(message)
	if err != nil {
		return data
	}
	return out
}

// everyFlagOff sets whatever says that encryption is on, or that a client can
// encrypt, to the opposite.
func everyFlagOff(message any) {
	switch v := message.(type) {
	case []any:
		for _, item := range v {
			everyFlagOff(item)
		}
	case map[string]any:
		for key, value := range v {
			switch flag := value.(type) {
			case bool:
				if key == "e2ee" {
					v[key] = false
				}
			case map[string]any:
				if _, ok := flag["on"].(bool); ok && key == "e2ee" {
					flag["on"] = false
				}
				everyFlagOff(flag)
			default:
				everyFlagOff(value)
			}
		}
	}
}

// noCard takes the meeting's card away.
func noCard(message any) {
	switch v := message.(type) {
	case []any:
		for _, item := range v {
			noCard(item)
		}
	case map[string]any:
		delete(v, "card")
		for _, value := range v {
			noCard(value)
		}
	}
}

// obedient sends as the server's flag says.
type obedient struct{ m *secure.Meeting }

func (o obedient) Seal(_ meeting.Kind, _ client.Codec, frame []byte) ([]byte, error) {
	if room := o.m.Seat.State().Room; room.E2EE == nil || !room.E2EE.On {
		return frame, nil
	}
	return nil, errModel
}

func (obedient) Open(f client.Frame) (client.Frame, error) { return f, errModel }

// TestRealServerSaysOff: the real server with every flag of its own set to off.
func TestRealServerSaysOff(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts the server")
	}
	t.Parallel()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	server := startServer(ctx, t, t.TempDir())
	at := addressOf(ctx, t, server)
	run := func(weakened func(*secure.Meeting) client.Cipher) (found int, clear, sealed uint64) {
		e := exhibit{folder: t.TempDir(), cipher: weakened}
		leave := e.meet(ctx, t, hostile(t, at, everyFlagOff), true)
		defer leave()
		if room := e.ann.Seat.State().Room; room.E2EE != nil && room.E2EE.On {
			t.Fatal("the flags are not off")
		}
		a, err := audit.New(e.needles, true)
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Path(e.folder); err != nil {
			t.Fatal(err)
		}
		counts := e.ann.Counts()
		return len(a.Report.Findings) + a.Report.More, counts.Clear, counts.Sealed
	}
	weak, _, _ := run(func(m *secure.Meeting) client.Cipher { return obedient{m} })
	real, clear, sealed := run(nil)
	t.Logf("findings in what was forwarded, every flag of the server off: %d with a client that believes them, %d with a real one, which sealed %d frames and let %d out in the clear", weak, real, sealed, clear)
	if weak == 0 {
		t.Error("the attack fails with a client that believes the flags too: it proves nothing")
	}
	if real != 0 || clear != 0 || sealed == 0 {
		t.Error("the server's flags open a client")
	}
	cardIsGone(ctx, t, at)
}

// cardIsGone: a server that denies the card makes a meeting like those of
// clients that cannot encrypt. Who has the link knows better.
func cardIsGone(ctx context.Context, t *testing.T, at address) {
	t.Helper()
	owner := at.dial(ctx, t, at.token)
	defer owner.Close()
	made, err := secure.NewMeeting(ctx, owner, wire.NewMeeting{Title: "Another"}, secure.CardOptions{E2EE: true})
	if err != nil {
		t.Fatal(err)
	}
	_, number, invite, err := secure.ParseLink(made.Link)
	if err != nil {
		t.Fatal(err)
	}
	denied := hostile(t, at, noCard)
	with, err := secure.Join(ctx, denied.dial(ctx, t, ""), secure.Options{Invite: invite, Name: "Bob"}, wire.Join{Number: number})
	if !errors.Is(err, secure.ErrNoCard) {
		t.Errorf("who has the link joins without the card: %v", err)
		_ = with.Close()
	}
	without, err := secure.Join(ctx, denied.dial(ctx, t, ""), secure.Options{Name: "Cem"}, wire.Join{Number: number})
	if err != nil {
		t.Fatal("who has no link does not get in: the attack proves nothing:", err)
	}
	_ = without.Close()
}
