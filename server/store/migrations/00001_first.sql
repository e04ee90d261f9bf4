-- +goose Up
CREATE TABLE accounts (
    id         TEXT   NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE users (
    id            TEXT   NOT NULL PRIMARY KEY,
    account_id    TEXT   NOT NULL REFERENCES accounts (id),
    name          TEXT   NOT NULL,
    name_key      TEXT   NOT NULL,
    role          TEXT   NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    password_hash TEXT,
    created_at    BIGINT NOT NULL,
    UNIQUE (account_id, name_key),
    UNIQUE (account_id, id)
);
CREATE UNIQUE INDEX users_one_owner ON users (account_id) WHERE role = 'owner';

CREATE TABLE claims (
    account_id TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (id),
    user_id    TEXT   NOT NULL,
    token_hash TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);

CREATE TABLE meetings (
    id          TEXT   NOT NULL PRIMARY KEY,
    account_id  TEXT   NOT NULL,
    owner_id    TEXT   NOT NULL,
    number      TEXT   NOT NULL,
    title       TEXT   NOT NULL,
    settings    TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    ended_at    BIGINT,
    released_at BIGINT,
    FOREIGN KEY (account_id, owner_id) REFERENCES users (account_id, id)
);
-- A number belongs to one meeting until it is released, 90 days after the end.
CREATE UNIQUE INDEX meetings_number ON meetings (number) WHERE released_at IS NULL;
CREATE INDEX meetings_owner ON meetings (owner_id, id) WHERE ended_at IS NULL;

CREATE TABLE sessions (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    seen_at    BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE tokens (
    id         TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    user_id    TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    hash       TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    FOREIGN KEY (account_id, user_id) REFERENCES users (account_id, id) ON DELETE CASCADE
);
CREATE INDEX tokens_user ON tokens (user_id);
