package attacks

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

const meetingID = "7b1d3a60-5f0e-4a57-8f5b-0f6a1f7c2e90"

var (
	start = time.Unix(1_700_000_000, 0)
	base  = [32]byte{7, 1}
)

// receiver is whatever plays the frames of a meeting.
type receiver interface {
	Open(client.Frame) (client.Frame, error)
}

// tree is alice, bob and carol in epoch 1.
func tree(self uint32) sframe.Epoch {
	return sframe.Epoch{Number: 1, Base: base, Self: self, Leaves: []sframe.Leaf{
		{Index: 0, Participant: "alice"}, {Index: 1, Participant: "bob"}, {Index: 2, Participant: "carol"},
	}}
}

// MustCipher is the real receiver and sender, sealing in epoch 1.
func MustCipher(tb testing.TB, self uint32) *secure.Cipher {
	tb.Helper()
	c, err := secure.NewCipher(secure.CipherOptions{Meeting: meetingID, Now: func() time.Time { return start }})
	if err != nil {
		tb.Fatal(err)
	}
	if err := c.Epoch(tree(self)); err != nil {
		tb.Fatal(err)
	}
	c.Send(sframe.Send{Mode: sframe.Sealing, Epoch: 1})
	c.Receive(sframe.Receive{Mode: sframe.Sealed})
	return c
}

// defence is what a model of a receiver may lack.
type defence string

const (
	nothing     defence = ""
	window      defence = "a window of counters"
	order       defence = "the comparison of counters and RTP timestamps"
	strictness  defence = "refusing every clear frame"
	attribution defence = "the name by the key"
	patience    defence = "going on after frames that do not open"
	proof       defence = "keeping what only an authentic frame may change"
	cheapness   defence = "one key for each sender"
	tags        defence = "the tag of each frame"
)

// model is a receiver of the test, complete but for the one defence it lacks. It
// knows epoch 1 only.
type model struct {
	lacks    defence
	keys     map[uint64]*sframe.Key
	windows  map[uint64]*sframe.Window
	failures int
}

func newModel(lacks defence) *model {
	return &model{lacks: lacks, keys: map[uint64]*sframe.Key{}, windows: map[uint64]*sframe.Window{}}
}

var errModel = errors.New("refused by the model")

func (m *model) Open(f client.Frame) (client.Frame, error) {
	if !sframe.Marked(f.Data) {
		if m.lacks == strictness && len(f.Data) <= 3 { // "silence is harmless"
			return f, nil
		}
		return f, errModel
	}
	codec := sframe.Codec(f.Codec)
	body, err := codec.Unwrap(nil, f.Data)
	if err != nil {
		return f, err
	}
	h, _, err := sframe.ParseHeader(body)
	id, ok := sframe.ParseKID(h.KID)
	if err != nil || !ok {
		return f, errModel
	}
	if m.lacks == patience && m.failures >= 10 { // "the key must be wrong"
		return f, errModel
	}
	w := m.windows[h.KID]
	if w == nil {
		w = &sframe.Window{}
		m.windows[h.KID] = w
	}
	if m.lacks != window && !w.Fresh(h.Counter) {
		return f, errModel
	}
	if m.lacks == proof {
		w.Accept(h.Counter, f.SSRC, f.Timestamp)
	}
	data, err := m.open(h.KID, codec, body)
	if err != nil {
		m.failures++
		return f, err
	}
	at := f.Timestamp
	if m.lacks == order {
		at = 0
	}
	if m.lacks != window && m.lacks != proof && !w.Accept(h.Counter, f.SSRC, at) {
		return f, errModel
	}
	f.Data = data
	if m.lacks != attribution {
		for _, l := range tree(0).Leaves {
			if l.Index == uint32(id.Leaf) {
				f.Binding.Participant = l.Participant
			}
		}
		f.Binding.Kind = meeting.Kinds[id.Kind]
	}
	return f, nil
}

// open opens with the key of a KID; without cheapness it looks for another key
// in a ratchet whenever that fails, as receivers with passphrases do.
func (m *model) open(kid uint64, codec sframe.Codec, body []byte) ([]byte, error) {
	metadata, err := sframe.Metadata(meetingID, codec)
	if err != nil {
		return nil, err
	}
	key := m.keys[kid]
	if key == nil {
		if key, err = sframe.NewKey(sframe.AES256GCM, kid, base[:]); err != nil {
			return nil, err
		}
		m.keys[kid] = key
	}
	data, err := key.Open(nil, metadata, body)
	if m.lacks == tags && err != nil {
		return unchecked(kid, body)
	}
	for step := byte(1); err != nil && m.lacks == cheapness && step <= 8; step++ {
		next := base
		next[31] = step
		if key, err = sframe.NewKey(sframe.AES256GCM, kid, next[:]); err == nil {
			data, err = key.Open(nil, metadata, body)
		}
	}
	return data, err
}

