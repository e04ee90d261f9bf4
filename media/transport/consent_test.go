package transport

import (
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"
)

// watched is a connection without a network: its clock is the test's.
func watched(tb testing.TB) (*Conn, chan notice) {
	tb.Helper()
	s := mustSocket(tb, Config{})
	told := make(chan notice, 16)
	c := &Conn{socket: s, inbox: NewInbox(1), onState: func(st State, err error) { told <- notice{st, err} }}
	c.current = s.newCredentials(c)
	c.session.Store(mustPair(tb, profiles["SRTP_AEAD_AES_256_GCM"]).session)
	return c, told
}

// mustTell waits for the next state; nothing else may have come before it.
func mustTell(tb testing.TB, told chan notice, want State, err error) {
	tb.Helper()
	select {
	case n := <-told:
		if n.state != want || !errors.Is(n.err, err) {
			tb.Fatalf("told %v (%v), want %v (%v)", n.state, n.err, want, err)
		}
	case <-time.After(5 * time.Second):
		tb.Fatalf("not told %v", want)
	}
}

// checked acts as the reader does on a valid check at time now.
func (c *Conn) checked(r *remote, now int64) bool {
	if !c.consents(c.current) {
		return false
	}
	c.lastCheck.Store(now)
	c.remote.Store(r)
	c.settle()
	return true
}

// TestConsent walks through the timers of RFC 7675.
func TestConsent(t *testing.T) {
	c, told := watched(t)
	r := newRemote(netip.MustParseAddrPort("127.0.0.1:9"), false)
	at := func(seconds int64) int64 { return seconds * second }
	c.checked(r, at(1))
	mustTell(t, told, StateConnected, nil)
	c.expire(at(10))
	c.expire(at(11))
	mustTell(t, told, StateDisconnected, ErrNoConsent)
	if c.remote.Load() == nil {
		t.Error("sending ended while consent still holds")
	}
	c.checked(r, at(15))
	mustTell(t, told, StateConnected, nil)
	c.expire(at(44))
	mustTell(t, told, StateDisconnected, ErrNoConsent)
	c.expire(at(45))
	mustTell(t, told, StateFailed, ErrNoConsent)
	if c.remote.Load() != nil {
		t.Error("still sending without consent")
	}
	if c.checked(r, at(46)) {
		t.Error("a failed connection came back without a restart")
	}

	ufrag := c.Ufrag()
	if again, _ := c.SetRemoteICE("u", "p"); again == ufrag {
		t.Error("a restart kept the credentials")
	}
	mustTell(t, told, StateDisconnected, nil)
	if !c.checked(r, Now()) {
		t.Error("a restarted connection refuses checks")
	}
	mustTell(t, told, StateConnected, nil)
}

// TestNeverConnected: a peer that never shows up, or never begins DTLS, fails.
func TestNeverConnected(t *testing.T) {
	c, told := watched(t)
	c.expire(int64(FailedAfter) - 1)
	c.expire(int64(FailedAfter))
	mustTell(t, told, StateFailed, ErrNoConsent)

	c, told = watched(t)
	c.session.Store(nil)
	for at := int64(0); at < int64(beginDTLS); at += second {
		c.checked(newRemote(netip.MustParseAddrPort("127.0.0.1:9"), false), at)
		c.expire(at)
	}
	c.expire(int64(beginDTLS))
	mustTell(t, told, StateFailed, ErrHandshake)
	c.SetRemoteICE("u", "p")
	if c.State() != StateFailed {
		t.Error("an ICE restart revived a connection whose DTLS failed")
	}
}

