package room

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/server/group/grouptest"
)

const mls = "the group"

// capable is a guest whose client takes part in end-to-end encryption.
func capable(w *world) *client {
	return newClient(w.t, w.rooms, Caller{Leg: meeting.Leg{Kind: meeting.LegSDK, Client: "test", E2EE: true}})
}

// capableOwner is the owner with such a client.
func capableOwner(w *world) *client {
	return newClient(w.t, w.rooms, Caller{
		User: &wire.User{ID: ownerID, Name: "Olga"},
		Leg:  meeting.Leg{Kind: meeting.LegSDK, Client: "test", E2EE: true},
	})
}

// reply sends a request that has to succeed and returns the body of its reply.
func reply[T any](c *client, typ string, body any) (out T) {
	c.t.Helper()
	code, m := c.ask(typ, body)
	if code != "" {
		c.t.Fatalf("%s: %s", typ, code)
	}
	unmarshal(m.Body, &out)
	return out
}

func (c *client) open() wire.GroupReply {
	c.t.Helper()
	return reply[wire.GroupReply](c, wire.TypeGroupOpen, wire.GroupOpen{Info: grouptest.Info(mls, 0)})
}

// commit is a member's commit with everything that belongs to it.
func (c *client) commit(epoch uint64, added ...string) wire.GroupReply {
	c.t.Helper()
	body := wire.GroupCommit{Epoch: epoch, Commit: grouptest.Commit(mls, epoch, 0), Info: grouptest.Info(mls, epoch+1), Added: added}
	if len(added) > 0 {
		body.Welcome = []byte("welcome")
	}
	return reply[wire.GroupReply](c, wire.TypeGroupCommit, body)
}

// enterGroup joins by an own commit.
func (c *client) enterGroup(epoch uint64) wire.GroupReply {
	c.t.Helper()
	return reply[wire.GroupReply](c, wire.TypeGroupCommit, wire.GroupCommit{
		Epoch: epoch, Commit: grouptest.External(mls, epoch), Info: grouptest.Info(mls, epoch+1),
	})
}

func (c *client) fetch() wire.GroupState {
	c.t.Helper()
	return reply[wire.GroupState](c, wire.TypeGroupFetch, wire.Empty{})
}

func (c *client) knock() meeting.Code {
	c.t.Helper()
	return c.do(wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: []byte("key"), Proof: []byte("proof")})
}

// told lists the group's events that c got, in few words, and forgets them.
func (c *client) told() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := []string{}
	for _, e := range c.model.group {
		switch e.Type {
		case wire.TypeGroupCommitted:
			var b wire.GroupCommitted
			unmarshal(e.Body, &b)
			text := fmt.Sprintf("commit %d", b.Epoch)
			if b.Welcome != nil {
				text += " with " + string(b.Welcome)
			}
			list = append(list, text)
		case wire.TypeGroupReopened:
			var b wire.GroupReopened
			unmarshal(e.Body, &b)
			list = append(list, fmt.Sprintf("reopened %d", b.Epoch))
		case wire.TypeGroupMessages:
			var b wire.GroupMessages
			unmarshal(e.Body, &b)
			for _, m := range b.Messages {
				list = append(list, string(m.Message))
			}
		case wire.TypeE2EEUnsupported:
			var b wire.E2EEUnsupported
			unmarshal(e.Body, &b)
			list = append(list, "unsupported "+b.Name)
		}
	}
	c.model.group = nil
	return list
}

func wantTold(t *testing.T, who string, c *client, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), c.told()); diff != "" {
		t.Errorf("%s is told (-want +got):\n%s", who, diff)
	}
	c.checkFault()
}

func TestGroupLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob, old := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob"), guest(w).mustJoin("Old")
		if got := ann.fetch(); got.Exists || got.Queue {
			t.Errorf("before the group: %+v", got)
		}
		if got := ann.open(); !got.Accepted {
			t.Errorf("the first to open: %+v", got)
		}
		if got := bob.open(); got.Accepted {
			t.Errorf("the second to open: %+v", got)
		}
		state := bob.fetch()
		if !state.Exists || state.Epoch != 0 || !bytes.Equal(state.Info, grouptest.Info(mls, 0)) || state.Queue {
			t.Errorf("a joiner gets %+v", state)
		}
		if got := bob.enterGroup(0); !got.Accepted || got.Epoch != 1 {
			t.Errorf("the joiner's commit: %+v", got)
		}
		if got := ann.commit(0); got.Accepted || len(got.Missed) != 1 || got.Missed[0].From != bob.id() || got.Epoch != 1 {
			t.Errorf("a late commit: %+v", got)
		}
		if got := ann.commit(1); !got.Accepted {
			t.Errorf("a commit in time: %+v", got)
		}
		wantTold(t, "Ann", ann, "commit 0", "commit 1")
		wantTold(t, "Bob", bob, "commit 0", "commit 1")
		wantTold(t, "a client that takes no part", old)
		for typ, body := range map[string]any{
			wire.TypeGroupOpen: wire.GroupOpen{Info: grouptest.Info(mls, 0)}, wire.TypeGroupFetch: wire.Empty{},
			wire.TypeGroupCommit: wire.GroupCommit{Epoch: 2, Commit: grouptest.External(mls, 2)}, wire.TypeGroupInfo: wire.GroupInfo{},
			wire.TypeGroupRefuse: wire.GroupRefuse{}, wire.TypeGroupKnock: wire.GroupKnock{KeyPackage: []byte("k")},
			wire.TypeGroupSend: wire.GroupSend{Message: []byte("m")},
		} {
			if code := old.do(typ, body); code != meeting.CodeForbidden {
				t.Errorf("%s of a client that takes no part: %q", typ, code)
			}
		}
		// The group is over when its last device is gone for good.
		bob.must(wire.TypeLeave, wire.Empty{})
		if got := ann.fetch(); !got.Exists {
			t.Error("the group ended while Ann is in it")
		}
		ann.must(wire.TypeLeave, wire.Empty{})
		cyd := capable(w).mustJoin("Cyd")
		if got := cyd.fetch(); got.Exists {
			t.Error("a group without members is left")
		}
		if got := cyd.enterGroup(2); got.Accepted {
			t.Error("a commit for a group that is over was accepted")
		}
	})
}

func TestAddedFromTheLobby(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		host := capableOwner(w).mustJoin("")
		host.open()
		ann, bob := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob")
		if code := ann.knock(); code != "" {
			t.Fatal(code)
		}
		bob.must(wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: []byte("key"), SealedName: []byte("sealed")})
		if code := ann.do(wire.TypeGroupFetch, wire.Empty{}); code != "" {
			t.Errorf("a fetch from the lobby: %q", code)
		}
		legacy := guest(w).mustJoin("Legacy")
		if code := legacy.do(wire.TypeGroupFetch, wire.Empty{}); code != meeting.CodeForbidden {
			t.Errorf("a fetch from the lobby by a client that cannot take part: %q", code)
		}
		legacy.must(wire.TypeLeave, wire.Empty{})
		synctest.Wait()
		time.Sleep(knocksPause)
		synctest.Wait()
		knocks := host.see().knocks
		annID := ann.see().lobby.Self
		if len(knocks) != 2 || knocks[0].Participant != annID || knocks[0].Name != "Ann" || !knocks[0].Lobby || string(knocks[1].SealedName) != "sealed" {
			t.Fatalf("the host sees %+v", knocks)
		}
		// A member's commit lets nobody in; the host's does.
		member := capable(w).mustJoin("Member")
		host.must(wire.TypeAdmit, wire.Target{ID: member.see().lobby.Self})
		member.enterGroup(0)
		member.commit(1, annID)
		host.commit(2)
		host.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("hello")})
		time.Sleep(waitABundle)
		synctest.Wait()
		if got := ann.told(); len(got) != 0 {
			t.Errorf("in the lobby she is told %v", got)
		}
		host.must(wire.TypeAdmit, wire.Target{ID: annID})
		host.must(wire.TypeAdmit, wire.Target{ID: annID})
		host.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("again")})
		time.Sleep(waitABundle)
		synctest.Wait()
		if ann.id() != annID {
			t.Errorf("she waited as %s and is %s", annID, ann.id())
		}
		wantTold(t, "Ann", ann, "commit 1 with welcome", "commit 2", "hello", "again")
		if got := ann.see().knocks; len(got) != 1 || got[0].Name != "Bob" {
			t.Errorf("she sees %+v", got)
		}
		host.commit(3, bob.see().lobby.Self)
		wantTold(t, "Bob", bob, "commit 3 with welcome")
		time.Sleep(knocksPauseMost)
		synctest.Wait()
		if got := host.see().knocks; len(got) != 0 {
			t.Errorf("after all are in or gone the host sees %+v", got)
		}
	})
}

