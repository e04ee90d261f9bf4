package store_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/server/store"
)

func TestOpenTwiceKeepsWhatIsThere(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		want := mustOwner(t, f.Store)
		got, err := f.reopen(t).User(t.Context(), want.ID)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("owner after reopening (-want +got):\n%s", diff)
		}
		if err := f.Ping(t.Context()); err != nil {
			t.Errorf("Ping: %v", err)
		}
	})
}

func TestOpenByManyProcessesAtOnce(t *testing.T) {
	for _, db := range databases {
		t.Run(db.name, func(t *testing.T) {
			dsn, c := db.dsn(t), &clock{now: start}
			var wg sync.WaitGroup
			owners := make([]string, 6)
			for i := range owners {
				wg.Go(func() {
					s, err := store.Open(context.Background(), dsn, store.WithClock(c.Now))
					if err != nil {
						t.Errorf("Open: %v", err)
						return
					}
					defer func() { _ = s.Close() }()
					u, err := s.Prepare(context.Background())
					if err != nil {
						t.Errorf("Prepare: %v", err)
						return
					}
					owners[i] = u.ID
				})
			}
			wg.Wait()
			for _, id := range owners {
				if id != owners[0] {
					t.Errorf("two owners: %s and %s", owners[0], id)
				}
			}
		})
	}
}

func TestOpenRefusesANewerDatabase(t *testing.T) {
	conform(t, func(t *testing.T, f *fixture) {
		_, err := f.DB().Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, true)`)
		if err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), f.dsn)
		if err == nil {
			_ = s.Close()
		}
		if got := meeting.CodeOf(err); got != meeting.CodeConflict {
			t.Errorf("Open of a newer database: code %q (%v), want conflict", got, err)
		}
	})
}

func TestEveryTableHasItsAccount(t *testing.T) {
	queries := map[string]string{
		"sqlite": `SELECT m.name, (SELECT count(*) FROM pragma_table_info(m.name) WHERE name = 'account_id')
			FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'`,
		"postgres": `SELECT t.table_name, (SELECT count(*) FROM information_schema.columns c
			WHERE c.table_name = t.table_name AND c.column_name = 'account_id')
			FROM information_schema.tables t WHERE t.table_schema = 'public'`,
	}
	conform(t, func(t *testing.T, f *fixture) {
		rows, err := f.DB().Query(queries[filepath.Base(t.Name())])
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = rows.Close() }()
		got := map[string]int{}
		for rows.Next() {
			var (
				table string
				n     int
			)
			if err := rows.Scan(&table, &n); err != nil {
				t.Fatal(err)
			}
			got[table] = n
		}
		want := map[string]int{
			"goose_db_version": 0, "accounts": 0,
			"users": 1, "claims": 1, "meetings": 1, "sessions": 1, "tokens": 1,
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tables with account_id (-want +got):\n%s", diff)
		}
	})
}

// TestLandedMigrationsStay holds the rule that a migration is never edited: the
// databases of the world have run it as it was.
func TestLandedMigrationsStay(t *testing.T) {
	want := map[string]string{
		"00001_first.sql": "c663befc9add675b",
		"00002_cards.sql": "2f60823eebf1b35b",
	}
	files, err := filepath.Glob("migrations/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(b)
		got[filepath.Base(file)] = hex.EncodeToString(sum[:8])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("migrations and the start of their SHA-256 (-want +got):\n%s", diff)
	}
}

func TestOpenNeverTellsThePassword(t *testing.T) {
	const canary = "canary-4711"
	for name, dsn := range map[string]string{
		"ErrUnreachable": "postgres://roundel:" + canary + "@127.0.0.1:1/roundel?connect_timeout=2",
		"ErrMalformed":   "postgres://roundel:" + canary + "@[::1/roundel",
		"ErrBadOption":   "postgres://roundel:" + canary + "@127.0.0.1/roundel?sslmode=" + canary,
	} {
		t.Run(name, func(t *testing.T) {
			s, err := store.Open(t.Context(), dsn)
			if err == nil {
				_ = s.Close()
				t.Fatal("Open succeeded")
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error has the password: %v", err)
			}
		})
	}
}

func TestSQLiteFile(t *testing.T) {
	t.Run("private", func(t *testing.T) {
		dir := t.TempDir()
		s := mustOpen(t, filepath.Join(dir, "roundel.db"), &clock{now: start})
		mustOwner(t, s)
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) == 0 {
			t.Fatalf("ReadDir: %v, %d entries", err, len(entries))
		}
		for _, e := range entries {
			info, err := e.Info()
			if err != nil {
				t.Fatal(err)
			}
			if got := info.Mode().Perm(); got != 0o600 {
				t.Errorf("%s has mode %v, want 0600", e.Name(), got)
			}
		}
	})
	t.Run("odd path", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "a b?c=d#e%20f")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, "roundel.db")
		mustOwner(t, mustOpen(t, path, &clock{now: start}))
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("the database is not where it should be: %v", err)
		}
	})
	t.Run("ErrNoFolder", func(t *testing.T) {
		s, err := store.Open(t.Context(), filepath.Join(t.TempDir(), "missing", "roundel.db"))
		if err == nil {
			_ = s.Close()
			t.Error("Open succeeded in a folder that is not there")
		}
	})
	t.Run("ErrIsAFolder", func(t *testing.T) {
		s, err := store.Open(t.Context(), t.TempDir())
		if err == nil {
			_ = s.Close()
			t.Error("Open succeeded on a folder")
		}
	})
	t.Run("ErrIsNoDatabase", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "roundel.db")
		if err := os.WriteFile(path, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := store.Open(t.Context(), path)
		if err == nil {
			_ = s.Close()
			t.Error("Open succeeded on a text file")
		}
	})
}
