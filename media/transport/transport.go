// Package transport moves encrypted media between browsers and the SFU over one
// UDP socket, or TCP where UDP does not get through (RFC 6544): ICE-lite (RFC
// 8445), DTLS 1.2 as passive server (RFC 5764), SRTP (RFC 3711, RFC 7714) and an
// egress that sends trains of packets with UDP GSO.
//
// It knows connections, not meetings: it parses nothing past an RTP header and
// decides nothing about who receives what. A packet costs no allocation, no
// channel operation and no lock that two meetings share.
package transport

import (
	"errors"
	"log/slog"
	"net/netip"
	"time"
)

// Config says where a Socket listens and what it accepts. The zero value of
// every field but Listen is good.
type Config struct {
	Listen     netip.AddrPort // UDP address; port 0 picks a free one
	TCP        netip.AddrPort // where the caller takes TCP connections for ServeTCP; zero: nowhere
	Advertise  []netip.Addr   // host candidates; nil: all interface addresses of the listening family
	Public     []netip.Addr   // further host candidates, best of all, where Advertise names none: of a NAT before the machine
	AllowAESCM bool           // also accept SRTP_AES128_CM_HMAC_SHA1_80, which is not AEAD
	Readers    int            // sockets that share the UDP port, each with a goroutine that reads it; 0: one for every four processors. More than one only on Linux
	Logger     *slog.Logger   // nil: slog.Default
	Budgets    Budgets        // zero fields take the default
}

// Budgets bound what the network can make the server do. Media is what a
// validated 5-tuple may send before anything is decrypted; the others bound
// work for peers that proved nothing yet; where several sockets share the port
// (Config.Readers), each has its share of StrangerPackets and StrangerChecks.
type Budgets struct {
	MediaPackets        int           // per second and 5-tuple; default 4000
	MediaBytes          int           // per second and 5-tuple; default 6 MB
	ControlPackets      int           // STUN and DTLS per second and 5-tuple; default 200
	StrangerPackets     int           // per second and source address without a validated 5-tuple; default 200
	StrangerChecks      int           // per second, MESSAGE-INTEGRITY checks for strangers in total; default 10000
	Handshakes          int           // DTLS handshakes in flight; default 512
	HandshakesPerSource int           // DTLS handshakes in flight per source address; default 64
	HandshakeTimeout    time.Duration // default 20 s
}

// withDefaults returns b with every zero field replaced.
func (b Budgets) withDefaults() Budgets {
	set := func(v *int, def int) {
		if *v <= 0 {
			*v = def
		}
	}
	set(&b.MediaPackets, 4000)
	set(&b.MediaBytes, 6_000_000)
	set(&b.ControlPackets, 200)
	set(&b.StrangerPackets, 200)
	set(&b.StrangerChecks, 10_000)
	set(&b.Handshakes, 512)
	set(&b.HandshakesPerSource, 64)
	if b.HandshakeTimeout <= 0 {
		b.HandshakeTimeout = 20 * time.Second
	}
	return b
}

// State is where a connection stands.
type State int

// The states of a connection, in the order in which they are usually met.
// Disconnected may return to Connected; Failed does so only after SetRemoteICE.
const (
	StateNew          State = iota // waiting for ICE or DTLS
	StateConnected                 // ICE and DTLS are done, the keys are ready
	StateDisconnected              // no valid binding request for DisconnectedAfter
	StateFailed                    // no consent for FailedAfter, or DTLS failed
	StateClosed                    // closed by us
)

// String returns the lower-case name of s.
func (s State) String() string {
	names := [...]string{"new", "connected", "disconnected", "failed", "closed"}
	if s < 0 || int(s) >= len(names) {
		return "unknown"
	}
	return names[s]
}

// Consent (RFC 7675) is what a peer's authenticated packets give us. Without it
// we call the peer disconnected, and then stop sending altogether.
const (
	DisconnectedAfter = 10 * time.Second
	FailedAfter       = 30 * time.Second
)

// What can go wrong with a connection, as OnState and the packet path tell it.
var (
	ErrClosed      = errors.New("transport: closed")
	ErrNoConsent   = errors.New("transport: the peer sent no valid connectivity check for too long")
	ErrFingerprint = errors.New("transport: the DTLS certificate does not match the offered fingerprint")
	ErrProfile     = errors.New("transport: no common SRTP protection profile; AEAD is required")
	ErrHandshake   = errors.New("transport: the DTLS handshake did not finish in time")
	ErrPeerClosed  = errors.New("transport: the peer closed its DTLS connection")
	ErrNotReady    = errors.New("transport: no SRTP keys yet")
	ErrMalformed   = errors.New("transport: malformed packet")
	ErrReplayed    = errors.New("transport: replayed or too old packet")
	ErrAuth        = errors.New("transport: packet authentication failed")
	ErrStreams     = errors.New("transport: too many SSRCs")
)

// epoch is the zero of Now; only differences matter.
var epoch = time.Now()

// Now is the monotonic clock of Packet.At, in nanoseconds since the process started.
func Now() int64 { return int64(time.Since(epoch)) }
