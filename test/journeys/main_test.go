package journeys

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/bench/daemon"
)

// house is the one server that the journeys share; each has meetings of its own.
var house struct {
	*daemon.Daemon
	token string
}

// patience bounds every wait; what is waited for takes far less.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	if err := open(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	status := m.Run()
	if err := house.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	_ = os.RemoveAll(house.Data)
	if err := goleak.Find(); err != nil && status == 0 {
		fmt.Fprintln(os.Stderr, err)
		status = 1
	}
	os.Exit(status)
}

// open builds and starts the server.
func open() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "journeys")
	if err != nil {
		return err
	}
	binary, err := daemon.Build(ctx, dir, "roundel", raceDetector)
	if err != nil {
		return err
	}
	if house.Daemon, err = daemon.Start(ctx, binary, dir); err != nil {
		return err
	}
	house.token, err = house.Token(ctx)
	return err
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	return ctx
}

// eventually waits until ok, and fails with what if it never comes.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}
