package journeys

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// witness is a server of its own whose every word is kept, and a browser's worth
// of client to it.
type witness struct {
	t       *testing.T
	d       *daemon.Daemon
	http    *http.Client
	tls     *tls.Config
	token   string
	secrets canaries // in no log, figure or answer, and not kept
	kept    canaries // in no log or figure, but what the server is there to keep
	answers bytes.Buffer
}

// TestNoSecretGetsOut runs a meeting whose every private value is a canary, and
// makes every mistake that a client can make with one. Then none is in the log,
// the figures or a refusal, and the data folder has only what has to be kept.
func TestNoSecretGetsOut(t *testing.T) {
	w := newWitness(t)
	number := w.claimAndCreate()
	w.meet(number)
	w.mistakesOverHTTP()
	w.mistakesOverWebsocket(number)
	figures := w.figures()
	stored := folder(t, w.d.Data) // with what SQLite has not yet put in its place
	w.http.CloseIdleConnections()
	if err := w.d.Stop(); err != nil {
		t.Fatal(err)
	}
	stored = append(stored, folder(t, w.d.Data)...)
	w.judge(figures, stored)
}

func newWitness(t *testing.T) *witness {
	d, err := daemon.Start(testContext(t), house.Binary(), t.TempDir(), "--log-level", "debug", "--log-format", "json")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Stop() })
	pem, err := os.ReadFile(d.CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	w := &witness{t: t, d: d, secrets: canaries{}, kept: canaries{}, tls: &tls.Config{RootCAs: roots}}
	w.http = &http.Client{Transport: &http.Transport{TLSClientConfig: w.tls}}
	if w.token, err = d.Token(testContext(t)); err != nil {
		t.Fatal(err)
	}
	w.secrets["API token"] = w.token
	return w
}

// send makes one request and returns its answer. Refusals are kept as evidence.
func (w *witness) send(method, path, body string, header ...string) (*http.Response, []byte) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(testContext(w.t), method, w.d.URL+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := w.http.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		_ = resp.Header.Write(&w.answers)
		w.answers.Write(answer)
	}
	return resp, answer
}

