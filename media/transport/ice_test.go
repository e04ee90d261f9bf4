package transport_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/stun/v3"
	"github.com/roundel-meet/roundel/media/transport"
)

// soon is how long a test waits for something that must not come.
const soon = 150 * time.Millisecond

// TestCheck: what a connectivity check must be to be answered at all.
func TestCheck(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	pwd := p.conn.Pwd()
	raw := func(change func(b []byte) []byte) func() {
		return func() {
			m := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(p.conn.Ufrag()+":peer"),
				stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}},
				stun.NewShortTermIntegrity(pwd), stun.Fingerprint)
			p.write(change(m.Raw))
		}
	}
	for _, tt := range []struct {
		name string
		send func()
		want stun.MessageType // zero: no answer
	}{
		{"OK", func() { p.check(true, pwd) }, stun.BindingSuccess},
		{"OKWithoutNomination", func() { p.check(false, pwd) }, stun.BindingSuccess},
		{"ErrPassword", func() { p.check(true, pwd[1:]+"x") }, stun.MessageType{}},
		{"ErrRole", func() {
			p.check(false, pwd, stun.RawAttribute{Type: stun.AttrICEControlled, Length: 8, Value: make([]byte, 8)})
		}, stun.BindingError},
		{"ErrFingerprint", raw(func(b []byte) []byte { b[len(b)-1] ^= 1; return b }), stun.MessageType{}},
		{"ErrIntegrity", raw(func(b []byte) []byte {
			m := &stun.Message{Raw: b}
			if err := m.Decode(); err != nil {
				t.Fatal(err)
			}
			m.TransactionID[0] ^= 1
			m.Raw = m.Raw[:len(m.Raw)-8] // without FINGERPRINT, which is then made anew
			m.Length -= 8
			m.Attributes = m.Attributes[:len(m.Attributes)-1]
			m.WriteHeader()
			if err := stun.Fingerprint.AddTo(m); err != nil {
				t.Fatal(err)
			}
			return m.Raw
		}), stun.MessageType{}},
		{"ErrTruncated", raw(func(b []byte) []byte { return b[:len(b)-4] }), stun.MessageType{}},
		{"ErrTrailing", raw(func(b []byte) []byte { return append(b, 0, 0, 0, 0) }), stun.MessageType{}},
		{"ErrNoPriority", func() {
			p.write(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(p.conn.Ufrag()+":peer"),
				stun.NewShortTermIntegrity(pwd), stun.Fingerprint).Raw)
		}, stun.MessageType{}},
		{"ErrUfrag", func() {
			p.write(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername("nobody:peer"),
				stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}},
				stun.NewShortTermIntegrity(pwd), stun.Fingerprint).Raw)
		}, stun.MessageType{}},
		{"ErrNoIntegrity", func() {
			p.write(stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(p.conn.Ufrag()+":peer"),
				stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}}, stun.Fingerprint).Raw)
		}, stun.MessageType{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.send()
			wait := soon
			if tt.want != (stun.MessageType{}) {
				wait = within
			}
			m := p.answered(wait)
			switch {
			case m == nil && tt.want == (stun.MessageType{}):
				return
			case m == nil || m.Type != tt.want:
				t.Fatalf("got %v, want %v", m, tt.want)
			}
			if err := stun.NewShortTermIntegrity(pwd).Check(m); err != nil {
				t.Error(err)
			}
			if err := stun.Fingerprint.Check(m); err != nil {
				t.Error(err)
			}
			var mapped stun.XORMappedAddress
			if tt.want == stun.BindingSuccess {
				local := p.udp.LocalAddr().(interface{ AddrPort() netip.AddrPort }).AddrPort()
				if err := mapped.GetFrom(m); err != nil || mapped.Port != int(local.Port()) {
					t.Errorf("mapped %v, %v; want port %d", mapped, err, local.Port())
				}
			}
		})
	}
	if got := s.Stats(); got.BadChecks != 3 {
		t.Errorf("%d bad checks counted, want 3", got.BadChecks)
	}
}

// TestNoMediaBeforeNomination: until the peer has nominated a 5-tuple, nothing
// is sent to it.
func TestNoMediaBeforeNomination(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.check(false, p.conn.Pwd())
	if p.answered(within) == nil {
		t.Fatal("no answer")
	}
	if s.NewEgress().RTP(p.conn, make([]byte, 12), nil) {
		t.Error("sealed for a peer without a 5-tuple")
	}
}

// TestRebind: a peer whose address changes keeps its keys once it nominates the
// new 5-tuple, and only then.
func TestRebind(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	e := s.NewEgress()
	p.mustReceive(e, 1)
	p.mustDeliver(1)

	p.rebind()
	p.send(2) // from an address that proved nothing
	p.check(false, p.conn.Pwd())
	if p.answered(within) == nil {
		t.Fatal("no answer on the new address")
	}
	e.RTP(p.conn, header(2), nil)
	e.Flush()
	if got := p.received(soon); got != nil {
		t.Error("media moved without a nomination")
	}
	p.mustNominate()
	p.mustReceive(e, 3)
	p.mustDeliver(3)
	select {
	case c := <-p.states:
		t.Errorf("moving made it %v", c.state)
	default:
	}
}

