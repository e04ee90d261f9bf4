package sframe

// Kind is what a sender's frames carry. All layers of a camera are one kind.
type Kind uint8

// The kinds, in the order of their numbers inside a KID.
const (
	Mic Kind = iota
	Camera
	Screen
	ScreenAudio
	kinds // how many there are
)

// The bounds of a KID's and a header's parts. A counter that is larger would not
// be exact in the browser's numbers.
const (
	maxInstance = 1<<16 - 1
	maxLeaf     = 1<<16 - 1
	maxCounter  = 1<<48 - 1
)

// ID is what a KID says (RFC 9605, 5.2, with 8 bits of epoch and 16 of leaf
// index): KID = context<<24 | leaf<<8 | epoch&0xff, context = instance*4 + kind.
type ID struct {
	Epoch    uint8 // the low bits of the group's epoch
	Leaf     uint16
	Kind     Kind
	Instance uint16 // which start of the sender's media worker
}

// KID packs an ID.
func (i ID) KID() uint64 {
	return (uint64(i.Instance)*uint64(kinds)+uint64(i.Kind))<<24 | uint64(i.Leaf)<<8 | uint64(i.Epoch)
}

// ParseKID is the inverse of KID; ok is false for a number that no ID has.
func ParseKID(kid uint64) (i ID, ok bool) {
	context := kid >> 24
	if context > maxInstance*uint64(kinds)+uint64(kinds)-1 {
		return ID{}, false
	}
	return ID{
		Epoch: uint8(kid), Leaf: uint16(kid >> 8),
		Kind: Kind(context % uint64(kinds)), Instance: uint16(context / uint64(kinds)),
	}, true
}
