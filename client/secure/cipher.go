package secure

import (
	"slices"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/e2ee/sframe"
)

// Cipher is a client.Cipher that seals and opens with SFrame (RFC 9605). It is told
// what the group's session decides (epochs with their keys, what to do with
// frames) and makes no decision of its own; until it is told, nothing leaves and
// nothing plays. It is safe for use in parallel.
type Cipher struct {
	now func() time.Time // immutable

	mu     sync.Mutex
	ring   *sframe.Ring
	counts Counts
}

var _ client.Cipher = (*Cipher)(nil)

// Counts are the frames so far, by what became of them.
type Counts struct {
	Sealed  uint64 // own, sent
	Clear   uint64 // own, sent
	Opened  uint64 // of others, that were sealed
	Passed  uint64 // of others, that were clear
	Refused map[string]uint64
}

// CipherOptions make a Cipher.
type CipherOptions struct {
	Meeting  string           // the meeting's id
	Instance uint16           // a number that no Cipher had before under the same leaf of the group
	Now      func() time.Time // nil for time.Now
}

// NewCipher makes a Cipher, which holds everything until it is told the first decisions.
func NewCipher(o CipherOptions) (*Cipher, error) {
	ring, err := sframe.New(o.Meeting, o.Instance)
	if err != nil {
		return nil, err
	}
	c := &Cipher{ring: ring, now: o.Now}
	if c.now == nil {
		c.now = time.Now
	}
	c.counts.Refused = map[string]uint64{}
	return c, nil
}

// Epoch makes the keys of an epoch known.
func (c *Cipher) Epoch(e sframe.Epoch) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ring.AddEpoch(c.now(), e)
}

// Send says what happens to the own frames from now on.
func (c *Cipher) Send(s sframe.Send) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring.SetSend(s)
}

// Receive says what happens to others' clear frames from now on.
func (c *Cipher) Receive(r sframe.Receive) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ring.SetReceive(c.now(), r)
}

// knows reports whether the keys of an epoch are there.
func (c *Cipher) knows(epoch uint64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ring.Knows(c.now(), epoch)
}

// Counts returns the counts so far.
func (c *Cipher) Counts() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.counts
	out.Refused = make(map[string]uint64, len(c.counts.Refused))
	for reason, n := range c.counts.Refused {
		out.Refused[reason] = n
	}
	return out
}

// Seal implements client.Cipher.
func (c *Cipher) Seal(kind meeting.Kind, codec client.Codec, frame []byte) ([]byte, error) {
	k, ok := kindOf(kind)
	if !ok {
		return nil, sframe.ErrCodec
	}
	key := client.KeyFrame(codec, frame)
	c.mu.Lock()
	defer c.mu.Unlock()
	out, err := c.ring.Seal(c.now(), nil, k, sframe.Codec(codec), key, frame)
	if err != nil {
		return nil, err
	}
	if out.Sealed {
		c.counts.Sealed++
	} else {
		c.counts.Clear++
	}
	return out.Data, nil
}

// Open implements client.Cipher. A sealed frame's participant and kind are those of
// its key, whatever its slot is bound to.
func (c *Cipher) Open(f client.Frame) (client.Frame, error) {
	kind, ok := kindOf(f.Binding.Kind)
	if !ok && f.Binding.Kind != "" {
		return client.Frame{}, sframe.Malformed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	out, err := c.ring.Open(c.now(), nil, sframe.Incoming{
		Track: f.SSRC, Bound: sframe.Owner{Participant: f.Binding.Participant, Kind: kind},
		Codec: sframe.Codec(f.Codec), Time: f.Timestamp, Data: f.Data,
	})
	if err == sframe.Held {
		return client.Frame{}, client.ErrHeld
	}
	if r, ok := err.(sframe.Refusal); ok {
		c.counts.Refused[r.Name()]++
	}
	if err != nil {
		return client.Frame{}, err
	}
	f.Data = out.Data
	if !out.Sealed {
		c.counts.Passed++
		return f, nil
	}
	c.counts.Opened++
	f.Binding.Participant, f.Binding.Kind = out.Owner.Participant, meeting.Kinds[out.Owner.Kind]
	return f, nil
}

// kindOf is the number of a kind inside a KID: its place in meeting.Kinds.
func kindOf(k meeting.Kind) (sframe.Kind, bool) {
	i := slices.Index(meeting.Kinds[:], k)
	return sframe.Kind(max(i, 0)), i >= 0
}
