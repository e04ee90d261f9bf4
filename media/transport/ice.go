package transport

import (
	"crypto/rand"
	"encoding/base64"

	"github.com/pion/stun/v3"
)

// credentials are one generation of ICE credentials of a connection (RFC 8445
// section 5.3). Immutable.
type credentials struct {
	conn      *Conn
	ufrag     string
	pwd       string
	integrity stun.MessageIntegrity
}

// randomText returns n bytes of randomness as ICE characters (RFC 8839 section 5.4).
func randomText(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (crypto/rand)
	return base64.RawStdEncoding.EncodeToString(b)
}

// newCredentials makes and registers credentials of c. The ufrag alone has 72
// bits: a stranger who cannot guess it costs one map look-up.
func (s *Socket) newCredentials(c *Conn) *credentials {
	k := &credentials{conn: c, ufrag: randomText(9), pwd: randomText(24)}
	k.integrity = stun.NewShortTermIntegrity(k.pwd)
	s.mu.Lock()
	s.creds[k.ufrag] = k
	s.mu.Unlock()
	return k
}

func (s *Socket) dropCredentials(k *credentials) {
	if k == nil {
		return
	}
	s.mu.Lock()
	delete(s.creds, k.ufrag)
	s.mu.Unlock()
}

// check is a connectivity check (RFC 8445 section 7.3) as far as it was parsed.
type check struct {
	msg       stun.Message
	ufrag     []byte // ours, from USERNAME
	priority  uint32
	nominated bool // USE-CANDIDATE
	conflict  bool // the peer says it is controlled, as we are
}

// parse reads a binding request that has everything a check must have. The
// reader owns k and parses each into the same memory.
func (k *check) parse(b []byte) bool {
	k.msg.Raw = append(k.msg.Raw[:0], b...)
	if k.msg.Decode() != nil || k.msg.Type != stun.BindingRequest || len(b) != stunHeader+int(k.msg.Length) {
		return false
	}
	user, err := k.msg.Get(stun.AttrUsername)
	if err != nil {
		return false
	}
	if k.ufrag = beforeColon(user); k.ufrag == nil {
		return false
	}
	p, err := k.msg.Get(stun.AttrPriority)
	if err != nil || len(p) != 4 {
		return false
	}
	k.priority = uint32(p[0])<<24 | uint32(p[1])<<16 | uint32(p[2])<<8 | uint32(p[3])
	k.nominated = k.msg.Contains(stun.AttrUseCandidate)
	k.conflict = k.msg.Contains(stun.AttrICEControlled)
	return stun.Fingerprint.Check(&k.msg) == nil
}

func beforeColon(user []byte) []byte {
	for i, ch := range user {
		if ch == ':' {
			return user[:i]
		}
	}
	return nil
}

// authentic reports whether the check was made with c's password. pion compares
// in constant time.
func (k *check) authentic(c *credentials) bool {
	return c.integrity.Check(&k.msg) == nil
}

// respond builds the answer to a check into m: success with the mapped address,
// or 487 so that the peer takes the controlling role (RFC 8445 section 7.3.1.1).
func (k *check) respond(m *stun.Message, c *credentials, r *remote) error {
	setters := [4]stun.Setter{stun.NewTransactionIDSetter(k.msg.TransactionID)}
	n := 1
	add := func(s stun.Setter) { setters[n] = s; n++ }
	if k.conflict {
		add(stun.NewType(stun.MethodBinding, stun.ClassErrorResponse))
		add(stun.CodeRoleConflict)
	} else {
		add(stun.BindingSuccess)
		add(&stun.XORMappedAddress{IP: r.addr.Addr().AsSlice(), Port: int(r.addr.Port())})
	}
	add(c.integrity)
	if err := m.Build(setters[:]...); err != nil {
		return err
	}
	return stun.Fingerprint.AddTo(m)
}
