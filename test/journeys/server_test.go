package journeys

import (
	"testing"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestServerSaysGoodByeAndKeepsMeetings(t *testing.T) {
	data := t.TempDir()
	start := func() *daemon.Daemon {
		d, err := daemon.Start(testContext(t), house.Binary(), data)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := start()
	token, err := d.Token(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	owner := client.Options{Server: d.URL, CA: d.CA, Token: token}
	session, err := client.Dial(testContext(t), owner)
	if err != nil {
		t.Fatal(err)
	}
	made, err := session.CreateMeeting(testContext(t), wire.NewMeeting{Title: "Kept"})
	if err != nil {
		t.Fatal(err)
	}
	m, err := session.Join(testContext(t), wire.Join{Number: made.Number, Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
	<-m.Done()
	if err := m.Err(); meeting.CodeOf(err) != meeting.CodeUnavailable {
		t.Errorf("the good-bye: %v", err)
	}
	_ = session.Close()

	d = start()
	defer func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	}()
	owner.Server = d.URL
	if session, err = client.Dial(testContext(t), owner); err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	info, err := session.MeetingInfo(testContext(t), made.Number)
	if err != nil || info.Title != "Kept" {
		t.Errorf("the meeting after a restart: %+v, %v", info, err)
	}
	if _, err := session.Join(testContext(t), wire.Join{Number: made.Number, Name: "Ann"}); err != nil {
		t.Error(err)
	}
}