// TestRestart: new credentials work, the old ones until then, and the session
// lives on.
func TestRestart(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	oldUfrag, oldPwd := p.conn.Ufrag(), p.conn.Pwd()
	ufrag, pwd := p.conn.SetRemoteICE("next", "nextpasswordnextpassword")
	if ufrag == oldUfrag || pwd == oldPwd || ufrag != p.conn.Ufrag() || pwd != p.conn.Pwd() {
		t.Fatalf("credentials %q %q after %q", ufrag, pwd, oldUfrag)
	}
	old := func() *stun.Message {
		m := stun.MustBuild(stun.TransactionID, stun.BindingRequest, stun.NewUsername(oldUfrag+":peer"),
			stun.RawAttribute{Type: stun.AttrPriority, Length: 4, Value: []byte{1, 2, 3, 4}},
			stun.NewShortTermIntegrity(oldPwd), stun.Fingerprint)
		p.write(m.Raw)
		return p.answered(soon)
	}
	if old() == nil {
		t.Error("old credentials refused before the new ones were used")
	}
	p.rebind()
	p.mustNominate()
	if old() != nil {
		t.Error("old credentials honoured after the new ones were used")
	}
	p.mustReceive(s.NewEgress(), 1)
	p.mustDeliver(1)
}

// TestIPv6: a dual-stack socket serves both families.
func TestIPv6(t *testing.T) {
	s := mustListen(t, transport.Config{
		Listen:    netip.MustParseAddrPort("[::]:0"),
		Advertise: []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")},
	})
	for _, c := range s.Candidates() {
		t.Run(c.Addr().String(), func(t *testing.T) {
			p := mustRawPeer(t, s)
			p.udp.Close()
			p.server = c
			p.rebind()
			p.mustConnect()
			p.mustReceive(s.NewEgress(), 1)
			p.mustDeliver(1)
		})
	}
}

// TestCloseForgets: a closed connection answers nothing and is free to go.
func TestCloseForgets(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	if err := p.conn.Close(); err != nil {
		t.Fatal(err)
	}
	p.mustReach(transport.StateClosed)
	p.check(true, p.conn.Pwd())
	if p.answered(soon) != nil {
		t.Error("a closed connection answers checks")
	}
	if got := s.Stats().Conns; got != 0 {
		t.Errorf("%d connections left", got)
	}
	if _, err := s.Connect(transport.ConnParams{}); err == nil {
		t.Error("a connection without fingerprint was made")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := s.Connect(transport.ConnParams{
		RemoteUfrag: "peer", RemotePwd: "x", RemoteFingerprint: p.print, Inbox: p.inbox,
	})
	if !errors.Is(err, transport.ErrClosed) {
		t.Errorf("got %v, want ErrClosed", err)
	}
}

func header(seq uint16) []byte {
	return []byte{0x80, 96, byte(seq >> 8), byte(seq), 0, 0, 0, 1, 0, 0, 0, 7}
}

// mustReceive sends one packet from the server and expects it at the peer.
func (p *rawPeer) mustReceive(e *transport.Egress, seq uint16) {
	p.tb.Helper()
	if !e.RTP(p.conn, header(seq), []byte("down")) || e.Flush() != 1 {
		p.tb.Fatal("not sent")
	}
	if b := p.received(within); b == nil || string(b[12:]) != "down" {
		p.tb.Fatalf("the peer got %q", b)
	}
}

// received returns what next arrives at the peer, decrypted.
func (p *rawPeer) received(d time.Duration) []byte {
	p.tb.Helper()
	select {
	case b := <-p.srtp:
		plain, err := p.open.DecryptRTP(nil, b, nil)
		if err != nil {
			p.tb.Fatal(err)
		}
		return plain
	case <-time.After(d):
		return nil
	}
}

// send sends one packet from the peer.
func (p *rawPeer) send(seq uint16) {
	p.tb.Helper()
	plain, err := (&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq, SSRC: 9}, Payload: []byte("up")}).Marshal()
	if err != nil {
		p.tb.Fatal(err)
	}
	b, err := p.seal.EncryptRTP(nil, plain, nil)
	if err != nil {
		p.tb.Fatal(err)
	}
	p.write(b)
}

// mustDeliver sends one packet from the peer and expects it, and only it, in
// the inbox.
func (p *rawPeer) mustDeliver(seq uint16) {
	p.tb.Helper()
	p.send(seq)
	l := link{conn: p.conn, inbox: p.inbox}
	got := l.take(p.tb, within)
	if len(got) != 1 || string(got[0][12:]) != "up" || got[0][3] != byte(seq) {
		p.tb.Fatalf("the server got %q, want packet %d", got, seq)
	}
}

// TestFollows: a peer whose NAT gave it another address checks and sends from there
// without a nomination; what it gets goes there. One that only checks a second
// address goes on at the first.
func TestFollows(t *testing.T) {
	s := mustListen(t, transport.Config{})
	p := mustRawPeer(t, s)
	p.mustConnect()
	e := s.NewEgress()
	p.mustReceive(e, 1)

	p.mu.Lock()
	first := p.udp
	p.udp = nil // so that rebind leaves it open
	p.mu.Unlock()
	p.rebind()
	p.mu.Lock()
	moved := p.udp
	p.mu.Unlock()
	p.check(false, p.conn.Pwd())
	if p.answered(within) == nil {
		t.Fatal("no answer at the second address")
	}
	p.mu.Lock()
	p.udp = first
	p.mu.Unlock()
	p.mustDeliver(1)
	if !e.RTP(p.conn, header(2), []byte("down")) || e.Flush() != 1 || p.received(within) == nil {
		t.Fatal("not sent")
	}

	p.mu.Lock()
	p.udp = moved
	p.mu.Unlock()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	p.mustDeliver(2)
	p.mustReceive(e, 3)
}