func asJSON(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// claimAndCreate makes the owner and a meeting, and returns its number.
func (w *witness) claimAndCreate() string {
	_, claim, _ := strings.Cut(w.d.Owner, "#")
	w.secrets["claim token"] = claim
	name, password := w.kept.make("owner's name"), w.secrets.make("password")
	w.send("POST", "/api/v1/owner", asJSON(wire.Claim{Token: w.secrets.make("wrong claim token"), Name: name, Password: password}))
	resp, body := w.send("POST", "/api/v1/owner", asJSON(wire.Claim{Token: claim, Name: name, Password: password}))
	if resp.StatusCode != http.StatusOK {
		w.t.Fatalf("the claim: %s", body)
	}
	w.send("POST", "/api/v1/owner", asJSON(wire.Claim{Token: claim, Name: name, Password: password})) // used up
	var session string
	for _, c := range resp.Cookies() {
		w.secrets["session cookie"], session = c.Value, c.Name+"="+c.Value
	}
	s := meeting.DefaultSettings()
	s.Passcode = w.kept.make("passcode")
	resp, body = w.send("POST", "/api/v1/meetings", asJSON(wire.NewMeeting{Title: w.kept.make("title"), Settings: &s}), "Cookie", session)
	var made wire.Meeting
	if err := json.Unmarshal(body, &made); err != nil || resp.StatusCode != http.StatusCreated {
		w.t.Fatalf("the meeting: %s", body)
	}
	return made.Number
}

// person is a guest of this server whose name is a canary.
func (w *witness) person(what, token string) *person {
	p := newPerson(w.t, w.secrets.make(what))
	p.options = client.Options{Server: w.d.URL, CA: w.d.CA, Token: token}
	return p
}

// meet has two people talk, in sound, picture and text, and a third fail to.
func (w *witness) meet(number string) {
	t, passcode := w.t, w.kept["passcode"]
	join := func(p *person) *person {
		p.does(p.knock(wire.Join{Number: number, Passcode: passcode}))
		p.follow()
		w.secrets["seat of "+p.name] = p.m.State().Seat
		return p
	}
	ann, bob := join(w.person("name of the owner in the meeting", w.token)), join(w.person("name of a guest", ""))
	ann.connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	bob.connect(client.MediaOptions{}).gets(ann, meeting.KindMic)
	ann.does(ann.m.Chat(testContext(t), "", w.secrets.make("chat to all")))
	ann.does(ann.m.Chat(testContext(t), bob.id(), w.secrets.make("private chat")))
	eventually(t, "Bob reads the chat", func() bool { return len(chatOf(bob)) == 2 })
	bob.does(bob.m.Rename(testContext(t), w.secrets.make("new name")))
	w.refused(ann.m.Chat(testContext(t), w.secrets.make("nobody's id"), w.secrets.make("chat to nobody")))
	w.refused(w.person("name of a stranger", "").knock(wire.Join{Number: number, Passcode: w.secrets.make("wrong passcode")}))
	w.refused(w.person("name of a ghost", "").knock(wire.Join{Number: number, Seat: w.secrets.make("wrong seat")}))
	w.refused(w.person("name of a liar", w.secrets.make("wrong token")).knock(wire.Join{Number: number}))
	w.offer(join(w.person("name of a third", "")))
}

var icePwd = regexp.MustCompile(`a=ice-pwd:(\S+)`)

// offer connects a browser's media with canaries for its secrets of ICE, and
// makes offers that cannot be.
func (w *witness) offer(p *person) {
	sdp, err := os.ReadFile("../../media/sdp/testdata/chromium-receive.offer.sdp")
	p.does(err)
	offer := icePwd.ReplaceAllString(string(sdp), "a=ice-pwd:"+w.secrets.make("ICE password of a client"))
	send := func(sdp string, answer any) error {
		return p.session.Request(testContext(w.t), wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp, Sends: map[string]meeting.Kind{}}, answer)
	}
	var answer wire.MediaAnswer
	p.does(send(offer, &answer))
	found := icePwd.FindStringSubmatch(answer.SDP)
	if found == nil {
		w.t.Fatal("the answer has no ICE password")
	}
	w.secrets["ICE password of the server"] = found[1]
	w.refused(send("v=0\r\n"+w.secrets.make("no SDP"), nil))
	broken := w.secrets.make("ICE password of a broken offer")
	w.refused(send(strings.ReplaceAll(icePwd.ReplaceAllString(string(sdp), "a=ice-pwd:"+broken), "UDP/TLS/RTP/SAVPF", broken), nil))
}

// refused keeps what a client was told; it fails the test when it was let.
func (w *witness) refused(err error) {
	w.t.Helper()
	if err == nil {
		w.t.Error("a mistake was not refused")
		return
	}
	w.answers.WriteString(err.Error() + "\n")
}