// sender seals for one slot.
type sender struct {
	t      testing.TB
	cipher *secure.Cipher
	kind   meeting.Kind
	codec  client.Codec
	count  int
}

func newSender(tb testing.TB, leaf uint32, kind meeting.Kind) *sender {
	s := &sender{t: tb, cipher: MustCipher(tb, leaf), kind: kind, codec: client.Opus}
	if kind != meeting.KindMic {
		s.codec = client.VP8
	}
	return s
}

// frame is the next one, bound by the server to bob.
func (s *sender) frame() client.Frame {
	plain := fmt.Appendf(nil, "\x11 frame %d of a stream that nobody else may hear", s.count)
	data, err := s.cipher.Seal(s.kind, s.codec, plain)
	if err != nil {
		s.t.Fatal(err)
	}
	f := client.Frame{
		Binding: wire.Binding{Mid: "4", Participant: "bob", Kind: s.kind}, Codec: s.codec,
		SSRC: 7, Timestamp: uint32(960 * s.count), Data: data,
	}
	s.count++
	return f
}

func (s *sender) frames(n int) []client.Frame {
	list := make([]client.Frame, n)
	for i := range list {
		list[i] = s.frame()
	}
	return list
}

// accepted is how many frames play.
func accepted(r receiver, frames []client.Frame) int {
	n := 0
	for _, f := range frames {
		f.Data = bytes.Clone(f.Data)
		if _, err := r.Open(f); err == nil {
			n++
		}
	}
	return n
}

// attack is run against a complete model, which shows that the model is one, one
// that lacks the defence, and the real receiver. It returns how far it got.
func attack(t *testing.T, lacks defence, what string, run func(t *testing.T, r receiver) int) {
	t.Helper()
	weak, model, real := run(t, newModel(lacks)), run(t, newModel(nothing)), run(t, MustCipher(t, 0))
	t.Logf("%s: %d without %s, %d with it", what, weak, lacks, real)
	if weak == 0 {
		t.Errorf("%s fails also without %s: the attack proves nothing", what, lacks)
	}
	if model != 0 {
		t.Errorf("%s succeeds %d times against the complete model", what, model)
	}
	if real != 0 {
		t.Errorf("%s succeeds %d times", what, real)
	}
}

func with(frames []client.Frame, change func(*client.Frame)) []client.Frame {
	list := make([]client.Frame, len(frames))
	for i, f := range frames {
		change(&f)
		list[i] = f
	}
	return list
}

func TestReplay(t *testing.T) {
	for _, tt := range []struct {
		name   string
		kind   meeting.Kind
		change func(*client.Frame)
	}{
		{"at once, as RTX duplicates come", meeting.KindMic, func(*client.Frame) {}},
		{"with later timestamps", meeting.KindMic, func(f *client.Frame) { f.Timestamp += 1 << 20 }},
		{"after subscribing again", meeting.KindCamera, func(f *client.Frame) { f.SSRC, f.Timestamp = 8, f.Timestamp+77 }},
		{"as another layer", meeting.KindCamera, func(f *client.Frame) { f.SSRC, f.Timestamp = 9, f.Timestamp*94 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			attack(t, window, "frames replayed of 300", func(t *testing.T, r receiver) int {
				bob := newSender(t, 1, tt.kind)
				recorded := bob.frames(300)
				if n := accepted(r, recorded); n != 300 {
					t.Fatalf("%d of 300 good frames play", n)
				}
				return accepted(r, with(recorded, tt.change))
			})
		})
	}
}

// TestReplayAfterTheWindow waits until the counters are long out of the window.
func TestReplayAfterTheWindow(t *testing.T) {
	attack(t, window, "old frames replayed of 100", func(t *testing.T, r receiver) int {
		bob := newSender(t, 1, meeting.KindMic)
		recorded := bob.frames(100)
		accepted(r, recorded)
		accepted(r, bob.frames(3*sframe.WindowSize))
		return accepted(r, with(recorded, func(f *client.Frame) { f.SSRC, f.Timestamp = 8, 1<<30 }))
	})
}

