package client

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func TestResumeAfterTheSocketIsCut(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	f.event(2, wire.TypeRelay, wire.Relayed{Channel: wire.ChannelChat, From: "ann"})
	mustNext(t, m)
	f.cut()
	if e := mustNext(t, m); e.Type != EventLost {
		t.Fatalf("event = %+v", e)
	}
	if e := mustNext(t, m); e.Type != EventResumed || e.Body != (Resumption{Media: true}) {
		t.Fatalf("event = %+v", e)
	}
	f.event(2, wire.TypeRelay, wire.Relayed{Channel: wire.ChannelChat, From: "ann"}) // seen before
	f.event(3, wire.TypeRelay, wire.Relayed{Channel: wire.ChannelChat, From: "bob"}) // missed
	if e := mustNext(t, m); e.Seq != 3 {
		t.Errorf("event = %+v", e)
	}
	if got := len(m.State().History); got != 2 {
		t.Errorf("%d messages in the history, want 2", got)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	want := wire.Join{Number: "0123456789", Seat: "secret", Seq: 2}
	if d := cmp.Diff(want, f.joins[1]); d != "" {
		t.Error(d)
	}
}

func TestRequestsWaitForTheNextSocket(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	f.cut()
	if e := mustNext(t, m); e.Type != EventLost {
		t.Fatalf("event = %+v", e)
	}
	if err := m.Hand(testContext(t), true); err != nil {
		t.Errorf("a request while the socket was lost: %v", err)
	}
}

func TestSeatIsGone(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	f.mu.Lock()
	f.replies[wire.TypeJoin] = func(wire.Message) (string, any) {
		return wire.TypeError, wire.ErrorBody{Code: "not_found", Message: "The seat is gone."}
	}
	f.mu.Unlock()
	f.cut()
	<-m.Done()
	if got := meeting.CodeOf(m.Err()); got != meeting.CodeNotFound {
		t.Errorf("code = %q", got)
	}
}

func TestSilentSocketIsFound(t *testing.T) {
	f := newFakeServer(t)
	s, err := Dial(testContext(t), Options{Server: f.http.URL, CA: f.caFile, Ping: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	m := mustJoin(t, s)
	stuck := make(chan struct{})
	t.Cleanup(func() { close(stuck) })
	f.mu.Lock()
	f.replies[wire.TypePing] = func(wire.Message) (string, any) { <-stuck; return wire.TypeOK, wire.Empty{} }
	f.mu.Unlock()
	if e := mustNext(t, m); e.Type != EventLost {
		t.Errorf("event = %+v", e)
	}
}
