package secure

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/session"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// switching is a meeting whose microphone and camera send all the time, each in a
// goroutine of its own, while the session decides.
type switching struct {
	*Meeting

	sealing atomic.Bool // has been told so
	said    atomic.Bool // the word was given
	clear   atomic.Int64
	after   atomic.Int64 // frames that left sealed after the word
	leaks   atomic.Int64 // frames that left clear between the change to sealing and the next

	words []time.Duration // when words were given
	epoch uint64          // of the last one
}

// runSwitching carries out each decision at its time, the loop looking every
// millisecond, for half a second.
func runSwitching(t *testing.T, script map[time.Duration][]session.Effect) *switching {
	t.Helper()
	s := &switching{}
	synctest.Test(t, func(t *testing.T) {
		c, err := NewCipher(CipherOptions{Meeting: testMeeting})
		if err != nil {
			t.Fatal(err)
		}
		s.Meeting = &Meeting{cipher: c, log: slog.New(slog.DiscardHandler)}
		began := time.Now()
		var senders sync.WaitGroup
		for _, kind := range []meeting.Kind{meeting.KindMic, meeting.KindCamera} {
			senders.Go(func() {
				for time.Since(began) < 500*time.Millisecond {
					s.pass(t, kind)
					time.Sleep(700 * time.Microsecond)
				}
			})
		}
		for at := time.Duration(0); at < 500*time.Millisecond; at += time.Millisecond {
			for _, e := range script[at] {
				if send, ok := e.(session.MediaSend); ok && send.Mode != session.Seal {
					s.sealing.Store(false)
				}
				s.media(e)
				s.sealing.Store(s.sends.Mode == session.Seal)
			}
			if e, due := s.takeFlip(); due {
				s.said.Store(true)
				s.words, s.epoch = append(s.words, at), e.Epoch
			}
			time.Sleep(time.Millisecond)
		}
		senders.Wait()
	})
	return s
}

// pass lets one frame out, if one may.
func (s *switching) pass(t *testing.T, kind meeting.Kind) {
	codec := client.Opus
	if kind == meeting.KindCamera {
		codec = client.VP8
	}
	before := s.sealing.Load()
	out, err := s.cipher.Seal(kind, codec, []byte{1, 2, 3})
	switch {
	case err == sframe.Hold:
	case err != nil:
		t.Error(err)
	case sframe.Marked(out) && s.said.Load():
		s.after.Add(1)
	case !sframe.Marked(out):
		s.clear.Add(1)
		if before && s.sealing.Load() {
			s.leaks.Add(1)
		}
	}
}

func mediaEpoch(n uint64) session.MediaEpoch {
	return session.MediaEpoch{
		Epoch: n, Base: [32]byte{byte(n)}, Leaves: []session.LeafOwner{{Leaf: 0, Participant: "alice"}, {Leaf: 1, Participant: "bob"}},
	}
}

// TestNothingClearAfterTheWord: the word comes FlipAfter after the change to sealing
// or with the key, and from the change on nothing clear leaves.
func TestNothingClearAfterTheWord(t *testing.T) {
	const on = 100 * time.Millisecond
	clear, seal := session.MediaSend{Mode: session.Clear}, session.MediaSend{Mode: session.Seal, Epoch: 1}
	for _, tt := range []struct {
		name   string
		script map[time.Duration][]session.Effect
		word   time.Duration
		epoch  uint64
	}{
		{"OK", map[time.Duration][]session.Effect{0: {clear}, on: {mediaEpoch(1), seal}}, on + session.FlipAfter, 1},
		{"OK late key", map[time.Duration][]session.Effect{0: {clear}, on: {seal}, 3 * on: {mediaEpoch(1)}}, 3 * on, 1},
		{"OK key within the time", map[time.Duration][]session.Effect{0: {clear}, on: {seal}, on + 30*time.Millisecond: {mediaEpoch(1)}}, on + session.FlipAfter, 1},
		{"OK later epoch", map[time.Duration][]session.Effect{
			0: {clear}, on: {mediaEpoch(1), seal}, on + 60*time.Millisecond: {mediaEpoch(2), session.MediaSend{Mode: session.Seal, Epoch: 2}},
		}, on + session.FlipAfter, 2},
		{"OK told once", map[time.Duration][]session.Effect{
			0: {clear}, on: {mediaEpoch(1), seal}, 3 * on: {mediaEpoch(2), session.MediaSend{Mode: session.Seal, Epoch: 2}},
		}, on + session.FlipAfter, 1},
		{"OK back and on again", map[time.Duration][]session.Effect{
			0: {clear}, on: {mediaEpoch(1), seal}, on + 60*time.Millisecond: {clear}, on + 80*time.Millisecond: {seal},
		}, on + 80*time.Millisecond + session.FlipAfter, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := runSwitching(t, tt.script)
			if !slices.Equal(s.words, []time.Duration{tt.word}) || s.epoch != tt.epoch {
				t.Errorf("said at %v for epoch %d, want at %v for %d", s.words, s.epoch, tt.word, tt.epoch)
			}
			if n := s.clear.Load(); n < 100 {
				t.Errorf("%d clear frames before", n)
			}
			if after, leaks := s.after.Load(), s.leaks.Load(); after < 100 || leaks > 0 {
				t.Errorf("%d frames left sealed after the word, and %d clear after the change", after, leaks)
			}
		})
	}
}

// TestNoWordAfterAnother: who is told something else before its time says nothing.
func TestNoWordAfterAnother(t *testing.T) {
	const on = 100 * time.Millisecond
	for _, mode := range []session.SendMode{session.Clear, session.Hold} {
		s := runSwitching(t, map[time.Duration][]session.Effect{
			0:  {session.MediaSend{Mode: session.Clear}},
			on: {mediaEpoch(1), session.MediaSend{Mode: session.Seal, Epoch: 1}},
			on + session.FlipAfter - time.Millisecond: {session.MediaSend{Mode: mode}},
		})
		if len(s.words) > 0 || s.leaks.Load() > 0 {
			t.Errorf("told to %s, it said at %v that it seals; %d frames left clear while it did", mode, s.words, s.leaks.Load())
		}
	}
}
