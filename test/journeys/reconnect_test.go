package journeys

import (
	"net/netip"
	"net/url"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/internal/netsim"
)

// wireCutter passes TCP on to the server until it is cut; media does not go
// through it.
type wireCutter struct{ *netsim.Splice }

func newWireCutter(t *testing.T) wireCutter {
	t.Helper()
	u, err := url.Parse(house.URL)
	if err != nil {
		t.Fatal(err)
	}
	server, err := netip.ParseAddrPort(u.Host)
	if err != nil {
		t.Fatal(err)
	}
	s, err := netsim.NewSplice(netip.MustParseAddrPort("127.0.0.1:0"), server)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return wireCutter{s}
}

func (c wireCutter) url() string { return "https://" + c.Addr().String() }

func TestReconnectKeepsTheSeatAndTheMedia(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	ann.connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	cutter := newWireCutter(t)
	bob := newPerson(t, "Bob")
	bob.options.Server = cutter.url()
	bob.join(number).connect(both(client.VP8)).publish(meeting.KindMic, meeting.KindCamera)
	bob.wants(meeting.KindCamera, ann)
	ann.wants(meeting.KindCamera, bob)
	bob.gets(ann, meeting.KindCamera)
	ann.gets(bob, meeting.KindCamera)
	before := bob.id()

	cutter.Cut(true)
	eventually(t, "Bob's seat is shown as disconnected", func() bool {
		who, _ := ann.m.State().Participant(before)
		return who.Disconnected
	})
	ann.gets(bob, meeting.KindCamera) // the media goes on meanwhile, both ways
	bob.gets(ann, meeting.KindMic)
	ann.does(ann.m.Chat(testContext(t), "", "while you were out"))
	cutter.Mend()

	eventually(t, "Bob resumes with his media", func() bool {
		return bob.saw(client.EventResumed, func(e client.Event) bool { return e.Body.(client.Resumption).Media })
	})
	eventually(t, "Bob reads what was said meanwhile", func() bool { return len(chatOf(bob)) == 1 })
	eventually(t, "Bob's seat is shown as connected", func() bool {
		who, ok := ann.m.State().Participant(before)
		return ok && !who.Disconnected
	})
	if bob.id() != before {
		t.Errorf("Bob has another seat")
	}
	bob.gets(ann, meeting.KindCamera)
	ann.gets(bob, meeting.KindCamera)
	bob.does(bob.m.Chat(testContext(t), "", "back"))
	eventually(t, "Ann reads Bob again", func() bool { return len(chatOf(ann)) == 2 })
}

func TestSeatCannotBeTakenWithoutItsSecret(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	guess := []byte(ann.m.State().Seat)
	guess[0] ^= 1
	// Who names a seat that is not there gets at most one of their own.
	eve := newPerson(t, "Eve")
	if err := eve.knock(wire.Join{Number: number, Seat: string(guess)}); err == nil {
		who, _ := eve.m.State().Participant(eve.id())
		if eve.id() == ann.id() || who.Role != meeting.RoleParticipant {
			t.Errorf("a guess gave the seat of %s: %+v", who.Name, who)
		}
	}
	select {
	case <-ann.m.Done():
		t.Errorf("a guess took Ann's seat away: %v", ann.m.Err())
	default:
	}
}

func TestSeatReplacedFromElsewhere(t *testing.T) {
	number := createMeeting(t, nil).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	again := newPerson(t, "Ann").asOwner()
	st := ann.m.State()
	again.does(again.knock(wire.Join{Number: number, Seat: st.Seat, Seq: st.Seq}))
	select {
	case <-ann.m.Done():
	case <-time.After(patience):
		t.Fatal("the first connection still has the seat")
	}
	if err := ann.m.Err(); meeting.CodeOf(err) != meeting.CodeReplaced {
		t.Errorf("the first connection: %v", err)
	}
}
