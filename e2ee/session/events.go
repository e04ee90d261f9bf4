package session

import "time"

// Event is something that happened outside of the Machine: the connection, the
// delivery service, the device key or the media worker reports it through
// Handle. Everything that comes from the delivery service may be a lie.
type Event interface{ event() }

// Online says that signalling works (again). The machine asks for the group and
// proves freshness anew, also when the server resumed the session: what passed
// meanwhile is the server's word.
type Online struct{ Resumed bool }

// Offline says that signalling is gone. Nothing can be learned any more, so what
// depends on hearing others (heartbeats, freshness) runs out by itself.
type Offline struct{}

// GroupState answers a Fetch. Queue asks the joiner to knock instead of
// committing itself.
type GroupState struct {
	Exists bool
	Epoch  uint64
	Info   []byte
	Queue  bool
}

// Committed is one commit as the delivery service ordered it: it was made in
// Epoch and leads to the next. Welcome is for the people it adds.
type Committed struct {
	Epoch           uint64
	From            string
	Commit, Welcome []byte
}

// Reply answers an Open or Commit. Missed are the commits that came first.
// Failed says that there was no verdict: refused for load, connection lost.
type Reply struct {
	Ref      int
	Accepted bool
	Failed   bool
	Missed   []Committed
}

// Reopened says that most members refused the commit of Without in Epoch.
type Reopened struct {
	Epoch   uint64
	Without string
}

// Knocks is the whole list of waiting KeyPackages.
type Knocks struct{ List []Knocking }

// Knocking is one waiting person. Name is the server's word.
type Knocking struct {
	Participant, Name string
	KeyPackage, Proof []byte
	Lobby             bool
}

// Delivered brings application messages in the order of the delivery service.
type Delivered struct{ Messages []Envelope }

// Envelope is a sealed message and who it came from as the server says; the
// sender that counts is the one inside.
type Envelope struct {
	From string
	Data []byte
}

// Roster is the server's list of the people with a seat.
type Roster struct{ People []Person }

// Person is one signalled participant.
type Person struct {
	ID, Name                            string
	Host, Moderator, Capable, Connected bool
}

// Signed answers a Sign effect with the device key's Ed25519 signature.
type Signed struct {
	Ref       int
	Signature []byte
}

// FlipAfter is how long after a MediaSend that begins to seal a client gives the
// MediaFlipped. From the change on nothing clear leaves; what left before it shall
// arrive before the word does, which ends the time in which clear frames play.
const FlipAfter = 100 * time.Millisecond

// MediaFlipped says that own frames are sealed under the key of Epoch, that the key
// is there, and that the last clear ones have had FlipAfter to arrive.
type MediaFlipped struct{ Epoch uint64 }

// RoomSays is whether encryption is on as the server has it. It decides nothing
// here; a host corrects it.
type RoomSays struct{ On bool }

func (RoomSays) event()     {}
func (Online) event()       {}
func (Offline) event()      {}
func (GroupState) event()   {}
func (Committed) event()    {}
func (Reply) event()        {}
func (Reopened) event()     {}
func (Knocks) event()       {}
func (Delivered) event()    {}
func (Roster) event()       {}
func (Signed) event()       {}
func (MediaFlipped) event() {}
