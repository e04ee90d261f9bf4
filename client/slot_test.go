package client

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"

	"github.com/roundel-meet/roundel/core/meeting"
)

// later is a Cipher whose frames open once known; "bad" never does.
type later struct{ known bool }

func (l *later) Seal(_ meeting.Kind, _ Codec, b []byte) ([]byte, error) { return b, nil }

func (l *later) Open(f Frame) (Frame, error) {
	switch {
	case string(f.Data) == "bad":
		return Frame{}, errPastCipher
	case f.Data[0] == 'h' && !l.known:
		return Frame{}, ErrHeld
	}
	return f, nil
}

func TestHeldFramesComeWhenTheirKeyIsThere(t *testing.T) {
	l, s, start := &later{}, &slot{}, time.Unix(0, 0)
	var got []string
	o := MediaOptions{Cipher: l, OnFrame: func(f Frame) { got = append(got, string(f.Data)) }}
	send := func(at time.Duration, data string) { s.receive(o, Frame{Data: []byte(data)}, start.Add(at)) }
	send(0, "h0")
	send(10*time.Millisecond, "clear")
	send(20*time.Millisecond, "bad")
	send(500*time.Millisecond, "h1")
	send(1001*time.Millisecond, "h2") // h0 is given up
	l.known = true
	send(1100*time.Millisecond, "h3")
	if d := cmp.Diff([]string{"clear", "h1", "h2", "h3"}, got); d != "" {
		t.Error(d)
	}
	if s.held.Len() != 0 {
		t.Errorf("%d frames are still held", s.held.Len())
	}
}

func TestNoPacketsPastACipher(t *testing.T) {
	track, err := newTrack(meeting.KindMic, Opus, &later{})
	if err != nil {
		t.Fatal(err)
	}
	track.live.Store(true)
	if err := track.WriteRTP(&rtp.Packet{}); err == nil {
		t.Error("a packet went past the cipher")
	}
}
