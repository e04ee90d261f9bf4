package sframe

import "time"

// The bounds of a Ring's time and memory.
const (
	OldFor             = 10 * time.Second // keys of an epoch, after one that only adds
	OldAfterRemovalFor = 2 * time.Second  // and after one that removes
	GraceFor           = 2 * time.Second  // clear frames after switching on
	HeldFor            = time.Second      // frames of an epoch that is not known yet
	HeldFrames         = 64               // of them, per track

	maxEpochs        = 64
	derivationCost   = time.Second / 8 // of a participant's credit, for an unproven key
	derivationCredit = time.Second
)

// Ring decides, for one start of a media worker, which key seals and which frames
// are accepted. It is told the session's decisions (AddEpoch, SetSend, SetReceive)
// and is asked frame by frame (Seal, Open). A new one holds and receives as Sealed.
// One goroutine at a time may use it; no frame costs an allocation.
type Ring struct {
	metadata map[Codec][]byte
	instance uint16

	epochs  []*epoch // in the order of arrival; the last is the newest
	arrived uint64   // how many came
	people  map[string]*person

	send   Send
	sealed []byte // scratch for H.264, in both directions

	receive    ReceiveMode
	graceUntil time.Time
	graceFrom  map[string]bool
	graceSince uint64 // the number of arrival of the newest epoch when it began
}

// person is what the ring knows of a participant of the newest tree.
type person struct {
	opened [kinds]uint64 // the latest epoch, by arrival, in which a frame opened; 0 is none
	sealed [kinds]bool   // a frame opened in the running grace
	proven bool
	known  uint16    // the highest instance of which a frame opened
	busy   time.Time // until when the credit for derivations is used up
}

// New makes the ring of one instance: the number must be new for each ring of the
// same leaf, or counters would repeat under the same keys.
func New(meeting string, instance uint16) (*Ring, error) {
	r := &Ring{metadata: map[Codec][]byte{}, instance: instance, people: map[string]*person{}, receive: Sealed}
	for _, c := range Codecs() {
		m, err := Metadata(meeting, c)
		if err != nil {
			return nil, err
		}
		r.metadata[c] = m
	}
	return r, nil
}

// newest is the current epoch, nil before the first.
func (r *Ring) newest() *epoch {
	if len(r.epochs) == 0 {
		return nil
	}
	return r.epochs[len(r.epochs)-1]
}

// expire forgets the epochs whose time is over.
func (r *Ring) expire(now time.Time) {
	if len(r.epochs) < 2 {
		return
	}
	kept := r.epochs[:0]
	for _, e := range r.epochs {
		if e.until.IsZero() || !now.After(e.until) {
			kept = append(kept, e)
		} else {
			e.erase()
		}
	}
	clear(r.epochs[len(kept):])
	r.epochs = kept
}
