// Package store keeps what outlives a meeting: accounts, users, meetings,
// sessions and API tokens, in SQLite (one file, the default) or PostgreSQL.
//
// It decides nothing: who may do what is the business of its callers. It never
// sees a password or a token, only their hashes. Both databases run the same
// SQL and pass the same conformance suite. Ids are UUIDv7 (RFC 9562, 5.7) as
// text; times are Unix milliseconds in UTC.
package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/roundel-meet/roundel/core/meeting"
)

// The errors that callers tell apart with errors.Is. Both are a *meeting.Error,
// so an edge that does not look closer still answers with the right code.
var (
	ErrNotFound error = meeting.Errorf(meeting.CodeNotFound, "There is no such thing here.")
	ErrExists   error = meeting.Errorf(meeting.CodeConflict, "Something of that name exists already.")
)

// Store is a database handle, safe for concurrent use. Any number of processes
// may have one open on the same database at the same time.
type Store struct {
	db  *sql.DB          // immutable
	now func() time.Time // immutable
}

// Option changes how Open makes a Store.
type Option func(*Store)

// WithClock replaces the wall clock.
func WithClock(now func() time.Time) Option {
	return func(s *Store) { s.now = now }
}

// Open opens the database that dsn names and brings its tables up to date. A dsn
// that starts with postgres:// or postgresql:// is a PostgreSQL URL; anything
// else is the path of an SQLite file, made with mode 0600 when it is missing.
// Errors never contain the URL's password.
func Open(ctx context.Context, dsn string, opts ...Option) (*Store, error) {
	open := openSQLite
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		open = openPostgres
	}
	db, migrations, err := open(dsn)
	if err != nil {
		return nil, err
	}
	if err := migrate(ctx, db, migrations); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	s := &Store{db: db, now: time.Now}
	for _, opt := range opts {
		opt(s)
	}
	return s, nil
}

// Close closes all connections; running queries fail.
func (s *Store) Close() error { return s.db.Close() }

// Ping reports whether the database answers.
func (s *Store) Ping(ctx context.Context) error { return s.db.PingContext(ctx) }

// Digest is the SHA-256 of a secret with at least 128 bits of entropy, which is
// all that the store keeps of it.
type Digest [sha256.Size]byte

// DigestOf returns the digest of secret.
func DigestOf(secret string) Digest { return sha256.Sum256([]byte(secret)) }

func (d Digest) text() string { return hex.EncodeToString(d[:]) }

// queryer is what *sql.DB and *sql.Tx have in common.
type queryer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// inTx runs fn in one transaction, committed when fn returns nil.
func (s *Store) inTx(ctx context.Context, fn func(queryer) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	if err := fn(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// exec runs a statement and returns how many rows it changed.
func exec(ctx context.Context, q queryer, query string, args ...any) (int64, error) {
	res, err := q.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, classify(err)
	}
	return res.RowsAffected()
}

// classify turns the databases' own errors into those of this package.
func classify(err error) error {
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case isUniqueSQLite(err), isUniquePostgres(err):
		return ErrExists
	}
	return err
}

// newID returns a UUIDv7, so that ids sort by their age.
func newID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("new id: %w", err)
	}
	return id.String(), nil
}

func millis(t time.Time) int64 { return t.UnixMilli() }

func fromMillis(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
