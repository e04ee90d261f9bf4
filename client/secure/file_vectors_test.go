package secure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/roundel-meet/roundel/e2ee/session"
)

var update = flag.Bool("update", false, "write testdata/files.json anew")

// fileVectors is testdata/files.json, which the web client's tests read too:
// files as they are sealed, and what must not open. Byte i of a plain file is
// i*7 + i/256 modulo 256.
type fileVectors struct {
	Sealed  []fileVector `json:"sealed"`
	Refused []fileVector `json:"refused"`
}

// fileVector is one file. Long ones have only the SHA-256 of what they become.
type fileVector struct {
	Name   string `json:"name"`
	Key    string `json:"key"`
	Chunk  int    `json:"chunk"`
	Size   int    `json:"size"` // as the offer states it
	Sealed string `json:"sealed,omitempty"`
	SHA256 string `json:"sha256,omitempty"`
}

func vectorPlain(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + i/256)
	}
	return b
}

// sealVector seals with chunks of any size, one by one as the format says.
func sealVector(tb testing.TB, key, plain []byte, chunk int) []byte {
	tb.Helper()
	c, err := newFileCipher(key)
	if err != nil {
		tb.Fatal(err)
	}
	var out []byte
	for last := false; !last; {
		n := min(len(plain), chunk)
		last = n == len(plain)
		nonce, aad := c.begin(last)
		out = c.aead.Seal(out, nonce[:], plain[:n], aad)
		plain = plain[n:]
	}
	return out
}

// MustMakeVectors makes what testdata/files.json has to be.
func MustMakeVectors(tb testing.TB) fileVectors {
	tb.Helper()
	key := vectorPlain(fileKey)
	var v fileVectors
	for _, tt := range []struct {
		name        string
		size, chunk int
	}{
		{"empty", 0, fileChunk},
		{"one byte", 1, fileChunk},
		{"a byte less than a chunk", fileChunk - 1, fileChunk},
		{"one chunk", fileChunk, fileChunk},
		{"a byte more than a chunk", fileChunk + 1, fileChunk},
		{"three chunks and a half", 7 * fileChunk / 2, fileChunk},
		{"more than a mebibyte", 1<<20 + 5, fileChunk},
		{"small chunks", 40, 16},
		{"small chunks that end even", 48, 16},
		{"chunks of a byte", 3, 1},
		{"a large chunk", maxChunk + 100, maxChunk},
	} {
		sealed := sealVector(tb, key, vectorPlain(tt.size), tt.chunk)
		one := fileVector{Name: tt.name, Key: hex.EncodeToString(key), Chunk: tt.chunk, Size: tt.size}
		if len(sealed) < 200 {
			one.Sealed = hex.EncodeToString(sealed)
		} else {
			sum := sha256.Sum256(sealed)
			one.SHA256 = hex.EncodeToString(sum[:])
		}
		v.Sealed = append(v.Sealed, one)
	}
	sealed := sealVector(tb, key, vectorPlain(40), 16)
	whole := 16 + fileTag
	flip := bytes.Clone(sealed)
	flip[whole+3] ^= 1
	other := bytes.Clone(key)
	other[0] ^= 1
	for _, tt := range []struct {
		name   string
		key    []byte
		size   int
		sealed []byte
	}{
		{"a flipped bit", key, 40, flip},
		{"cut off after a chunk", key, 40, sealed[:2*whole]},
		{"cut off after a chunk, and stated so", key, 32, sealed[:2*whole]},
		{"cut off within a chunk", key, 40, sealed[:2*whole+3]},
		{"two chunks exchanged", key, 40, bytes.Join([][]byte{sealed[whole : 2*whole], sealed[:whole], sealed[2*whole:]}, nil)},
		{"a chunk twice", key, 56, bytes.Join([][]byte{sealed[:whole], sealed}, nil)},
		{"a chunk missing", key, 24, sealed[whole:]},
		{"a byte more", key, 40, append(bytes.Clone(sealed), 0)},
		{"nothing", key, 0, nil},
		{"stated a byte smaller", key, 39, sealed},
		{"stated a byte larger", key, 41, sealed},
		{"another key", other, 40, sealed},
	} {
		v.Refused = append(v.Refused, fileVector{Name: tt.name, Key: hex.EncodeToString(tt.key), Chunk: 16, Size: tt.size, Sealed: hex.EncodeToString(tt.sealed)})
	}
	return v
}

// TestFileVectors holds testdata/files.json to what this package does.
func TestFileVectors(t *testing.T) {
	name := filepath.Join("testdata", "files.json")
	v := MustMakeVectors(t)
	want, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	want = append(want, '\n')
	if *update {
		if err := os.WriteFile(name, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile(name); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%s is not what this package makes (go test ./client/secure -run FileVectors -update): %v", name, err)
	}
	key := vectorPlain(fileKey)
	for _, one := range v.Sealed {
		plain := vectorPlain(one.Size)
		sealed := sealVector(t, key, plain, one.Chunk)
		if one.Chunk == fileChunk && !bytes.Equal(sealed, MustSealFile(t, key, plain)) {
			t.Errorf("%s: what is sent is something else", one.Name)
		}
		var got bytes.Buffer
		offer := &session.FileOffer{Key: key, Size: uint64(one.Size), Chunk: uint32(one.Chunk)}
		if err := openFile(offer, bytes.NewReader(sealed), &got); err != nil || !bytes.Equal(got.Bytes(), plain) {
			t.Errorf("%s: %v", one.Name, err)
		}
	}
	for _, one := range v.Refused {
		key, _ := hex.DecodeString(one.Key)
		sealed, _ := hex.DecodeString(one.Sealed)
		offer := &session.FileOffer{Key: key, Size: uint64(one.Size), Chunk: uint32(one.Chunk)}
		if err := openFile(offer, bytes.NewReader(sealed), io.Discard); !errors.Is(err, errFile) {
			t.Errorf("%s: %v", one.Name, err)
		}
	}
}
