package store

import (
	"context"
	"database/sql"

	"github.com/roundel-meet/roundel/core/meeting"
)

// CreateNumbered lets tests choose the number.
func (s *Store) CreateNumbered(ctx context.Context, owner *User, number string) (*meeting.Meeting, error) {
	return s.createNumbered(ctx, owner, number, "", meeting.DefaultSettings())
}

// DB lets tests look at the tables.
func (s *Store) DB() *sql.DB { return s.db }
