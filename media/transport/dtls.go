package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/roundel-meet/roundel/core/meeting"
)

// handshake is the DTLS side of a connection: passive, one handshake, then only
// retransmissions of its last flight and the peer's close_notify.
type handshake struct {
	conn *Conn
	pipe *pipe

	mu      sync.Mutex
	started bool
	stopped bool
	cancel  context.CancelFunc
}

func newHandshake(c *Conn) *handshake {
	return &handshake{conn: c, pipe: newPipe(c)}
}

// feed gives the handshake a datagram from a validated 5-tuple. The first one
// starts it, if the budgets allow; else the peer will send it again.
func (h *handshake) feed(b []byte, from *remote) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped {
		return
	}
	if !h.started {
		s := h.conn.socket
		source := sourceOf(from.addr.Addr())
		if !s.slots.take(source) {
			return
		}
		h.started = true
		h.pipe.fallback.Store(from)
		ctx, cancel := context.WithTimeout(context.Background(), s.config.Budgets.HandshakeTimeout)
		h.cancel = cancel
		s.tasks.Go(func() {
			h.run(ctx, func() { s.slots.give(source) })
		})
	}
	h.pipe.push(b)
}

// stop ends the handshake, or what is left of it. The peer gets no alert.
func (h *handshake) stop() {
	h.mu.Lock()
	h.stopped = true
	if h.cancel != nil {
		h.cancel()
	}
	h.mu.Unlock()
	h.pipe.Close()
}

// run performs the handshake, publishes the keys and then waits for the end.
func (h *handshake) run(ctx context.Context, release func()) {
	defer h.cancel()
	d, err := dtls.ServerWithOptions(h.pipe, h.pipe.LocalAddr(), h.options()...)
	if err == nil {
		err = d.HandshakeContext(ctx)
	}
	release()
	if err == nil {
		err = h.publish(d)
	}
	if err != nil {
		h.pipe.Close()
		if d != nil {
			_ = d.Close()
		}
		h.conn.fail(explain(err))
		return
	}
	h.conn.settle()
	// Nothing but alerts is expected here; application data ends it as well.
	_, err = d.Read(make([]byte, 1))
	h.pipe.Close()
	_ = d.Close()
	if errors.Is(err, io.EOF) && !h.conn.closed.Load() {
		h.conn.fail(ErrPeerClosed)
	}
}

// options are those of one handshake. HelloVerify is skipped: it proves the
// peer's address, and ICE has done so before.
func (h *handshake) options() []dtls.ServerOption {
	s := h.conn.socket
	profiles := []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AEAD_AES_128_GCM}
	if s.config.AllowAESCM {
		profiles = append(profiles, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
	}
	return []dtls.ServerOption{
		dtls.WithCertificates(s.cert.tls),
		dtls.WithCipherSuites(
			dtls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
			dtls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
			dtls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
		),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret),
		dtls.WithSRTPProtectionProfiles(profiles...),
		dtls.WithClientAuth(dtls.RequireAnyClientCert),
		dtls.WithInsecureSkipVerify(true), // the fingerprint is the check, not a chain
		dtls.WithVerifyPeerCertificate(h.verify),
		dtls.WithInsecureSkipVerifyHello(true),
		dtls.WithLoggerFactory(quiet{}),
	}
}

// verify holds the peer to the fingerprint it signalled (RFC 8122 section 6).
func (h *handshake) verify(raw [][]byte, _ [][]*x509.Certificate) error {
	if len(raw) == 0 || !h.conn.fingerprint.matches(raw[0]) {
		return ErrFingerprint
	}
	return nil
}

// publish derives the SRTP keys (RFC 5764 section 4.2) and records the facts.
func (h *handshake) publish(d *dtls.Conn) error {
	profile, ok := d.SelectedSRTPProtectionProfile()
	if !ok {
		return ErrProfile
	}
	state, ok := d.ConnectionState()
	if !ok {
		return fmt.Errorf("transport: no DTLS state")
	}
	keys := &srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := keys.ExtractSessionKeysFromDTLS(&state, false); err != nil {
		return fmt.Errorf("transport: export SRTP keys: %w", err)
	}
	session, err := newSession(keys)
	if err != nil {
		return err
	}
	c := h.conn
	c.mu.Lock()
	c.facts = meeting.Media{
		DTLS: "DTLS 1.2", Suite: dtls.CipherSuiteName(state.CipherSuiteID),
		SRTP: session.profile, Protocol: "udp",
	}
	c.mu.Unlock()
	c.session.Store(session)
	return nil
}

// explain turns a DTLS failure into one of our errors where we know it. pion
// does not export the missing profile's error, hence the text; a test holds it.
func explain(err error) error {
	switch {
	case errors.Is(err, ErrFingerprint) || errors.Is(err, ErrProfile):
		return err
	case strings.Contains(err.Error(), "no matching profiles"):
		return ErrProfile
	case errors.Is(err, context.DeadlineExceeded):
		return ErrHandshake
	}
	return fmt.Errorf("transport: DTLS: %w", err)
}

// quiet keeps pion's own log off: what matters comes back as an error, and a
// hostile peer must not be able to fill the log.
type quiet struct{}

// NewLogger implements logging.LoggerFactory.
func (quiet) NewLogger(string) logging.LeveledLogger {
	return &logging.DefaultLeveledLogger{}
}