// TestSelects: which 5-tuple is used when several have proved themselves.
func TestSelects(t *testing.T) {
	const low, high = 1, 2
	for _, tt := range []struct {
		name      string
		selected  *tuple // nil: none yet
		candidate *tuple
		nominated bool
		want      bool
	}{
		{"OKFirst", nil, &tuple{priority: low}, true, true},
		{"ErrNotNominated", nil, &tuple{priority: low}, false, false},
		{"OKRebinding", &tuple{priority: low, checked: 10 * second, nominated: 10 * second}, &tuple{priority: low}, true, true},
		{"OKBetter", &tuple{priority: low, checked: 10 * second, nominated: 10 * second}, &tuple{priority: high}, true, true},
		{"ErrAggressive", &tuple{priority: high, checked: 10 * second, nominated: 10 * second}, &tuple{priority: low}, true, false},
		{"OKChangedMind", &tuple{priority: high, checked: 10 * second, nominated: 9 * second}, &tuple{priority: low}, true, true},
		{"ErrPlainCheck", &tuple{priority: low, checked: 10 * second, nominated: 9 * second}, &tuple{priority: high, nominated: second}, false, false},
		{"OKSelectedSilent", &tuple{priority: high, checked: 7 * second, nominated: 7 * second}, &tuple{priority: low, nominated: second}, false, true},
		{"ErrSilentButNeverNominated", &tuple{priority: high, checked: 7 * second, nominated: 7 * second}, &tuple{priority: low}, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &Conn{selected: tt.selected}
			if tt.selected != nil {
				c.remote.Store(&remote{})
			}
			if got := c.selects(tt.candidate, tt.nominated, 10*second); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestTupleLimit: a peer may prove many addresses, but only so many are kept,
// and never is the selected one given up.
func TestTupleLimit(t *testing.T) {
	s := mustSocket(t, Config{})
	if err := s.Close(); err != nil { // its own reader would take what this test's shall
		t.Fatal(err)
	}
	r := newReader(s.ports[0])
	c := &Conn{socket: s}
	learn := func(port uint16, at int64) *tuple {
		addr := netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port)
		tp := r.learn(c, makeRawAddr(addr, false), at)
		tp.checked = at
		return tp
	}
	c.selected = learn(1, 0)
	for i := range 3 * maxTuples {
		learn(uint16(2+i), int64(1+i))
	}
	if len(c.tuples) != maxTuples || len(r.tuples) != maxTuples || c.tuples[0] != c.selected {
		t.Fatalf("%d and %d tuples kept", len(c.tuples), len(r.tuples))
	}
	if last := c.tuples[maxTuples-1].remote.addr.Port(); last != 1+3*maxTuples {
		t.Errorf("the newest kept is port %d", last)
	}
	conn, _ := net.Pipe()
	// A connection of its own takes the place of one, whose reader is another.
	other := &reader{socket: s, way: &tcpStream{conn: conn, wake: make(chan struct{}, 1)}, tuples: map[rawAddr]*tuple{}, stages: map[*Inbox]*stage{}}
	other.learn(c, makeRawAddr(netip.MustParseAddrPort("192.0.2.2:1"), false), 99).checked = 99
	r.bury()
	if len(c.tuples) != maxTuples || len(r.tuples) != maxTuples-1 || len(other.tuples) != 1 {
		t.Errorf("%d tuples: %d by UDP, %d by TCP", len(c.tuples), len(r.tuples), len(other.tuples))
	}
	s.gone = []*Conn{c}
	r.bury()
	if len(c.tuples)+len(r.tuples) != 0 {
		t.Error("a closed connection's tuples are left")
	}
}

// TestReadersForget: what one reader drops of another, that one deletes.
func TestReadersForget(t *testing.T) {
	s := mustSocket(t, Config{Readers: 2})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(s.ports) == 1 {
		t.Skip("this system has one socket a port")
	}
	a, b := newReader(s.ports[0]), newReader(s.ports[1])
	c := &Conn{socket: s}
	addr := func(port uint16) rawAddr {
		return makeRawAddr(netip.AddrPortFrom(netip.MustParseAddr("192.0.2.1"), port), false)
	}
	for i := range maxTuples {
		a.learn(c, addr(uint16(i)), int64(i)).checked = int64(i)
	}
	b.learn(c, addr(100), 100).checked = 100 // in the place of the oldest
	if len(a.tuples) != maxTuples {
		t.Fatalf("%d tuples of the first reader: another touched its table", len(a.tuples))
	}
	a.bury()
	if len(a.tuples) != maxTuples-1 || len(b.tuples) != 1 {
		t.Errorf("%d and %d tuples", len(a.tuples), len(b.tuples))
	}
	s.gone = []*Conn{c}
	b.bury() // not its task
	a.bury()
	if len(a.tuples) != 0 || len(b.tuples) != 1 || len(c.tuples) != 0 {
		t.Errorf("%d and %d tuples of a closed connection", len(a.tuples), len(b.tuples))
	}
	b.bury()
	if len(b.tuples) != 0 {
		t.Error("a closed connection's tuple is left")
	}
}

// TestTakeover: an address passes to another peer only when its owner is gone.
func TestTakeover(t *testing.T) {
	s := mustSocket(t, Config{})
	r := newReader(s.ports[0])
	first, second10 := &Conn{socket: s}, 10*second
	addr := makeRawAddr(netip.MustParseAddrPort("192.0.2.1:7"), false)
	first.current = s.newCredentials(first)
	other := &Conn{socket: s}
	other.current = s.newCredentials(other)
	owner := r.learn(first, addr, 0)
	owner.checked = second
	for _, step := range []struct {
		now  int64
		want *Conn
	}{{second10, first}, {second10 + second, other}} {
		r.accept(other.current, &addr, r.tuples[addr], step.now)
		if got := r.tuples[addr].conn; got != step.want {
			t.Errorf("at %d s the address is the other's: %v", step.now/second, got == other)
		}
	}
	if len(first.tuples) != 0 || len(other.tuples) != 1 {
		t.Error("the address is in the wrong list")
	}
}

// TestCandidateType: the facts name what the peer announced.
func TestCandidateType(t *testing.T) {
	addr := netip.MustParseAddrPort("192.0.2.1:7")
	c := &Conn{candidates: []RemoteCandidate{{netip.MustParseAddrPort("[::ffff:192.0.2.1]:7"), "srflx"}}}
	if got := c.candidateType(addr); got != "srflx" {
		t.Errorf("got %q", got)
	}
	if got := c.candidateType(netip.MustParseAddrPort("192.0.2.1:8")); got != "prflx" {
		t.Errorf("got %q", got)
	}
}
