package store

import (
	"context"
	"fmt"
	"time"
)

// Session is a browser that has signed in.
type Session struct {
	ID        string // UUIDv7
	AccountID string
	UserID    string
	Hash      Digest // of the secret in the cookie
	CreatedAt time.Time
	SeenAt    time.Time // last use, as exact as TouchSession is called
	ExpiresAt time.Time
}

// CreateSession keeps a session of u that lasts until expires and returns it.
func (s *Store) CreateSession(ctx context.Context, u *User, hash Digest, expires time.Time) (*Session, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	now := millis(s.now())
	_, err = exec(ctx, s.db, `INSERT INTO sessions (id, account_id, user_id, hash, created_at, seen_at, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, id, u.AccountID, u.ID, hash.text(), now, now, millis(expires))
	if err != nil {
		return nil, fmt.Errorf("create session: %w", err)
	}
	return &Session{
		ID: id, AccountID: u.AccountID, UserID: u.ID, Hash: hash,
		CreatedAt: fromMillis(now), SeenAt: fromMillis(now), ExpiresAt: fromMillis(millis(expires)),
	}, nil
}

// Session returns the unexpired session with that hash and its user, or
// ErrNotFound.
func (s *Store) Session(ctx context.Context, hash Digest) (*Session, *User, error) {
	var (
		e                      = Session{Hash: hash}
		created, seen, expires int64
	)
	u, err := scanUser(s.db.QueryRowContext(ctx, `SELECT `+userColumns+`,
		sessions.id, sessions.created_at, sessions.seen_at, sessions.expires_at
		FROM sessions JOIN users ON users.id = sessions.user_id
		WHERE sessions.hash = $1 AND sessions.expires_at > $2`, hash.text(), millis(s.now())),
		&e.ID, &created, &seen, &expires)
	if err != nil {
		return nil, nil, fmt.Errorf("session: %w", err)
	}
	e.AccountID, e.UserID = u.AccountID, u.ID
	e.CreatedAt, e.SeenAt, e.ExpiresAt = fromMillis(created), fromMillis(seen), fromMillis(expires)
	return &e, u, nil
}

// TouchSession notes a use of the session now and moves its end.
func (s *Store) TouchSession(ctx context.Context, id string, expires time.Time) error {
	_, err := exec(ctx, s.db, `UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE id = $3`,
		millis(s.now()), millis(expires), id)
	if err != nil {
		return fmt.Errorf("touch session: %w", err)
	}
	return nil
}

// EndSession ends the session with that hash. Ending one that is not there is
// not an error.
func (s *Store) EndSession(ctx context.Context, hash Digest) error {
	if _, err := exec(ctx, s.db, `DELETE FROM sessions WHERE hash = $1`, hash.text()); err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	return nil
}

// DropExpiredSessions removes the sessions that have expired and returns how many.
func (s *Store) DropExpiredSessions(ctx context.Context) (int64, error) {
	n, err := exec(ctx, s.db, `DELETE FROM sessions WHERE expires_at <= $1`, millis(s.now()))
	if err != nil {
		return 0, fmt.Errorf("drop expired sessions: %w", err)
	}
	return n, nil
}
