package sframe

import (
	"bytes"
	"testing"
	"time"
)

const testMeeting = "7b1d3a60-5f0e-4a57-8f5b-0f6a1f7c2e90"

var testStart = time.Unix(1e9, 0)

// MustRing makes a ring of alice (leaf 0) or bob (leaf 1) that seals and receives
// sealed in epoch 1.
func MustRing(tb testing.TB, self uint32, instance uint16) *Ring {
	tb.Helper()
	r, err := New(testMeeting, instance)
	if err != nil {
		tb.Fatal(err)
	}
	MustEpoch(tb, r, testStart, 1, self, false)
	r.SetSend(Send{Mode: Sealing, Epoch: 1})
	r.SetReceive(testStart, Receive{Mode: Sealed})
	return r
}

func MustEpoch(tb testing.TB, r *Ring, now time.Time, number uint64, self uint32, removes bool) {
	tb.Helper()
	e := Epoch{Number: number, Base: baseKey(number, nil), Self: self, Leaves: []Leaf{{0, "alice"}, {1, "bob"}}, Removes: removes}
	if err := r.AddEpoch(now, e); err != nil {
		tb.Fatal(err)
	}
}

// MustSeal seals one frame.
func MustSeal(tb testing.TB, r *Ring, kind Kind, c Codec, frame []byte) []byte {
	tb.Helper()
	out, err := r.Seal(testStart, nil, kind, c, false, frame)
	if err != nil || !out.Sealed {
		tb.Fatalf("sealed %v, %v", out.Sealed, err)
	}
	return out.Data
}

// TestKnows: a ring knows an epoch from its coming until its keys end.
func TestKnows(t *testing.T) {
	r, err := New(testMeeting, 0)
	if err != nil {
		t.Fatal(err)
	}
	if r.Knows(testStart, 1) {
		t.Error("before it came")
	}
	MustEpoch(t, r, testStart, 1, 0, false)
	MustEpoch(t, r, testStart, 2, 0, true)
	end := testStart.Add(OldAfterRemovalFor)
	if !r.Knows(end, 1) || r.Knows(end.Add(1), 1) || !r.Knows(end.Add(1), 2) || r.Knows(end, 3) {
		t.Error("the keys last differently")
	}
}

// TestOverheadOfSound: over the 5 minutes of an epoch, marker included, whatever
// the leaf, for the first 64 instances of a device.
func TestOverheadOfSound(t *testing.T) {
	const frames, limit = 5 * 60 * 100, 26 // even with frames of 10 ms
	for _, instance := range []uint16{0, 63} {
		for _, self := range []uint32{0, 1, 4095, maxLeaf} {
			r := MustRing(t, self, instance)
			frame, worst := make([]byte, 160), 0
			for at := uint64(0); at < frames; at = at*3/2 + 1 {
				MustSeal(t, r, ScreenAudio, Opus, frame) // makes the key
				r.newest().own[ScreenAudio].next = at
				worst = max(worst, len(MustSeal(t, r, ScreenAudio, Opus, frame))-len(frame))
			}
			r.newest().own[ScreenAudio].next = frames - 1
			worst = max(worst, len(MustSeal(t, r, ScreenAudio, Opus, frame))-len(frame))
			if worst > limit {
				t.Errorf("instance %d, leaf %d: %d bytes, want at most %d", instance, self, worst, limit)
			}
		}
	}
}

func TestNoFrameAllocates(t *testing.T) {
	for _, c := range Codecs() {
		alice, bob := MustRing(t, 0, 0), MustRing(t, 1, 0)
		frame, now := make([]byte, 1000), testStart
		sealed, opened := make([]byte, 0, 3000), make([]byte, 0, 3000)
		in := Incoming{Bound: Owner{"alice", Mic}, Codec: c}
		pass := func() {
			out, err := alice.Seal(now, sealed[:0], Mic, c, true, frame)
			if err != nil {
				t.Fatal(err)
			}
			in.Data = out.Data
			in.Time += 960
			if _, err := bob.Open(now, opened[:0], in); err != nil {
				t.Fatal(err)
			}
		}
		pass() // derives the keys
		if n := allocations(500, pass); n != 0 {
			t.Errorf("%s: %v allocations per frame", c, n)
		}
		in.Data = bytes.Clone(in.Data)
		in.Data[len(in.Data)/2] ^= 1
		if n := allocations(500, func() { _, _ = bob.Open(now, opened[:0], in) }); n != 0 {
			t.Errorf("%s: %v allocations per refused frame", c, n)
		}
	}
}

// TestForgedKIDsCannotFillMemory: any number of them leaves at most two unproven
// keys per sender and kind, and no window.
func TestForgedKIDsCannotFillMemory(t *testing.T) {
	bob := MustRing(t, 1, 0)
	base := baseKey(1, nil)
	now := testStart
	for i := range 5000 {
		id := ID{Epoch: 1, Leaf: uint16(i % 3), Kind: Kind(i % 4), Instance: uint16(i)}
		k, err := NewKey(AES256GCM, id.KID(), base[:])
		if err != nil {
			t.Fatal(err)
		}
		body := k.Seal(nil, uint64(i), []byte("another meeting"), []byte("x"))
		now = now.Add(10 * time.Millisecond)
		if _, err := bob.Open(now, nil, Incoming{Codec: Opus, Data: Opus.Wrap(nil, false, body)}); err == nil {
			t.Fatal("a forged frame opened")
		}
	}
	if n := len(bob.epochs[0].cells); n > 2 {
		t.Errorf("%d senders are known, want at most 2", n)
	}
	for _, cells := range bob.epochs[0].cells {
		for _, c := range cells {
			if c.proven != nil || c.expected != nil {
				t.Error("a forged frame proved a key")
			}
		}
	}
}

