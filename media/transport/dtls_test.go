package transport_test

import (
	"bytes"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/media/transport"
)

// TestFingerprintMismatch: whoever holds another certificate than the offer
// announced gets no keys.
func TestFingerprintMismatch(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustCertify() // a new one after the offer
	p.mustNominate()
	if err := p.handshake(); err == nil {
		t.Error("the handshake succeeded")
	}
	if err := p.mustReach(transport.StateFailed); !errors.Is(err, transport.ErrFingerprint) {
		t.Errorf("got %v, want ErrFingerprint", err)
	}
	if _, ok := p.conn.Facts(); ok {
		t.Error("facts of a failed handshake")
	}
	if s.NewEgress().RTP(p.conn, header(1), nil) {
		t.Error("sealed for a failed connection")
	}
}

// TestFingerprintSyntax: what Connect takes as a fingerprint.
func TestFingerprintSyntax(t *testing.T) {
	s := mustListen(t, transport.Config{})
	sum := func(n int) string { return strings.Repeat("AB:", n-1) + "CD" }
	for _, tt := range []struct {
		name, print string
		ok          bool
	}{
		{"OKSHA256", "sha-256 " + sum(32), true},
		{"OKSHA512", "SHA-512 " + strings.ToLower(sum(64)), true},
		{"ErrSHA1", "sha-1 " + sum(20), false},
		{"ErrShort", "sha-256 " + sum(31), false},
		{"ErrHex", "sha-256 " + strings.Repeat("XY:", 31) + "CD", false},
		{"ErrEmpty", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := s.Connect(transport.ConnParams{
				RemoteUfrag: "u", RemotePwd: "p", RemoteFingerprint: tt.print, Inbox: transport.NewInbox(1),
			})
			if tt.ok != (err == nil) || !tt.ok && meeting.CodeOf(err) != meeting.CodeInvalid {
				t.Fatalf("got %v", err)
			}
			if c != nil {
				_ = c.Close()
			}
		})
	}
}

// TestHandshakeTimeout: a peer that begins DTLS and stops does not hold its
// slot for ever.
func TestHandshakeTimeout(t *testing.T) {
	s := mustListen(t, transport.Config{Budgets: transport.Budgets{HandshakeTimeout: 200 * time.Millisecond}})
	p := mustRawPeer(t, s)
	p.mustNominate()
	p.write(append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12}, make([]byte, 12)...))
	if err := p.mustReach(transport.StateFailed); !errors.Is(err, transport.ErrHandshake) {
		t.Errorf("got %v, want ErrHandshake", err)
	}
}

// TestHandshakeBudget: with no slot left a handshake waits, and goes on when
// the client sends its hello again.
func TestHandshakeBudget(t *testing.T) {
	s := mustListen(t, transport.Config{Budgets: transport.Budgets{
		HandshakesPerSource: 1, HandshakeTimeout: 700 * time.Millisecond,
	}})
	slow, p := mustRawPeer(t, s), mustRawPeer(t, s)
	slow.mustNominate()
	slow.write(append([]byte{22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12}, make([]byte, 12)...))
	p.mustNominate()
	began := time.Now()
	if err := p.handshake(); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(began); d < 600*time.Millisecond {
		t.Errorf("the second handshake took %v and did not wait", d)
	}
	slow.mustReach(transport.StateFailed)
	p.mustReach(transport.StateConnected)
}

// TestPeerCloses: close_notify tells us at once that the peer has gone, also
// when its session was put away; an alert in the clear tells us nothing.
func TestPeerCloses(t *testing.T) {
	for name, linger := range map[string]time.Duration{"Lingering": within, "Resting": time.Millisecond} {
		t.Run(name, func(t *testing.T) {
			s := mustListen(t, transport.Config{})
			s.SetLinger(linger, within)
			p := mustRawPeer(t, s)
			p.mustConnect()
			if name == "Resting" {
				p.mustRest()
			}
			p.write([]byte{21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 99, 0, 2, 1, 0})
			p.mustReceive(s.NewEgress(), 1)
			time.Sleep(soon)
			if got := p.conn.State(); got != transport.StateConnected {
				t.Fatalf("a forged alert made it %v", got)
			}
			if err := p.session.Close(); err != nil {
				t.Fatal(err)
			}
			if err := p.mustReach(transport.StateFailed); !errors.Is(err, transport.ErrPeerClosed) {
				t.Errorf("got %v, want ErrPeerClosed", err)
			}
		})
	}
}

