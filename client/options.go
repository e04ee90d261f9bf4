package client

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// DefaultName is how the SDK names itself to the server and in everyone's
// details of the leg.
const DefaultName = "roundel-go 0.1.0"

// Options say which server to use and as whom.
type Options struct {
	Server   string          // base URL, for example https://meet.example:8443
	CA       string          // PEM file with the server's CA; "" for the system's roots
	Token    string          // API token, or "" for a guest
	Client   string          // product and version; "" for DefaultName
	Kind     meeting.LegKind // "" for meeting.LegSDK
	Features []string        // optional abilities to name in the hello
	Jar      http.CookieJar  // remembers this device between sessions; nil for one session
	Logger   *slog.Logger    // nil discards
	Ping     time.Duration   // between keep-alive requests; 0 for 10 s
}

// withDefaults fills what is left empty and checks the URL.
func (o Options) withDefaults() (Options, *url.URL, error) {
	base, err := url.Parse(o.Server)
	if err != nil || base.Host == "" || (base.Scheme != "https" && base.Scheme != "http") {
		return o, nil, meeting.Errorf(meeting.CodeInvalid, "%q is not the URL of a server.", o.Server)
	}
	if o.Client == "" {
		o.Client = DefaultName
	}
	if o.Kind == "" {
		o.Kind = meeting.LegSDK
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Ping <= 0 {
		o.Ping = 10 * time.Second
	}
	if o.Jar == nil {
		if o.Jar, err = cookiejar.New(nil); err != nil {
			return o, nil, fmt.Errorf("make a cookie jar: %w", err)
		}
	}
	base.Path, base.RawQuery, base.Fragment = "", "", ""
	return o, base, nil
}

// httpClient trusts the given CA, or the system's roots without one. It speaks
// HTTP/1.1, as the websocket's upgrade needs (RFC 6455, 4.1).
func httpClient(caFile string, jar http.CookieJar) (*http.Client, error) {
	conf := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile != "" {
		pem, err := os.ReadFile(caFile)
		if err != nil {
			return nil, fmt.Errorf("read the CA certificate: %w", err)
		}
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(pem) {
			return nil, meeting.Errorf(meeting.CodeInvalid, "%s has no PEM certificate.", caFile)
		}
	}
	return &http.Client{Jar: jar, Transport: &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		TLSClientConfig:     conf,
		TLSHandshakeTimeout: 10 * time.Second,
		MaxIdleConns:        4,
		IdleConnTimeout:     30 * time.Second,
	}}, nil
}
