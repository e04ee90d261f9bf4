package store

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"errors"
	"fmt"
)

// defaultAccount is the name of the one account that a server starts with.
const defaultAccount = "default"

// AccountID returns the id of the server's account, or ErrNotFound before Prepare.
func (s *Store) AccountID(ctx context.Context) (string, error) {
	return accountID(ctx, s.db)
}

func accountID(ctx context.Context, q queryer) (string, error) {
	var id string
	err := q.QueryRowContext(ctx, `SELECT id FROM accounts WHERE name = $1`, defaultAccount).Scan(&id)
	if err != nil {
		return "", classify(err)
	}
	return id, nil
}

// Prepare makes the account and its owner, without a password, when they are
// missing, and returns the owner. It does not touch an outstanding claim.
func (s *Store) Prepare(ctx context.Context) (*User, error) {
	var u *User
	err := s.inTx(ctx, func(q queryer) (err error) {
		u, err = s.prepare(ctx, q)
		return err
	})
	if errors.Is(err, ErrExists) { // another process was first
		return s.currentOwner(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	return u, nil
}

func (s *Store) currentOwner(ctx context.Context) (*User, error) {
	account, err := s.AccountID(ctx)
	if err != nil {
		return nil, fmt.Errorf("account: %w", err)
	}
	return s.Owner(ctx, account)
}

func (s *Store) prepare(ctx context.Context, q queryer) (*User, error) {
	account, err := accountID(ctx, q)
	if err == nil {
		return owner(ctx, q, account)
	}
	if !errors.Is(err, ErrNotFound) {
		return nil, err
	}
	if account, err = newID(); err != nil {
		return nil, err
	}
	_, err = exec(ctx, q, `INSERT INTO accounts (id, name, created_at) VALUES ($1, $2, $3)`,
		account, defaultAccount, millis(s.now()))
	if err != nil {
		return nil, fmt.Errorf("create account: %w", err)
	}
	u := &User{AccountID: account, Name: OwnerName, Role: RoleOwner}
	return u, s.insertUser(ctx, q, u)
}

// Bootstrap prepares the account and, while its owner has no password, returns
// a new token that claims it once; earlier tokens stop working, so that a lost
// first-run link is mended by a restart. It returns "" when the owner is claimed.
func (s *Store) Bootstrap(ctx context.Context) (claim string, err error) {
	u, err := s.Prepare(ctx)
	if err != nil {
		return "", err
	}
	if u.PasswordHash != "" {
		return "", nil
	}
	token := rand.Text()
	_, err = exec(ctx, s.db, `INSERT INTO claims (account_id, user_id, token_hash, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (account_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at`,
		u.AccountID, u.ID, DigestOf(token).text(), millis(s.now()))
	if err != nil {
		return "", fmt.Errorf("create claim: %w", err)
	}
	return token, nil
}

// Claimed reports whether the account's owner has a password.
func (s *Store) Claimed(ctx context.Context) (bool, error) {
	var hash sql.NullString
	err := s.db.QueryRowContext(ctx, `SELECT users.password_hash FROM users
		JOIN accounts ON accounts.id = users.account_id WHERE accounts.name = $1 AND users.role = $2`,
		defaultAccount, string(RoleOwner)).Scan(&hash)
	if err != nil {
		return false, fmt.Errorf("claimed: %w", classify(err))
	}
	return hash.Valid, nil
}

// CheckClaim returns nil when token is the outstanding claim of the account and
// ErrNotFound when it is not, or is used already.
func (s *Store) CheckClaim(ctx context.Context, token Digest) error {
	_, _, err := checkClaim(ctx, s.db, token)
	return err
}

func checkClaim(ctx context.Context, q queryer, token Digest) (account, user string, err error) {
	var hash string
	err = q.QueryRowContext(ctx, `SELECT claims.account_id, claims.user_id, claims.token_hash FROM claims
		JOIN accounts ON accounts.id = claims.account_id WHERE accounts.name = $1`, defaultAccount).
		Scan(&account, &user, &hash)
	if err != nil {
		return "", "", fmt.Errorf("claim: %w", classify(err))
	}
	if subtle.ConstantTimeCompare([]byte(hash), []byte(token.text())) != 1 {
		return "", "", ErrNotFound
	}
	return account, user, nil
}

// Claim uses up the outstanding claim: it gives the owner that name and password
// hash and returns the owner. It returns ErrNotFound when token is not the claim
// or is used already, and ErrExists when another user has the name; then the
// claim stays.
func (s *Store) Claim(ctx context.Context, token Digest, name, passwordHash string) (*User, error) {
	clean, key, err := checkName(name, RoleOwner)
	if err != nil {
		return nil, err
	}
	var u *User
	err = s.inTx(ctx, func(q queryer) error {
		account, user, err := checkClaim(ctx, q, token)
		if err != nil {
			return err
		}
		// Of two that use the same claim at once only one deletes the row.
		n, err := exec(ctx, q, `DELETE FROM claims WHERE account_id = $1 AND token_hash = $2`, account, token.text())
		if err != nil {
			return fmt.Errorf("use claim: %w", err)
		}
		if n == 0 {
			return ErrNotFound
		}
		// A claim never replaces a password, however it came to be left over.
		n, err = exec(ctx, q, `UPDATE users SET name = $1, name_key = $2, password_hash = $3
			WHERE id = $4 AND password_hash IS NULL`, clean, key, passwordHash, user)
		if err != nil {
			return fmt.Errorf("claim owner: %w", err)
		}
		if n == 0 {
			return ErrNotFound
		}
		u, err = owner(ctx, q, account)
		return err
	})
	if err != nil {
		return nil, err
	}
	return u, nil
}
