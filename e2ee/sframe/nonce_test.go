package sframe

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"
)

// nonceUse is a key by what it is derived from, and a counter: the nonce is the
// key's salt with the counter added, so that this pair stands for (key, nonce).
type nonceUse struct {
	epoch, kid, counter uint64
}

// counters has one bit for each counter that a key has used.
type counters map[struct{ epoch, kid uint64 }][]uint64

// add reports whether a use is the first.
func (c counters) add(u nonceUse) bool {
	key := struct{ epoch, kid uint64 }{u.epoch, u.kid}
	bits := c[key]
	for uint64(len(bits)) <= u.counter/64 {
		bits = append(bits, 0)
	}
	c[key] = bits
	bit := uint64(1) << (u.counter % 64)
	if bits[u.counter/64]&bit != 0 {
		return false
	}
	bits[u.counter/64] |= bit
	return true
}

// TestNoNonceRepeats runs senders through layers, mutes, mode switches, epochs,
// repeated decisions and worker restarts, and reads the KID and counter back from
// every frame. ROUNDEL_CHURN=1 makes it 10^7 frames instead of 10^5.
func TestNoNonceRepeats(t *testing.T) {
	frames := 100_000
	if os.Getenv("ROUNDEL_CHURN") != "" {
		frames = 10_000_000
	}
	const seed = 9605
	rnd := rand.New(rand.NewPCG(seed, seed))
	used, total := counters{}, 0
	s := &nonceSender{t: t, rnd: rnd, now: testStart, epoch: 1, muted: map[Kind]bool{}}
	s.restart()
	for total < frames {
		s.now = s.now.Add(time.Duration(rnd.IntN(20)) * time.Millisecond)
		s.disturb()
		for kind := range kinds {
			layers := 1
			if kind == Camera {
				layers = 3
			}
			for range layers {
				if use, sealed := s.frame(kind); sealed {
					if !used.add(use) {
						t.Fatalf("seed %d: %+v used twice after %d frames", seed, use, total)
					}
					total++
				}
			}
		}
	}
	if s.restarts < 10 || s.epoch < 10 {
		t.Errorf("%d restarts and %d epochs prove little", s.restarts, s.epoch)
	}
}

// nonceSender is one leaf: its rings come and go, its instances only rise.
type nonceSender struct {
	t        *testing.T
	rnd      *rand.Rand
	ring     *Ring
	now      time.Time
	epoch    uint64
	restarts uint16
	muted    map[Kind]bool
	buf      []byte
}

// restart is a new media worker: it learns the current epoch only.
func (s *nonceSender) restart() {
	r, err := New(testMeeting, s.restarts)
	if err != nil {
		s.t.Fatal(err)
	}
	s.ring = r
	s.restarts++
	s.tell(s.epoch)
	s.ring.SetSend(Send{Mode: Sealing, Epoch: s.epoch})
}

func (s *nonceSender) tell(epoch uint64) {
	MustEpoch(s.t, s.ring, s.now, epoch, 0, s.rnd.IntN(2) == 0)
}

// disturb does now and then what happens in meetings.
func (s *nonceSender) disturb() {
	switch s.rnd.IntN(1000) {
	case 0:
		if s.restarts < maxInstance {
			s.restart()
		}
	case 1, 2:
		s.epoch++
		s.tell(s.epoch)
	case 3, 4, 5:
		s.ring.SetSend(Send{Mode: Sealing, Epoch: s.epoch})
	case 6:
		s.ring.SetSend(Send{Mode: SendClear})
	case 7:
		s.ring.SetSend(Send{Mode: Holding})
	case 8:
		s.ring.SetSend(Send{Mode: Sealing, Epoch: s.epoch - s.rnd.Uint64N(2)})
	case 9:
		s.tell(s.epoch) // once more the same
	case 10:
		kind := Kind(s.rnd.IntN(int(kinds)))
		s.muted[kind] = !s.muted[kind]
	}
}

func (s *nonceSender) frame(kind Kind) (nonceUse, bool) {
	if s.muted[kind] {
		return nonceUse{}, false
	}
	codec := VP9
	if kind == Mic || kind == ScreenAudio {
		codec = Opus
	}
	out, err := s.ring.Seal(s.now, s.buf[:0], kind, codec, false, []byte("x"))
	if err == Hold || err == nil && !out.Sealed {
		return nonceUse{}, false
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.buf = out.Data
	h, _, err := ParseHeader(out.Data)
	if err != nil || h.KID != out.ID.KID() || h.Counter != out.Counter {
		s.t.Fatalf("the frame says %+v, the ring %+v %d: %v", h, out.ID, out.Counter, err)
	}
	return nonceUse{out.Epoch, h.KID, h.Counter}, true
}