// mistakesOverHTTP sends canaries to where they do not belong.
func (w *witness) mistakesOverHTTP() {
	c := w.secrets
	token, cookie := "Bearer rdl_"+c.make("bogus API token"), "__Host-roundel="+c.make("bogus cookie")
	w.send("GET", "/api/v1/info", "", "Authorization", token)
	w.send("GET", "/api/v1/info", "", "Authorization", "Basic "+c.make("basic credentials"))
	w.send("POST", "/api/v1/meetings", "{}", "Cookie", cookie)
	w.send("GET", "/metrics?token="+c.make("token in a query"), "", "Authorization", token)
	for _, path := range []string{"/nowhere", "/j/0000000000", "/api/v1/nowhere", "/api/v1/meetings/0000000000", "/healthz/x", wire.SignalPath} {
		w.send("GET", path+"?k="+c.make("query of "+path), "")
		w.send("GET", path+url.PathEscape("#"+c.make("fragment in "+path)), "")
		w.send("PUT", path, `"`+c.make("body to "+path)+`"`)
	}
	w.send("GET", "/api/v1/meetings/"+c.make("bad number"), "")
	w.send("DELETE", "/api/v1/meetings/"+c.make("bad number to end"), "", "Authorization", "Bearer "+w.token)
	for _, path := range []string{"/api/v1/session", "/api/v1/owner", "/api/v1/meetings"} {
		for what, body := range map[string]string{
			"malformed": `{"password":"` + c.make("malformed body to "+path),
			"type":      `{"name":7,"password":{"` + c.make("key to "+path) + `":"` + c.make("value to "+path) + `"}}`,
			"unknown":   `{"` + c.make("unknown key to "+path) + `":1}`,
			"huge":      `{"password":"` + c.make("huge body to "+path) + strings.Repeat("x", 20<<10) + `"}`,
		} {
			if resp, _ := w.send("POST", path, body, "Authorization", "Bearer "+w.token); resp.StatusCode < 400 {
				w.t.Errorf("%s to %s: %s", what, path, resp.Status)
			}
		}
		w.send("POST", path, c.make("text to "+path), "Content-Type", "text/plain")
	}
	w.send("POST", "/api/v1/session", asJSON(wire.SignIn{Name: c.make("nobody's name"), Password: c.make("nobody's password")}))
	w.send("POST", "/api/v1/session", asJSON(wire.SignIn{Name: "owner", Password: c.make("wrong password")}))
	w.talk(func() (net.Conn, error) { return net.Dial("tcp", w.host()) }, "GET /"+c.make("path without TLS")+" HTTP/1.1\r\n\r\n")
	overTLS := func() (net.Conn, error) { return tls.Dial("tcp", w.host(), w.tls) }
	w.talk(overTLS, c.make("no request line")+"\r\n\r\n")
	w.talk(overTLS, "GET /"+c.make("path of a bad request")+" HTTP/1.1\r\nbad header "+c.make("bad header")+"\r\n\r\n")
	w.talk(func() (net.Conn, error) {
		return tls.Dial("tcp", w.host(), &tls.Config{RootCAs: w.tls.RootCAs, ServerName: c.make("name of a server") + ".example"})
	}, "")
}

func (w *witness) host() string { return strings.TrimPrefix(w.d.URL, "https://") }

// talk sends bytes that are not HTTP, and keeps what comes back.
func (w *witness) talk(dial func() (net.Conn, error), text string) {
	w.t.Helper()
	conn, err := dial()
	if err != nil {
		return // refused at the handshake, which is an answer too
	}
	defer conn.Close()
	if deadline, ok := testContext(w.t).Deadline(); ok {
		_ = conn.SetDeadline(deadline)
	}
	_, _ = io.WriteString(conn, text)
	answer, _ := io.ReadAll(conn)
	w.answers.Write(answer)
}

