package journeys

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// wireCutter passes TCP on to the server until it is cut; media does not go
// through it.
type wireCutter struct {
	ln     net.Listener
	target string
	tasks  sync.WaitGroup

	mu     sync.Mutex
	closed bool // refuses new connections
	conns  []net.Conn
}

func newWireCutter(t *testing.T) *wireCutter {
	t.Helper()
	u, err := url.Parse(house.URL)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &wireCutter{ln: ln, target: u.Host}
	c.tasks.Go(c.accept)
	t.Cleanup(func() {
		_ = ln.Close()
		c.cut(true)
		c.tasks.Wait()
	})
	return c
}

func (c *wireCutter) url() string { return "https://" + c.ln.Addr().String() }

func (c *wireCutter) accept() {
	for {
		in, err := c.ln.Accept()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", c.target)
		c.mu.Lock()
		if err != nil || c.closed {
			c.mu.Unlock()
			_ = in.Close()
			if err == nil {
				_ = out.Close()
			}
			continue
		}
		c.conns = append(c.conns, in, out)
		c.mu.Unlock()
		c.tasks.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
		c.tasks.Go(func() { _, _ = io.Copy(in, out); _ = in.Close() })
	}
}

// cut breaks all connections; with stay none comes through until mend.
func (c *wireCutter) cut(stay bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = stay
	for _, conn := range c.conns {
		_ = conn.Close()
	}
	c.conns = nil
}

func (c *wireCutter) mend() {
	c.mu.Lock()
	c.closed = false
	c.mu.Unlock()
}

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

	cutter.cut(true)
	eventually(t, "Bob's seat is shown as disconnected", func() bool {
		who, _ := ann.m.State().Participant(before)
		return who.Disconnected
	})
	ann.gets(bob, meeting.KindCamera) // the media goes on meanwhile, both ways
	bob.gets(ann, meeting.KindMic)
	ann.does(ann.m.Chat(testContext(t), "", "while you were out"))
	cutter.mend()

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