const waitABundle = 200 * time.Millisecond

func TestMessagesAreBundled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob, cyd := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob"), capable(w).mustJoin("Cyd")
		outside := capable(w).mustJoin("Outside")
		if code := ann.do(wire.TypeGroupSend, wire.GroupSend{Message: []byte("m")}); code != meeting.CodeConflict {
			t.Errorf("without a group: %q", code)
		}
		ann.open()
		bob.enterGroup(0)
		cyd.enterGroup(1)
		for _, c := range []*client{ann, bob, cyd, outside} {
			c.told()
			c.got()
		}
		ann.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("1")})
		bob.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("2"), To: []string{ann.id(), outside.id(), "nobody"}})
		cyd.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("3")})
		time.Sleep(waitABundle)
		synctest.Wait()
		if got := ann.got(); len(got) != 1 {
			t.Errorf("Ann's messages came in %v", got)
		}
		wantTold(t, "Ann", ann, "2", "3")
		wantTold(t, "Bob", bob, "1", "3")
		wantTold(t, "Cyd", cyd, "1")
		wantTold(t, "who has just come", outside, "1", "2", "3")
		// A commit does not overtake what was sent before it.
		ann.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("4")})
		bob.commit(2)
		wantTold(t, "Cyd", cyd, "4", "commit 2")
		for name, body := range map[string]wire.GroupSend{
			"invalid":   {},
			"too_large": {Message: make([]byte, wire.MaxGroupMessage+1)},
		} {
			if code := ann.do(wire.TypeGroupSend, body); string(code) != name {
				t.Errorf("%q, want %q", code, name)
			}
		}
	})
}

func TestMissingInfoIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob")
		ann.open()
		reply[wire.GroupReply](ann, wire.TypeGroupCommit, wire.GroupCommit{Epoch: 0, Commit: grouptest.Commit(mls, 0, 0)})
		begin := time.Now()
		go func() {
			time.Sleep(fetchWait / 4)
			ann.must(wire.TypeGroupInfo, wire.GroupInfo{Epoch: 1, Info: grouptest.Info(mls, 1)})
		}()
		if got := bob.fetch(); got.Info == nil || got.Epoch != 1 || time.Since(begin) != fetchWait/4 {
			t.Errorf("after %v: %+v", time.Since(begin), got)
		}
		reply[wire.GroupReply](ann, wire.TypeGroupCommit, wire.GroupCommit{Epoch: 1, Commit: grouptest.Commit(mls, 1, 0)})
		begin = time.Now()
		if got := bob.fetch(); got.Info != nil || !got.Exists || got.Epoch != 2 || time.Since(begin) != fetchWait {
			t.Errorf("after %v: %+v", time.Since(begin), got)
		}
		if code := bob.do(wire.TypeGroupInfo, wire.GroupInfo{Epoch: 2, Info: grouptest.Info(mls, 2)}); code != meeting.CodeConflict {
			t.Errorf("a GroupInfo from outside: %q", code)
		}
	})
}

