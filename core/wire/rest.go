package wire

import (
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// User is a signed-in person.
type User struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Role string `json:"role"` // owner, admin or member of the account
}

// Info is the answer of GET /api/v1/info, for everyone.
type Info struct {
	Server     string             `json:"server"`     // product and version
	Claimed    bool               `json:"claimed"`    // the owner has set a password
	User       *User              `json:"user"`       // who is signed in, or null
	Signalling meeting.Signalling `json:"signalling"` // this connection's TLS facts
	LocalCA    bool               `json:"localCA"`    // the certificate comes from this server's own CA, offered at /ca.crt
}

// Claim is the body of POST /api/v1/owner: sets the owner's name and password.
// Token is the one in the first-run link's fragment.
type Claim struct {
	Token    string `json:"token"`
	Name     string `json:"name"`
	Password string `json:"password"`
}

// SignIn is the body of POST /api/v1/session.
type SignIn struct {
	Name     string `json:"name"`
	Password string `json:"password"`
}

// Session answers POST /api/v1/owner and POST /api/v1/session; the session
// itself is a cookie that scripts cannot read.
type Session struct {
	User User `json:"user"`
}

// NewMeeting is the body of POST /api/v1/meetings.
type NewMeeting struct {
	Title    string            `json:"title,omitempty"`
	Settings *meeting.Settings `json:"settings,omitempty"` // nil for the defaults
}

// Meeting answers POST /api/v1/meetings, and GET /api/v1/meetings lists the own ones.
type Meeting struct {
	ID        string           `json:"id"`
	Number    string           `json:"number"`
	Title     string           `json:"title"`
	Settings  meeting.Settings `json:"settings"`
	CreatedAt time.Time        `json:"createdAt"`
	Path      string           `json:"path"` // "/j/NUMBER"
}

// MeetingInfo answers GET /api/v1/meetings/{number}: what a guest may know
// before joining.
type MeetingInfo struct {
	Number           string `json:"number"`
	Title            string `json:"title"`
	PasscodeRequired bool   `json:"passcodeRequired"`
	Lobby            bool   `json:"lobby"`
	Locked           bool   `json:"locked"`
	E2EE             bool   `json:"e2ee,omitempty"` // it starts end-to-end encrypted
	Card             []byte `json:"card,omitempty"` // the meeting card, which the server cannot check
}
