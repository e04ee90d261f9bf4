package sframe

import (
	"bytes"
	"testing"
	"time"
)

// FuzzHeader: what parses is in bounds and comes back from its shortest form.
func FuzzHeader(f *testing.F) {
	f.Add([]byte{0x99, 0x01, 0x23, 0x45, 0x67})
	f.Add(bytes.Repeat([]byte{0xff}, MaxHeader))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n, err := ParseHeader(b)
		if err != nil {
			return
		}
		if n < 1 || n > MaxHeader || n > len(b) {
			t.Fatalf("a header of %d bytes in %d", n, len(b))
		}
		again := AppendHeader(nil, h)
		if got, m, err := ParseHeader(again); err != nil || got != h || m != len(again) || m > n {
			t.Fatalf("%+v became %+v, %v", h, got, err)
		}
	})
}

// FuzzUnwrap: no frame panics, and what unwraps is wrapped to the same again.
func FuzzUnwrap(f *testing.F) {
	for i, c := range Codecs() {
		f.Add(byte(i), c.Wrap(nil, true, []byte{0, 0, 0, 1, 2, 3}))
		f.Add(byte(i), c.Wrap(nil, false, nil))
	}
	f.Fuzz(func(t *testing.T, which byte, frame []byte) {
		c := Codecs()[int(which)%len(Codecs())]
		before := bytes.Clone(frame)
		body, err := c.Unwrap(nil, frame)
		if !bytes.Equal(frame, before) {
			t.Fatal("unwrapping changed the frame")
		}
		if err == nil && !Marked(frame) {
			t.Fatal("an unmarked frame unwraps")
		}
		if err != nil {
			body = frame // anything can be wrapped
		}
		for _, key := range []bool{true, false} {
			wrapped := c.Wrap(nil, key, body)
			if got, err := c.Unwrap(nil, wrapped); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("%s: %x came back as %x, %v", c, body, got, err)
			}
			if !Marked(wrapped) {
				t.Fatalf("%s: %x is not marked", c, wrapped)
			}
		}
	})
}

// FuzzRingOpen: whatever comes, nothing panics, nothing forged opens, and a good
// frame opens afterwards.
func FuzzRingOpen(f *testing.F) {
	seed := MustRing(f, 0, 0)
	for i, c := range Codecs() {
		f.Add(byte(i), uint32(7), MustSeal(f, seed, Kind(i%4), c, []byte("frame")))
		f.Add(byte(i), uint32(0), c.Wrap(nil, true, bytes.Repeat([]byte{0x1f}, 40)))
	}
	f.Fuzz(func(t *testing.T, which byte, rtp uint32, frame []byte) {
		alice, bob := MustRing(t, 0, 1), MustRing(t, 1, 0)
		c := Codecs()[int(which)%len(Codecs())]
		for _, mode := range []ReceiveMode{Sealed, ClearToo} {
			bob.SetReceive(testStart, Receive{Mode: mode})
			out, err := bob.Open(testStart, nil, Incoming{Codec: c, Time: rtp, Data: frame})
			switch {
			case err == nil && out.Sealed && string(out.Data) != "frame":
				t.Fatalf("%x opened as %q", frame, out.Data)
			case err == nil && !out.Sealed && (mode == Sealed || Marked(frame)):
				t.Fatalf("%x played clear in mode %d", frame, mode)
			}
		}
		good := Incoming{Codec: c, Track: 1, Data: MustSeal(t, alice, Screen, c, []byte("good"))}
		if out, err := bob.Open(testStart.Add(time.Second), nil, good); err != nil || string(out.Data) != "good" {
			t.Fatalf("a good frame after %x: %q, %v", frame, out.Data, err)
		}
	})
}