// TestTenThousandForgedFramesLeaveGoodOnesPlaying interleaves them with good ones.
func TestTenThousandForgedFramesLeaveGoodOnesPlaying(t *testing.T) {
	alice, bob := MustRing(t, 0, 0), MustRing(t, 1, 0)
	for i := range 200 {
		good := MustSeal(t, alice, Mic, Opus, []byte("sound"))
		for j := range 50 {
			forged := bytes.Clone(good)
			forged[1+j%(len(forged)-4)] ^= byte(1 + i)
			if _, err := bob.Open(testStart, nil, Incoming{Codec: Opus, Data: forged, Time: uint32(i) * 960}); err == nil {
				t.Fatal("a forged frame opened")
			}
		}
		if _, err := bob.Open(testStart, nil, Incoming{Codec: Opus, Data: good, Time: uint32(i) * 960}); err != nil {
			t.Fatalf("good frame %d: %v", i, err)
		}
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	for _, c := range Codecs() {
		alice, bob := MustRing(t, 0, 0), MustRing(t, 1, 0)
		good := MustSeal(t, alice, Camera, c, []byte("a picture"))
		for bit := range len(good) * 8 {
			flipped := bytes.Clone(good)
			flipped[bit/8] ^= 1 << (bit % 8)
			out, err := bob.Open(testStart, nil, Incoming{Codec: c, Data: flipped})
			if err == nil && !inShell(c, bit/8) {
				t.Errorf("%s: bit %d: opened as %q", c, bit, out.Data)
			}
			if err == nil {
				bob = MustRing(t, 1, 0)
			}
		}
	}
}

// inShell reports whether a byte of a delta frame carries nothing: H.264's start
// code and AV1's OBU header and length, whose reserved and padding bits vary.
func inShell(c Codec, at int) bool { return c == H264 && at < 4 || c == AV1 && at < 1 }

func TestSpentKeySealsNoMore(t *testing.T) {
	r := MustRing(t, 0, 0)
	MustSeal(t, r, Mic, Opus, nil)
	r.epochs[0].own[Mic].next = maxCounter
	MustSeal(t, r, Mic, Opus, nil)
	if _, err := r.Seal(testStart, nil, Mic, Opus, false, nil); err != ErrSpent {
		t.Errorf("err = %v", err)
	}
}

func TestRingErrors(t *testing.T) {
	for _, meeting := range []string{"", string(make([]byte, 256))} {
		if _, err := New(meeting, 0); err != ErrMeeting {
			t.Errorf("a meeting of %d bytes: %v", len(meeting), err)
		}
	}
	r := MustRing(t, 0, 0)
	if _, err := r.Seal(testStart, nil, Mic, "H265", false, nil); err != ErrCodec {
		t.Errorf("err = %v", err)
	}
	if _, err := r.Seal(testStart, nil, kinds, Opus, false, nil); err != ErrCodec {
		t.Errorf("err = %v", err)
	}
	if _, err := r.Open(testStart, nil, Incoming{Codec: "H265", Data: []byte("RND")}); err != Malformed {
		t.Errorf("err = %v", err)
	}
	for n := range refusals + 2 {
		if got := n.Name(); (got == "") != (n == 0 || n >= refusals) {
			t.Errorf("refusal %d is called %q", n, got)
		}
	}
}

func TestLeavesBeyondTheKIDAreNobody(t *testing.T) {
	r, err := New(testMeeting, 0)
	if err != nil {
		t.Fatal(err)
	}
	e := Epoch{Number: 1, Self: maxLeaf + 1, Leaves: []Leaf{{0, "alice"}, {maxLeaf + 1, "bob"}}}
	if err := r.AddEpoch(testStart, e); err != nil {
		t.Fatal(err)
	}
	r.SetSend(Send{Mode: Sealing, Epoch: 1})
	if _, err := r.Seal(testStart, nil, Mic, Opus, false, nil); err != Hold {
		t.Errorf("a leaf without a KID seals: %v", err)
	}
}

// TestDroppedEpochIsErased: what can be zeroed is.
func TestDroppedEpochIsErased(t *testing.T) {
	r := MustRing(t, 0, 0)
	old := r.epochs[0]
	MustEpoch(t, r, testStart, 2, 0, true)
	if _, err := r.Open(testStart.Add(OldAfterRemovalFor+1), nil, Incoming{Codec: Opus}); err != Clear {
		t.Fatal(err)
	}
	if len(r.epochs) != 1 || !bytes.Equal(old.secret, make([]byte, len(old.secret))) || old.cells != nil {
		t.Error("an epoch that is over still has its secret")
	}
}
