package sframe

// Refusal is why a frame is not let through now. It is an error, one per reason,
// so that callers can count them.
type Refusal uint8

// The reasons. Hold is the sender's, Held is not final, all others are.
const (
	Hold         Refusal = iota + 1 // nothing may be sent yet
	Held                            // sealed in an epoch that is not known yet: try again
	Clear                           // not sealed where it must be
	Malformed                       // says that it is sealed and cannot be read
	UnknownEpoch                    // of an epoch whose keys are gone
	Own                             // one's own frame, sent back
	UnknownLeaf                     // of nobody in the epoch's tree
	Removed                         // of somebody who is no longer in the tree
	Old                             // the sender has moved on to a later epoch
	OldInstance                     // the sender's media worker has been replaced
	Replay                          // its counter was accepted before, or is too old
	Busy                            // too many unproven keys of one participant
	Forged                          // does not authenticate
	Order                           // its RTP timestamp disagrees with its counter
	Full                            // too many frames are held
	Expired                         // was held, and its epoch did not come in time
	refusals                        // one more than the last
)

var refusalNames = [refusals]string{
	Hold: "hold", Held: "held", Clear: "clear", Malformed: "malformed", UnknownEpoch: "epoch", Own: "own",
	UnknownLeaf: "leaf", Removed: "removed", Old: "old", OldInstance: "instance", Replay: "replay", Busy: "busy",
	Forged: "forged", Order: "order", Full: "full", Expired: "expired",
}

// Name is one word for the reason, for counters and logs.
func (r Refusal) Name() string {
	if r >= refusals {
		return ""
	}
	return refusalNames[r]
}

// Error implements error.
func (r Refusal) Error() string { return "sframe: frame refused: " + r.Name() }
