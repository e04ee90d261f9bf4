package attacks

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
)

// programs is the folder of what was built.
var programs string

func TestMain(m *testing.M) {
	var err error
	if programs, err = os.MkdirTemp("", "attacks"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	_ = os.RemoveAll(programs)
	os.Exit(status)
}

// program builds the real server, once.
var program = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	return daemon.Build(ctx, programs, "roundel", false)
})

// startServer starts one that ends with the test.
func startServer(ctx context.Context, t *testing.T, data string) *daemon.Daemon {
	t.Helper()
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	server, err := daemon.Start(ctx, binary, data)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}
