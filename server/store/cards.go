package store

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/roundel-meet/roundel/core/meeting"
)

var errCardVersion = meeting.Errorf(meeting.CodeConflict, "The meeting has a card of this version or a later one.")

// SaveCard replaces the card of a meeting that has not ended, or returns
// ErrNotFound, or a conflict Error when its version is not higher than the last.
// The card is opaque here.
func (s *Store) SaveCard(ctx context.Context, meetingID string, card []byte, version uint32, startsEncrypted bool) error {
	flag := 0
	if startsEncrypted {
		flag = 1
	}
	n, err := exec(ctx, s.db, `UPDATE meetings SET card = $1, card_version = $2, starts_encrypted = $3
		WHERE id = $4 AND ended_at IS NULL AND card_version < $5`,
		base64.StdEncoding.EncodeToString(card), int64(version), flag, meetingID, int64(version))
	if err != nil {
		return fmt.Errorf("save card: %w", err)
	}
	if n > 0 {
		return nil
	}
	m, err := s.Meeting(ctx, meetingID)
	switch {
	case err != nil:
		return err
	case !m.EndedAt.IsZero():
		return ErrNotFound
	}
	return errCardVersion
}

// parseCard reads a column of cards; nil for a meeting without one.
func parseCard(text string) ([]byte, error) {
	if text == "" {
		return nil, nil
	}
	return base64.StdEncoding.DecodeString(text)
}