func TestRefusedByMost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob, cyd := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob"), capable(w).mustJoin("Cyd")
		gone := capable(w).mustJoin("Gone")
		ann.open()
		gone.place.Lost()
		ann.commit(0)
		ann.commit(1)
		bob.must(wire.TypeGroupRefuse, wire.GroupRefuse{Epoch: 0})
		if got := bob.fetch(); got.Epoch != 2 {
			t.Errorf("after one refusal of three: epoch %d", got.Epoch)
		}
		cyd.must(wire.TypeGroupRefuse, wire.GroupRefuse{Epoch: 0})
		wantTold(t, "Ann", ann, "commit 0", "commit 1", "reopened 0")
		wantTold(t, "Bob", bob, "commit 0", "commit 1", "reopened 0")
		if code := ann.do(wire.TypeGroupCommit, wire.GroupCommit{Epoch: 0, Commit: grouptest.Commit(mls, 0, 0)}); code != meeting.CodeForbidden {
			t.Errorf("who was refused commits again: %q", code)
		}
		if got := bob.enterGroup(0); !got.Accepted {
			t.Errorf("somebody else: %+v", got)
		}
	})
}

func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host := capableOwner(w).mustJoin("")
		host.open()
		epoch := uint64(0)
		members := []*client{}
		for i := range 3 {
			c := capable(w).mustJoin(fmt.Sprint("Member ", i))
			c.enterGroup(epoch)
			members = append(members, c)
			epoch++
		}
		joiner := capable(w).mustJoin("Joiner")
		want := func(what string, want bool) {
			t.Helper()
			if got := joiner.fetch(); got.Queue != want {
				t.Errorf("%s: queue is %v", what, got.Queue)
			}
		}
		want("nothing is going on", false)
		members[0].must(wire.TypeLeave, wire.Empty{})
		want("somebody has left", true)
		host.commit(epoch)
		want("they were removed", false)
		time.Sleep(time.Second)
		members[1].must(wire.TypeLeave, wire.Empty{})
		want("another has left", true)
		time.Sleep(removePending)
		want("nobody removes them", false)
		host.commit(epoch + 1)
		members[2].place.Lost()
		time.Sleep(removeLost - time.Second)
		want("a connection is lost", false)
		time.Sleep(time.Second)
		want("it is lost for long", true)
		host.commit(epoch + 2)
		want("it was removed", false)

		others := []*client{}
		for i := range maxJoiners {
			c := capable(w).mustJoin(fmt.Sprint("Joiner ", i))
			c.fetch()
			others = append(others, c)
		}
		want("many join", true)
		for _, c := range others {
			c.must(wire.TypeLeave, wire.Empty{})
		}
		time.Sleep(removePending)
		want("they have gone", false)
		host.must(wire.TypeE2EEPrepare, wire.Empty{})
		want("a host prepares", true)
		time.Sleep(prepareFor)
		want("the host did not go on", false)
		host.place.Lost()
		time.Sleep(removeLost)
		want("no member is connected", false)
	})
}

func TestGroupAfterResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		ann, bob := capable(w).mustJoin("Ann"), capable(w).mustJoin("Bob")
		ann.must(wire.TypeMediaOffer, wire.MediaOffer{SDP: sdp})
		bob.open()
		ann.enterGroup(0)
		ann.told()
		ann.place.Lost()
		// What a large group commits while she is away fits into what is kept.
		large := append(grouptest.Commit(mls, 1, 0), make([]byte, 400<<10)...)
		reply[wire.GroupReply](bob, wire.TypeGroupCommit, wire.GroupCommit{Epoch: 1, Commit: large})
		for epoch := uint64(2); epoch < 8; epoch++ {
			copy(large, grouptest.Commit(mls, epoch, 0))
			reply[wire.GroupReply](bob, wire.TypeGroupCommit, wire.GroupCommit{Epoch: epoch, Commit: large})
		}
		bob.must(wire.TypeGroupSend, wire.GroupSend{Message: []byte("m")})
		time.Sleep(waitABundle)
		again := ann.back()
		if !again.see().resumed {
			t.Error("the seat was not resumed whole")
		}
		wantTold(t, "Ann", again, "commit 1", "commit 2", "commit 3", "commit 4", "commit 5", "commit 6", "commit 7", "m")
		// Without media to go on with she is told of the group all the same.
		again.place.Lost()
		reply[wire.GroupReply](bob, wire.TypeGroupCommit, wire.GroupCommit{Epoch: 8, Commit: grouptest.Commit(mls, 8, 0)})
		w.inspect(func(r *Room) { r.dropMedia(r.byID(ann.id())) })
		anew := again.back()
		if anew.see().resumed {
			t.Error("the seat was resumed without media")
		}
		wantTold(t, "Ann", anew, "commit 8")
		again = anew
		// After a reload the keys are gone; alone, so is the group.
		again.place.Lost()
		bob.must(wire.TypeLeave, wire.Empty{})
		reloaded := newClient(t, w.rooms, again.who)
		if code := reloaded.join(wire.Join{Seat: again.see().seat}); code != "" {
			t.Fatal(code)
		}
		if got := reloaded.fetch(); got.Exists {
			t.Error("a group is left that nobody has the keys of")
		}
	})
}

