package session

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"slices"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

const stateFormat = 1

// Bounds of a state.
const (
	MaxHosts  = 50
	MaxBanned = 500
	// GroupIDSize is the length of a meeting's MLS group id.
	GroupIDSize = 16
	hashSize    = sha256.Size
)

// StateExtension is the private-use type of the GroupContext extension that
// holds the meeting state (RFC 9420 section 13.1).
const StateExtension uint16 = 0xF0D3

// State is the signed meeting state, which all members of the group agree on.
// Sequence 0 equals the card. Each later one is signed by the device of the host
// who made it and holds the hash of the one before.
type State struct {
	Format      uint8
	MeetingID   string
	GroupID     []byte
	CardHash    [32]byte
	Sequence    uint32
	E2EE        bool
	Required    bool
	Lobby       bool
	Locked      bool
	Admit       Admit
	LinkNumber  uint32
	Hosts       []Host // ascending by device key
	Takeover    Takeover
	Banned      []ed25519.PublicKey // ascending
	Unsupported Unsupported
	Parent      []byte            // hash of the previous state; nil at sequence 0
	Signer      ed25519.PublicKey // one of Hosts; nil at sequence 0 when no host made the group
	Signature   []byte
}

// FirstState is sequence 0 of a group: what the card says. host is the entry of
// the device that makes the group when it has the root key, and then the state
// must be signed; otherwise nil.
func FirstState(card *Card, groupID []byte, host *Host) *State {
	p := card.policies()
	s := &State{
		Format: stateFormat, MeetingID: card.MeetingID, GroupID: slices.Clone(groupID),
		CardHash: card.Hash(), LinkNumber: card.LinkNumber,
		E2EE: p.e2ee, Required: p.required, Lobby: p.lobby, Locked: p.locked,
		Admit: p.admit, Takeover: p.takeover, Unsupported: p.unsupported,
	}
	if host != nil {
		s.Hosts = []Host{host.clone()}
		s.Signer = slices.Clone(host.Device)
	}
	return s
}

// Next is a copy to be changed and signed by signer: sequence + 1, with the hash
// of s as parent.
func (s *State) Next(signer ed25519.PublicKey) *State {
	n := s.Clone()
	n.Sequence++
	hash := s.Hash()
	n.Parent = hash[:]
	n.Signer, n.Signature = slices.Clone(signer), nil
	return n
}

// Clone returns a deep copy.
func (s *State) Clone() *State {
	n := *s
	n.GroupID, n.Parent = slices.Clone(s.GroupID), slices.Clone(s.Parent)
	n.Signer, n.Signature = slices.Clone(s.Signer), slices.Clone(s.Signature)
	n.Hosts, n.Banned = nil, nil
	for _, h := range s.Hosts {
		n.Hosts = append(n.Hosts, h.clone())
	}
	for _, b := range s.Banned {
		n.Banned = append(n.Banned, slices.Clone(b))
	}
	return &n
}

// Host returns the entry of a device.
func (s *State) Host(device ed25519.PublicKey) (Host, bool) {
	i, ok := s.hostIndex(device)
	if !ok {
		return Host{}, false
	}
	return s.Hosts[i], true
}

// IsHost reports whether a device is a host.
func (s *State) IsHost(device ed25519.PublicKey) bool {
	_, ok := s.hostIndex(device)
	return ok
}

// IsBanned reports whether a device is banned.
func (s *State) IsBanned(device ed25519.PublicKey) bool {
	_, ok := slices.BinarySearchFunc(s.Banned, device, compareKeys)
	return ok
}

// SetHost adds a host or replaces its entry.
func (s *State) SetHost(h Host) {
	i, ok := s.hostIndex(h.Device)
	if ok {
		s.Hosts[i] = h.clone()
		return
	}
	s.Hosts = slices.Insert(s.Hosts, i, h.clone())
}

// DropHost takes a device from the hosts.
func (s *State) DropHost(device ed25519.PublicKey) {
	if i, ok := s.hostIndex(device); ok {
		s.Hosts = slices.Delete(s.Hosts, i, i+1)
	}
}

// Ban bans a device and takes it from the hosts. The commit must remove its
// leaves and raise the link number.
func (s *State) Ban(device ed25519.PublicKey) {
	s.DropHost(device)
	if i, ok := slices.BinarySearchFunc(s.Banned, device, compareKeys); !ok {
		s.Banned = slices.Insert(s.Banned, i, slices.Clone(device))
	}
}

// Unban lifts a ban.
func (s *State) Unban(device ed25519.PublicKey) {
	if i, ok := slices.BinarySearchFunc(s.Banned, device, compareKeys); ok {
		s.Banned = slices.Delete(s.Banned, i, i+1)
	}
}

func (s *State) hostIndex(device ed25519.PublicKey) (int, bool) {
	return slices.BinarySearchFunc(s.Hosts, device, func(h Host, key ed25519.PublicKey) int {
		return bytes.Compare(h.Device, key)
	})
}

func compareKeys(a, b ed25519.PublicKey) int { return bytes.Compare(a, b) }

func (s *State) policies() policies {
	return policies{
		e2ee: s.E2EE, required: s.Required, lobby: s.Lobby, locked: s.Locked,
		admit: s.Admit, takeover: s.Takeover, unsupported: s.Unsupported,
	}
}

