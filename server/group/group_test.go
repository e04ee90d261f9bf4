package group

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group/grouptest"
)

var start = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

const name = "the group"

// opened is a group in epoch 0.
func opened(tb testing.TB) *Group {
	tb.Helper()
	g := &Group{}
	if ok, err := g.Open(start, grouptest.Info(name, 0)); !ok || err != nil {
		tb.Fatal(ok, err)
	}
	return g
}

// commit has a member commit for an epoch with everything in order.
func commit(g *Group, from string, epoch uint64) (Outcome, error) {
	return g.Commit(start, from, wire.GroupCommit{
		Epoch: epoch, Commit: grouptest.Commit(name, epoch, 1), Info: grouptest.Info(name, epoch+1),
	})
}

// advance commits n times as ann.
func advance(tb testing.TB, g *Group, n int) {
	tb.Helper()
	for range n {
		if out, err := commit(g, "ann", g.Epoch()); !out.Accepted || err != nil {
			tb.Fatal(out, err)
		}
	}
}

func TestFirstOpens(t *testing.T) {
	g := &Group{}
	if _, err := g.Open(start, []byte("nonsense")); meeting.CodeOf(err) != meeting.CodeInvalid || g.Exists() {
		t.Errorf("nonsense: %v", err)
	}
	if _, err := g.Open(start, grouptest.Commit(name, 0, 0)); meeting.CodeOf(err) != meeting.CodeInvalid {
		t.Errorf("a commit: %v", err)
	}
	if ok, err := g.Open(start, grouptest.Info(name, 3)); !ok || err != nil || g.Epoch() != 3 {
		t.Errorf("the first: %v, %v", ok, err)
	}
	if ok, err := g.Open(start, grouptest.Info("another", 0)); ok || err != nil || g.Epoch() != 3 {
		t.Errorf("the second: %v, %v", ok, err)
	}
	g.Forget()
	if ok, _ := g.Open(start, grouptest.Info("another", 0)); !ok {
		t.Error("a forgotten group is in the way")
	}
}

func TestCommit(t *testing.T) {
	tests := []struct {
		name string
		body wire.GroupCommit
		want Outcome
		code meeting.Code
	}{
		{"OK", wire.GroupCommit{Epoch: 5, Commit: grouptest.Commit(name, 5, 2)}, Outcome{Accepted: true}, ""},
		{"OKWithInfo", wire.GroupCommit{Epoch: 5, Commit: grouptest.Commit(name, 5, 2), Info: grouptest.Info(name, 6)}, Outcome{Accepted: true}, ""},
		{"OKExternal", wire.GroupCommit{Epoch: 5, Commit: grouptest.External(name, 5)}, Outcome{Accepted: true, Joined: true}, ""},
		{"Stale", wire.GroupCommit{Epoch: 3, Commit: grouptest.Commit(name, 3, 2)}, Outcome{Missed: []wire.GroupCommitted{
			{Epoch: 3, From: "ann", Commit: grouptest.Commit(name, 3, 1)}, {Epoch: 4, From: "ann", Commit: grouptest.Commit(name, 4, 1)},
		}}, ""},
		{"StaleExternal", wire.GroupCommit{Epoch: 3, Commit: grouptest.External(name, 3)}, Outcome{}, ""},
		{"Ahead", wire.GroupCommit{Epoch: 9, Commit: grouptest.Commit(name, 9, 2)}, Outcome{}, ""},
		{"OtherGroup", wire.GroupCommit{Epoch: 5, Commit: grouptest.Commit("other", 5, 2)}, Outcome{}, ""},
		{"ErrEpochsDiffer", wire.GroupCommit{Epoch: 5, Commit: grouptest.Commit(name, 4, 2)}, Outcome{}, meeting.CodeInvalid},
		{"ErrProposal", wire.GroupCommit{Epoch: 5, Commit: grouptest.Proposal(name, 5, 2)}, Outcome{}, meeting.CodeInvalid},
		{"ErrPrivate", wire.GroupCommit{Epoch: 5, Commit: grouptest.Private(name, 5, 3)}, Outcome{}, meeting.CodeInvalid},
		{"ErrNonsense", wire.GroupCommit{Epoch: 5, Commit: []byte("x")}, Outcome{}, meeting.CodeInvalid},
		{"ErrEmpty", wire.GroupCommit{Epoch: 5}, Outcome{}, meeting.CodeInvalid},
		{"ErrInfoOfThisEpoch", wire.GroupCommit{Epoch: 5, Commit: grouptest.Commit(name, 5, 2), Info: grouptest.Info(name, 5)}, Outcome{}, meeting.CodeInvalid},
		{"ErrInfoOfOther", wire.GroupCommit{Epoch: 5, Commit: grouptest.Commit(name, 5, 2), Info: grouptest.Info("other", 6)}, Outcome{}, meeting.CodeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := opened(t)
			advance(t, g, 5)
			got, err := g.Commit(start, "bob", tt.body)
			if meeting.CodeOf(err) != tt.code {
				t.Errorf("error %v, want %q", err, tt.code)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("outcome (-want +got):\n%s", diff)
			}
			want := uint64(5)
			if tt.want.Accepted {
				want = 6
			}
			if g.Epoch() != want {
				t.Errorf("epoch %d, want %d", g.Epoch(), want)
			}
			if tt.want.Accepted && !bytes.Equal(g.Info(), tt.body.Info) {
				t.Errorf("the GroupInfo is %q", g.Info())
			}
		})
	}
	if out, err := (&Group{}).Commit(start, "bob", tests[0].body); out.Accepted || err != nil {
		t.Errorf("without a group: %+v, %v", out, err)
	}
}