// TestRest: what arrives for a session that was put away and is no alert does
// not end it, again and again.
func TestRest(t *testing.T) {
	s := mustListen(t, transport.Config{})
	s.SetLinger(5*time.Millisecond, 5*time.Millisecond)
	p := mustRawPeer(t, s)
	p.mustConnect()
	for seq := range uint16(3) {
		p.mustRest()
		if _, err := p.session.Write([]byte("data has no meaning here")); err != nil {
			t.Fatal(err)
		}
		p.mustReceive(s.NewEgress(), seq)
		p.mustDeliver(seq)
	}
	p.mustRest()
	if got := p.conn.State(); got != transport.StateConnected {
		t.Errorf("it is %v", got)
	}
}

// TestCloseWhileWaking: a connection may end in the moment in which its session
// is taken out again.
func TestCloseWhileWaking(t *testing.T) {
	s := mustListen(t, transport.Config{})
	s.SetLinger(time.Millisecond, time.Millisecond)
	for range 30 {
		p := mustRawPeer(t, s)
		p.mustConnect()
		p.mustRest()
		if err := p.session.Close(); err != nil {
			t.Fatal(err)
		}
		_ = p.conn.Close()
	}
}

// TestPanicEndsOneConnection: what goes wrong in one peer's handshake touches no
// other, and the log does not quote it.
func TestPanicEndsOneConnection(t *testing.T) {
	var log bytes.Buffer
	s := mustListen(t, transport.Config{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	bad, good := mustRawPeer(t, s), mustRawPeer(t, s)
	bad.mustConnect()
	good.mustConnect()
	bad.conn.PanicInDTLS()
	bad.mustReach(transport.StateFailed)
	good.mustReceive(s.NewEgress(), 1)
	if strings.Contains(log.String(), "canary") || !strings.Contains(log.String(), "panic=string") {
		t.Errorf("the log says %q", log.String())
	}
}

// mustRest waits until the peer's DTLS session was put away.
func (p *rawPeer) mustRest() {
	p.tb.Helper()
	for end := time.Now().Add(within); !p.conn.Resting(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			p.tb.Fatal("the DTLS session is not put away")
		}
	}
}

// TestQuietClose: closing sends the peer nothing, since signalling says why.
func TestQuietClose(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	_ = p.conn.Close()
	gone := make(chan error, 1)
	go func() { _, err := p.session.Read(make([]byte, 1)); gone <- err }()
	select {
	case err := <-gone:
		t.Errorf("the peer was told: %v", err)
	case <-time.After(soon):
	}
	_ = p.session.Close()
	<-gone
}

// TestReplayOnTheWire: a packet that arrives twice is delivered once.
func TestReplayOnTheWire(t *testing.T) {
	for _, profile := range allProfiles {
		t.Run(profileName(profile), func(t *testing.T) {
			s := mustListen(t, transport.Config{AllowAESCM: true})
			p := mustRawPeer(t, s)
			p.profile = []dtls.SRTPProtectionProfile{profile}
			p.mustConnect()
			sealed, err := p.seal.EncryptRTP(nil, append(header(1), bytes.Repeat([]byte("x"), 50)...), nil)
			if err != nil {
				t.Fatal(err)
			}
			p.write(sealed)
			p.write(sealed)
			var opened, refused int
			for end := time.Now().Add(within); opened+refused < 2 && time.Now().Before(end); {
				for _, q := range p.inbox.Take(nil) {
					if _, err := q.Conn.OpenRTP(q); err == nil {
						opened++
					} else {
						refused++
					}
					q.Release()
				}
				runtime.Gosched()
			}
			if opened != 1 || refused != 1 {
				t.Errorf("opened %d, refused %d; want one each", opened, refused)
			}
		})
	}
}

func profileName(p dtls.SRTPProtectionProfile) string {
	switch p {
	case dtls.SRTP_AEAD_AES_256_GCM:
		return meeting.SRTPAES256GCM
	case dtls.SRTP_AEAD_AES_128_GCM:
		return meeting.SRTPAES128GCM
	}
	return meeting.SRTPAES128CM
}
