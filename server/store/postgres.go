package store

import (
	"database/sql"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"github.com/roundel-meet/roundel/core/meeting"
)

// postgresConns bounds the connections of one process to the database.
const postgresConns = 10

// uniqueViolation is the SQLSTATE of a broken unique constraint (PostgreSQL,
// appendix A).
const uniqueViolation = "23505"

func openPostgres(dsn string) (*sql.DB, goose.Dialect, error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		// The cause may quote the URL, and with it the password.
		return nil, "", meeting.Errorf(meeting.CodeInvalid, "The PostgreSQL URL cannot be read.")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConns)
	return db, goose.DialectPostgres, nil
}

func isUniquePostgres(err error) bool {
	var e *pgconn.PgError
	return errors.As(err, &e) && e.Code == uniqueViolation
}
