// Package turn is the server's own relay (TURN, RFC 8656) for peers whose network
// lets only TCP or TLS to the port of the pages through. It relays to the SFU of
// this process and nowhere else: what a client sends goes into a transport.Relayed
// without a socket between, and no other peer gets a permission.
package turn

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v5"

	"github.com/roundel-meet/roundel/media/transport"
)

// realm is what the password is for (RFC 8489 section 9.2). It says nothing.
const realm = "roundel"

// maxConns bounds the clients of the relay: each costs three goroutines.
const maxConns = 1024

// Why there is no relayed address.
var (
	errFamily = errors.New("turn: the SFU has no address of this family")
	errFull   = errors.New("turn: too many relayed addresses")
	errTCP    = errors.New("turn: no TCP is relayed")
)

// Server is a relay. It has no port of its own: connections are given to it.
type Server struct {
	// immutable
	socket *transport.Socket
	server *turn.Server
	conns  *accepted
	secret []byte
	peers  map[netip.AddrPort]bool // the SFU's addresses

	mu    sync.Mutex
	ports map[uint16]bool // of relayed addresses
	last  uint16
}

// New makes a relay to socket.
func New(socket *transport.Socket) (*Server, error) {
	s := &Server{
		socket: socket, secret: make([]byte, 32), peers: map[netip.AddrPort]bool{},
		ports: map[uint16]bool{}, conns: newAccepted(),
	}
	_, _ = rand.Read(s.secret) // never fails (crypto/rand)
	for _, c := range socket.Candidates() {
		s.peers[c] = true
	}
	var err error
	s.server, err = turn.NewServer(turn.ServerConfig{
		Realm: realm, AuthHandler: s.authenticate, LoggerFactory: quiet{},
		ListenerConfigs: []turn.ListenerConfig{{Listener: s.conns, RelayAddressGenerator: s, PermissionHandler: s.permits}},
	})
	if err != nil {
		return nil, fmt.Errorf("turn: %w", err)
	}
	return s, nil
}

// Serve takes over a connection of a client, whose TLS is done if there is any. The
// relay closes it.
func (s *Server) Serve(conn net.Conn) { s.conns.put(conn) }

// Close ends the relay and its connections.
func (s *Server) Close() error { return s.server.Close() }

// Credentials returns a user name and a password that are good for a while (as in
// draft-uberti-behave-turn-rest-00: the name has its end, seconds since 1970).
func (s *Server) Credentials(lifetime time.Duration) (username, password string) {
	unique := make([]byte, 9)
	_, _ = rand.Read(unique)
	username = strconv.FormatInt(time.Now().Add(lifetime).Unix(), 10) + ":" + base64.RawURLEncoding.EncodeToString(unique)
	return username, s.password(username)
}

func (s *Server) password(username string) string {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(username))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// authenticate returns the key of a user name that we gave and that is still good.
func (s *Server) authenticate(r *turn.RequestAttributes) (userID string, key []byte, ok bool) {
	end, _, _ := strings.Cut(r.Username, ":")
	at, err := strconv.ParseInt(end, 10, 64)
	if err != nil || time.Now().Unix() > at {
		return "", nil, false
	}
	return r.Username, turn.GenerateAuthKey(r.Username, realm, s.password(r.Username)), true
}

// permits lets a client reach the SFU and nobody else.
func (s *Server) permits(_ net.Addr, peer net.IP) bool {
	ip, _ := netip.AddrFromSlice(peer)
	for p := range s.peers {
		if p.Addr() == ip.Unmap() {
			return true
		}
	}
	return false
}

// Validate implements turn.RelayAddressGenerator.
func (s *Server) Validate() error { return nil }

// AllocatePacketConn implements turn.RelayAddressGenerator: the relayed address is
// one of the SFU's with a port that nobody listens on, for only we send there.
func (s *Server) AllocatePacketConn(c turn.AllocateListenerConfig) (net.PacketConn, net.Addr, error) {
	for _, peer := range s.socket.Candidates() {
		if peer.Addr().Is6() != strings.HasSuffix(c.Network, "6") {
			continue
		}
		port, ok := s.take()
		if !ok {
			return nil, nil, errFull
		}
		r := newRelay(s, netip.AddrPortFrom(peer.Addr(), port))
		return r, r.LocalAddr(), nil
	}
	return nil, nil, errFamily
}

// AllocateListener implements turn.RelayAddressGenerator.
func (s *Server) AllocateListener(turn.AllocateListenerConfig) (net.Listener, net.Addr, error) {
	return nil, nil, errTCP
}

// AllocateConn implements turn.RelayAddressGenerator.
func (s *Server) AllocateConn(turn.AllocateConnConfig) (net.Conn, error) { return nil, errTCP }

// take reserves the port of a relayed address.
func (s *Server) take() (uint16, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.ports) >= maxConns {
		return 0, false
	}
	for s.last++; s.last == 0 || s.ports[s.last]; s.last++ {
	}
	s.ports[s.last] = true
	return s.last, true
}

func (s *Server) give(port uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ports, port)
}

// quiet keeps pion's own log off: a hostile client must not be able to fill ours.
type quiet struct{}

// NewLogger implements logging.LoggerFactory.
func (quiet) NewLogger(string) logging.LeveledLogger { return &logging.DefaultLeveledLogger{} }
