package wire

import (
	"encoding/binary"
	"errors"
)

// Limits of meeting cards, in bytes.
const (
	MaxCard = 8 << 10 // one card
)

// cardFormat is the one format of cards whose first fields the server can read:
// format (1 byte), meeting id (2 bytes of length, then text), version (4 bytes).
const cardFormat = 1

var errCard = errors.New("not a meeting card")

// CardUpdate is the body of PUT /api/v1/meetings/{number}/card. The server
// cannot check the card; devices do. E2EE says that the meeting starts end-to-end
// encrypted, so that only clients that can encrypt are let in from the start.
type CardUpdate struct {
	Card []byte `json:"card"`
	E2EE bool   `json:"e2ee"`
}

// ParseCardHead reads of which meeting a card is, and its version, which must
// rise with each; it does not read what follows.
func ParseCardHead(card []byte) (meetingID string, version uint32, err error) {
	if len(card) < 3 || len(card) > MaxCard || card[0] != cardFormat {
		return "", 0, errCard
	}
	size, rest := int(binary.BigEndian.Uint16(card[1:3])), card[3:]
	if len(rest) < size+4 {
		return "", 0, errCard
	}
	return string(rest[:size]), binary.BigEndian.Uint32(rest[size:]), nil
}
