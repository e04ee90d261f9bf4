package wire

import "time"

// The requests and the event around the switch of end-to-end encryption. They
// keep what cannot be encrypted out of the meeting; devices believe only the
// signed state in their group.
const (
	TypeE2EEPreview     = "e2ee.preview"
	TypeE2EEPrepare     = "e2ee.prepare"
	TypeE2EEReport      = "e2ee.report"
	TypeE2EEUnsupported = "e2ee.unsupported"
)

// E2EEPreview lists what would end if end-to-end encryption were turned on now.
type E2EEPreview struct {
	Stops []E2EEStop `json:"stops"`
}

// StopParticipant is the kind of an E2EEStop that is a person whose client
// cannot encrypt.
const StopParticipant = "participant"

// E2EEStop is one thing that would end.
type E2EEStop struct {
	Kind  string    `json:"kind"` // "participant": a client that cannot encrypt
	ID    string    `json:"id"`   // of the participant
	Name  string    `json:"name"`
	Since time.Time `json:"since"`
}

// E2EEPrepared answers e2ee.prepare: what cannot be encrypted has ended and
// stays out until then, or until a report.
type E2EEPrepared struct {
	Until time.Time `json:"until"`
}

// E2EEReport tells the server what a host's device has committed. With Offer,
// and only while On, the hosts are asked when somebody comes whose client cannot
// encrypt; another report that is On sends those away who wait for that.
type E2EEReport struct {
	On    bool   `json:"on"`
	Epoch uint64 `json:"epoch"`
	Offer bool   `json:"offer,omitempty"`
}

// E2EEState is whether end-to-end encryption is on as a host's device last
// reported it. Clients believe their group instead.
type E2EEState struct {
	On    bool      `json:"on"`
	By    string    `json:"by"` // participant id, "" for the meeting's own setting
	Since time.Time `json:"since"`
}

// E2EEUnsupported asks the hosts whether encryption is to end for somebody whose
// client cannot take part. Until is when they are sent away.
type E2EEUnsupported struct {
	ID     string    `json:"id"` // the participant id they would have
	Name   string    `json:"name"`
	Client string    `json:"client"`
	Until  time.Time `json:"until"`
}
