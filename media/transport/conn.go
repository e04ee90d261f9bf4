package transport

import (
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/roundel-meet/roundel/core/meeting"
)

// ConnParams are what the SFU knows of a new peer, mostly from its offer.
type ConnParams struct {
	RemoteUfrag       string // a=ice-ufrag; must be there, but an ICE-lite server sends no checks
	RemotePwd         string // a=ice-pwd, likewise
	RemoteFingerprint string // a=fingerprint, "sha-256 AA:BB:…"; sha-384 and sha-512 too
	RemoteCandidates  []RemoteCandidate
	Inbox             *Inbox             // where RTP and RTCP of this peer go
	Owner             any                // for Owner; the transport never looks at it
	OnState           func(State, error) // in order, from a goroutine of its own; may be nil
}

// RemoteCandidate is a candidate the peer announced. It only serves to name the
// type of the 5-tuple that is used in the end.
type RemoteCandidate struct {
	Addr netip.AddrPort
	Type string // host, srflx, prflx or relay
}

// Conn is one peer's connection. Its methods may be called from any goroutine,
// except OpenRTP and OpenRTCP, which belong to the shard that takes from Inbox.
type Conn struct {
	// immutable
	socket      *Socket
	inbox       *Inbox
	owner       any
	fingerprint fingerprint
	candidates  []RemoteCandidate
	onState     func(State, error)
	created     int64
	dtls        *handshake

	// in and out of the packet path
	remote    atomic.Pointer[remote]  // selected 5-tuple; nil: nothing may be sent
	session   atomic.Pointer[session] // SRTP keys; nil until DTLS is done
	lastCheck atomic.Int64            // Now of the last valid binding request; 0 before the first
	closed    atomic.Bool

	// paths is taken for connectivity checks, not for media
	paths    sync.Mutex
	tuples   []*tuple
	selected *tuple

	mu       sync.Mutex
	current  *credentials
	previous *credentials // still honoured until the first check with current
	state    State
	failure  error // why DTLS failed for good
	facts    meeting.Media
	pending  []notice
	telling  bool
}

type notice struct {
	state State
	err   error
}

// Owner returns what ConnParams gave.
func (c *Conn) Owner() any { return c.owner }

// Ufrag returns the server's ICE user name fragment for the answer.
func (c *Conn) Ufrag() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current.ufrag
}

// Pwd returns the server's ICE password for the answer.
func (c *Conn) Pwd() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current.pwd
}

// State returns where the connection stands now.
func (c *Conn) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Facts returns the encryption facts, and false before DTLS is done.
func (c *Conn) Facts() (meeting.Media, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	facts := c.facts
	if r := c.remote.Load(); r != nil {
		facts.Candidate, facts.Protocol = c.candidateType(r.addr), r.protocol()
		if r.way != nil && r.way.relayed() {
			facts.Candidate = "relay"
		}
	}
	return facts, c.facts.SRTP != ""
}

// candidateType names the selected 5-tuple: what the peer announced, or
// peer-reflexive (RFC 8445 section 7.3.1.3) for one it did not.
func (c *Conn) candidateType(addr netip.AddrPort) string {
	for _, k := range c.candidates {
		if unmap(k.Addr) == addr {
			return k.Type
		}
	}
	return "prflx"
}

// OpenRTP authenticates and decrypts an RTP packet in place and returns header
// and payload. Only the shard that owns the inbox may call it. Errors are
// ErrNotReady, ErrMalformed, ErrReplayed, ErrAuth and ErrStreams, all without
// allocation.
func (c *Conn) OpenRTP(p *Packet) ([]byte, error) {
	s := c.session.Load()
	if s == nil {
		return nil, ErrNotReady
	}
	return s.open(p.Data)
}

// OpenRTCP is OpenRTP for an RTCP compound packet.
func (c *Conn) OpenRTCP(p *Packet) ([]byte, error) {
	s := c.session.Load()
	if s == nil {
		return nil, ErrNotReady
	}
	return s.openControl(p.Data)
}

// SetRemoteICE starts an ICE restart (RFC 8445 section 9): the peer offered new
// credentials, the returned ones go into the answer. Media flows on over the
// old 5-tuple until the peer nominates another one; DTLS and SRTP stay. The
// peer's own credentials would matter only to a server that sends checks.
func (c *Conn) SetRemoteICE(_, _ string) (newUfrag, newPwd string) {
	fresh := c.socket.newCredentials(c)
	c.mu.Lock()
	drop := c.previous
	c.previous, c.current = c.current, fresh
	c.mu.Unlock()
	c.socket.dropCredentials(drop)
	if c.closed.Load() {
		c.socket.dropCredentials(fresh)
	}
	c.lastCheck.Store(Now())
	c.revive()
	return fresh.ufrag, fresh.pwd
}

// Close ends the connection without a word to the peer and frees its ICE
// credentials and 5-tuples. It does not wait for OnState.
func (c *Conn) Close() error {
	if !c.closed.CompareAndSwap(false, true) {
		return nil
	}
	c.setState(StateClosed, nil)
	c.remote.Store(nil)
	c.socket.forget(c)
	c.dtls.stop()
	return nil
}