func TestLogIsBounded(t *testing.T) {
	g := opened(t)
	advance(t, g, logCommits+10)
	if got := len(g.since(10)); got != logCommits {
		t.Errorf("%d commits follow epoch 10", got)
	}
	if g.since(9) != nil {
		t.Error("a log with a gap was given")
	}
	for range 10 {
		big := append(grouptest.Commit(name, g.Epoch(), 1), make([]byte, logBytes/4)...)
		if _, err := g.Commit(start, "ann", wire.GroupCommit{Epoch: g.Epoch(), Commit: big}); err != nil {
			t.Fatal(err)
		}
	}
	if g.bytes > logBytes || len(g.commits) != 3 {
		t.Errorf("%d commits with %d bytes are kept", len(g.commits), g.bytes)
	}
	huge := append(grouptest.Commit(name, g.Epoch(), 1), make([]byte, logBytes)...)
	if _, err := g.Commit(start, "ann", wire.GroupCommit{Epoch: g.Epoch(), Commit: huge}); err != nil || len(g.commits) != 0 || g.bytes != 0 {
		t.Errorf("%v; %d commits with %d bytes are kept", err, len(g.commits), g.bytes)
	}
}

func TestStore(t *testing.T) {
	g := opened(t)
	at := start.Add(infoEvery)
	bare := func() {
		t.Helper()
		if _, err := g.Commit(at, "ann", wire.GroupCommit{Epoch: g.Epoch(), Commit: grouptest.Commit(name, g.Epoch(), 1)}); err != nil {
			t.Fatal(err)
		}
	}
	bare()
	if g.Info() != nil {
		t.Error("an old GroupInfo is given")
	}
	for _, tt := range []struct {
		name   string
		after  time.Duration
		epoch  uint64
		info   []byte
		urgent bool
		want   meeting.Code
	}{
		{"ErrOld", 0, 0, grouptest.Info(name, 0), true, meeting.CodeConflict},
		{"ErrAhead", 0, 2, grouptest.Info(name, 2), true, meeting.CodeConflict},
		{"ErrOther", 0, 1, grouptest.Info("other", 1), true, meeting.CodeInvalid},
		{"ErrNonsense", 0, 1, nil, true, meeting.CodeInvalid},
		{"OK", 0, 1, grouptest.Info(name, 1), false, ""},
		{"ErrSoon", infoEvery - 1, 1, grouptest.Info(name, 1), false, meeting.CodeRateLimited},
		{"OKUrgent", infoEvery - 1, 1, grouptest.Info(name, 1), true, ""},
		{"OKLater", 2*infoEvery - 1, 1, grouptest.Info(name, 1), false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := g.Store(at.Add(tt.after), tt.epoch, tt.info, tt.urgent)
			if meeting.CodeOf(err) != tt.want {
				t.Errorf("%v, want %q", err, tt.want)
			}
			if err == nil && g.Info() == nil {
				t.Error("it is not stored")
			}
		})
	}
	if err := (&Group{}).Store(start, 0, grouptest.Info(name, 0), true); meeting.CodeOf(err) != meeting.CodeConflict {
		t.Errorf("without a group: %v", err)
	}
}

