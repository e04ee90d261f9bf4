package attacks

import (
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// long says whether to run what is too long for every landing.
func long() bool { return os.Getenv("ROUNDEL_LONG") != "" }

// TestNonceReuse: the server makes a sender's media worker crash, mutes it,
// switches its layers and re-keys, and waits for two frames under one key and
// nonce, which would tell it what both say. ROUNDEL_LONG makes it 10^7 frames.
func TestNonceReuse(t *testing.T) {
	frames := 100_000
	if long() {
		frames = 10_000_000
	}
	run := func(weak bool, frames int) (repeated, restarts int) {
		rnd := rand.New(rand.NewPCG(1, 9605))
		seen := map[[3]uint64]struct{}{} // of the two newest epochs
		var ring *sframe.Ring
		epoch, instance, now := uint64(1), uint16(0), start
		tell := func() {
			input := tree(1)
			input.Number = epoch
			input.Base = [32]byte{byte(epoch), byte(epoch >> 8), byte(epoch >> 16)}
			if err := ring.AddEpoch(now, input); err != nil {
				t.Fatal(err)
			}
			ring.SetSend(sframe.Send{Mode: sframe.Sealing, Epoch: epoch})
		}
		restart := func() {
			var err error
			if ring, err = sframe.New(meetingID, instance); err != nil {
				t.Fatal(err)
			}
			if restarts++; !weak { // who forgets what it handed out begins anew
				instance++
			}
			tell()
		}
		restart()
		muted := [4]bool{}
		var buffer []byte
		for total := 0; total < frames; {
			now = now.Add(20 * time.Millisecond)
			switch n := rnd.IntN(2000); {
			case n < 4:
				muted[n] = !muted[n]
			case n == 4:
				if instance < 65_000 {
					restart()
				}
			case n == 5:
				epoch++
				clear(seen)
				tell()
			case n == 6: // told once more
				tell()
			}
			for kind := range sframe.Kind(4) {
				layers := 1
				if kind == sframe.Camera {
					layers = 3
				}
				for range layers {
					if muted[kind] {
						continue
					}
					out, err := ring.Seal(now, buffer[:0], kind, sframe.Opus, false, []byte("some sound"))
					if err != nil {
						t.Fatal(err)
					}
					buffer = out.Data
					header, _, err := sframe.ParseHeader(out.Data)
					if err != nil {
						t.Fatal(err)
					}
					use := [3]uint64{epoch, header.KID, header.Counter}
					if _, again := seen[use]; again {
						repeated++
					}
					seen[use] = struct{}{}
					total++
				}
			}
		}
		return repeated, restarts
	}
	weak, _ := run(true, 100_000)
	real, restarts := run(false, frames)
	t.Logf("frames under a key and nonce of before: %d of 100,000 when a worker begins with the instance of the one before, %d of %d with instances that only rise (%d restarts)", weak, real, frames, restarts)
	if weak == 0 {
		t.Error("nothing repeats without instances either: the attack proves nothing")
	}
	if real != 0 || restarts < 10 {
		t.Error("a nonce is used twice, or too little happened")
	}
}
