// Package daemon builds, starts and watches the real roundel program as an
// operator would: by its command line and by what it prints. Journeys, the soak
// and the benchmark use it. It imports nothing of the server.
package daemon

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Limits on what the program may take.
const (
	readyTimeout = 30 * time.Second
	stopTimeout  = 20 * time.Second
	logTail      = 64 << 10 // bytes of output that are kept
)

// Daemon is a running server.
type Daemon struct {
	URL   string // as printed
	Owner string // the link that claims it; "" on an old data folder
	CA    string // file
	Data  string // folder

	binary string
	cmd    *exec.Cmd
	out    *tail
	exited chan struct{} // closed when the process is gone
	err    error         // of the process; read after exited
}

// Build compiles a command of this module into a folder, with the race detector
// if asked, and returns the program's path.
func Build(ctx context.Context, folder, command string, race bool) (string, error) {
	path := filepath.Join(folder, filepath.Base(command))
	args := []string{"build", "-o", path}
	cgo := "CGO_ENABLED=0"
	if race {
		args, cgo = append(args, "-race"), "CGO_ENABLED=1"
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "github.com/roundel-meet/roundel/cmd/"+command)...)
	cmd.Env = append(cmd.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", command, err, out)
	}
	return path, nil
}

// Start runs `roundel serve` on free loopback ports, unless args say otherwise,
// and returns when it is ready.
func Start(ctx context.Context, binary, data string, args ...string) (*Daemon, error) {
	d := &Daemon{Data: data, CA: filepath.Join(data, "ca.crt"), binary: binary, out: &tail{}, exited: make(chan struct{})}
	serve := []string{"serve", "--data", data, "--listen", "127.0.0.1:0", "--udp", "127.0.0.1:0"}
	d.cmd = exec.Command(binary, append(serve, args...)...)
	pipe, err := d.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	d.cmd.Stderr = d.out
	if err := d.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	ready := make(chan struct{})
	go d.watch(pipe, ready)
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	select {
	case <-ready:
		return d, nil
	case <-d.exited:
		return nil, fmt.Errorf("the server ended: %w\n%s", errOr(d.err), d.Log())
	case <-ctx.Done():
		_ = d.cmd.Process.Kill()
		<-d.exited
		return nil, fmt.Errorf("the server did not get ready: %w\n%s", ctx.Err(), d.Log())
	}
}

// watch reads what the program prints until it ends.
func (d *Daemon) watch(pipe io.Reader, ready chan struct{}) {
	for lines := bufio.NewScanner(pipe); lines.Scan(); {
		line := lines.Text()
		_, _ = fmt.Fprintln(d.out, line)
		if url, ok := strings.CutPrefix(line, "owner: "); ok {
			d.Owner = url
		}
		if url, ok := strings.CutPrefix(line, "ready: "); ok && d.URL == "" {
			d.URL = strings.TrimSuffix(url, "/")
			close(ready)
		}
	}
	d.err = d.cmd.Wait()
	close(d.exited)
}

// Token makes an API token for the owner.
func (d *Daemon) Token(ctx context.Context) (string, error) {
	cmd := exec.CommandContext(ctx, d.binary, "token", "create", "--data", d.Data, "--user", "owner")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("create a token: %w\n%s", err, &stderr)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1], nil
}

// Binary is the program.
func (d *Daemon) Binary() string { return d.binary }

// PID is the server's process.
func (d *Daemon) PID() int { return d.cmd.Process.Pid }

// Log is the end of what the server printed.
func (d *Daemon) Log() string { return d.out.String() }

// Exited is closed when the process is gone.
func (d *Daemon) Exited() <-chan struct{} { return d.exited }

// Stop asks the server to end and waits. It fails when the server does not end
// in time or not with status 0; the race detector's status is 66.
func (d *Daemon) Stop() error {
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.exited:
	case <-time.After(stopTimeout):
		_ = d.cmd.Process.Kill()
		<-d.exited
		return fmt.Errorf("the server did not stop in %v\n%s", stopTimeout, d.Log())
	}
	if d.err != nil {
		return fmt.Errorf("the server ended badly: %w\n%s", d.err, d.Log())
	}
	return nil
}

func errOr(err error) error {
	if err == nil {
		return errors.New("status 0")
	}
	return err
}

// tail keeps the end of what is written, safe for concurrent use.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, p...)
	if over := len(t.b) - logTail; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.b)
}
