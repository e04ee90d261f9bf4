package meeting

import "time"

// LegKind is the way through which a person or service takes part.
type LegKind string

// The kinds of leg that exist so far.
const (
	LegWeb LegKind = "web" // a browser
	LegSDK LegKind = "sdk" // the Go SDK or roundelctl
)

// Leg is one way into a meeting with the facts of its encryption, as the server
// sees them. Clients compare what they can with their own view.
type Leg struct {
	Kind       LegKind    `json:"kind"`
	Client     string     `json:"client"`         // product and version as the client names itself
	Since      time.Time  `json:"since"`          // when the leg entered
	Signalling Signalling `json:"signalling"`     // the websocket's connection
	Media      *Media     `json:"media"`          // nil until the media connection is up
	E2EE       bool       `json:"e2ee,omitempty"` // the client takes part in end-to-end encryption
}

// Signalling has the facts of the leg's TLS connection (RFC 8446, RFC 5246).
type Signalling struct {
	Version string `json:"version"` // "TLS 1.3" or "TLS 1.2"
	Suite   string `json:"suite"`   // IANA name, for example TLS_AES_128_GCM_SHA256
}

// Media has the facts of the leg's DTLS-SRTP connection (RFC 5764, RFC 7714).
type Media struct {
	DTLS      string `json:"dtls"`      // "DTLS 1.2"
	Suite     string `json:"suite"`     // the DTLS suite's IANA name
	SRTP      string `json:"srtp"`      // the SRTP protection profile's IANA name
	Candidate string `json:"candidate"` // the remote candidate's type: host, srflx, prflx, relay
	Protocol  string `json:"protocol"`  // udp or tcp
}

// The SRTP protection profiles that a leg may have, by IANA name.
const (
	SRTPAES256GCM = "SRTP_AEAD_AES_256_GCM"       // RFC 7714
	SRTPAES128GCM = "SRTP_AEAD_AES_128_GCM"       // RFC 7714
	SRTPAES128CM  = "SRTP_AES128_CM_HMAC_SHA1_80" // RFC 5764; not AEAD: an exception on the shield
)
