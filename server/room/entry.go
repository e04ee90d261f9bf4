package room

import (
	"crypto/sha256"
	"crypto/subtle"

	"github.com/roundel-meet/roundel/core/meeting"
)

// The reasons for which a newcomer waits, as wire.Lobby carries them.
const (
	waitLobby = "lobby" // until someone admits them
	waitHost  = "host"  // until the host is there
	waitE2EE  = "e2ee"  // until a host ends encryption for them, or not
)

// entry is what decides whether somebody new is let in.
type entry struct {
	settings    meeting.Settings
	owner       bool // the meeting is theirs
	banned      bool
	passcode    string // as they gave it
	full        bool
	hostPresent bool
	sealed      bool // only clients that take part in end-to-end encryption may enter
	capable     bool // this one does
	offered     bool // hosts are asked about one that does not
}

// verdict returns "" for in, a reason to wait, or an Error for out. An owner
// passes every door of their own meeting but the one of encryption.
func (e entry) verdict() (wait string, err error) {
	switch outside := e.sealed && !e.capable; {
	case e.owner && outside && !e.offered:
		return "", errE2EERequired
	case e.owner && outside:
		return waitE2EE, nil
	case e.owner:
		return "", nil
	case e.banned:
		return "", meeting.Errorf(meeting.CodeBanned, "You were removed from this meeting.")
	case e.settings.Locked:
		return "", meeting.Errorf(meeting.CodeLocked, "The meeting is locked.")
	case e.settings.Passcode != "" && e.passcode == "":
		return "", meeting.Errorf(meeting.CodePasscodeRequired, "This meeting needs a passcode.")
	case !equalSecrets(e.settings.Passcode, e.passcode):
		return "", meeting.Errorf(meeting.CodePasscodeWrong, "The passcode is not right.")
	case e.full:
		return "", errFull
	case outside && !e.offered:
		return "", errE2EERequired
	case outside:
		return waitE2EE, nil
	case !e.settings.JoinBeforeHost && !e.hostPresent:
		return waitHost, nil
	case e.settings.Lobby:
		return waitLobby, nil
	}
	return "", nil
}

var errFull = meeting.Errorf(meeting.CodeFull, "The meeting is full.")

// equalSecrets compares in constant time. No passcode fits anything.
func equalSecrets(want, got string) bool {
	w, g := sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got))
	return want == "" || subtle.ConstantTimeCompare(w[:], g[:]) == 1
}
