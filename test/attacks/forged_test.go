package attacks

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// forge makes a frame that says it is of a key and has random content.
func forge(tb testing.TB, id sframe.ID, counter uint64, size int) client.Frame {
	tb.Helper()
	body := sframe.AppendHeader(nil, sframe.Header{KID: id.KID(), Counter: counter})
	noise := make([]byte, size)
	if _, err := rand.Read(noise); err != nil {
		tb.Fatal(err)
	}
	f := newSenderFrame()
	f.Data = sframe.Opus.Wrap(nil, false, append(body, noise...))
	return f
}

func newSenderFrame() client.Frame {
	f := client.Frame{Codec: client.Opus, SSRC: 7}
	f.Binding.Mid, f.Binding.Participant, f.Binding.Kind = "4", "bob", meeting.KindMic
	return f
}

// TestForgedFramesSilenceNobody sends 100 forged frames before each of 100 good
// ones: at bob's key with counters of every size, at instances that do not exist,
// and at keys of others.
func TestForgedFramesSilenceNobody(t *testing.T) {
	lost := func(t *testing.T, r receiver) int {
		bob, good, forged := newSender(t, 1, meeting.KindMic), 0, 0
		if accepted(r, bob.frames(10)) != 10 { // the stream runs
			t.Fatal("good frames do not play")
		}
		for range 100 {
			for i := range 100 {
				id := sframe.ID{Epoch: 1, Leaf: 1, Kind: sframe.Mic}
				counter := uint64(i)
				switch i % 5 {
				case 0:
					counter = 1<<47 + uint64(i) // far ahead
				case 1:
					id.Instance = uint16(i)
				case 2:
					id.Leaf = uint16(i % 3)
				case 3:
					counter = uint64(bob.count) // the very next one
				}
				f := forge(t, id, counter, 60)
				f.Timestamp = uint32(960 * bob.count)
				forged += accepted(r, []client.Frame{f})
			}
			good += accepted(r, []client.Frame{bob.frame()})
		}
		if forged > 0 {
			t.Errorf("%d forged frames play", forged)
		}
		return 100 - good
	}
	attack(t, patience, "good frames lost of 100 among 10,000 forged", lost)
	attack(t, proof, "good frames lost of 100 among 10,000 forged", lost)
}

// TestForgedFramesAreCheap compares what a forged frame costs with a good one.
func TestForgedFramesAreCheap(t *testing.T) {
	const frames = 400
	ratio := func(r receiver, rounds int) float64 {
		bob := newSender(t, 1, meeting.KindMic)
		bob.codec = client.Opus
		var good, bad []time.Duration
		for range rounds {
			list := bob.frames(frames)
			size := len(list[0].Data) - 8
			fake := make([]client.Frame, frames)
			for i := range fake {
				fake[i] = forge(t, sframe.ID{Epoch: 1, Leaf: 1, Kind: sframe.Mic}, uint64(bob.count+i), size)
			}
			good = append(good, took(r, list))
			bad = append(bad, took(r, fake))
		}
		return float64(slices.Min(bad)) / float64(slices.Min(good))
	}
	weak, real := ratio(newModel(cheapness), 1), ratio(MustCipher(t, 0), 15)
	t.Logf("a forged frame costs %.1f times a good one without %s, %.2f times with it", weak, cheapness, real)
	if weak <= 2 {
		t.Error("the weakened receiver is as fast: the attack proves nothing")
	}
	if real > 2 {
		t.Error("a forged frame costs more than twice a good one")
	}
}

func took(r receiver, frames []client.Frame) time.Duration {
	list := make([]client.Frame, len(frames))
	for i, f := range frames {
		f.Data = bytes.Clone(f.Data)
		list[i] = f
	}
	began := time.Now()
	for _, f := range list {
		_, _ = r.Open(f)
	}
	return time.Since(began)
}
