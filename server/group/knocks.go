package group

import (
	"slices"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Bounds of what is kept of knocks. A hybrid KeyPackage has about 3 KiB.
const (
	maxKnocks     = 512
	maxKnockBytes = 1536 << 10
)

// Knocks is who asks to be added, oldest first: one knock for each participant.
// The zero value is empty.
type Knocks struct {
	list  []wire.GroupKnocking
	bytes int
}

// CheckKnock returns an Error for a knock that cannot be.
func CheckKnock(k wire.GroupKnock) error {
	switch {
	case len(k.KeyPackage) == 0:
		return meeting.Errorf(meeting.CodeInvalid, "A knock has a KeyPackage.")
	case len(k.KeyPackage) > wire.MaxKeyPackage:
		return meeting.Errorf(meeting.CodeTooLarge, "A KeyPackage has at most %d bytes.", wire.MaxKeyPackage)
	case len(k.Proof) > wire.MaxKnockField || len(k.SealedName) > wire.MaxKnockField:
		return meeting.Errorf(meeting.CodeTooLarge, "The proof and the name of a knock have at most %d bytes.", wire.MaxKnockField)
	}
	return nil
}

// Put adds k in place of an earlier knock of the same participant, whose turn it
// keeps.
func (k *Knocks) Put(knock wire.GroupKnocking) error {
	at := k.find(knock.Participant)
	bytes, count := k.bytes+size(knock), len(k.list)+1
	if at >= 0 {
		bytes, count = bytes-size(k.list[at]), len(k.list)
	}
	if count > maxKnocks || bytes > maxKnockBytes {
		return meeting.Errorf(meeting.CodeFull, "Too many people ask to be added. Please try again in a moment.")
	}
	k.bytes = bytes
	if at >= 0 {
		knock.Since = k.list[at].Since
		k.list[at] = knock
	} else {
		k.list = append(k.list, knock)
	}
	return nil
}

// Drop forgets the knock of a participant and reports whether there was one.
func (k *Knocks) Drop(participant string) bool {
	at := k.find(participant)
	if at < 0 {
		return false
	}
	k.bytes -= size(k.list[at])
	k.list = slices.Delete(k.list, at, at+1)
	return true
}

// Admitted notes that a participant no longer knocks from the lobby, and reports
// whether they knock.
func (k *Knocks) Admitted(participant string) bool {
	at := k.find(participant)
	if at >= 0 {
		k.list[at].Lobby = false
	}
	return at >= 0
}

// List returns a copy of the list, never nil.
func (k *Knocks) List() []wire.GroupKnocking { return append([]wire.GroupKnocking{}, k.list...) }

// Has reports whether a participant knocks.
func (k *Knocks) Has(participant string) bool { return k.find(participant) >= 0 }

// Seated counts those who do not wait in the lobby.
func (k *Knocks) Seated() int {
	n := 0
	for _, knock := range k.list {
		if !knock.Lobby {
			n++
		}
	}
	return n
}

func (k *Knocks) find(participant string) int {
	return slices.IndexFunc(k.list, func(other wire.GroupKnocking) bool { return other.Participant == participant })
}

func size(k wire.GroupKnocking) int { return len(k.KeyPackage) + len(k.Proof) + len(k.SealedName) }
