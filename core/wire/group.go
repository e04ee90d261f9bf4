package wire

import "time"

// FeatureE2EE is the feature that a client names in its hello when it takes part
// in end-to-end encryption. Only such clients are sent the events of the group.
const FeatureE2EE = "e2ee"

// The requests and events of the delivery service for the meeting's MLS group
// (RFC 9420), which the server orders and passes on without being able to read it.
const (
	TypeGroupOpen      = "group.open"
	TypeGroupFetch     = "group.fetch"
	TypeGroupCommit    = "group.commit"
	TypeGroupInfo      = "group.info"
	TypeGroupRefuse    = "group.refuse"
	TypeGroupKnock     = "group.knock"
	TypeGroupSend      = "group.send"
	TypeGroupCommitted = "group.committed"
	TypeGroupReopened  = "group.reopened"
	TypeGroupKnocks    = "group.knocks"
	TypeGroupMessages  = "group.messages"
)

// Limits of the delivery service, in bytes.
const (
	MaxGroupRequest = 4 << 20  // one group request of a client with a seat
	MaxGroupMessage = 64 << 10 // one application message
	MaxKeyPackage   = 16 << 10 // the KeyPackage of a knock
	MaxKnockField   = 1 << 10  // the proof and the sealed name of a knock
	MaxGroupTo      = 256      // receivers that one message names
)

// GroupOpen makes the meeting's group: the first wins. Info is its GroupInfo.
type GroupOpen struct {
	Info []byte `json:"info"`
}

// GroupReply says whether a group was opened or a commit accepted, and which
// epoch the group is in now. A member whose commit came too late gets the
// commits that it missed, oldest first; when they do not begin with the epoch it
// is in, it has to rejoin.
type GroupReply struct {
	Accepted bool             `json:"accepted"`
	Epoch    uint64           `json:"epoch"`
	Missed   []GroupCommitted `json:"missed,omitempty"`
}

// GroupState answers group.fetch. Info is the newest GroupInfo when it is of
// Epoch; the answer waits for one for two seconds. With Queue a joiner should
// knock instead of committing itself.
type GroupState struct {
	Exists bool   `json:"exists"`
	Epoch  uint64 `json:"epoch"`
	Info   []byte `json:"info,omitempty"`
	Queue  bool   `json:"queue"`
}

// GroupCommit asks to move the group on from Epoch. Welcome is for the people in
// Added, by participant id, also those in the lobby: a commit of the host or a
// co-host lets them in. Info is the GroupInfo of the next epoch.
type GroupCommit struct {
	Epoch   uint64   `json:"epoch"`
	Commit  []byte   `json:"commit"`
	Welcome []byte   `json:"welcome,omitempty"`
	Info    []byte   `json:"info,omitempty"`
	Added   []string `json:"added,omitempty"`
}

// GroupInfo stores the GroupInfo of the current epoch, at most once a second
// unless somebody waits for it.
type GroupInfo struct {
	Epoch uint64 `json:"epoch"`
	Info  []byte `json:"info"`
}

// GroupRefuse says that this device refuses the commit that was accepted for
// Epoch. When more than half of the connected clients that can take part say so,
// the epoch reopens without the one who committed.
type GroupRefuse struct {
	Epoch uint64 `json:"epoch"`
}

// GroupKnock asks the members to be added. A later one replaces the own earlier
// one. SealedName is a name that only holders of the link can read.
type GroupKnock struct {
	KeyPackage []byte `json:"keyPackage"`
	Proof      []byte `json:"proof,omitempty"`
	SealedName []byte `json:"sealedName,omitempty"`
}

// GroupSend passes an application message on to everyone who takes part, or to
// the participants in To.
type GroupSend struct {
	Message []byte   `json:"message"`
	To      []string `json:"to,omitempty"`
}

// GroupCommitted says that the group moves on from Epoch. Its sender gets it
// too, before the reply. Welcome is set for those who were added.
type GroupCommitted struct {
	Epoch   uint64 `json:"epoch"`
	From    string `json:"from"` // participant id
	Commit  []byte `json:"commit"`
	Welcome []byte `json:"welcome,omitempty"`
}

// GroupReopened says that the commits from Epoch on are void and that Without
// may not commit for it again.
type GroupReopened struct {
	Epoch   uint64 `json:"epoch"`
	Without string `json:"without"` // participant id
}

// GroupKnocks is the whole list of people who ask to be added, oldest first.
type GroupKnocks struct {
	Knocks []GroupKnocking `json:"knocks"`
}

// GroupKnocking is one person who asks to be added.
type GroupKnocking struct {
	Participant string    `json:"participant"` // the id they have, or will have when they are let in
	Name        string    `json:"name"`        // as the server knows it
	KeyPackage  []byte    `json:"keyPackage"`
	Proof       []byte    `json:"proof,omitempty"`
	SealedName  []byte    `json:"sealedName,omitempty"`
	Lobby       bool      `json:"lobby"` // they wait in the lobby
	Since       time.Time `json:"since"`
}

// GroupMessages carries application messages in the order for all. The own
// messages are not in it.
type GroupMessages struct {
	Messages []GroupMessage `json:"messages"`
}

// GroupMessage is one application message.
type GroupMessage struct {
	From    string `json:"from"` // participant id
	Message []byte `json:"message"`
}
