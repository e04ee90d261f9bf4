package secure

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

func MustSealFile(tb testing.TB, key, plain []byte) []byte {
	tb.Helper()
	s, err := newSealer(key, bytes.NewReader(plain), int64(len(plain)))
	if err != nil {
		tb.Fatal(err)
	}
	sealed, err := io.ReadAll(s)
	if err != nil {
		tb.Fatal(err)
	}
	return sealed
}

func offerOf(key []byte, size int) *session.FileOffer {
	return &session.FileOffer{Key: key, Size: uint64(size), Chunk: fileChunk}
}

func TestFilesOpenAsTheyWere(t *testing.T) {
	key := make([]byte, fileKey)
	rand.Read(key)
	for _, size := range []int{0, 1, fileChunk - 1, fileChunk, fileChunk + 1, 3 * fileChunk} {
		plain := make([]byte, size)
		rand.Read(plain)
		sealed := MustSealFile(t, key, plain)
		if int64(len(sealed)) != sealedFileSize(int64(size)) {
			t.Errorf("%d bytes become %d, want %d", size, len(sealed), sealedFileSize(int64(size)))
		}
		var got bytes.Buffer
		if err := openFile(offerOf(key, size), bytes.NewReader(sealed), &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestChangedFilesDoNotOpen(t *testing.T) {
	key := make([]byte, fileKey)
	plain := make([]byte, 2*fileChunk+10)
	rand.Read(plain)
	sealed := MustSealFile(t, key, plain)
	whole := fileChunk + fileTag
	flip := bytes.Clone(sealed)
	flip[whole+3] ^= 1
	for name, tt := range map[string]struct {
		sealed []byte
		size   int
	}{
		"ErrFlippedBit":  {flip, len(plain)},
		"ErrCutOff":      {sealed[:2*whole], len(plain)},
		"ErrCutOffTold":  {sealed[:2*whole], 2 * fileChunk},
		"ErrSwapped":     {append(append(bytes.Clone(sealed[whole:2*whole]), sealed[:whole]...), sealed[2*whole:]...), len(plain)},
		"ErrTwice":       {append(bytes.Clone(sealed[:whole]), sealed...), len(plain) + fileChunk},
		"ErrMore":        {append(bytes.Clone(sealed), 0), len(plain)},
		"ErrEmpty":       {nil, 0},
		"ErrOneByteLess": {sealed, len(plain) - 1},
	} {
		t.Run(name, func(t *testing.T) {
			if err := openFile(offerOf(key, tt.size), bytes.NewReader(tt.sealed), io.Discard); !errors.Is(err, errFile) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

// TestFileOfAnotherSizeIsNotSent: what is read must be what was stated.
func TestFileOfAnotherSizeIsNotSent(t *testing.T) {
	for _, size := range []int64{5, 7, fileChunk} {
		s, err := newSealer(make([]byte, fileKey), bytes.NewReader(make([]byte, 6)), size)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(s); err != errFileSize {
			t.Errorf("%d stated: %v", size, err)
		}
	}
}

func TestLargeFilesNeedLittleMemory(t *testing.T) {
	s, err := newSealer(make([]byte, fileKey), io.LimitReader(zeros{}, 100<<20), 100<<20)
	if err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 32<<10)
	if _, err := s.Read(buf); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(500, func() {
		if _, err := s.Read(buf); err != nil {
			t.Fatal(err)
		}
	}); n > 2 {
		t.Errorf("%v allocations per read", n)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

func TestOffersThatCannotBeAreRefused(t *testing.T) {
	m := &Meeting{}
	for _, f := range []*session.FileOffer{
		nil,
		{Key: make([]byte, fileKey)},
		{Chunk: fileChunk},
		{Size: 1 << 60},
		{Key: make([]byte, fileKey), Chunk: maxChunk + 1},
		{Key: make([]byte, 5), Chunk: 1},
		{Key: make([]byte, fileKey), Chunk: 1, Size: 1 << 60},
	} {
		if err := m.FetchFile(t.Context(), f, io.Discard); err != errFileOffer {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

// TestClearFiles: what the server could read is offered in the chat, without a key.
func TestClearFiles(t *testing.T) {
	c, ok := clearContent(wire.Relayed{Channel: wire.ChannelChat, From: "ann", Payload: []byte(`{"text":"","file":{"id":"f1","name":"plan.pdf","type":"application/pdf","size":5}}`)})
	want := session.FileOffer{ID: "f1", Name: "plan.pdf", Type: "application/pdf", Size: 5}
	if !ok || c.Sealed || c.Kind != session.ContentFile || c.File == nil || !reflect.DeepEqual(*c.File, want) {
		t.Fatalf("content = %+v, %v", c, ok)
	}
	for name, tt := range map[string]struct {
		body string
		err  error
	}{"OK": {"plain", nil}, "ErrShort": {"plai", errFile}, "ErrLong": {"plains", errFile}} {
		var got strings.Builder
		if err := copyFile(c.File, strings.NewReader(tt.body), &got); err != tt.err || err == nil && got.String() != tt.body {
			t.Errorf("%s: %q, %v", name, got.String(), err)
		}
	}
}
