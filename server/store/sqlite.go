package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// sqliteConns bounds the connections to one file: readers do not block each
// other in WAL mode, and each connection has a page cache of its own.
const sqliteConns = 4

func openSQLite(path string) (*sql.DB, goose.Dialect, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, "", fmt.Errorf("database path: %w", err)
	}
	// SQLite gives its -wal and -shm files the mode of the database file.
	f, err := os.OpenFile(abs, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, "", fmt.Errorf("open database: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, "", fmt.Errorf("open database: %w", err)
	}
	query := url.Values{
		"_pragma": {
			"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
		},
		// A transaction that starts as a reader cannot always become a writer.
		"_txlock": {"immediate"},
	}
	name := "file:" + (&url.URL{Path: filepath.ToSlash(abs)}).EscapedPath() + "?" + query.Encode()
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, "", fmt.Errorf("open database %s: %w", path, err)
	}
	db.SetMaxOpenConns(sqliteConns)
	return db, goose.DialectSQLite3, nil
}

func isUniqueSQLite(err error) bool {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return false
	}
	return e.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || e.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
}
