package session

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

// sampleMessages has one of every kind, with its fields filled.
func sampleMessages() map[string]Message {
	name := Name{Participant: "id-ada", Sequence: 2, Text: "Ada", Identity: []byte("x"), Signature: make([]byte, 64)}
	vouch := Vouch{
		Participant: "id-ada", Device: testKey("ada").Public(), By: testKey("host").Public(),
		Signature: make([]byte, 64),
	}
	heart := Heartbeat{Epoch: 7, Transcript: bytes.Repeat([]byte{1}, 48), Sequence: 3}
	return map[string]Message{
		"OK nonce":       &Nonce{[16]byte{1, 2}},
		"OK answer":      &Answer{Nonces: [][16]byte{{1}, {2}}, Heartbeat: heart},
		"OK heartbeat":   &heart,
		"OK flipped":     &Flipped{Epoch: 7, Sequence: 3},
		"OK chat":        &Chat{ID: [16]byte{9}, Text: "Hello\n\tthere 👋"},
		"OK long chat":   &Chat{Text: strings.Repeat("x", MaxText)},
		"OK private":     &Private{Epoch: 7, To: 3, Sealed: []byte("sealed")},
		"OK big private": &Private{Epoch: 7, To: 3, Sealed: make([]byte, maxSealed)},
		"OK reaction":    &Reaction{"🎉"},
		"OK hand":        &Hand{true},
		"OK hand down":   &Hand{},
		"OK name":        &name,
		"OK file": &FileOffer{
			ID: "blob-1", Key: make([]byte, 32), Name: "notes.txt", Type: "text/plain", Size: 1 << 33, Chunk: 1 << 16,
		},
		"OK names":    &Names{[]Name{name, name}},
		"OK no names": &Names{},
		"OK vouch":    &vouch,
		"OK vouches":  &Vouches{[]Vouch{vouch, vouch}},
	}
}

func TestMessageRoundTrip(t *testing.T) {
	kinds := make(map[MessageKind]bool)
	for name, m := range sampleMessages() {
		t.Run(name, func(t *testing.T) {
			kinds[m.Kind()] = true
			b, err := Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if n := len(b); n < minMessage || n > MaxMessage || n&(n-1) != 0 && n != MaxMessage {
				t.Errorf("%d bytes", n)
			}
			got, err := ParseMessage(b)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(m, got) {
				t.Errorf("became %+v", got)
			}
			for _, cut := range []int{0, 1, 4, headerSize} {
				if _, err := ParseMessage(b[:cut]); err == nil {
					t.Errorf("the first %d bytes were read", cut)
				}
			}
			for i := range min(len(b), 1024) { // every other value of a byte is another message or none
				spoilt := bytes.Clone(b)
				spoilt[i] ^= 0x81
				other, err := ParseMessage(spoilt)
				if err != nil {
					continue
				}
				if again, err := Marshal(other); err != nil || bytes.Equal(again, b) {
					t.Errorf("byte %d counts for nothing: %v", i, err)
				}
			}
		})
	}
	for kind := KindNonce; kind <= KindVouches; kind++ {
		if !kinds[kind] {
			t.Errorf("kind %d has no sample", kind)
		}
	}
}

// TestMessageLength: what is short shows nothing of its length.
func TestMessageLength(t *testing.T) {
	for _, m := range []Message{
		&Hand{}, &Reaction{"🎉"}, &Chat{Text: "yes"}, &Chat{Text: strings.Repeat("no ", 70)}, &Nonce{},
		&Heartbeat{Transcript: make([]byte, 48)}, &Flipped{},
	} {
		if b, err := Marshal(m); err != nil || len(b) != minMessage {
			t.Errorf("kind %d: %d bytes, %v", m.Kind(), len(b), err)
		}
	}
}

func TestMessageRefuses(t *testing.T) {
	name := Name{Participant: "id", Text: "Ada", Signature: make([]byte, 64)}
	big := name
	big.Identity = make([]byte, maxIdentity)
	for label, m := range map[string]Message{
		"ErrNil":           nil,
		"ErrEmptyChat":     &Chat{},
		"ErrLongChat":      &Chat{Text: strings.Repeat("x", MaxText+1)},
		"ErrNoText":        &Chat{Text: "\xff"},
		"ErrControl":       &Chat{Text: "a\x00b"},
		"ErrEscape":        &Chat{Text: "\x1b[2J"},
		"ErrDirection":     &Chat{Text: "a\u202eb"},
		"ErrIsolate":       &Name{Participant: "id", Text: "a\u2066b", Signature: make([]byte, 64)},
		"ErrEmptyReaction": &Reaction{},
		"ErrLongReaction":  &Reaction{strings.Repeat("x", MaxReaction+1)},
		"ErrNoTranscript":  &Heartbeat{},
		"ErrTranscript":    &Heartbeat{Transcript: make([]byte, maxHash+1)},
		"ErrAnswer":        &Answer{Nonces: make([][16]byte, maxNonces+1), Heartbeat: Heartbeat{Transcript: []byte{1}}},
		"ErrNothingSealed": &Private{},
		"ErrSealed":        &Private{Sealed: make([]byte, maxSealed+1)},
		"ErrFileKey":       &FileOffer{ID: "a", Name: "a", Chunk: 1, Key: make([]byte, 31)},
		"ErrFileID":        &FileOffer{ID: "../a", Name: "a", Chunk: 1, Key: make([]byte, 32)},
		"ErrFileName":      &FileOffer{ID: "a", Chunk: 1, Key: make([]byte, 32)},
		"ErrFileChunk":     &FileOffer{ID: "a", Name: "a", Key: make([]byte, 32)},
		"ErrUnsignedName":  &Name{Participant: "id", Text: "Ada"},
		"ErrLongName":      &Name{Participant: "id", Text: strings.Repeat("x", MaxName+1), Signature: make([]byte, 64)},
		"ErrTooManyNames":  &Names{make([]Name, maxNames+1)},
		"ErrTooMuch":       &Names{[]Name{big, big, big, big, big, big, big, big, big, big, big, big}},
		"ErrNobody":        &Vouch{},
		"ErrVouches":       &Vouches{make([]Vouch, maxVouches+1)},
	} {
		if _, err := Marshal(m); err == nil {
			t.Errorf("%s: was written", label)
		}
	}
	hand, err := Marshal(&Hand{Up: true})
	if err != nil {
		t.Fatal(err)
	}
	for label, spoil := range map[string]func([]byte) []byte{
		"ErrKind":     func(b []byte) []byte { b[0] = 200; return b },
		"ErrLength":   func(b []byte) []byte { b[1] = 255; return b },
		"ErrPadding":  func(b []byte) []byte { b[len(b)-1] = 1; return b },
		"ErrFlag":     func(b []byte) []byte { b[headerSize] = 2; return b },
		"ErrTrailing": func(b []byte) []byte { b[4] = 2; return b },
		"ErrTooLong":  func([]byte) []byte { return make([]byte, MaxMessage+1) },
	} {
		if m, err := ParseMessage(spoil(bytes.Clone(hand))); err == nil {
			t.Errorf("%s: read as %+v", label, m)
		}
	}
}

func TestPrivateContext(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range [][]byte{
		PrivateContext(testGroup, 1, 2, 3), PrivateContext(testGroup, 1, 3, 2), PrivateContext(testGroup, 2, 2, 3),
		PrivateContext(nil, 1, 2, 3),
	} {
		if seen[string(c)] {
			t.Error("two private messages share a context")
		}
		seen[string(c)] = true
	}
}
