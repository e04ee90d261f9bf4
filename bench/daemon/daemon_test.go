package daemon

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// script makes a program that stands in for the server.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

const obedient = `
if [ "$1" = token ]; then echo "Keep it safe:"; echo rdl_secret; exit; fi
trap 'exit 0' TERM # before it says ready: Stop may come at once
echo "owner: https://127.0.0.1:8/claim#x"
echo "ready: https://127.0.0.1:8/"
while :; do sleep 0.05; done`

func TestStart(t *testing.T) {
	d, err := Start(context.Background(), script(t, obedient), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if d.URL != "https://127.0.0.1:8" || d.Owner != "https://127.0.0.1:8/claim#x" {
		t.Errorf("URL %q, owner %q", d.URL, d.Owner)
	}
	if token, err := d.Token(context.Background()); err != nil || token != "rdl_secret" {
		t.Errorf("token %q, %v", token, err)
	}
	if rss, err := RSS(d.PID()); err != nil || rss < 100<<10 {
		t.Errorf("RSS %d, %v", rss, err)
	}
	if err := d.Stop(); err != nil {
		t.Error(err)
	}
}

func TestStartErrors(t *testing.T) {
	short, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	for _, tt := range []struct {
		name, body, want string
		ctx              context.Context
	}{
		{"ErrEnds", "echo port is taken >&2; exit 1", "port is taken", context.Background()},
		{"ErrNeverReady", "exec sleep 60", "did not get ready", short},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Start(tt.ctx, script(t, tt.body), t.TempDir())
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestStopTellsABadEnd(t *testing.T) {
	d, err := Start(context.Background(), script(t, strings.Replace(obedient, "exit 0", "echo WARNING: DATA RACE >&2; exit 66", 1)), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Stop(); err == nil || !strings.Contains(err.Error(), "DATA RACE") {
		t.Errorf("err = %v", err)
	}
}

func TestCPUOfThisProcess(t *testing.T) {
	for deadline := time.Now().Add(10 * time.Second); ; {
		got, err := CPU(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if got > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no CPU time after 10 s of computing")
		}
	}
}

func TestParseMetrics(t *testing.T) {
	got := parseMetrics("# HELP go_goroutines Goroutines.\ngo_goroutines 12\nroundel_rooms 3\nx{a=\"b\"} 4\nbroken\n")
	if d := cmp.Diff(map[string]float64{"go_goroutines": 12, "roundel_rooms": 3}, got); d != "" {
		t.Error(d)
	}
}
