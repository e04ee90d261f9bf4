package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"golang.org/x/text/secure/precis"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Role is what a user may do in the account.
type Role string

// The roles, from most to least power. An account has exactly one owner.
const (
	RoleOwner  Role = "owner"
	RoleAdmin  Role = "admin"
	RoleMember Role = "member"
)

// Administers reports whether r may manage what belongs to others.
func (r Role) Administers() bool { return r == RoleOwner || r == RoleAdmin }

// User is a person with a place in an account.
type User struct {
	ID           string // UUIDv7
	AccountID    string // UUIDv7
	Name         string // as shown; unique in the account without regard to case
	Role         Role
	PasswordHash string // PHC string, "" while the user has no password
	CreatedAt    time.Time
}

// OwnerName is the name of an account's owner before it is claimed. Scripts may
// use it for the owner ever after; nobody else can have it.
const OwnerName = "owner"

const userColumns = `users.id, users.account_id, users.name, users.role, users.password_hash, users.created_at`

func userFields(u *User, hash *sql.NullString, created *int64) []any {
	return []any{&u.ID, &u.AccountID, &u.Name, &u.Role, hash, created}
}

func scanUser(row *sql.Row, more ...any) (*User, error) {
	var (
		u       User
		hash    sql.NullString
		created int64
	)
	if err := row.Scan(append(userFields(&u, &hash, &created), more...)...); err != nil {
		return nil, classify(err)
	}
	u.PasswordHash, u.CreatedAt = hash.String, fromMillis(created)
	return &u, nil
}

// NameKey is what makes names equal: case, width and runs of spaces do not
// count (RFC 8266, section 2). A name that nobody can have is an invalid Error.
func NameKey(name string) (string, error) {
	key, err := precis.Nickname.CompareKey(name)
	if err != nil {
		return "", meeting.Wrap(meeting.CodeInvalid, err, "The name has characters that a name cannot have.")
	}
	return key, nil
}

// CreateUser adds a user to u.AccountID and returns it with its new id and time.
// It returns ErrExists when the name or the role of owner is taken.
func (s *Store) CreateUser(ctx context.Context, u User) (*User, error) {
	if err := s.insertUser(ctx, s.db, &u); err != nil {
		return nil, err
	}
	return &u, nil
}

func (s *Store) insertUser(ctx context.Context, q queryer, u *User) error {
	name, key, err := checkName(u.Name, u.Role)
	if err != nil {
		return err
	}
	if u.ID, err = newID(); err != nil {
		return err
	}
	now := s.now()
	u.Name, u.CreatedAt = name, fromMillis(millis(now))
	_, err = exec(ctx, q, `INSERT INTO users (id, account_id, name, name_key, role, password_hash, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		u.ID, u.AccountID, u.Name, key, string(u.Role), nullText(u.PasswordHash), millis(now))
	if err != nil {
		return fmt.Errorf("create user: %w", err)
	}
	return nil
}

// checkName returns the name as it may be shown and its key.
func checkName(name string, role Role) (clean, key string, err error) {
	clean, err = meeting.CleanName(name)
	if err != nil {
		return "", "", err
	}
	key, err = NameKey(clean)
	if err != nil {
		return "", "", err
	}
	if key == OwnerName && role != RoleOwner {
		return "", "", ErrExists
	}
	return clean, key, nil
}

func nullText(s string) sql.NullString { return sql.NullString{String: s, Valid: s != ""} }

// User returns the user with that id, or ErrNotFound.
func (s *Store) User(ctx context.Context, id string) (*User, error) {
	return scanUser(s.db.QueryRowContext(ctx, `SELECT `+userColumns+` FROM users WHERE id = $1`, id))
}

// UserByName returns the user of that name, or ErrNotFound. OwnerName always
// finds the owner, whatever name they chose.
func (s *Store) UserByName(ctx context.Context, accountID, name string) (*User, error) {
	key, err := NameKey(name)
	if err != nil {
		return nil, ErrNotFound // a name that nobody can have
	}
	if key == OwnerName {
		return s.Owner(ctx, accountID)
	}
	return scanUser(s.db.QueryRowContext(ctx,
		`SELECT `+userColumns+` FROM users WHERE account_id = $1 AND name_key = $2`, accountID, key))
}

// Owner returns the owner of the account, or ErrNotFound before Bootstrap.
func (s *Store) Owner(ctx context.Context, accountID string) (*User, error) {
	return owner(ctx, s.db, accountID)
}

func owner(ctx context.Context, q queryer, accountID string) (*User, error) {
	return scanUser(q.QueryRowContext(ctx,
		`SELECT `+userColumns+` FROM users WHERE account_id = $1 AND role = $2`, accountID, string(RoleOwner)))
}

// SetPassword replaces the user's password hash and ends all their sessions. API
// tokens stay: they are not derived from the password and are revoked one by one.
func (s *Store) SetPassword(ctx context.Context, userID, passwordHash string) error {
	return s.inTx(ctx, func(q queryer) error {
		n, err := exec(ctx, q, `UPDATE users SET password_hash = $1 WHERE id = $2`, nullText(passwordHash), userID)
		if err != nil {
			return fmt.Errorf("set password: %w", err)
		}
		if n == 0 {
			return ErrNotFound
		}
		_, err = exec(ctx, q, `DELETE FROM sessions WHERE user_id = $1`, userID)
		if err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		return nil
	})
}
