// Package group has the rules of the delivery service for a meeting's MLS group
// (RFC 9420; RFC 9750, section 5): which commit is the first for an epoch, what a
// latecomer has missed, which GroupInfo joiners get, who asks to be added, how
// messages are bundled and how much one device may send. It reads headers only
// and can judge, propose or decrypt nothing. It does not deliver: the room does,
// in its own order, and no type here is for concurrent use.
package group

import (
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Bounds of what is kept of a group.
const (
	logCommits   = 64
	logBytes     = 2 << 20
	refuseEpochs = 8 // how far back a commit can still be refused
)

// infoEvery is how often a GroupInfo is taken while nobody waits for one.
const infoEvery = time.Second

var (
	errCommit  = meeting.Errorf(meeting.CodeInvalid, "This is not a commit for the epoch it names.")
	errInfo    = meeting.Errorf(meeting.CodeInvalid, "This is not a GroupInfo for the epoch it names.")
	errBarred  = meeting.Errorf(meeting.CodeForbidden, "Most devices refused your commit for this epoch.")
	errInfoNow = meeting.Errorf(meeting.CodeRateLimited, "A GroupInfo was stored a moment ago.")
	errInfoOld = meeting.Errorf(meeting.CodeConflict, "The group is in another epoch.")
)

// Group orders the commits of one group. The zero value is a meeting without one.
type Group struct {
	id      string // "" for none
	epoch   uint64
	commits []wire.GroupCommitted // the last ones, without gaps and without Welcomes
	bytes   int                   // of commits

	info, before info // of this epoch or an earlier one, and the one that info replaced

	barred   map[string]bool            // may not commit for this epoch
	refusals map[uint64]map[string]bool // who refused which of commits
}

// info is a GroupInfo; nil data for none.
type info struct {
	epoch uint64
	data  []byte
	at    time.Time
}

// Exists reports whether there is a group.
func (g *Group) Exists() bool { return g.id != "" }

// Epoch returns the epoch that the next commit is for.
func (g *Group) Epoch() uint64 { return g.epoch }

// Info returns the GroupInfo of the current epoch, or nil.
func (g *Group) Info() []byte {
	if g.info.epoch != g.epoch {
		return nil
	}
	return g.info.data
}

// Forget ends the group: nobody has its secrets any more.
func (g *Group) Forget() { *g = Group{} }

// Open makes the group of a GroupInfo unless there is one, and reports whether
// it did.
func (g *Group) Open(now time.Time, data []byte) (bool, error) {
	id, epoch, err := wire.ParseGroupInfo(data)
	if err != nil {
		return false, meeting.Wrap(meeting.CodeInvalid, err, errInfo.Message)
	}
	if g.Exists() {
		return false, nil
	}
	*g = Group{id: string(id), epoch: epoch, info: info{epoch, data, now}}
	return true, nil
}

// Outcome is what became of a commit.
type Outcome struct {
	Accepted bool
	Joined   bool                  // an accepted commit by which its sender joined
	Missed   []wire.GroupCommitted // what a member who came too late has to catch up with
}

// Commit takes a commit of a participant when it is the first for the current
// epoch. One for another epoch, or for a group that is gone, is no error: its
// sender is behind.
func (g *Group) Commit(now time.Time, from string, c wire.GroupCommit) (Outcome, error) {
	h, err := wire.ParseHandshake(c.Commit)
	external := h.Sender == wire.SenderNewMemberCommit
	if err != nil || h.Epoch != c.Epoch || h.Type != wire.ContentCommit || (h.Sender != wire.SenderMember && !external) {
		return Outcome{}, errCommit
	}
	if len(c.Info) > 0 && !describes(c.Info, string(h.Group), c.Epoch+1) {
		return Outcome{}, errInfo
	}
	switch {
	case string(h.Group) != g.id:
		return Outcome{}, nil
	case c.Epoch != g.epoch && external:
		return Outcome{}, nil // who has not joined cannot catch up
	case c.Epoch != g.epoch:
		return Outcome{Missed: g.since(c.Epoch)}, nil
	case g.barred[from]:
		return Outcome{}, errBarred
	}
	g.log(wire.GroupCommitted{Epoch: c.Epoch, From: from, Commit: c.Commit})
	g.epoch++
	g.barred = nil
	if len(c.Info) > 0 {
		g.before, g.info = g.info, info{g.epoch, c.Info, now}
	}
	return Outcome{Accepted: true, Joined: external}, nil
}

// Store takes a GroupInfo of the current epoch; urgent says that a joiner waits
// for it.
func (g *Group) Store(now time.Time, epoch uint64, data []byte, urgent bool) error {
	switch {
	case !g.Exists() || epoch != g.epoch:
		return errInfoOld
	case !describes(data, g.id, epoch):
		return errInfo
	case !urgent && now.Sub(g.info.at) < infoEvery:
		return errInfoNow
	}
	if g.info.epoch != epoch {
		g.before = g.info
	}
	g.info = info{epoch, data, now}
	return nil
}

// Refuse notes that a participant refuses the commit for epoch. When more than
// half of the present do, it reopens the epoch: this and all later commits are
// void, and the sender of this one may not commit for the epoch again.
func (g *Group) Refuse(from string, epoch uint64, present []string) (without string, reopened bool) {
	at := g.find(epoch)
	if at < 0 || epoch+refuseEpochs < g.epoch {
		return "", false
	}
	if g.refusals == nil {
		g.refusals = map[uint64]map[string]bool{}
	}
	if g.refusals[epoch] == nil {
		g.refusals[epoch] = map[string]bool{}
	}
	g.refusals[epoch][from] = true
	refused := 0
	for _, id := range present {
		if g.refusals[epoch][id] {
			refused++
		}
	}
	if 2*refused <= len(present) {
		return "", false
	}
	without = g.commits[at].From
	g.reopen(at)
	if g.barred == nil {
		g.barred = map[string]bool{}
	}
	g.barred[without] = true
	return without, true
}

// reopen voids the commits from the one at this place on.
func (g *Group) reopen(at int) {
	g.epoch = g.commits[at].Epoch
	for _, c := range g.commits[at:] {
		g.bytes -= len(c.Commit)
		delete(g.refusals, c.Epoch)
	}
	clear(g.commits[at:])
	g.commits = g.commits[:at]
	if g.info.epoch > g.epoch {
		g.info, g.before = g.before, info{}
	}
	if g.info.epoch > g.epoch {
		g.info = info{}
	}
}

// log keeps an accepted commit and lets the oldest go over the bounds.
func (g *Group) log(c wire.GroupCommitted) {
	g.commits = append(g.commits, c)
	g.bytes += len(c.Commit)
	drop := 0
	for len(g.commits)-drop > logCommits || g.bytes > logBytes {
		g.bytes -= len(g.commits[drop].Commit)
		delete(g.refusals, g.commits[drop].Epoch)
		drop++
	}
	clear(g.commits[:drop])
	g.commits = g.commits[drop:]
}

// since returns the commits from epoch on, or nil when they are not all kept.
func (g *Group) since(epoch uint64) []wire.GroupCommitted {
	if at := g.find(epoch); at >= 0 {
		return append([]wire.GroupCommitted(nil), g.commits[at:]...)
	}
	return nil
}

// find returns the place of the commit for epoch, or -1.
func (g *Group) find(epoch uint64) int {
	if len(g.commits) == 0 || epoch < g.commits[0].Epoch || epoch >= g.epoch {
		return -1
	}
	return int(epoch - g.commits[0].Epoch)
}

// describes reports whether data is the GroupInfo of a group in an epoch.
func describes(data []byte, group string, epoch uint64) bool {
	id, at, err := wire.ParseGroupInfo(data)
	return err == nil && string(id) == group && at == epoch
}
