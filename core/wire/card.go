package wire

import (
	"encoding/binary"
	"errors"
)

// MaxCard bounds a meeting card, in bytes.
const MaxCard = 8 << 10

// cardHead is what the server reads of a card: a format of two bytes and a
// version of four, big-endian.
const cardHead = 6

var errCard = errors.New("not a meeting card")

// CardUpdate is the body of PUT /api/v1/meetings/{number}/card. The server
// cannot check the card; devices do. E2EE says that the meeting starts end-to-end
// encrypted, so that only clients that can encrypt are let in from the start.
type CardUpdate struct {
	Card []byte `json:"card"`
	E2EE bool   `json:"e2ee"`
}

// CardVersion returns the version of a meeting card, which must rise with each.
func CardVersion(card []byte) (uint32, error) {
	if len(card) < cardHead || len(card) > MaxCard {
		return 0, errCard
	}
	return binary.BigEndian.Uint32(card[2:cardHead]), nil
}
