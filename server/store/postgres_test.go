package store_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
)

// cluster is the PostgreSQL server of this test run: the one that
// ROUNDEL_TEST_POSTGRES names, or one of our own from Debian's binaries.
var cluster struct {
	once sync.Once
	url  string
	err  error
	stop func()
	next atomic.Int64
}

// newPostgres returns the URL of a new, empty database, or skips the test.
func newPostgres(tb testing.TB) string {
	tb.Helper()
	cluster.once.Do(func() {
		if cluster.url = os.Getenv("ROUNDEL_TEST_POSTGRES"); cluster.url == "" {
			cluster.url, cluster.stop, cluster.err = startPostgres()
		}
	})
	if cluster.err != nil {
		if os.Getenv("ROUNDEL_REQUIRE") == "all" {
			tb.Fatalf("PostgreSQL is required: %v", cluster.err)
		}
		tb.Skipf("no PostgreSQL (install it or set ROUNDEL_TEST_POSTGRES): %v", cluster.err)
	}
	admin, err := sql.Open("pgx", cluster.url)
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("roundel_test_%d_%d", os.Getpid(), cluster.next.Add(1))
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name); err != nil {
			tb.Errorf("a connection was left open: %v", err)
		}
		_ = admin.Close()
	})
	u, err := url.Parse(cluster.url)
	if err != nil {
		tb.Fatal(err)
	}
	u.Path = "/" + name
	return u.String()
}

func stopPostgres() {
	if cluster.stop != nil {
		cluster.stop()
	}
}
