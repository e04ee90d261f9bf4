package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Two processes play the members of one group. The second one is another
// process of this program, or whatever command ROUNDEL_MLSPEER names: another
// implementation that speaks the same lines. ROUNDEL_MLSPEER_SEEDS histories are
// played in each suite (3 unless set), ROUNDEL_MLSPEER_SUITES lists the suites of
// an implementation that does not know all of ours.
const (
	otherVariable  = "ROUNDEL_MLSPEER"
	seedsVariable  = "ROUNDEL_MLSPEER_SEEDS"
	suitesVariable = "ROUNDEL_MLSPEER_SUITES"
	selfVariable   = "ROUNDEL_MLSPEER_SELF"
)

func TestMain(m *testing.M) {
	if os.Getenv(selfVariable) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is a running peer.
type process struct {
	in  io.Writer
	out *bufio.Scanner
}

func start(t *testing.T, command ...string) *process {
	t.Helper()
	if len(command) == 0 {
		command = []string{os.Args[0]}
	}
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append(os.Environ(), selfVariable+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, maxLine)
	return &process{in, lines}
}

// ask sends one request and returns its answer.
func (p *process) ask(op, id string, args ...string) ([]string, error) {
	line, err := json.Marshal(request{op, id, args})
	if err != nil {
		return nil, err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	if !p.out.Scan() {
		return nil, fmt.Errorf("%s %s: the peer has ended: %w", op, id, p.out.Err())
	}
	var got struct {
		success
		failure
	}
	if err := json.Unmarshal(p.out.Bytes(), &got); err != nil {
		return nil, err
	}
	if got.Err != "" {
		return nil, fmt.Errorf("%s %s: %s", op, id, got.Err)
	}
	return got.Out, nil
}

// member is one client in one of the processes.
type member struct {
	peer *process
	id   string
}

func (m member) identity() string { return hex.EncodeToString([]byte(m.id)) }

// meeting is one history.
type meeting struct {
	t     *testing.T
	rng   *rand.Rand
	suite string
	peers []*process
	count int
	here  []member
}

// must asks one member and fails the test at an error.
func (g *meeting) must(m member, op string, args ...string) []string {
	g.t.Helper()
	out, err := m.peer.ask(op, m.id, args...)
	if err != nil {
		g.t.Fatal(err)
	}
	return out
}

func (g *meeting) newMember() member {
	g.t.Helper()
	g.count++
	m := member{g.peers[g.rng.IntN(len(g.peers))], fmt.Sprint("m", g.count)}
	g.must(m, "new", g.suite, m.identity())
	return m
}

func (g *meeting) one() member { return g.here[g.rng.IntN(len(g.here))] }

func (g *meeting) spread(by member, commit string) {
	g.t.Helper()
	for _, m := range g.here {
		if m != by {
			g.must(m, "process", commit)
		}
	}
}

func (g *meeting) step() {
	g.t.Helper()
	by := g.one()
	switch kind := g.rng.IntN(8); {
	case kind < 3 && len(g.here) < 14: // by Welcome
		m := g.newMember()
		out := g.must(by, "invite", g.must(m, "kp")[0])
		g.spread(by, out[0])
		g.must(m, "join", out[1])
		g.here = append(g.here, m)
	case kind < 5 && len(g.here) < 14 || len(g.here) < 2:
		m := g.newMember()
		commit := g.must(m, "extjoin", g.must(by, "gi")[0])[0]
		g.spread(m, commit)
		g.here = append(g.here, m)
	case kind < 7:
		g.spread(by, g.must(by, "update")[0])
	default:
		out := g.one()
		for out == by {
			out = g.one()
		}
		commit := g.must(by, "remove", out.identity())[0]
		g.here = slices.DeleteFunc(g.here, func(m member) bool { return m == out })
		g.spread(by, commit)
		if _, err := out.peer.ask("process", out.id, commit); err == nil {
			g.t.Fatalf("%s was removed and follows", out.id)
		}
	}
}

// agree checks that all hold the same secrets and that a message of one arrives.
func (g *meeting) agree() {
	g.t.Helper()
	want, epoch := g.must(g.here[0], "export", "interop"), g.must(g.here[0], "epoch")
	by := g.one()
	text := fmt.Sprint("hello from ", by.id)
	message := g.must(by, "send", text)[0]
	for _, m := range g.here {
		if difference := cmp.Diff(want, g.must(m, "export", "interop")); difference != "" {
			g.t.Fatalf("%s has other secrets: %s", m.id, difference)
		}
		if difference := cmp.Diff(epoch, g.must(m, "epoch")); difference != "" {
			g.t.Fatalf("%s is in another epoch: %s", m.id, difference)
		}
		if m == by {
			continue
		}
		if got := g.must(m, "recv", message)[0]; got != text {
			g.t.Fatalf("%s read %q", m.id, got)
		}
	}
}

func TestTwoProcesses(t *testing.T) {
	seeds := 3
	if value := os.Getenv(seedsVariable); value != "" {
		var err error
		if seeds, err = strconv.Atoi(value); err != nil {
			t.Fatal(err)
		}
	}
	operations := 30
	if testing.Short() {
		operations = 10
	}
	peers := []*process{start(t), start(t, strings.Fields(os.Getenv(otherVariable))...)}
	for _, suite := range suites(t) {
		for seed := range seeds {
			t.Run(fmt.Sprintf("suite %s seed %d", suite, seed), func(t *testing.T) {
				g := &meeting{t: t, rng: rand.New(rand.NewPCG(uint64(seed), 0)), suite: suite, peers: peers}
				first := g.newMember()
				g.must(first, "create")
				g.here = []member{first}
				for range operations {
					g.step()
					g.agree()
				}
			})
		}
	}
}

func suites(t *testing.T) []string {
	t.Helper()
	if value := os.Getenv(suitesVariable); value != "" {
		return strings.Fields(value)
	}
	var all []string
	for _, suite := range mls.Suites() {
		all = append(all, strconv.Itoa(int(suite)))
	}
	return all
}

// TestWrongRequests holds that a bad line is answered and harms nothing.
func TestWrongRequests(t *testing.T) {
	peer := start(t)
	if _, err := peer.ask("new", "a", "1"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, op, id string
		args         []string
	}{
		{"ErrOperation", "sing", "a", nil},
		{"ErrClient", "kp", "b", nil},
		{"ErrSuite", "new", "b", []string{"9"}},
		{"ErrNoSuite", "new", "b", nil},
		{"ErrIdentity", "new", "b", []string{"1", "xyz"}},
		{"ErrNoGroup", "gi", "a", nil},
		{"ErrNoPackage", "join", "a", []string{"00"}},
		{"ErrArguments", "extjoin", "a", nil},
		{"ErrHex", "extjoin", "a", []string{"0g"}},
		{"ErrMessage", "extjoin", "a", []string{"00010004"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if out, err := peer.ask(test.op, test.id, test.args...); err == nil {
				t.Fatalf("answered %q", out)
			}
		})
	}
	if _, err := peer.ask("create", "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := peer.ask("recv", "a", "00010002"); err == nil {
		t.Fatal("received nothing as a message")
	}
	if _, err := peer.ask("remove", "a", "00"); err == nil {
		t.Fatal("removed nobody")
	}
	if out, err := peer.ask("epoch", "a"); err != nil || out[0] != "0" {
		t.Fatal(out, err)
	}
}
