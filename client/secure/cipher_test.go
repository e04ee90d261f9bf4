package secure

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

const testMeeting = "7b1d3a60-5f0e-4a57-8f5b-0f6a1f7c2e90"

// tree is alice, bob and carol.
func tree(number uint64, self uint32) sframe.Epoch {
	return sframe.Epoch{
		Number: number, Base: [32]byte{byte(number), 7}, Self: self,
		Leaves: []sframe.Leaf{{Index: 0, Participant: "alice"}, {Index: 1, Participant: "bob"}, {Index: 2, Participant: "carol"}},
	}
}

// MustCipher makes the cipher of a leaf that seals and receives sealed in epoch 1.
func MustCipher(tb testing.TB, self uint32, o CipherOptions) *Cipher {
	tb.Helper()
	o.Meeting = testMeeting
	c, err := NewCipher(o)
	if err != nil {
		tb.Fatal(err)
	}
	if err := c.Epoch(tree(1, self)); err != nil {
		tb.Fatal(err)
	}
	c.Send(sframe.Send{Mode: sframe.Sealing, Epoch: 1})
	c.Receive(sframe.Receive{Mode: sframe.Sealed})
	return c
}

func MustSeal(tb testing.TB, c *Cipher, kind meeting.Kind, codec client.Codec, frame []byte) []byte {
	tb.Helper()
	sealed, err := c.Seal(kind, codec, frame)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

// frame is what a slot bound to bob's camera gives.
func frame(codec client.Codec, timestamp uint32, data []byte) client.Frame {
	return client.Frame{
		Binding: wire.Binding{Mid: "4", Participant: "bob", Kind: meeting.KindCamera}, Codec: codec, SSRC: 7, Timestamp: timestamp, Data: data,
	}
}

// TestSealedFramesSurvivePackets packs sealed frames of every codec as the SDK does
// and joins the payloads again.
func TestSealedFramesSurvivePackets(t *testing.T) {
	body := bytes.Repeat([]byte{0, 0, 1, 2, 0, 0, 0, 0x5a}, 800)
	for _, tt := range []struct {
		codec client.Codec
		kind  meeting.Kind
		begin [][]byte // of a key frame and of a delta frame
		pack  rtp.Payloader
		join  rtp.Depacketizer
	}{
		{client.Opus, meeting.KindMic, [][]byte{{0xf8}}, &codecs.OpusPayloader{}, &codecs.OpusPacket{}},
		{client.VP8, meeting.KindCamera, [][]byte{{0x10}, {0x11}}, &codecs.VP8Payloader{EnablePictureID: true}, &codecs.VP8Packet{}},
		{client.AV1, meeting.KindCamera, [][]byte{{0x0a, 0x01, 0x00, 0x30}, {0x30}}, &codecs.AV1Payloader{}, &codecs.AV1Depacketizer{}},
		{client.H264, meeting.KindCamera, [][]byte{{0, 0, 0, 1, 0x65}, {0, 0, 0, 1, 0x41}}, &codecs.H264Payloader{}, &codecs.H264Packet{}},
	} {
		t.Run(string(tt.codec), func(t *testing.T) {
			alice, bob := MustCipher(t, 0, CipherOptions{}), MustCipher(t, 1, CipherOptions{})
			for i := range 6 {
				want := append(bytes.Clone(tt.begin[i%len(tt.begin)]), body...)
				if tt.codec == client.Opus {
					want = want[:160]
				}
				var got []byte
				packets := tt.pack.Payload(1200, MustSeal(t, alice, tt.kind, tt.codec, want))
				if tt.codec != client.Opus && len(packets) < 5 {
					t.Fatalf("%d packets", len(packets))
				}
				for _, p := range packets {
					part, err := tt.join.Unmarshal(p)
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, part...)
				}
				opened, err := bob.Open(frame(tt.codec, uint32(i), got))
				if err != nil || !bytes.Equal(opened.Data, want) {
					t.Fatalf("frame %d: %d bytes, %v, want %d", i, len(opened.Data), err, len(want))
				}
			}
		})
	}
}

func TestAFrameBelongsToTheOwnerOfItsKey(t *testing.T) {
	alice, bob := MustCipher(t, 0, CipherOptions{}), MustCipher(t, 1, CipherOptions{})
	for i, kind := range meeting.Kinds {
		codec := client.VP8
		if kind.Audio() {
			codec = client.Opus
		}
		f := frame(codec, uint32(i), MustSeal(t, alice, kind, codec, []byte("x")))
		f.Binding.Participant = "carol"
		got, err := bob.Open(f)
		want := wire.Binding{Mid: "4", Participant: "alice", Kind: kind}
		if d := cmp.Diff(want, got.Binding); err != nil || d != "" {
			t.Error(err, d)
		}
		if _, err := alice.Open(f); err != sframe.Own {
			t.Errorf("alice hears herself: %v", err)
		}
	}
}

