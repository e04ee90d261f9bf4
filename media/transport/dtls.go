package transport

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/roundel-meet/roundel/core/meeting"
)

// handshake is the DTLS side of a connection: passive, one handshake, then only
// retransmissions of its last flight and the peer's close_notify. For the sake
// of idle memory pion's connection is put away after a while, and taken out
// again when something arrives for it.
type handshake struct {
	conn *Conn

	mu      sync.Mutex
	pipe    *pipe // nil: nothing is running
	stopped bool
	cancel  context.CancelFunc
	resting *dtls.State // the session, when it was put away
}

func newHandshake(c *Conn) *handshake { return &handshake{conn: c} }

// lingers is how long pion's connection stays after a handshake, and after
// something arrived for one that was put away.
type lingers struct{ first, again time.Duration }

var defaultLingers = lingers{first: 10 * time.Second, again: time.Second}

// feed gives DTLS a datagram from a validated 5-tuple. The first one starts the
// handshake, if the budgets allow; else the peer will send it again.
func (h *handshake) feed(b []byte, from *remote) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.stopped || h.conn.session.Load() != nil && !harmless(b, h.resting != nil):
		return
	case h.pipe != nil:
	case h.resting != nil:
		// stop() may come before the goroutine runs: it works on what was there now.
		p, state := newPipe(h.conn, from), h.resting
		h.pipe = p
		h.conn.socket.tasks.Go(func() { h.guard(p, func() { h.resume(p, state) }) })
	case !h.start(from):
		return
	}
	h.pipe.push(b)
}

// start begins the handshake, if there is a slot for it.
func (h *handshake) start(from *remote) bool {
	s, source := h.conn.socket, sourceOf(from.addr.Addr())
	if !s.slots.take(source) {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.config.Budgets.HandshakeTimeout)
	h.pipe, h.cancel = newPipe(h.conn, from), cancel
	p := h.pipe
	s.tasks.Go(func() {
		defer cancel()
		release := sync.OnceFunc(func() { s.slots.give(source) })
		defer release()
		h.guard(p, func() { h.run(ctx, p, release) })
	})
	return true
}

// guard runs f; a panic in it ends this connection and no other. The log has the
// panic's type and place, not its value, which may quote a datagram.
func (h *handshake) guard(p *pipe, f func()) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		h.conn.socket.log.Error("connection ended by a panic", "panic", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		p.Close()
		h.conn.fail(ErrHandshake)
	}()
	f()
}

// stop ends the handshake, or what is left of it. The peer gets no alert.
func (h *handshake) stop() {
	h.mu.Lock()
	p := h.pipe
	h.stopped, h.resting = true, nil
	if h.cancel != nil {
		h.cancel()
	}
	h.mu.Unlock()
	if p != nil {
		p.Close()
	}
}

// run performs the handshake, publishes the keys and attends to the rest.
func (h *handshake) run(ctx context.Context, p *pipe, release func()) {
	d, err := dtls.ServerWithOptions(p, p.LocalAddr(), h.options()...)
	if err == nil {
		err = d.HandshakeContext(ctx)
	}
	release()
	if err == nil {
		err = h.publish(d)
	}
	if err != nil {
		p.Close()
		if d != nil {
			_ = d.Close()
		}
		h.conn.fail(explain(err))
		return
	}
	h.conn.settle()
	h.attend(d, p, h.conn.socket.lingers.first)
}

// resume takes out a session that was put away.
func (h *handshake) resume(p *pipe, state *dtls.State) {
	d, err := dtls.ResumeWithOptions(state, p, p.LocalAddr(),
		dtls.WithCertificates(h.conn.socket.cert.tls), dtls.WithLoggerFactory(quiet{}))
	if err != nil {
		p.Close()
		h.conn.fail(fmt.Errorf("transport: resume DTLS: %w", err))
		return
	}
	h.attend(d, p, h.conn.socket.lingers.again)
}

// attend serves d for the given time and then puts it away. Only alerts matter:
// application data has no meaning here and is dropped.
func (h *handshake) attend(d *dtls.Conn, p *pipe, linger time.Duration) {
	_ = d.SetReadDeadline(time.Now().Add(linger))
	var over, closed bool
	for buf := make([]byte, 1); !over && !closed; {
		_, err := d.Read(buf)
		var failed *dtls.HandshakeError
		over = errors.Is(err, context.DeadlineExceeded)
		closed = errors.Is(err, io.EOF) || errors.As(err, &failed)
	}
	state, ok := d.ConnectionState()
	p.Close()
	_ = d.Close()
	if closed || !ok {
		if !h.conn.closed.Load() {
			h.conn.fail(ErrPeerClosed)
		}
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.pipe = nil; !h.stopped {
		h.resting = &state
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
		SRTP: session.profile,
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
