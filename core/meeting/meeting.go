// Package meeting has the words of the domain: who takes part, in which role,
// with which media, through which leg, under which settings. It is pure data
// with validation; it keeps no state and performs no I/O.
package meeting

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits of what people type, in runes.
const (
	MaxName     = 64
	MaxTitle    = 120
	MaxPasscode = 32
	MaxChat     = 4000
)

// Role is what a participant may do in a meeting.
type Role string

// The roles, from most to least power. A meeting has at most one host at a time.
const (
	RoleHost        Role = "host"
	RoleCoHost      Role = "cohost"
	RoleParticipant Role = "participant"
)

// Valid reports whether r is one of the roles.
func (r Role) Valid() bool {
	return r == RoleHost || r == RoleCoHost || r == RoleParticipant
}

// Moderates reports whether r may admit, mute, remove, lock and spotlight.
func (r Role) Moderates() bool { return r == RoleHost || r == RoleCoHost }

// Kind is what a published track carries.
type Kind string

// The kinds of track. Each participant publishes at most one of each.
const (
	KindMic         Kind = "mic"
	KindCamera      Kind = "camera"
	KindScreen      Kind = "screen"
	KindScreenAudio Kind = "screenAudio"
)

// Kinds lists every kind in the order of their m-lines in an offer.
var Kinds = [...]Kind{KindMic, KindCamera, KindScreen, KindScreenAudio}

// Valid reports whether k is one of Kinds.
func (k Kind) Valid() bool {
	return k == KindMic || k == KindCamera || k == KindScreen || k == KindScreenAudio
}

// Audio reports whether k is sound.
func (k Kind) Audio() bool { return k == KindMic || k == KindScreenAudio }

// Meeting is a meeting as the store keeps it. It outlives its live room.
type Meeting struct {
	ID        string // UUIDv7
	AccountID string // UUIDv7
	OwnerID   string // user who is the host when present; UUIDv7
	Number    string // ten digits, as in links and for phones
	Title     string
	Settings  Settings
	Card      []byte // the signed meeting card, or nil; opaque here
	E2EE      bool   // starts end-to-end encrypted
	CreatedAt time.Time
	EndedAt   time.Time // zero while the meeting may be joined
}

// Settings are what a host can change in a meeting.
type Settings struct {
	Lobby          bool   `json:"lobby"`                  // newcomers wait until a host or co-host admits them
	Locked         bool   `json:"locked"`                 // nobody new may enter or knock
	Passcode       string `json:"passcode"`               // "" for none
	JoinBeforeHost bool   `json:"joinBeforeHost"`         // people may meet without the host
	Takeover       bool   `json:"takeover"`               // the longest-present person becomes host when the host leaves
	MembersAdmit   bool   `json:"membersAdmit,omitempty"` // everybody in the meeting may let people in from the lobby
}

// DefaultSettings are those of an instant meeting.
func DefaultSettings() Settings { return Settings{JoinBeforeHost: true} }

// Validate reports the first setting that cannot be, as an invalid Error.
func (s Settings) Validate() error {
	if utf8.RuneCountInString(s.Passcode) > MaxPasscode || !utf8.ValidString(s.Passcode) {
		return Errorf(CodeInvalid, "The passcode is longer than %d characters.", MaxPasscode)
	}
	return nil
}

// CleanName returns name as it may be shown to others: valid UTF-8, trimmed,
// inner white space collapsed, control and bidirectional-override characters
// removed, or an invalid Error when nothing is left or it is over MaxName.
func CleanName(name string) (string, error) {
	return clean(name, MaxName, "name")
}

// CleanTitle is CleanName for meeting titles.
func CleanTitle(title string) (string, error) {
	return clean(title, MaxTitle, "title")
}

func clean(s string, limit int, what string) (string, error) {
	if !utf8.ValidString(s) {
		return "", Errorf(CodeInvalid, "The %s is not valid text.", what)
	}
	s = strings.Join(strings.Fields(strings.Map(printable, s)), " ")
	switch n := utf8.RuneCountInString(s); {
	case n == 0:
		return "", Errorf(CodeInvalid, "The %s is empty.", what)
	case n > limit:
		return "", Errorf(CodeInvalid, "The %s is longer than %d characters.", what, limit)
	}
	return s, nil
}

// printable drops what could disguise a name: controls other than white space,
// and formatting characters other than the joiners that emoji and some scripts
// need.
func printable(r rune) rune {
	const zwnj, zwj = '\u200c', '\u200d'
	if unicode.IsSpace(r) {
		return r
	}
	if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) && r != zwnj && r != zwj {
		return -1
	}
	return r
}

// NumberLength is the count of digits of a meeting number.
const NumberLength = 10

// ParseNumber returns the digits of a meeting number that a person typed with
// spaces or dashes, or an invalid Error.
func ParseNumber(s string) (string, error) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || r == '-' || r == '\u00a0':
		default:
			return "", Errorf(CodeInvalid, "A meeting number has %d digits.", NumberLength)
		}
	}
	if b.Len() != NumberLength {
		return "", Errorf(CodeInvalid, "A meeting number has %d digits.", NumberLength)
	}
	return b.String(), nil
}
