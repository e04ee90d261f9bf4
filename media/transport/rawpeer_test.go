package transport_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/logging"
	"github.com/pion/srtp/v3"
	"github.com/pion/stun/v3"
	"github.com/roundel-meet/roundel/media/transport"
)

// rawPeer is a WebRTC peer of single steps: each test says which checks it
// sends, from which address, and what goes wrong.
type rawPeer struct {
	tb      testing.TB
	server  netip.AddrPort
	cert    tls.Certificate
	print   string
	conn    *transport.Conn
	inbox   *transport.Inbox
	states  chan change
	profile []dtls.SRTPProtectionProfile

	mu      sync.Mutex
	udp     datagrams        // current; rebind changes it
	tcp     func() datagrams // in place of a UDP port
	stun    chan *stun.Message
	dtls    chan []byte
	srtp    chan []byte
	readers sync.WaitGroup
	session *dtls.Conn
	seal    *srtp.Context // client to server
	open    *srtp.Context
}

// datagrams is a UDP port, or what looks like one.
type datagrams interface {
	ReadFromUDPAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToUDPAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

func mustRawPeer(tb testing.TB, s *transport.Socket) *rawPeer {
	tb.Helper()
	return mustRawPeerOver(tb, s, nil)
}

// mustRawPeerOver makes a peer that reaches the server by tcp.
func mustRawPeerOver(tb testing.TB, s *transport.Socket, tcp func() datagrams) *rawPeer {
	tb.Helper()
	p := &rawPeer{
		tcp: tcp, tb: tb, server: s.Candidates()[0], inbox: transport.NewInbox(4096), states: make(chan change, 16),
		stun: make(chan *stun.Message, 64), dtls: make(chan []byte, 64), srtp: make(chan []byte, 4096),
		profile: []dtls.SRTPProtectionProfile{dtls.SRTP_AEAD_AES_256_GCM},
	}
	p.mustCertify()
	c, err := s.Connect(transport.ConnParams{
		RemoteUfrag: "peer", RemotePwd: "peerpasswordpeerpassword", RemoteFingerprint: p.print, Inbox: p.inbox,
		Owner: p, OnState: func(st transport.State, err error) { p.states <- change{st, err} },
	})
	if err != nil {
		tb.Fatal(err)
	}
	p.conn = c
	p.rebind()
	tb.Cleanup(p.close)
	return p
}

func (p *rawPeer) mustCertify() {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.tb.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.cert = tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
	sum := sha256.Sum256(der)
	p.print = "sha-256 " + strings.ToUpper(strings.ReplaceAll(fmt.Sprintf("% x", sum[:]), " ", ":"))
}

// rebind moves the peer to a new local port, as a NAT or a network change does.
func (p *rawPeer) rebind() {
	if p.tcp != nil {
		p.follow(p.tcp())
		return
	}
	local := "127.0.0.1:0"
	if p.server.Addr().Is6() {
		local = "[::1]:0"
	}
	udp, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort(local)))
	if err != nil {
		p.tb.Fatal(err)
	}
	_ = udp.SetReadBuffer(4 << 20)
	p.follow(udp)
}

// follow has the peer use udp from now on.
func (p *rawPeer) follow(udp datagrams) {
	p.mu.Lock()
	old := p.udp
	p.udp = udp
	p.mu.Unlock()
	if old != nil {
		old.Close()
	}
	p.readers.Go(func() { p.read(udp) })
}

func (p *rawPeer) read(udp datagrams) {
	b := make([]byte, 2048)
	for {
		n, _, err := udp.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		d := append([]byte(nil), b[:n]...)
		switch {
		case d[0] < 4:
			m := &stun.Message{Raw: d}
			if err := m.Decode(); err != nil {
				p.tb.Errorf("STUN response: %v", err)
				continue
			}
			p.stun <- m
		case d[0] < 64:
			p.dtls <- d
		default:
			select {
			case p.srtp <- d:
			default:
			}
		}
	}
}

func (p *rawPeer) write(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, _ = p.udp.WriteToUDPAddrPort(b, p.server)
}

