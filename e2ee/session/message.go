package session

import (
	"crypto/ed25519"

	"github.com/roundel-meet/roundel/e2ee/mls"
)

// Bounds of application messages. Each is padded to a power of two, so that its
// length says little about its content.
const (
	MaxMessage  = 48 << 10 // after padding
	minMessage  = 256
	headerSize  = 5 // kind and length of the body
	MaxText     = 16 << 10
	MaxName     = 256
	MaxReaction = 64
	maxNonces   = 64
	maxNames    = 64
	maxVouches  = 64
	maxSealed   = 40 << 10
	maxIdentity = 4 << 10
	maxHash     = 64
	nonceSize   = 16
	fileKeySize = 32
)

// MessageKind is the first byte of an application message.
type MessageKind uint8

// The kinds of application messages.
const (
	KindNonce     MessageKind = 1
	KindAnswer    MessageKind = 2
	KindHeartbeat MessageKind = 3
	KindFlipped   MessageKind = 4
	KindChat      MessageKind = 5
	KindPrivate   MessageKind = 6
	KindReaction  MessageKind = 7
	KindHand      MessageKind = 8
	KindName      MessageKind = 9
	KindFileOffer MessageKind = 10
	KindNames     MessageKind = 11
	KindVouch     MessageKind = 12
	KindVouches   MessageKind = 13
)

// Message is the content of an MLS application message. MLS says which leaf
// signed it (RFC 9420 section 6); nothing inside does.
type Message interface {
	Kind() MessageKind
	write(*writer)
	// valid holds for what was read and for what is about to be written.
	valid() bool
}

// Nonce asks the leaves to answer: they are alive, in this epoch or a later one.
type Nonce struct{ Nonce [16]byte }

// Answer answers nonces, several at once when many people come. It says what a
// heartbeat says.
type Answer struct {
	Nonces [][16]byte
	Heartbeat
}

// Heartbeat is what a member believes the group to be.
type Heartbeat struct {
	Epoch      uint64
	Transcript []byte // confirmed transcript hash (RFC 9420 section 8.2)
	Sequence   uint32 // of the meeting state
}

// Flipped says that no clear frame of the sender will follow: it seals since the
// state with Sequence, in Epoch or later.
type Flipped struct {
	Epoch    uint64
	Sequence uint32
}

// Chat is a text for everyone, or for one inside of a Private.
type Chat struct {
	ID   [16]byte
	Text string
}

// Private is a Chat or FileOffer for one leaf, sealed by EncryptWithLabel under
// PrivateLabel and PrivateContext (RFC 9420 section 5.1.3).
type Private struct {
	Epoch  uint64
	To     mls.LeafIndex
	Sealed []byte
}

// Reaction is a short text that floats over a picture.
type Reaction struct{ Text string }

// Hand is the raised or lowered hand.
type Hand struct{ Up bool }

// FileOffer has what is needed to fetch and open a sealed file.
type FileOffer struct {
	ID    string // of the blob at the server
	Key   []byte // of this file only
	Name  string
	Type  string // media type as the sender states it
	Size  uint64 // of the plain file
	Chunk uint32 // plain bytes sealed together
}

// Names hands the statements of others to newcomers. Each is signed by the leaf
// that it is about, so who hands them over cannot change them.
type Names struct{ Names []Name }

// Vouches hands the confirmations of hosts to newcomers.
type Vouches struct{ Vouches []Vouch }

// Kind returns KindNonce.
func (*Nonce) Kind() MessageKind { return KindNonce }

// Kind returns KindAnswer.
func (*Answer) Kind() MessageKind { return KindAnswer }

// Kind returns KindHeartbeat.
func (*Heartbeat) Kind() MessageKind { return KindHeartbeat }

// Kind returns KindFlipped.
func (*Flipped) Kind() MessageKind { return KindFlipped }

// Kind returns KindChat.
func (*Chat) Kind() MessageKind { return KindChat }

// Kind returns KindPrivate.
func (*Private) Kind() MessageKind { return KindPrivate }

// Kind returns KindReaction.
func (*Reaction) Kind() MessageKind { return KindReaction }

// Kind returns KindHand.
func (*Hand) Kind() MessageKind { return KindHand }

// Kind returns KindFileOffer.
func (*FileOffer) Kind() MessageKind { return KindFileOffer }

// Kind returns KindNames.
func (*Names) Kind() MessageKind { return KindNames }

// Kind returns KindVouches.
func (*Vouches) Kind() MessageKind { return KindVouches }

// PrivateContext is the EncryptWithLabel context of a private message.
func PrivateContext(groupID []byte, epoch uint64, from, to mls.LeafIndex) []byte {
	var w writer
	w.vec(groupID)
	w.u64(epoch)
	w.u32(uint32(from))
	w.u32(uint32(to))
	return w.b
}

// Marshal encodes a message and pads it with zeros to the next power of two.
func Marshal(m Message) ([]byte, error) {
	if m == nil || !m.valid() {
		return nil, ErrFormat
	}
	var body writer
	m.write(&body)
	size := minMessage
	for size < headerSize+len(body.b) {
		size *= 2
	}
	size = min(size, MaxMessage)
	if body.failed || headerSize+len(body.b) > size {
		return nil, errTooLong
	}
	w := writer{b: make([]byte, 0, size)}
	w.u8(uint8(m.Kind()))
	w.u32(uint32(len(body.b)))
	w.raw(body.b)
	return w.b[:size], nil
}

