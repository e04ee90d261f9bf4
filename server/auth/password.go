package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/secure/precis"

	"github.com/roundel-meet/roundel/core/meeting"
)

// The lengths of a password, in characters after normalisation.
const (
	MinPassword = 10
	MaxPassword = 256
)

// Cost is the work of one Argon2id hash (RFC 9106, section 3.1).
type Cost struct {
	Passes uint32 // t
	Memory uint32 // m, in KiB
	Lanes  uint8  // p
}

// DefaultCost is the second recommended option of RFC 9106, section 4 (t = 3,
// m = 64 MiB, 16-byte salt, 32-byte tag) with one lane instead of four: memory
// and passes are what an attacker pays, while lanes would let one sign-in take
// every core of a machine that forwards media.
var DefaultCost = Cost{Passes: 3, Memory: 64 << 10, Lanes: 1}

const (
	saltSize = 16
	tagSize  = 32
)

// maxWaiting is how many hashes may wait for their turn before more are refused.
const maxWaiting = 32

// hasher makes and checks password hashes, only so many at once.
type hasher struct {
	cost    Cost
	turns   chan struct{} // one element for each hash that runs
	waiting chan struct{} // one element for each that runs or waits
	decoy   string        // the hash of a password that nobody has
}

func newHasher(cost Cost, atOnce int) *hasher {
	h := &hasher{
		cost:    cost,
		turns:   make(chan struct{}, atOnce),
		waiting: make(chan struct{}, atOnce+maxWaiting),
	}
	// Its tag is random: no password leads to it, yet checking costs the same.
	h.decoy = encode(cost, random(saltSize), random(tagSize))
	return h
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails (package crypto/rand)
	return b
}

// normalize returns the form of a password that is hashed (RFC 8265, section
// 4.2), so that it matches from every keyboard, or an invalid Error.
func normalize(password string) (string, error) {
	s, err := precis.OpaqueString.String(password)
	if err != nil && password != "" || !utf8.ValidString(password) {
		// The cause would quote the character; keep it out of logs altogether.
		return "", meeting.Errorf(meeting.CodeInvalid, "The password has characters that a password cannot have.")
	}
	switch n := utf8.RuneCountInString(s); {
	case n < MinPassword:
		return "", meeting.Errorf(meeting.CodeInvalid, "The password needs at least %d characters.", MinPassword)
	case n > MaxPassword:
		return "", meeting.Errorf(meeting.CodeInvalid, "The password is longer than %d characters.", MaxPassword)
	}
	return s, nil
}

// hash returns the PHC string of a normalized password.
func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	salt := random(saltSize)
	tag, err := h.derive(ctx, password, salt, h.cost, tagSize)
	if err != nil {
		return "", err
	}
	return encode(h.cost, salt, tag), nil
}

// check reports whether password leads to phc. An empty phc costs the same time
// and never matches, so that the answer does not tell whether a user exists.
func (h *hasher) check(ctx context.Context, phc, password string) (bool, error) {
	exists := phc != ""
	if !exists {
		phc = h.decoy
	}
	cost, salt, want, err := decode(phc)
	if err != nil {
		return false, err
	}
	got, err := h.derive(ctx, password, salt, cost, len(want))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1 && exists, nil
}

// derive runs Argon2id when its turn has come. It returns an unavailable Error
// when too many wait already or ctx ends first.
func (h *hasher) derive(ctx context.Context, password string, salt []byte, cost Cost, size int) ([]byte, error) {
	select {
	case h.waiting <- struct{}{}:
		defer func() { <-h.waiting }()
	default:
		return nil, meeting.Errorf(meeting.CodeUnavailable, "Too many people are signing in at once. Please try again.")
	}
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-ctx.Done():
		return nil, meeting.Wrap(meeting.CodeUnavailable, ctx.Err(), "Signing in took too long. Please try again.")
	}
	return argon2.IDKey([]byte(password), salt, cost.Passes, cost.Memory, cost.Lanes, uint32(size)), nil
}

// encode returns the PHC string of a hash, the form that most tools know.
func encode(c Cost, salt, tag []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, c.Memory, c.Passes, c.Lanes, b64.EncodeToString(salt), b64.EncodeToString(tag))
}

// decode reads what encode wrote. Its errors do not quote the hash.
func decode(phc string) (c Cost, salt, tag []byte, err error) {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return Cost{}, nil, nil, fmt.Errorf("password hash: not argon2id")
	}
	var version int
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return Cost{}, nil, nil, fmt.Errorf("password hash: unknown version")
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Passes, &c.Lanes); err != nil ||
		c.Passes == 0 || c.Lanes == 0 {
		return Cost{}, nil, nil, fmt.Errorf("password hash: bad parameters")
	}
	salt, saltErr := base64.RawStdEncoding.DecodeString(parts[4])
	tag, tagErr := base64.RawStdEncoding.DecodeString(parts[5])
	if saltErr != nil || tagErr != nil || len(tag) < 16 {
		return Cost{}, nil, nil, fmt.Errorf("password hash: bad salt or tag")
	}
	return c, salt, tag, nil
}
