package room

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// trio is a meeting of the owner, a co-host and a participant.
func trio(w *world) (owner, co, ann *client) {
	owner, co, ann = user(w, ownerID).mustJoin("Owner"), guest(w).mustJoin("Co"), guest(w).mustJoin("Ann")
	owner.must(wire.TypeSetRole, wire.SetRole{ID: co.id(), Role: meeting.RoleCoHost})
	return owner, co, ann
}

func live(c *client, kinds ...meeting.Kind) {
	for _, k := range kinds {
		c.must(wire.TypeMediaLive, wire.MediaLive{Kind: k, Live: true})
	}
}

func TestMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, co, ann := trio(w)
		live(ann, meeting.KindMic, meeting.KindScreen, meeting.KindScreenAudio)
		ann.must(wire.TypeSelfSpeak, wire.SelfSpeaking{Speaking: true})

		co.must(wire.TypeMute, wire.Mute{ID: ann.id(), Kind: meeting.KindMic})
		peer := w.media.last().peer(ann.id())
		if peer.live[meeting.KindMic] || peer.speaking || ann.me().Speaking {
			t.Error("the server still forwards the microphone, or believes it speaks")
		}
		owner.must(wire.TypeMute, wire.Mute{ID: ann.id(), Kind: meeting.KindScreen})
		want := []wire.Muted{
			{Kind: meeting.KindMic, By: co.id()}, {Kind: meeting.KindScreen, By: owner.id()}, {Kind: meeting.KindScreenAudio, By: owner.id()},
		}
		if diff := cmp.Diff(want, ann.see().muted); diff != "" {
			t.Errorf("muted events (-want +got):\n%s", diff)
		}
		if got := owner.sees(ann).Live; len(got) != 0 {
			t.Errorf("others see %v live", got)
		}
		ann.got()
		owner.must(wire.TypeMute, wire.Mute{ID: ann.id(), Kind: meeting.KindCamera})
		if got := ann.got(); len(got) != 0 {
			t.Errorf("muting what is not live told %v", got)
		}
		live(ann, meeting.KindMic)
		if !owner.sees(ann).Live[meeting.KindMic] {
			t.Error("who was muted cannot unmute")
		}
		if code := owner.do(wire.TypeMute, wire.Mute{ID: ann.id(), Kind: "nose"}); code != meeting.CodeInvalid {
			t.Errorf("muting a nose: %q", code)
		}
		if code := owner.do(wire.TypeMute, wire.Mute{ID: "nobody", Kind: meeting.KindMic}); code != meeting.CodeNotFound {
			t.Errorf("muting nobody: %q", code)
		}
	})
}

func TestMuteAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, co, ann := trio(w)
		for _, c := range []*client{owner, co, ann} {
			live(c, meeting.KindMic, meeting.KindCamera)
		}
		co.must(wire.TypeMuteAll, wire.Empty{})
		got := map[string]bool{"owner": owner.me().Live["mic"], "co": co.me().Live["mic"], "ann": ann.me().Live["mic"]}
		want := map[string]bool{"owner": true, "co": true, "ann": false}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("microphones after a co-host muted all (-want +got):\n%s", diff)
		}
		if !ann.me().Live[meeting.KindCamera] {
			t.Error("muting all stopped a camera")
		}
		owner.must(wire.TypeMuteAll, wire.Empty{})
		if co.me().Live[meeting.KindMic] || !owner.me().Live[meeting.KindMic] {
			t.Error("the host muted all but not the co-host, or itself")
		}
	})
}

func TestAskHandSpotlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, co, ann := trio(w)
		co.must(wire.TypeAskUnmute, wire.Target{ID: ann.id()})
		if diff := cmp.Diff([]wire.Asked{{By: co.id()}}, ann.see().asked); diff != "" {
			t.Errorf("asked (-want +got):\n%s", diff)
		}
		ann.must(wire.TypeSelfHand, wire.SelfHand{Up: true})
		up := owner.sees(ann).Hand
		if up == nil || !up.Equal(time.Now()) {
			t.Fatalf("the hand is up since %v", up)
		}
		time.Sleep(time.Second)
		ann.must(wire.TypeSelfHand, wire.SelfHand{Up: true})
		if got := owner.sees(ann).Hand; !got.Equal(*up) {
			t.Error("raising the hand again lost the place in the queue")
		}
		co.must(wire.TypeLowerHand, wire.Target{ID: ann.id()})
		if owner.sees(ann).Hand != nil {
			t.Error("the hand is still up")
		}
		co.must(wire.TypeSpotlight, wire.Target{ID: ann.id()})
		if got := ann.see().room.Spotlight; got != ann.id() {
			t.Errorf("spotlight on %q", got)
		}
		if code := co.do(wire.TypeSpotlight, wire.Target{ID: "nobody"}); code != meeting.CodeNotFound {
			t.Errorf("spotlight on nobody: %q", code)
		}
		ann.must(wire.TypeLeave, wire.Empty{})
		if got := owner.see().room.Spotlight; got != "" {
			t.Errorf("spotlight on somebody who left")
		}
		owner.must(wire.TypeSpotlight, wire.Target{ID: owner.id()})
		owner.must(wire.TypeSpotlight, wire.Target{})
		if got := co.see().room.Spotlight; got != "" {
			t.Errorf("spotlight on %q after its end", got)
		}
	})
}