func TestRefuse(t *testing.T) {
	five := []string{"a", "b", "c", "d", "e"}
	tests := []struct {
		name    string
		refuse  []string
		epoch   uint64
		present []string
		want    bool
	}{
		{"LoneRefuser", []string{"a"}, 9, five, false},
		{"SameOneOften", []string{"a", "a", "a"}, 9, five, false},
		{"HalfOfFour", []string{"a", "b"}, 9, five[:4], false},
		{"MostOfFive", []string{"a", "b", "c"}, 9, five, true},
		{"Gone", []string{"a", "b", "x"}, 9, five, false},
		{"Earlier", []string{"a", "b", "c"}, 4, five, true},
		{"TooEarly", []string{"a", "b", "c"}, 1, five, false},
		{"NotYet", []string{"a", "b", "c"}, 10, five, false},
		{"Alone", []string{"a"}, 9, five[:1], true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := opened(t)
			advance(t, g, 10)
			without, reopened := "", false
			for _, from := range tt.refuse {
				without, reopened = g.Refuse(from, tt.epoch, tt.present)
			}
			if reopened != tt.want || (without == "ann") != tt.want {
				t.Fatalf("reopened is %v without %q", reopened, without)
			}
			if !tt.want {
				if g.Epoch() != 10 || g.Info() == nil {
					t.Errorf("epoch %d", g.Epoch())
				}
				return
			}
			if g.Epoch() != tt.epoch {
				t.Errorf("epoch %d, want %d", g.Epoch(), tt.epoch)
			}
			if has := g.Info() != nil; has != (tt.epoch == 9) {
				t.Errorf("a GroupInfo of the epoch: %v", has)
			}
			if _, err := commit(g, "ann", tt.epoch); meeting.CodeOf(err) != meeting.CodeForbidden {
				t.Errorf("who was refused commits again: %v", err)
			}
			if out, err := commit(g, "bob", tt.epoch); !out.Accepted || err != nil {
				t.Errorf("somebody else: %+v, %v", out, err)
			}
			if out, err := commit(g, "ann", tt.epoch+1); !out.Accepted || err != nil {
				t.Errorf("in the next epoch: %+v, %v", out, err)
			}
		})
	}
}

// TestEveryMemberSeesOneOrder has many members commit at random, often late, and
// checks that whoever follows replies and events alone walks the same epochs.
func TestEveryMemberSeesOneOrder(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		g := opened(t)
		var history []string
		seen := make([][]string, 8)
		for range 300 {
			who := r.IntN(len(seen))
			epoch := uint64(len(seen[who]))
			out, err := g.Commit(start, fmt.Sprint(who), wire.GroupCommit{Epoch: epoch, Commit: grouptest.Commit(name, epoch, uint32(who))})
			if err != nil {
				t.Fatal(err)
			}
			if out.Accepted {
				history = append(history, fmt.Sprint(who))
				seen[who] = append(seen[who], fmt.Sprint(who))
			}
			for _, missed := range out.Missed {
				seen[who] = append(seen[who], missed.From)
			}
			if !out.Accepted && len(out.Missed) == 0 { // too far behind: rejoin
				seen[who] = append([]string(nil), history...)
			}
		}
		for who, path := range seen {
			if diff := cmp.Diff(history[:len(path)], path); diff != "" {
				t.Fatalf("seed %d, member %d (-all +own):\n%s", seed, who, diff)
			}
		}
	}
}

// FuzzGroup drives a group with any bytes as commits and GroupInfos: an epoch is
// never skipped, and what is kept stays within its bounds.
func FuzzGroup(f *testing.F) {
	f.Add(grouptest.Commit(name, 0, 1), grouptest.Info(name, 1), uint64(0))
	f.Add(grouptest.External(name, 0), grouptest.Info(name, 0), uint64(0))
	f.Add(grouptest.Private(name, 0, 3), []byte{}, uint64(1))
	f.Fuzz(func(t *testing.T, c, i []byte, epoch uint64) {
		for _, first := range [][]byte{i, grouptest.Info(name, epoch)} {
			g := &Group{}
			if _, err := g.Open(start, first); err != nil {
				continue
			}
			before := g.Epoch()
			out, err := g.Commit(start, "a", wire.GroupCommit{Epoch: epoch, Commit: c, Info: i})
			if out.Accepted != (g.Epoch() == before+1) || err != nil && out.Accepted {
				t.Errorf("accepted is %v, %v; epoch %d became %d", out.Accepted, err, before, g.Epoch())
			}
			_ = g.Store(start, epoch, i, true)
			if _, reopened := g.Refuse("a", epoch, []string{"a"}); reopened && g.Epoch() != epoch {
				t.Errorf("epoch %d was reopened as %d", epoch, g.Epoch())
			}
			if g.bytes > logBytes || g.bytes < 0 {
				t.Errorf("%d bytes are kept", g.bytes)
			}
		}
	})
}
