package session

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

const cardFormat = 1

// maxID bounds meeting and participant ids.
const maxID = 64

// Errors of a card's verification.
var (
	ErrCardSignature = errors.New("session: the meeting card is not signed by its root")
	ErrCardRoot      = errors.New("session: the meeting card is not the one that the link names")
)

// CardSettings are what a meeting starts with.
type CardSettings struct {
	Lobby, Locked bool
	Admit         Admit
	Takeover      Takeover
	Unsupported   Unsupported
	Required      bool // end-to-end encryption can never be off
	E2EE          bool // it is on from the start
}

// Card is the meeting card: what the root key says about a meeting. The server
// stores it; whoever has a link checks it.
type Card struct {
	MeetingID  string
	Version    uint32 // rises with every new card of the meeting
	LinkNumber uint32 // of the link that is valid when the meeting starts
	Settings   CardSettings
	Suite      mls.CipherSuite
	Root       ed25519.PublicKey
	Signature  []byte
}

func (c *Card) policies() policies {
	s := &c.Settings
	return policies{
		e2ee: s.E2EE, required: s.Required, lobby: s.Lobby, locked: s.Locked,
		admit: s.Admit, takeover: s.Takeover, unsupported: s.Unsupported,
	}
}

// body is what the root signs.
func (c *Card) body() writer {
	var w writer
	w.u8(cardFormat)
	w.text(c.MeetingID)
	w.u32(c.Version)
	w.u32(c.LinkNumber)
	c.policies().write(&w)
	w.u16(uint16(c.Suite))
	w.fixed(c.Root, ed25519.PublicKeySize)
	return w
}

// Encode returns the card's only encoding.
func (c *Card) Encode() ([]byte, error) {
	w := c.body()
	w.fixed(c.Signature, ed25519.SignatureSize)
	return w.bytes()
}

// Hash names the card in every meeting state; it is zero for a card that cannot
// be encoded.
func (c *Card) Hash() [32]byte {
	b, err := c.Encode()
	if err != nil {
		return [32]byte{}
	}
	return sha256.Sum256(b)
}

// SignCard sets Root and Signature with the root key's seed.
func (c *Card) SignCard(seed []byte) error {
	if len(seed) != ed25519.SeedSize {
		return errSign
	}
	root := KeyDevice(ed25519.NewKeyFromSeed(seed))
	c.Root = root.Public()
	if !c.valid() {
		return ErrFormat
	}
	w := c.body()
	signature, err := sign(root, tuple(labelCard, w.b))
	c.Signature = signature
	return err
}

// ParseCard reads a card. Nothing in it counts before Verify.
func ParseCard(b []byte) (*Card, error) {
	r := reader{rest: b}
	if r.u8() != cardFormat {
		return nil, ErrFormat
	}
	c := &Card{MeetingID: r.text(maxID), Version: r.u32(), LinkNumber: r.u32()}
	p := readPolicies(&r)
	c.Settings = CardSettings{
		Lobby: p.lobby, Locked: p.locked, Admit: p.admit, Takeover: p.takeover,
		Unsupported: p.unsupported, Required: p.required, E2EE: p.e2ee,
	}
	c.Suite = mls.CipherSuite(r.u16())
	c.Root = r.fixed(ed25519.PublicKeySize)
	c.Signature = r.fixed(ed25519.SignatureSize)
	if err := r.end(); err != nil {
		return nil, err
	}
	if !c.valid() {
		return nil, ErrFormat
	}
	return c, nil
}

func (c *Card) valid() bool {
	return validID(c.MeetingID) && c.Version > 0 && c.LinkNumber > 0 && c.policies().valid() &&
		(c.Suite == mls.XWing || c.Suite == mls.X25519AES128)
}

// Verify checks the card with its root key, and that key with the invite.
// Without an invite the signature says only that the card belongs to its root,
// whoever that is.
func (c *Card) Verify(invite *Invite) error {
	w := c.body()
	if w.failed || !c.valid() || !verify(c.Root, tuple(labelCard, w.b), c.Signature) {
		return ErrCardSignature
	}
	if invite != nil && HashRoot(c.Root) != invite.RootHash {
		return ErrCardRoot
	}
	return nil
}

// validID accepts what meeting and participant ids are made of: letters, digits,
// hyphen, underscore.
func validID(id string) bool {
	if id == "" || len(id) > maxID {
		return false
	}
	for i := range len(id) {
		c := id[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}