// mistakesOverWebsocket sends what is not the protocol, and collects the answers
// until the server has had enough.
func (w *witness) mistakesOverWebsocket(number string) {
	c, ctx := w.secrets, testContext(w.t)
	ws, _, err := websocket.Dial(ctx, w.d.URL+wire.SignalPath+"?k="+c.make("query of a handshake"), &websocket.DialOptions{
		HTTPClient: w.http, Subprotocols: []string{wire.Protocol}, HTTPHeader: http.Header{"Cookie": {"x=" + c.make("other cookie")}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = ws.CloseNow() }()
	for _, text := range []string{
		`{"id":1,"type":"hello","body":{"kind":"sdk","client":"canaries"}}`,
		`{"id":2,"type":"` + c.make("unknown type") + `"}`,
		`{"id":3,"type":"join","body":{"number":"` + c.make("number that is none") + `","name":"x"}}`,
		`{"id":4,"type":"join","body":{"number":{"` + c.make("key of a join") + `":1}}}`,
		`{"id":5,"type":"join","body":{"number":"` + number + `","name":"` + c.make("name that is too long") + strings.Repeat("x", 500) + `","passcode":"` + w.kept["passcode"] + `"}}`,
		`{"id":6,"type":"join","body":{"number":"` + number + `","name":"` + c.make("last name") + `","passcode":"` + w.kept["passcode"] + `"}}`,
		`{"id":7,"type":"relay.send","body":{"channel":"` + c.make("unknown channel") + `","payload":"` + c.make("payload") + `"}}`,
		`{"id":8,"type":"relay.send","body":{"channel":"chat","payload":{"text":7,"` + c.make("key of a chat") + `":1}}}`,
		`{"id":9,"type":"self.name","body":{"name":["` + c.make("name in a list") + `"]}}`,
		`{"id":10,"type":"room.settings","body":{"passcode":"` + c.make("passcode of somebody who may not") + `"}}`,
		`{"id":11,"type":"leave"}`,
		`{"id":12,"type":"join","body":{"number":"` + c.make("torn message"),
	} {
		if err := ws.Write(ctx, websocket.MessageText, []byte(text)); err != nil {
			w.t.Fatal(err)
		}
	}
	_ = ws.Write(ctx, websocket.MessageBinary, []byte(c.make("binary message"))) // ends the connection
	w.collect(ctx, ws)
}

// collect keeps the errors that a connection is told until it is closed.
func (w *witness) collect(ctx context.Context, ws *websocket.Conn) {
	ws.SetReadLimit(16 << 20)
	errors := 0
	for {
		_, data, err := ws.Read(ctx)
		if err != nil {
			w.answers.WriteString(err.Error())
			break
		}
		var m wire.Message
		if err := json.Unmarshal(data, &m); err != nil {
			w.t.Fatal(err)
		}
		if m.Type == wire.TypeError || m.Type == wire.TypeClosed {
			w.answers.Write(data)
			errors++
		}
	}
	if errors < 9 {
		w.t.Errorf("only %d of the mistakes were answered", errors)
	}
}

// figures reads the metrics.
func (w *witness) figures() []byte {
	resp, body := w.send("GET", "/metrics", "", "Authorization", "Bearer "+w.token)
	if resp.StatusCode != http.StatusOK || !bytes.Contains(body, []byte("\nroundel_rooms 1\n")) {
		w.t.Errorf("the figures: %s\n%.500s", resp.Status, body)
	}
	return body
}

// judge looks for the canaries. It first makes sure that it looks at the right
// places: what has to be there is.
func (w *witness) judge(figures, stored []byte) {
	log := []byte(strings.Replace(w.d.Log(), "owner: "+w.d.Owner+"\n", "", 1))
	for what, found := range map[string]bool{
		"the log from the start of a room": bytes.Contains(log, []byte(`"msg":"room started"`)),
		"the log from its first line":      bytes.Contains(log, []byte("ready: ")),
		"debug lines":                      bytes.Contains(log, []byte(`"level":"DEBUG"`)),
		"refusals":                         bytes.Count(w.answers.Bytes(), []byte(`"code"`)) > 20,
		"the title in the data folder":     bytes.Contains(stored, []byte(w.kept["title"])),
		"the owner in the data folder":     bytes.Contains(stored, []byte(w.kept["owner's name"])),
	} {
		if !found {
			w.t.Errorf("this test does not see %s", what)
		}
	}
	for _, values := range []canaries{w.secrets, w.kept} {
		values.absentFrom(w.t, "the log", log)
		values.absentFrom(w.t, "/metrics", figures)
		values.absentFrom(w.t, "a refusal", w.answers.Bytes())
	}
	w.secrets.absentFrom(w.t, "the data folder", stored)
}
