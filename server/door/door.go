// Package door is how the server is met on its TCP port: which TLS versions and
// cipher suites it speaks (RFC 8446, RFC 5246), which certificate it shows (its
// own local CA, certificate files, or ACME, RFC 8555), and what somebody hears
// who speaks plain HTTP to it. It knows nothing of HTTP routes or meetings.
package door

import (
	"crypto/tls"
	"fmt"
	"net/http"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Ciphers is the operator's choice of what connections may use. The zero value
// is Compatible. (It is no string: the TOML decoder would take any for one.)
type Ciphers struct{ aes256 bool }

// The choices. AES256Only is TLS 1.2 with AES-256-GCM, without HTTP/2: in TLS
// 1.3 the client could choose AES-128, and HTTP/2 demands an AES-128 suite (RFC
// 9113, 9.2.2).
var (
	Compatible = Ciphers{}
	AES256Only = Ciphers{aes256: true}
)

// String returns the choice's name.
func (c Ciphers) String() string {
	if c.aes256 {
		return "aes256-only"
	}
	return "compatible"
}

// UnmarshalText reads a choice by name, as configuration files and flags have it.
func (c *Ciphers) UnmarshalText(text []byte) error {
	for _, choice := range []Ciphers{Compatible, AES256Only} {
		if string(text) == choice.String() {
			*c = choice
			return nil
		}
	}
	return fmt.Errorf("%q is neither %q nor %q", text, Compatible, AES256Only)
}

// AllowAESCM reports whether media may fall back to AES-CM, which is not AEAD.
func (c Ciphers) AllowAESCM() bool { return !c.aes256 }

// aead12 are the suites of TLS 1.2 that have ephemeral keys and AEAD. Those of
// TLS 1.3 all have both, and are not configurable.
var aead12 = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
	tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
}

// aes256 are the suites of AES256Only.
var aes256 = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
}

// turnProtocol is what clients of the relay name that name something (RFC 7443).
const turnProtocol = "stun.turn"

// TLS returns the TLS configuration of the port with certificates from source.
func TLS(c Ciphers, source Source) *tls.Config {
	cfg := &tls.Config{
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   aead12,
		NextProtos:     []string{"h2", "http/1.1"},
		GetCertificate: source.GetCertificate,
	}
	if c.aes256 {
		cfg.MaxVersion = tls.VersionTLS12
		cfg.CipherSuites = aes256
		cfg.NextProtos = []string{"http/1.1"}
	}
	if extra := source.Protocol(); extra != "" {
		cfg.NextProtos = append(cfg.NextProtos, extra)
	}
	cfg.NextProtos = append(cfg.NextProtos, turnProtocol)
	return cfg
}

// Protocols returns the HTTP versions that go with TLS(c, …).
func Protocols(c Ciphers) *http.Protocols {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetHTTP2(!c.aes256)
	return &p
}

// Facts returns what a leg says of the TLS connection that a request came on.
// It is the zero value for a request that came without TLS, as in tests.
func Facts(r *http.Request) meeting.Signalling {
	state := r.TLS
	if state == nil {
		state, _ = r.Context().Value(stateKey{}).(*tls.ConnectionState)
	}
	if state == nil {
		return meeting.Signalling{}
	}
	return meeting.Signalling{
		Version: tls.VersionName(state.Version),
		Suite:   tls.CipherSuiteName(state.CipherSuite),
	}
}