// body is everything but the signature.
func (s *State) body() writer {
	var w writer
	w.u8(s.Format)
	w.text(s.MeetingID)
	w.fixed(s.GroupID, GroupIDSize)
	w.raw(s.CardHash[:])
	w.u32(s.Sequence)
	s.policies().write(&w)
	w.u32(s.LinkNumber)
	w.count(len(s.Hosts))
	for _, h := range s.Hosts {
		h.write(&w)
	}
	w.count(len(s.Banned))
	for _, b := range s.Banned {
		w.fixed(b, ed25519.PublicKeySize)
	}
	w.vec(s.Parent)
	w.vec(s.Signer)
	return w
}

// ToSign is what the Signer's device signs, nil for a state that cannot be.
func (s *State) ToSign() []byte {
	w := s.body()
	if w.failed || !s.valid() {
		return nil
	}
	return tuple(labelState, w.b)
}

// Sign sets Signer and Signature.
func (s *State) Sign(d Device) (err error) {
	s.Signer = d.Public()
	s.Signature, err = sign(d, s.ToSign())
	return err
}

// Encode returns the state's only encoding.
func (s *State) Encode() ([]byte, error) {
	w := s.body()
	w.vec(s.Signature)
	return w.bytes()
}

// Hash is what the next state holds as Parent.
func (s *State) Hash() [32]byte {
	b, err := s.Encode()
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(b)
}

// ParseState reads a state and checks everything that needs no other knowledge,
// its signature included. Who its signer is, VerifyStep and VerifyChain say.
func ParseState(b []byte) (*State, error) {
	s, err := decodeState(b)
	if err != nil {
		return nil, err
	}
	if !s.valid() || !s.signed() {
		return nil, ErrFormat
	}
	return s, nil
}

// decodeState reads the fields without looking at what they say.
func decodeState(b []byte) (*State, error) {
	r := reader{rest: b}
	s := &State{Format: r.u8(), MeetingID: r.text(maxID), GroupID: r.fixed(GroupIDSize)}
	copy(s.CardHash[:], r.take(hashSize))
	s.Sequence = r.u32()
	p := readPolicies(&r)
	s.E2EE, s.Required, s.Lobby, s.Locked = p.e2ee, p.required, p.lobby, p.locked
	s.Admit, s.Takeover, s.Unsupported = p.admit, p.takeover, p.unsupported
	s.LinkNumber = r.u32()
	for range r.count(MaxHosts, ed25519.PublicKeySize+2) {
		s.Hosts = append(s.Hosts, readHost(&r))
	}
	for range r.count(MaxBanned, ed25519.PublicKeySize) {
		s.Banned = append(s.Banned, r.fixed(ed25519.PublicKeySize))
	}
	s.Parent = r.vec(hashSize)
	s.Signer = r.vec(ed25519.PublicKeySize)
	s.Signature = r.vec(ed25519.SignatureSize)
	return s, r.end()
}

// signed checks the signature; a state without signer must have none.
func (s *State) signed() bool {
	if len(s.Signer) == 0 {
		return len(s.Signature) == 0
	}
	return verify(s.Signer, s.ToSign(), s.Signature)
}

// valid holds what must be true of any state by itself:
// the lists are in order and bounded, no host is banned, the signer is a host,
// and at most one host has no grants, which takes a takeover policy.
func (s *State) valid() bool {
	if s.Format != stateFormat || !validID(s.MeetingID) || len(s.GroupID) != GroupIDSize ||
		s.LinkNumber == 0 || !s.policies().valid() || len(s.Hosts) > MaxHosts || len(s.Banned) > MaxBanned {
		return false
	}
	ungranted := 0
	for i, h := range s.Hosts {
		if i > 0 && compareKeys(s.Hosts[i-1].Device, h.Device) >= 0 || s.IsBanned(h.Device) ||
			len(h.Device) != ed25519.PublicKeySize || len(h.Grants) > MaxGrants {
			return false
		}
		if len(h.Grants) == 0 {
			ungranted++
		}
	}
	if ungranted > 1 || ungranted == 1 && s.Takeover == TakeoverNone {
		return false
	}
	for i, b := range s.Banned {
		if len(b) != ed25519.PublicKeySize || i > 0 && compareKeys(s.Banned[i-1], b) >= 0 {
			return false
		}
	}
	if s.Sequence == 0 {
		return len(s.Parent) == 0 && (len(s.Signer) == 0) == (len(s.Hosts) == 0) &&
			(len(s.Signer) == 0 || s.IsHost(s.Signer))
	}
	return len(s.Parent) == hashSize && s.IsHost(s.Signer)
}

// GroupExtensions are the GroupContext extensions of a meeting's group: exactly
// {required_capabilities, state}, to which commits that add put the list of
// EntryExtension.
func GroupExtensions(s *State) ([]mls.Extension, error) {
	data, err := s.Encode()
	if err != nil {
		return nil, err
	}
	return []mls.Extension{requiredCapabilities(), {Type: StateExtension, Data: data}}, nil
}

// requiredCapabilities makes the state, the list of entries and our credential
// mandatory for every leaf (RFC 9420 section 11.1).
func requiredCapabilities() mls.Extension {
	return mls.RequiredCapabilities([]uint16{StateExtension, EntryExtension}, nil, []uint16{CredentialType})
}