func TestNothingPassesBeforeADecision(t *testing.T) {
	c, err := NewCipher(CipherOptions{Meeting: testMeeting})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Seal(meeting.KindMic, client.Opus, []byte("x")); err != sframe.Hold {
		t.Errorf("sealing: %v", err)
	}
	if _, err := c.Open(frame(client.VP8, 0, []byte("x"))); err != sframe.Clear {
		t.Errorf("opening: %v", err)
	}
	if _, err := NewCipher(CipherOptions{}); err != sframe.ErrMeeting {
		t.Errorf("without a meeting: %v", err)
	}
	if _, err := c.Seal("smell", client.Opus, nil); err == nil {
		t.Error("an unknown kind was sealed")
	}
	if _, err := c.Open(client.Frame{Binding: wire.Binding{Kind: "smell"}}); err == nil {
		t.Error("an unknown kind was opened")
	}
}

func TestFrameOfTheNextEpochIsHeld(t *testing.T) {
	alice, bob := MustCipher(t, 0, CipherOptions{}), MustCipher(t, 1, CipherOptions{})
	if err := alice.Epoch(tree(2, 0)); err != nil {
		t.Fatal(err)
	}
	alice.Send(sframe.Send{Mode: sframe.Sealing, Epoch: 2})
	f := frame(client.Opus, 5, MustSeal(t, alice, meeting.KindMic, client.Opus, []byte("x")))
	if _, err := bob.Open(f); !errors.Is(err, client.ErrHeld) {
		t.Errorf("before the key: %v", err)
	}
	if err := bob.Epoch(tree(2, 1)); err != nil {
		t.Fatal(err)
	}
	if got, err := bob.Open(f); err != nil || string(got.Data) != "x" {
		t.Errorf("with the key: %q, %v", got.Data, err)
	}
}

// TestSwitchingOnAndOff is one sender and one receiver, the receiver always a
// little later.
func TestSwitchingOnAndOff(t *testing.T) {
	now := time.Unix(1e9, 0)
	clock := func() time.Time { return now }
	alice := MustCipher(t, 0, CipherOptions{Now: clock})
	bob := MustCipher(t, 1, CipherOptions{Now: clock})
	alice.Send(sframe.Send{Mode: sframe.SendClear})
	bob.Receive(sframe.Receive{Mode: sframe.ClearToo})
	at := uint32(0)
	pass := func() error {
		at++
		f := frame(client.Opus, at, MustSeal(t, alice, meeting.KindMic, client.Opus, []byte("x")))
		f.Binding = wire.Binding{Mid: "1", Participant: "alice", Kind: meeting.KindMic}
		_, err := bob.Open(f)
		return err
	}
	for round := range uint64(3) {
		on, off := 2+2*round, 3+2*round
		if err := pass(); err != nil {
			t.Fatalf("round %d, off: %v", round, err)
		}
		late := MustSeal(t, alice, meeting.KindMic, client.Opus, []byte("late"))
		for self, c := range []*Cipher{alice, bob} {
			if err := c.Epoch(tree(on, uint32(self))); err != nil {
				t.Fatal(err)
			}
		}
		bob.Receive(sframe.Receive{Mode: sframe.Grace, Until: now.Add(2 * time.Second), From: []string{"alice", "carol"}})
		alice.Send(sframe.Send{Mode: sframe.Sealing, Epoch: on})
		f := frame(client.Opus, 0, late)
		f.Binding = wire.Binding{Participant: "alice", Kind: meeting.KindMic}
		if _, err := bob.Open(f); err != nil {
			t.Errorf("round %d, a late clear frame: %v", round, err)
		}
		if err := pass(); err != nil {
			t.Errorf("round %d, on: %v", round, err)
		}
		if _, err := bob.Open(f); err != sframe.Clear {
			t.Errorf("round %d, a clear frame after a sealed one: %v", round, err)
		}
		bob.Receive(sframe.Receive{Mode: sframe.Sealed})
		for self, c := range []*Cipher{alice, bob} {
			if err := c.Epoch(tree(off, uint32(self))); err != nil {
				t.Fatal(err)
			}
		}
		alice.Send(sframe.Send{Mode: sframe.SendClear})
		if err := pass(); err != sframe.Clear {
			t.Errorf("round %d, clear before the receiver knows: %v", round, err)
		}
		bob.Receive(sframe.Receive{Mode: sframe.ClearToo})
		now = now.Add(time.Minute)
	}
	wantCounts := Counts{Opened: 3, Passed: 6, Refused: map[string]uint64{"clear": 6}}
	if d := cmp.Diff(wantCounts, bob.Counts()); d != "" {
		t.Error(d)
	}
	if c := alice.Counts(); c.Sealed != 3 || c.Clear != 9 {
		t.Errorf("alice: %+v", c)
	}
}

// TestParallelUse is for the race detector: every track and slot is a goroutine.
func TestParallelUse(t *testing.T) {
	alice, bob := MustCipher(t, 0, CipherOptions{}), MustCipher(t, 1, CipherOptions{})
	var wg sync.WaitGroup
	for n, kind := range meeting.Kinds {
		wg.Go(func() {
			for i := range uint32(300) {
				sealed, err := alice.Seal(kind, client.H264, []byte{0, 0, 0, 1, 0x65, byte(i)})
				if err != nil {
					t.Error(err)
					return
				}
				f := frame(client.H264, i, sealed)
				f.SSRC = uint32(n)
				if _, err := bob.Open(f); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for n := range uint64(10) {
			if err := errors.Join(alice.Epoch(tree(n+2, 0)), bob.Epoch(tree(n+2, 1))); err != nil {
				t.Error(err)
			}
			_ = bob.Counts()
		}
	})
	wg.Wait()
}
