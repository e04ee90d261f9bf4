package session

// Refusal says which rule a commit breaks. It is an error to be found with
// errors.As; a commit may break several rules, and any one of them is reported.
type Refusal uint8

// The reasons to refuse a commit.
const (
	RefusedFormat     Refusal = iota + 1 // the state, or a credential, cannot be read
	RefusedContext                       // the caller's state or card is not the group's
	RefusedReference                     // a proposal by reference, or an Update
	RefusedReInit                        // ReInit
	RefusedResumption                    // a resumption PSK
	RefusedPath                          // no update path
	RefusedIdentity                      // the committer changed its own credential or key
	RefusedDuplicate                     // a newcomer's participant id is already in the tree
	RefusedPSK                           // not exactly the current link's PSK where one is due, or another PSK
	RefusedLocked                        // somebody new although the meeting is locked
	RefusedLobby                         // somebody new although the lobby is on
	RefusedBanned                        // a banned device
	RefusedExternal                      // an external commit with more than a PSK and the own leaf's Remove
	RefusedRemove                        // an external commit that removes somebody else's leaf
	RefusedExtensions                    // extensions other than {required_capabilities, state}
	RefusedAuthority                     // a state by somebody who may not make one
	RefusedTakeover                      // a takeover that the state does not allow now
	RefusedMeeting                       // the state is of another meeting, group or card
	RefusedSequence                      // the state does not follow its predecessor
	RefusedRequired                      // encryption off, or no longer required, although required
	RefusedHosts                         // a host without a grant chain to the root
	RefusedLink                          // the link number does not stay or rise by one
	RefusedBan                           // a ban without removal or without a new link
	RefusedEntry                         // a newcomer's epoch of entry is not stated as it is
)

var refusals = [...]string{
	RefusedFormat:     "unreadable",
	RefusedContext:    "not the group's state or card",
	RefusedReference:  "proposal by reference or update",
	RefusedReInit:     "reinit",
	RefusedResumption: "resumption PSK",
	RefusedPath:       "no path",
	RefusedIdentity:   "committer changed its identity",
	RefusedDuplicate:  "participant is already in the group",
	RefusedPSK:        "wrong PSKs",
	RefusedLocked:     "meeting is locked",
	RefusedLobby:      "lobby is on",
	RefusedBanned:     "device is banned",
	RefusedExternal:   "external commit does too much",
	RefusedRemove:     "external commit removes somebody else",
	RefusedExtensions: "wrong extensions",
	RefusedAuthority:  "not a host",
	RefusedTakeover:   "takeover is not allowed",
	RefusedMeeting:    "state of another meeting, group or card",
	RefusedSequence:   "state does not follow its predecessor",
	RefusedRequired:   "encryption is required",
	RefusedHosts:      "host without grants",
	RefusedLink:       "wrong link number",
	RefusedBan:        "ban without removal or new link",
	RefusedEntry:      "wrong epoch of entry",
}

// Error says the rule; it names nobody.
func (r Refusal) Error() string {
	if int(r) < len(refusals) && refusals[r] != "" {
		return "session: commit refused: " + refusals[r]
	}
	return "session: commit refused"
}
