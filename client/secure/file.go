package secure

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// A sealed file is its chunks one after another, each AES-256-GCM under a key of
// this file only: nonce = 4 zero bytes || number of the chunk (8 bytes), AAD =
// "roundel file v1" || 1 for the last chunk, else 0. There is always a last
// chunk, so that a file cannot be cut off; an empty file is one empty chunk.
const (
	fileLabel = "roundel file v1"
	fileChunk = 64 << 10
	maxChunk  = 1 << 20 // that a receiver makes room for
	fileTag   = 16
	fileKey   = 32
)

var (
	errFile      = errors.New("secure: the file is not what was offered")
	errFileSize  = errors.New("secure: the file is larger or smaller than stated")
	errFileOffer = errors.New("secure: this is not the offer of a file that can be fetched")
)

// SendFile seals a file with a new key while it is sent to the server, and offers
// it to everyone or to one participant. It needs little memory, whatever the size.
func (m *Meeting) SendFile(ctx context.Context, to, name, mediaType string, size int64, body io.Reader) error {
	if _, err := m.sealing(); err != nil {
		return err
	}
	if m.cipher == nil {
		return ErrNoGroup
	}
	sealedSize := sealedFileSize(size)
	if size < 0 || sealedSize > wire.MaxFile {
		return meeting.Errorf(meeting.CodeTooLarge, "A file has at most %d MiB.", wire.MaxFile>>20-1)
	}
	key := make([]byte, fileKey)
	rand.Read(key)
	sealing, err := newSealer(key, body, size)
	if err != nil {
		return err
	}
	kept, err := m.Seat.Upload(ctx, sealing, sealedSize)
	if err != nil {
		return err
	}
	offer := session.FileOffer{ID: kept.ID, Key: key, Name: name, Type: mediaType, Size: uint64(size), Chunk: fileChunk}
	return m.do(session.OfferFile{File: offer, To: to})
}

// FetchFile writes an offered file to w as it opens, chunk by chunk. After an
// error what has been written is a beginning of the file, and not the file. What
// was offered in clear has neither key nor chunks, and only its size to be known by.
func (m *Meeting) FetchFile(ctx context.Context, f *session.FileOffer, w io.Writer) error {
	keyless := f != nil && len(f.Key) == 0 && f.Chunk == 0
	if f == nil || f.Size > wire.MaxFile || !keyless && (f.Chunk == 0 || f.Chunk > maxChunk || len(f.Key) != fileKey) {
		return errFileOffer
	}
	body, err := m.Seat.Download(ctx, f.ID)
	if err != nil {
		return err
	}
	defer body.Close()
	if keyless {
		return copyFile(f, body, w)
	}
	return openFile(f, body, w)
}

// copyFile writes a file that was not sealed.
func copyFile(f *session.FileOffer, body io.Reader, w io.Writer) error {
	n, err := io.Copy(w, io.LimitReader(body, int64(f.Size)+1))
	if err != nil {
		return fmt.Errorf("%w: %w", errFile, err)
	}
	if uint64(n) != f.Size {
		return errFile
	}
	return nil
}

func sealedFileSize(size int64) int64 {
	return size + fileTag*max((size+fileChunk-1)/fileChunk, 1)
}

// fileCipher numbers the chunks of one file.
type fileCipher struct {
	aead cipher.AEAD
	next uint64
}

func newFileCipher(key []byte) (*fileCipher, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	return &fileCipher{aead: aead}, err
}

// begin returns the nonce and the AAD of the next chunk.
func (c *fileCipher) begin(last bool) (nonce [12]byte, aad []byte) {
	binary.BigEndian.PutUint64(nonce[4:], c.next)
	c.next++
	aad = append(make([]byte, 0, len(fileLabel)+1), fileLabel...)
	if last {
		return nonce, append(aad, 1)
	}
	return nonce, append(aad, 0)
}

// sealer reads a file sealed.
type sealer struct {
	cipher *fileCipher
	body   io.Reader
	left   int64 // plain bytes
	plain  []byte
	sealed []byte // of which out is still to be read
	out    []byte
	done   bool
}

func newSealer(key []byte, body io.Reader, size int64) (*sealer, error) {
	c, err := newFileCipher(key)
	if err != nil {
		return nil, err
	}
	return &sealer{cipher: c, body: body, left: size, plain: make([]byte, fileChunk), sealed: make([]byte, 0, fileChunk+fileTag)}, nil
}

// Read implements io.Reader.
func (s *sealer) Read(b []byte) (int, error) {
	if len(s.out) == 0 {
		if s.done {
			return 0, io.EOF
		}
		if err := s.chunk(); err != nil {
			return 0, err
		}
	}
	n := copy(b, s.out)
	s.out = s.out[n:]
	return n, nil
}

// chunk seals the next one. A file that is shorter or longer than it was said to
// be ends in an error, so that what was sent is of no use.
func (s *sealer) chunk() error {
	n := int(min(s.left, fileChunk))
	if _, err := io.ReadFull(s.body, s.plain[:n]); err != nil {
		return errFileSize
	}
	s.left -= int64(n)
	s.done = s.left == 0
	if s.done {
		var one [1]byte
		if k, _ := io.ReadFull(s.body, one[:]); k > 0 {
			return errFileSize
		}
	}
	nonce, aad := s.cipher.begin(s.done)
	s.out = s.cipher.aead.Seal(s.sealed[:0], nonce[:], s.plain[:n], aad)
	return nil
}

// openFile opens the chunks of body.
func openFile(f *session.FileOffer, body io.Reader, w io.Writer) error {
	c, err := newFileCipher(f.Key)
	if err != nil {
		return err
	}
	buf := make([]byte, min(uint64(f.Chunk), max(f.Size, 1))+fileTag)
	for left, last := f.Size, false; !last; {
		n := min(left, uint64(f.Chunk))
		left -= n
		last = left == 0
		sealed := buf[:n+fileTag]
		if _, err := io.ReadFull(body, sealed); err != nil {
			return fmt.Errorf("%w: %w", errFile, err)
		}
		nonce, aad := c.begin(last)
		plain, err := c.aead.Open(sealed[:0], nonce[:], sealed, aad)
		if err != nil {
			return errFile
		}
		if _, err := w.Write(plain); err != nil {
			return fmt.Errorf("write the file: %w", err)
		}
	}
	if n, _ := io.ReadFull(body, buf[:1]); n > 0 {
		return errFile
	}
	return nil
}