func TestRemove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, meeting.DefaultSettings())
		owner, co, ann := trio(w)
		if code := ann.do(wire.TypeRemove, wire.Remove{ID: co.id()}); code != meeting.CodeForbidden {
			t.Errorf("a participant removes: %q", code)
		}
		co.must(wire.TypeRemove, wire.Remove{ID: ann.id()})
		if code := ann.closedWith(); code != meeting.CodeRemoved {
			t.Errorf("Ann was closed with %q", code)
		}
		if n := len(owner.see().people); n != 2 {
			t.Errorf("%d people are left", n)
		}
		if code := newClient(t, w.rooms, ann.who).join(wire.Join{Seat: ann.see().seat, Seq: 1}); code != meeting.CodeNotFound {
			t.Errorf("resuming a removed seat: %q", code)
		}
		again := newClient(t, w.rooms, ann.who).mustJoin("Ann")
		owner.must(wire.TypeTransfer, wire.Target{ID: again.id()})
		if code := again.do(wire.TypeRemove, wire.Remove{ID: owner.id()}); code != meeting.CodeForbidden {
			t.Errorf("removing the owner: %q", code)
		}
		ann.checkFault()
	})
}

func TestBan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, lobbied())
		owner := user(w, ownerID).mustJoin("")
		device := func(name string) *client {
			return newClient(t, w.rooms, Caller{Known: []string{name}, Traces: []string{name, "the address"}})
		}
		ann := device("phone").mustJoin("Ann")
		owner.must(wire.TypeAdmit, wire.Target{})
		owner.must(wire.TypeRemove, wire.Remove{ID: ann.id(), Ban: true})
		if code := ann.closedWith(); code != meeting.CodeBanned {
			t.Errorf("Ann was closed with %q", code)
		}
		tries := []struct {
			name  string
			known string
			want  meeting.Code
		}{{"ErrSameDevice", "phone", meeting.CodeBanned}, {"ErrByAddress", "the address", meeting.CodeBanned}, {"OKOther", "laptop", ""}}
		for _, try := range tries {
			if code := device(try.known).join(wire.Join{Name: "Ann"}); code != try.want {
				t.Errorf("%s: %q, want %q", try.name, code, try.want)
			}
		}

		// The ban outlives the room, but not the meeting.
		w.inspect(func(r *Room) { r.close(errInternal) })
		synctest.Wait()
		if code := device("phone").join(wire.Join{Name: "Ann"}); code != meeting.CodeBanned {
			t.Errorf("after the room ended: %q", code)
		}
		owner = user(w, ownerID).mustJoin("")
		if code := device("phone").join(wire.Join{Name: "Ann"}); code != meeting.CodeBanned {
			t.Errorf("in the next room: %q", code)
		}
		owner.must(wire.TypeEnd, wire.Empty{})
		synctest.Wait()
		if n := len(w.rooms.bans.lists); n != 0 {
			t.Errorf("bans of %d meetings are kept after the end", n)
		}
	})
}

func TestBansAreBounded(t *testing.T) {
	var list banList
	for range maxBans + 10 {
		list = list.add([]string{"x"})
	}
	list = list.add([]string{"last"})
	if len(list) != maxBans || !list.has([]string{"last"}) {
		t.Errorf("%d bans, the last is kept: %v", len(list), list.has([]string{"last"}))
	}
	var archive banArchive
	for i := range maxBanMeetings + 10 {
		archive.put(time.Duration(i).String(), list)
	}
	archive.put("5", nil)
	if len(archive.lists) != maxBanMeetings || len(archive.order) != maxBanMeetings {
		t.Errorf("%d meetings in order of %d", len(archive.lists), len(archive.order))
	}
	archive.drop((maxBanMeetings + 9 + time.Duration(0)).String())
	if len(archive.lists) != maxBanMeetings-1 || len(archive.order) != maxBanMeetings-1 {
		t.Errorf("%d meetings in order of %d after one was dropped", len(archive.lists), len(archive.order))
	}
}
