package session

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"strconv"
	"strings"
)

// Sizes of the parts of an invite.
const (
	secretSize   = 32
	rootHashSize = 16
	pskSize      = 32
	maxFragment  = 256
)

// Invite is what the fragment of a link holds; it is never sent to the server.
// Whoever has it may join and can check the meeting's card.
type Invite struct {
	LinkNumber uint32   // which of the meeting's links this is, from 1
	Secret     [32]byte // S: the pre-shared key and the knock key come from it
	RootHash   [16]byte // first bytes of SHA-256 of the root public key
	Seed       []byte   // the root key's seed in a host link, else nil
}

// strict refuses non-canonical base64url, so that an invite has one spelling.
var strict = base64.RawURLEncoding.Strict()

// NewRoot makes a meeting's root key and its first link, which is a host link.
// random nil means crypto/rand.
func NewRoot(random io.Reader) (*Invite, error) {
	if random == nil {
		random = rand.Reader
	}
	var seed [ed25519.SeedSize]byte
	i := &Invite{LinkNumber: 1}
	if _, err := io.ReadFull(random, seed[:]); err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(random, i.Secret[:]); err != nil {
		return nil, err
	}
	i.Seed = seed[:]
	i.RootHash = HashRoot(i.Root().Public().(ed25519.PublicKey))
	return i, nil
}

// HashRoot is what a link holds of the root public key.
func HashRoot(root ed25519.PublicKey) (out [16]byte) {
	sum := sha256.Sum256(root)
	copy(out[:], sum[:])
	return out
}

// Root returns the root private key of a host link, nil of any other.
func (i *Invite) Root() ed25519.PrivateKey {
	if len(i.Seed) != ed25519.SeedSize {
		return nil
	}
	return ed25519.NewKeyFromSeed(i.Seed)
}

// Guest returns the invite without the root seed: what is given to others.
func (i *Invite) Guest() *Invite {
	return &Invite{LinkNumber: i.LinkNumber, Secret: i.Secret, RootHash: i.RootHash}
}

// Rotated returns the invite of the next link number. secret is
// MLS-Exporter(LinkLabel, LinkContext(meeting, number), 32) of the epoch that
// the rotating commit made; nil is returned when it is not 32 bytes.
func (i *Invite) Rotated(number uint32, secret []byte) *Invite {
	if len(secret) != secretSize {
		return nil
	}
	next := &Invite{LinkNumber: number, RootHash: i.RootHash, Seed: i.Seed}
	copy(next.Secret[:], secret)
	return next
}

// LinkContext is the exporter context of the secret of a rotated link.
func LinkContext(meetingID string, number uint32) []byte {
	var w writer
	w.text(meetingID)
	w.text(decimal(number))
	return w.b
}

// LinkPSKID is the external PSK id of a link (RFC 9420 8.4).
func LinkPSKID(number uint32) []byte { return []byte(labelLink + " " + decimal(number)) }

// PSKID is the external PSK id of this link.
func (i *Invite) PSKID() []byte { return LinkPSKID(i.LinkNumber) }

// PSK is the external pre-shared key that proves the link to the group. A joiner
// without the link is handed this, never the secret it comes from.
func (i *Invite) PSK(meetingID string) []byte {
	info := tuple(labelLinkPSK, []byte(meetingID), []byte(decimal(i.LinkNumber)))
	return derive(i.Secret[:], info, pskSize)
}

// Fragment is the text after # in a link.
func (i *Invite) Fragment() string {
	parts := []string{
		decimal(i.LinkNumber),
		strict.EncodeToString(i.Secret[:]),
		strict.EncodeToString(i.RootHash[:]),
	}
	if len(i.Seed) == ed25519.SeedSize {
		parts = append(parts, "h", strict.EncodeToString(i.Seed))
	}
	return strings.Join(parts, ".")
}

// ParseFragment reads the text after # in a link. The seed of a host link must
// belong to the root hash, or a forged link could make a device sign for a root
// that nobody else knows.
func ParseFragment(s string) (*Invite, error) {
	if len(s) > maxFragment {
		return nil, ErrFormat
	}
	parts := strings.Split(strings.TrimPrefix(s, "#"), ".")
	if len(parts) != 3 && (len(parts) != 5 || parts[3] != "h") {
		return nil, ErrFormat
	}
	number, err := strconv.ParseUint(parts[0], 10, 32)
	if err != nil || number == 0 || strconv.FormatUint(number, 10) != parts[0] {
		return nil, ErrFormat
	}
	i := &Invite{LinkNumber: uint32(number)}
	if !decode(i.Secret[:], parts[1]) || !decode(i.RootHash[:], parts[2]) {
		return nil, ErrFormat
	}
	if len(parts) == 5 {
		i.Seed = make([]byte, ed25519.SeedSize)
		if !decode(i.Seed, parts[4]) {
			return nil, ErrFormat
		}
		if hash := HashRoot(i.Root().Public().(ed25519.PublicKey)); !bytes.Equal(hash[:], i.RootHash[:]) {
			return nil, ErrFormat
		}
	}
	return i, nil
}

// decode fills out with base64url text of exactly its length.
func decode(out []byte, text string) bool {
	if len(text) != strict.EncodedLen(len(out)) || strings.ContainsAny(text, "\r\n") {
		return false
	}
	_, err := strict.Decode(out, []byte(text))
	return err == nil
}

func decimal(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
