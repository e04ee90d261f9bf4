package store

import (
	"context"
	"fmt"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Token is an API token for scripts; it acts as its user until it is deleted.
type Token struct {
	ID        string // UUIDv7
	AccountID string
	UserID    string
	Name      string // what it is for, as its maker called it
	CreatedAt time.Time
}

// CreateToken keeps an API token of u and returns it. It works while another
// process serves from the same database.
func (s *Store) CreateToken(ctx context.Context, u *User, name string, hash Digest) (*Token, error) {
	name, err := meeting.CleanName(name)
	if err != nil {
		return nil, err
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := millis(s.now())
	_, err = exec(ctx, s.db, `INSERT INTO tokens (id, account_id, user_id, name, hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6)`, id, u.AccountID, u.ID, name, hash.text(), now)
	if err != nil {
		return nil, fmt.Errorf("create token: %w", err)
	}
	return &Token{ID: id, AccountID: u.AccountID, UserID: u.ID, Name: name, CreatedAt: fromMillis(now)}, nil
}

// TokenUser returns the user whom the token with that hash acts as, or ErrNotFound.
func (s *Store) TokenUser(ctx context.Context, hash Digest) (*User, error) {
	u, err := scanUser(s.db.QueryRowContext(ctx, `SELECT `+userColumns+`
		FROM tokens JOIN users ON users.id = tokens.user_id WHERE tokens.hash = $1`, hash.text()))
	if err != nil {
		return nil, fmt.Errorf("token: %w", err)
	}
	return u, nil
}

// Tokens lists the user's API tokens, oldest first.
func (s *Store) Tokens(ctx context.Context, userID string) ([]Token, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, account_id, user_id, name, created_at
		FROM tokens WHERE user_id = $1 ORDER BY id`, userID)
	if err != nil {
		return nil, fmt.Errorf("tokens: %w", err)
	}
	defer func() { _ = rows.Close() }()
	var list []Token
	for rows.Next() {
		var (
			t       Token
			created int64
		)
		if err := rows.Scan(&t.ID, &t.AccountID, &t.UserID, &t.Name, &created); err != nil {
			return nil, fmt.Errorf("tokens: %w", err)
		}
		t.CreatedAt = fromMillis(created)
		list = append(list, t)
	}
	return list, rows.Err()
}

// DeleteToken revokes the user's API token with that id, or returns ErrNotFound.
func (s *Store) DeleteToken(ctx context.Context, userID, id string) error {
	n, err := exec(ctx, s.db, `DELETE FROM tokens WHERE user_id = $1 AND id = $2`, userID, id)
	if err != nil {
		return fmt.Errorf("delete token: %w", err)
	}
	if n == 0 {
		return ErrNotFound
	}
	return nil
}