// TestKnocksOfACrowd has a whole class knock at once: the list is told whole, but
// not for each of them.
func TestKnocksOfACrowd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host := capableOwner(w).mustJoin("")
		host.open()
		crowd := []*client{}
		for i := range 40 {
			c := capable(w).mustJoin(fmt.Sprint("Person ", i))
			key := []byte(strings.Repeat("k", 3000))
			c.must(wire.TypeGroupKnock, wire.GroupKnock{KeyPackage: key})
			crowd = append(crowd, c)
		}
		time.Sleep(3 * time.Second)
		host.got()
		before := len(host.see().knocks)
		added := []string{}
		for _, c := range crowd[:20] {
			added = append(added, c.id())
		}
		host.commit(0, added...)
		time.Sleep(3 * time.Second)
		if after := len(host.see().knocks); before != 40 || after != 20 {
			t.Errorf("%d knock, then %d", before, after)
		}
		if got := host.got(); len(got) != 2 {
			t.Errorf("for one commit the host is told %v", got)
		}
		wantTold(t, "who was added", crowd[0], "commit 0 with welcome")
		wantTold(t, "who was not", crowd[30], "commit 0")
		if got := crowd[0].commit(1); !got.Accepted {
			t.Errorf("who was added commits: %+v", got)
		}
		w.inspect(func(r *Room) {
			for _, s := range r.seats {
				if s.log.bytes > 4<<20 {
					t.Fatalf("a seat keeps %d bytes", s.log.bytes)
				}
			}
		})
	})
}

// TestCardDuringTheMeeting: a card that is stored while people are there reaches
// them; one that is stored while there is a group waits for the next one, since
// nobody could join the group with another card than its own.
func TestCardDuringTheMeeting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		host, plain := capableOwner(w).mustJoin(""), guest(w).mustJoin("Old")
		host.got()
		id := host.see().room.ID
		store := func(card string) {
			w.rooms.SetCard(id, []byte(card))
			synctest.Wait()
		}
		store("first")
		if got := string(host.see().card); got != "first" {
			t.Errorf("the host has card %q", got)
		}
		if got := plain.see().card; got != nil {
			t.Errorf("a client that cannot use it has card %q", got)
		}
		host.open()
		store("second")
		late := capable(w).mustJoin("Late")
		if a, b := string(host.see().card), string(late.see().card); a != "first" || b != "first" {
			t.Errorf("with a group the cards are %q and %q", a, b)
		}
		late.enterGroup(0)
		host.must(wire.TypeLeave, wire.Empty{})
		if got := string(late.see().card); got != "first" {
			t.Errorf("the group lives on, and the card is %q", got)
		}
		watcher := capable(w).mustJoin("Watcher") // not in the group
		late.must(wire.TypeLeave, wire.Empty{})
		if got := string(watcher.see().card); got != "second" {
			t.Errorf("after the group the card is %q", got)
		}
		if got := string(capable(w).mustJoin("Next").see().card); got != "second" {
			t.Errorf("who comes then has card %q", got)
		}
		for _, c := range []*client{host, plain, late, watcher} {
			c.checkFault()
		}
	})
}