// ParseMessage reads an application message. Unknown kinds are ErrFormat, to be
// ignored by the caller: a newer client may know more.
func ParseMessage(b []byte) (Message, error) {
	if len(b) > MaxMessage {
		return nil, ErrFormat
	}
	r := reader{rest: b}
	kind, size := MessageKind(r.u8()), r.u32()
	if r.failed || uint64(size) > uint64(len(r.rest)) {
		return nil, ErrFormat
	}
	for _, pad := range r.rest[size:] {
		if pad != 0 {
			return nil, ErrFormat
		}
	}
	body := reader{rest: r.rest[:size]}
	m := readMessage(kind, &body)
	if m == nil || body.end() != nil || !m.valid() {
		return nil, ErrFormat
	}
	return m, nil
}

func readMessage(kind MessageKind, r *reader) Message {
	switch kind {
	case KindNonce:
		return &Nonce{readNonce(r)}
	case KindAnswer:
		return readAnswer(r)
	case KindHeartbeat:
		h := readHeartbeat(r)
		return &h
	case KindFlipped:
		return &Flipped{Epoch: r.u64(), Sequence: r.u32()}
	case KindChat:
		return &Chat{ID: readNonce(r), Text: r.text(MaxText)}
	case KindPrivate:
		return &Private{Epoch: r.u64(), To: mls.LeafIndex(r.u32()), Sealed: r.vec(maxSealed)}
	case KindReaction:
		return &Reaction{r.text(MaxReaction)}
	case KindHand:
		return &Hand{r.flag()}
	case KindName:
		n := readName(r)
		return &n
	case KindFileOffer:
		return readFileOffer(r)
	case KindNames:
		m := &Names{}
		for range r.count(maxNames, nameSize) {
			m.Names = append(m.Names, readName(r))
		}
		return m
	case KindVouch:
		v := readVouch(r)
		return &v
	case KindLinks:
		return readLinks(r)
	case KindVouches:
		m := &Vouches{}
		for range r.count(maxVouches, vouchSize) {
			m.Vouches = append(m.Vouches, readVouch(r))
		}
		return m
	}
	return nil
}

func readNonce(r *reader) (n [16]byte) {
	copy(n[:], r.take(nonceSize))
	return n
}

func readAnswer(r *reader) *Answer {
	a := &Answer{}
	for range r.count(maxNonces, nonceSize) {
		a.Nonces = append(a.Nonces, readNonce(r))
	}
	a.Heartbeat = readHeartbeat(r)
	return a
}

func readHeartbeat(r *reader) Heartbeat {
	return Heartbeat{Epoch: r.u64(), Transcript: r.vec(maxHash), Sequence: r.u32()}
}

func readFileOffer(r *reader) *FileOffer {
	return &FileOffer{
		ID: r.text(maxID), Key: r.vec(fileKeySize), Name: r.text(MaxName), Type: r.text(MaxName),
		Size: r.u64(), Chunk: r.u32(),
	}
}

func (m *Nonce) write(w *writer) { w.raw(m.Nonce[:]) }

func (m *Answer) write(w *writer) {
	w.count(len(m.Nonces))
	for i := range m.Nonces {
		w.raw(m.Nonces[i][:])
	}
	m.Heartbeat.write(w)
}

func (m *Heartbeat) write(w *writer) {
	w.u64(m.Epoch)
	w.vec(m.Transcript)
	w.u32(m.Sequence)
}

func (m *Flipped) write(w *writer) {
	w.u64(m.Epoch)
	w.u32(m.Sequence)
}

func (m *Chat) write(w *writer) {
	w.raw(m.ID[:])
	w.text(m.Text)
}

func (m *Private) write(w *writer) {
	w.u64(m.Epoch)
	w.u32(uint32(m.To))
	w.vec(m.Sealed)
}

func (m *Reaction) write(w *writer) { w.text(m.Text) }
func (m *Hand) write(w *writer)     { w.flag(m.Up) }

func (m *FileOffer) write(w *writer) {
	w.text(m.ID)
	w.vec(m.Key)
	w.text(m.Name)
	w.text(m.Type)
	w.u64(m.Size)
	w.u32(m.Chunk)
}

func (m *Names) write(w *writer) {
	w.count(len(m.Names))
	for i := range m.Names {
		m.Names[i].write(w)
	}
}

func (m *Vouches) write(w *writer) {
	w.count(len(m.Vouches))
	for i := range m.Vouches {
		m.Vouches[i].write(w)
	}
}

func (m *Nonce) valid() bool     { return true }
func (m *Answer) valid() bool    { return len(m.Nonces) <= maxNonces && m.Heartbeat.valid() }
func (m *Heartbeat) valid() bool { return len(m.Transcript) > 0 && len(m.Transcript) <= maxHash }
func (m *Flipped) valid() bool   { return true }
func (m *Chat) valid() bool      { return validText(m.Text, MaxText) }
func (m *Private) valid() bool   { return len(m.Sealed) > 0 && len(m.Sealed) <= maxSealed }
func (m *Reaction) valid() bool  { return validText(m.Text, MaxReaction) }
func (m *Hand) valid() bool      { return true }

func (m *FileOffer) valid() bool {
	return validID(m.ID) && len(m.Key) == fileKeySize && validText(m.Name, MaxName) &&
		len(m.Type) <= MaxName && m.Chunk > 0
}

func (m *Names) valid() bool {
	for i := range m.Names {
		if !m.Names[i].valid() {
			return false
		}
	}
	return len(m.Names) <= maxNames
}

func (m *Vouches) valid() bool {
	for i := range m.Vouches {
		if !m.Vouches[i].valid() {
			return false
		}
	}
	return len(m.Vouches) <= maxVouches
}

// vouchSize and nameSize are the least a statement takes, for bounds.
const (
	nameSize  = 2 + 4 + 2 + 2 + ed25519.SignatureSize
	vouchSize = 2 + 2*ed25519.PublicKeySize + ed25519.SignatureSize
)