// TestReorder withholds frames and plays them later as if they were new: words
// change their places in a sentence.
func TestReorder(t *testing.T) {
	attack(t, order, "frames out of their order of 100", func(t *testing.T, r receiver) int {
		bob := newSender(t, 1, meeting.KindMic)
		accepted(r, bob.frames(50))
		withheld, later := bob.frames(100), bob.frames(100)
		if n := accepted(r, later); n != 100 {
			t.Fatalf("%d of 100 good frames play", n)
		}
		last := later[99].Timestamp
		return accepted(r, with(withheld, func(f *client.Frame) { f.Timestamp += last }))
	})
}

func TestClearAndSilentFramesWhileOn(t *testing.T) {
	silent := [][]byte{{}, {0xf8, 0xff, 0xfe}, {0xf8}, {0xfc, 0xff, 0xfe}, {0xb0, 0x18, 0x00}}
	attack(t, strictness, "clear frames played of 500", func(t *testing.T, r receiver) int {
		bob, n := newSender(t, 1, meeting.KindMic), 0
		for i := range 500 {
			accepted(r, []client.Frame{bob.frame()})
			f := bob.frame()
			f.Data = silent[i%len(silent)]
			n += accepted(r, []client.Frame{f})
		}
		return n
	})
	attack(t, strictness, "clear or cut frames played of 600", func(t *testing.T, r receiver) int {
		bob, n := newSender(t, 1, meeting.KindMic), 0
		for range 200 {
			sealed := bob.frame()
			clear, cut, marker := sealed, sealed, sealed
			clear.Data = []byte{0xf8, 1, 2}
			cut.Data = sealed.Data[:len(sealed.Data)-1]
			marker.Data = []byte("RND")
			n += accepted(r, []client.Frame{clear, cut, marker})
		}
		return n
	})
}

// TestSwap plays bob's frames in carol's slot, sound as a picture, and back.
func TestSwap(t *testing.T) {
	attack(t, attribution, "frames under another name or kind of 200", func(t *testing.T, r receiver) int {
		bob, n := newSender(t, 1, meeting.KindMic), 0
		for i := range 200 {
			f := bob.frame()
			f.Binding.Participant, f.SSRC, f.Binding.Mid = "carol", 99, "7"
			if i%2 == 1 {
				f.Binding.Kind = meeting.KindScreenAudio
			}
			out, err := r.Open(f)
			if err != nil {
				t.Fatal("a good frame does not open", err)
			}
			if out.Binding.Participant != "bob" || out.Binding.Kind != meeting.KindMic {
				n++
			}
		}
		return n
	})
}

// TestChangedFrames turns bits, and tells another codec.
func TestChangedFrames(t *testing.T) {
	attack(t, tags, "changed frames played of some 12,000", func(t *testing.T, r receiver) int {
		bob, played := newSender(t, 1, meeting.KindMic), 0
		for range 20 {
			f := bob.frame()
			for bit := range 8 * len(f.Data) {
				changed := f
				changed.Data = bytes.Clone(f.Data)
				changed.Data[bit/8] ^= 1 << (bit % 8)
				played += accepted(r, []client.Frame{changed})
			}
			other := f
			other.Codec = client.VP9 // has no shell either
			played += accepted(r, []client.Frame{other})
			if m, weak := r.(*model); (!weak || m.lacks != tags) && accepted(r, []client.Frame{f}) != 1 {
				t.Fatal("the good frame does not play after the changed ones")
			}
		}
		return played
	})
}

// unchecked decrypts a frame of the model's base key without asking whether its
// tag fits: the counter mode that AES-GCM is made of (NIST SP 800-38D, 7.2), with
// the key and the salt of RFC 9605, 4.4.2.
func unchecked(kid uint64, body []byte) ([]byte, error) {
	header, n, err := sframe.ParseHeader(body)
	if err != nil || len(body) < n+16 {
		return nil, errModel
	}
	secret, err := hkdf.Extract(sha512.New, base[:], nil)
	if err != nil {
		return nil, err
	}
	label := func(what string) string {
		b := binary.BigEndian.AppendUint64([]byte("SFrame 1.0 Secret "+what+" "), kid)
		return string(binary.BigEndian.AppendUint16(b, uint16(sframe.AES256GCM)))
	}
	key, err := hkdf.Expand(sha512.New, secret, label("key"), 32)
	if err != nil {
		return nil, err
	}
	salt, err := hkdf.Expand(sha512.New, secret, label("salt"), 12)
	if err != nil {
		return nil, err
	}
	binary.BigEndian.PutUint64(salt[4:], binary.BigEndian.Uint64(salt[4:])^header.Counter)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	data := make([]byte, len(body)-n-16)
	cipher.NewCTR(block, append(salt, 0, 0, 0, 2)).XORKeyStream(data, body[n:len(body)-16])
	return data, nil
}
