package mls_test

import (
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// letter is a private message as a rogue member wants it (RFC 9420 6.3).
type letter struct {
	generation uint32
	leaf       *uint32 // what the sender data claim
	ratchet    *uint32 // whose ratchet the key is from
	kind       uint8   // 0: application
	body       []byte  // content in place of an application message
	padding    []byte
	author     *rogue
	sender     []byte // whole sender data
}

// ratchetKey derives the key of one generation (RFC 9420 9).
func (r *rogue) ratchetKey(leaf uint32, kind string, generation uint32) (key, nonce []byte) {
	secret := r.encrypted
	for x := r.tree.root(); x != 2*leaf; {
		if 2*leaf < x {
			secret, x = expand(secret, "tree", []byte("left"), hashSize), leftOf(x)
		} else {
			secret, x = expand(secret, "tree", []byte("right"), hashSize), rightOf(x)
		}
	}
	secret = expand(secret, kind, nil, hashSize)
	for i := range generation {
		secret = expand(secret, "secret", wire{}.u32(i), hashSize)
	}
	at := wire{}.u32(generation)
	return expand(secret, "key", at, 16), expand(secret, "nonce", at, 12)
}

func sealWith(tb testing.TB, key, nonce, additional, plain []byte) []byte {
	block, err := aes.NewCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		tb.Fatal(err)
	}
	return gcm.Seal(nil, nonce, plain, additional)
}

// seal makes the message.
func (r *rogue) seal(l letter) []byte {
	leaf, kind, body, ratchet, author := r.leaf, uint8(1), []byte(wire{}.vec([]byte("hello"))), "application", r
	if l.leaf != nil {
		leaf = *l.leaf
	}
	if l.kind != 0 {
		kind, body = l.kind, l.body
	}
	if kind != 1 {
		ratchet = "handshake"
	}
	if l.author != nil {
		author = l.author
	}
	content := wire{}.vec(r.group).u64(r.epoch).u8(1).u32(leaf).vec(nil).u8(kind).raw(body)
	signature := signed(author.key, "FramedContentTBS", wire{}.u16(1).u16(2).raw(content, r.context()))
	plain := wire(slices.Clone(body)).vec(signature)
	if kind == 3 {
		plain = plain.vec(make([]byte, hashSize))
	}
	plain = plain.raw(l.padding)
	from := leaf
	if l.ratchet != nil {
		from = *l.ratchet
	}
	header := wire{}.vec(r.group).u64(r.epoch).u8(kind)
	generation := l.generation
	if generation > 5000 {
		generation = 0 // deriving it would take the attacker long, too
	}
	key, nonce := r.ratchetKey(from, ratchet, generation)
	sealed := sealWith(r.tb, key, nonce, slices.Clone(header).vec(nil), plain)
	sample := sealed[:min(len(sealed), hashSize)]
	sender := []byte(wire{}.u32(leaf).u32(l.generation).u32(0))
	if l.sender != nil {
		sender = l.sender
	}
	senderSealed := sealWith(r.tb, expand(r.sender, "key", sample, 16), expand(r.sender, "nonce", sample, 12), header, sender)
	return wire{}.u16(1).u16(2).raw(slices.Clone(header).vec(nil).vec(senderSealed).vec(sealed))
}

func number(n uint32) *uint32 { return &n }

// TestPrivateMessages has a member send messages that no member would: each is
// refused, and the messages of others and its own next one still open.
func TestPrivateMessages(t *testing.T) {
	ratchet := []error{mls.ErrRatchet}
	signature := []error{mls.ErrSignature}
	form := []error{mls.ErrDecode, mls.ErrProposals, mls.ErrDecrypt, mls.ErrSignature, mls.ErrUnsupported}
	tests := []struct {
		name   string
		letter letter
		wants  []error
	}{
		{"OK", letter{}, nil},
		{"OK/Padded", letter{padding: make([]byte, 100)}, nil},
		{"OK/Ahead", letter{generation: 999}, nil},
		{"ErrFarAhead", letter{generation: mls.MaxAhead + 10}, ratchet},
		{"ErrFarthest", letter{generation: math.MaxUint32}, ratchet},
		{"ErrPadding", letter{padding: []byte{0, 0, 1}}, form},
		{"ErrAsBob", letter{leaf: number(1)}, signature},
		{"ErrAsBobByOwnRatchet", letter{leaf: number(1), ratchet: number(3)}, []error{mls.ErrDecrypt}},
		{"ErrSignedByAnother", letter{author: newRogue(nil, "other")}, signature},
		{"ErrAsNobody", letter{leaf: number(4), ratchet: number(3)}, form},
		{"ErrAsNobodyFarAway", letter{leaf: number(math.MaxUint32), ratchet: number(3)}, form},
		{"ErrSenderDataShort", letter{sender: []byte{0, 0, 0, 1}}, form},
		{"ErrSenderDataLong", letter{sender: make([]byte, 13)}, form},
		{"ErrSenderDataEmpty", letter{sender: []byte{}}, form},
		{"ErrKind", letter{kind: 4, body: []byte{0}}, form},
		{"ErrCommitOfNothing", letter{kind: 3, body: []byte{0, 0}}, form},
		{"ErrProposalOfNothing", letter{kind: 2, body: []byte{0, 0}}, form},
		{"ErrApplicationCut", letter{kind: 1, body: []byte{40, 1}}, form},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newSiege(t, siegeConfig())
			bobs, err := s.bob.Seal([]byte("from bob"), nil)
			if err != nil {
				t.Fatal(err)
			}
			message := s.mallory.seal(test.letter)
			received, err := s.carol.Process(message)
			switch {
			case test.wants == nil && (err != nil || string(received.Application) != "hello" || received.Sender != 3):
				t.Errorf("refused: %v", err)
			case test.wants != nil && !slices.ContainsFunc(test.wants, func(want error) bool { return errors.Is(err, want) }):
				t.Errorf("not refused as expected: %v", err)
			}
			if got := mustProcess(t, s.carol, bobs); string(got.Application) != "from bob" || got.Sender != 1 {
				t.Errorf("read %q of leaf %d", got.Application, got.Sender)
			}
			next := test.letter.generation + 1
			if test.wants != nil {
				next = 0
			}
			mustProcess(t, s.carol, s.mallory.seal(letter{generation: next}))
		})
	}
}

// TestPrivateReplays: every message opens once, in whatever order it comes.
func TestPrivateReplays(t *testing.T) {
	s := newSiege(t, siegeConfig())
	for _, generation := range []uint32{5, 3, 900, 4, 0, 899} {
		message := s.mallory.seal(letter{generation: generation})
		mustProcess(t, s.carol, message)
		refusedBy(t, s.carol, message, mls.ErrRatchet)
		// The same key for another text is no better.
		refusedBy(t, s.carol, s.mallory.seal(letter{generation: generation, padding: make([]byte, 3)}), mls.ErrRatchet)
	}
}

// TestSkippedKeysAreBounded: a member that always jumps ahead leaves no more than
// the bound behind with each receiver.
func TestSkippedKeysAreBounded(t *testing.T) {
	s := newSiege(t, siegeConfig())
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := uint32(1); i <= 5; i++ {
		mustProcess(t, s.carol, s.mallory.seal(letter{generation: i * 990}))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
		t.Errorf("%d bytes kept for skipped messages", grown)
	}
	refusedBy(t, s.carol, s.mallory.seal(letter{generation: 1}), mls.ErrRatchet)
	mustProcess(t, s.carol, s.mallory.seal(letter{generation: 5*990 - 5}))
}