// check sends a connectivity check, with change applied to its attributes.
func (p *rawPeer) check(nominate bool, pwd string, more ...stun.Setter) *stun.Message {
	setters := []stun.Setter{
		stun.TransactionID, stun.BindingRequest,
		stun.NewUsername(p.conn.Ufrag() + ":peer"),
		stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{0x6e, 0, 1, 0xff}},
	}
	if nominate {
		setters = append(setters, stun.RawAttribute{Type: stun.AttrUseCandidate})
	}
	setters = append(setters, more...)
	setters = append(setters, stun.NewShortTermIntegrity(pwd), stun.Fingerprint)
	m := stun.MustBuild(setters...)
	p.write(m.Raw)
	return m
}

// answered waits for the response to a check; nil if none comes soon.
func (p *rawPeer) answered(d time.Duration) *stun.Message {
	select {
	case m := <-p.stun:
		return m
	case <-time.After(d):
		return nil
	}
}

// mustNominate makes the peer's current address the selected one.
func (p *rawPeer) mustNominate() *stun.Message {
	p.tb.Helper()
	p.check(true, p.conn.Pwd())
	m := p.answered(within)
	if m == nil || m.Type != stun.BindingSuccess {
		p.tb.Fatalf("the check got %v", m)
	}
	return m
}

// mustConnect goes all the way to SRTP keys.
func (p *rawPeer) mustConnect() {
	p.tb.Helper()
	p.mustNominate()
	if err := p.handshake(); err != nil {
		p.tb.Fatal(err)
	}
	p.mustReach(transport.StateConnected)
}

// handshake runs the DTLS client and derives the SRTP contexts.
func (p *rawPeer) handshake() error {
	d, err := dtls.ClientWithOptions(peerPipe{p}, net.UDPAddrFromAddrPort(p.server),
		dtls.WithCertificates(p.cert), dtls.WithInsecureSkipVerify(true),
		dtls.WithSRTPProtectionProfiles(p.profile...), dtls.WithLoggerFactory(silent{}),
		dtls.WithExtendedMasterSecret(dtls.RequireExtendedMasterSecret))
	if err != nil {
		return err
	}
	p.session = d
	ctx, cancel := context.WithTimeout(context.Background(), within)
	defer cancel()
	if err := d.HandshakeContext(ctx); err != nil {
		return err
	}
	state, _ := d.ConnectionState()
	profile, _ := d.SelectedSRTPProtectionProfile()
	c := &srtp.Config{Profile: srtp.ProtectionProfile(profile)}
	if err := c.ExtractSessionKeysFromDTLS(&state, true); err != nil {
		return err
	}
	if p.seal, err = srtp.CreateContext(c.Keys.LocalMasterKey, c.Keys.LocalMasterSalt, c.Profile); err != nil {
		return err
	}
	p.open, err = srtp.CreateContext(c.Keys.RemoteMasterKey, c.Keys.RemoteMasterSalt, c.Profile)
	return err
}

func (p *rawPeer) mustReach(want transport.State) error {
	p.tb.Helper()
	l := link{states: p.states}
	return l.mustReach(p.tb, want)
}

func (p *rawPeer) close() {
	p.mu.Lock()
	udp := p.udp
	p.mu.Unlock()
	if p.session != nil {
		_ = p.session.Close()
	}
	udp.Close()
	p.readers.Wait()
}

// peerPipe is the peer's net.PacketConn for DTLS.
type peerPipe struct{ p *rawPeer }

func (c peerPipe) ReadFrom(b []byte) (int, net.Addr, error) {
	d, ok := <-c.p.dtls
	if !ok || d == nil {
		return 0, nil, io.EOF
	}
	return copy(b, d), c.LocalAddr(), nil
}

func (c peerPipe) WriteTo(b []byte, _ net.Addr) (int, error) { c.p.write(b); return len(b), nil }
func (c peerPipe) LocalAddr() net.Addr                       { return net.UDPAddrFromAddrPort(c.p.server) }
func (c peerPipe) Close() error                              { c.p.wake(); return nil }
func (c peerPipe) SetDeadline(t time.Time) error             { return c.SetReadDeadline(t) }
func (c peerPipe) SetWriteDeadline(time.Time) error          { return nil }

// SetReadDeadline is how pion interrupts a read.
func (c peerPipe) SetReadDeadline(t time.Time) error {
	if !t.IsZero() && !t.After(time.Now()) {
		c.p.wake()
	}
	return nil
}

func (p *rawPeer) wake() {
	select {
	case p.dtls <- nil:
	default:
	}
}

type silent struct{}

func (silent) NewLogger(string) logging.LeveledLogger { return &logging.DefaultLeveledLogger{} }
