package hostile

import (
	"bytes"
	"crypto/rand"
	"slices"

	"github.com/roundel-meet/roundel/e2ee/sframe"
	"github.com/roundel-meet/roundel/media/packet"
)

// Tapped is what the server took in of one track.
type Tapped struct {
	Frames int `json:"frames"`
	Sealed int `json:"sealed"`
	Clear  int `json:"clear"`
}

// Took sees a packet that a participant sent, as it is below the encryption of
// the connection. A frame counts with its last packet, which bears the marker of
// sealed frames or does not.
func Took(from, kind string, h *packet.Header, b []byte) {
	payload := b[h.Payload:h.End]
	if len(payload) == 0 || (kind == "camera" || kind == "screen") && !h.Marker {
		return
	}
	it.mu.Lock()
	defer it.mu.Unlock()
	track := from + " " + kind
	t := it.tap[track]
	if t == nil {
		t = &Tapped{}
		it.tap[track] = t
	}
	t.Frames++
	if sframe.Marked(payload) {
		t.Sealed++
	} else {
		t.Clear++
	}
}

// Figures are what was passed on to one participant since the start.
type Figures struct {
	Good     int `json:"good"`     // packets of sound, as their sender sealed them
	Injected int `json:"injected"` // frames, since the last order about media
}

// Slot is a line of a participant that plays others' tracks.
type Slot struct {
	To, Mid string
	Audio   bool
}

// sent is a packet on its way to a participant.
type sent struct {
	header  packet.Header
	payload []byte
}

// line is what is remembered of one slot.
type line struct {
	numbered bool
	next     uint16 // sequence number
	frame    [][]byte
	tape     [][][]byte // frames: payloads of their packets
	withheld [][][]byte
	later    bool // enough is withheld
	count    int
}

// Frames: how many are remembered, how far back a replay reaches, how many are
// withheld before they come in another order, and how many forged ones come with
// each good one.
const (
	tapeLength = 100
	replayBack = 50
	withholds  = 50
	forgedEach = 10
)

// Forward passes a packet on to a participant, with what the attack makes of it.
func Forward(to Slot, h packet.Header, payload []byte, send func(packet.Header, []byte)) {
	for _, p := range it.forward(to, h, payload) {
		send(p.header, p.payload)
	}
}

func (a *attacker) forward(to Slot, h packet.Header, payload []byte) []sent {
	a.mu.Lock()
	defer a.mu.Unlock()
	l := a.lines[to]
	if l == nil {
		l = &line{}
		a.lines[to] = l
	}
	out := []sent{{h, payload}}
	f := a.figures[to.To]
	if f == nil {
		f = &Figures{}
		a.figures[to.To] = f
	}
	if to.Audio {
		f.Good++
	}
	if a.media.Trick != "" && slices.Contains(a.media.To, to.To) && to.Audio == (a.media.Media == "audio") {
		out = a.trick(l, f, to, h, payload)
	}
	// From the first attack on packets have other numbers: no hole betrays what
	// was withheld, and what is injected has a place.
	if !l.numbered && a.media.Trick == "" {
		return out
	}
	if !l.numbered {
		l.numbered, l.next = true, h.Seq
	}
	for i := range out {
		out[i].header.Seq = l.next
		l.next++
	}
	return out
}

// trick returns what is sent in place of a packet.
func (a *attacker) trick(l *line, f *Figures, to Slot, h packet.Header, payload []byte) []sent {
	good := []sent{{h, payload}}
	l.frame = append(l.frame, bytes.Clone(payload))
	if !to.Audio && !h.Marker {
		return good
	}
	frame := l.frame
	l.frame = nil
	l.count++
	late := h
	late.Timestamp += 480 // between this frame and the next, in both clocks
	switch a.media.Trick {
	case "replay":
		l.tape = append(l.tape, frame)
		l.tape = l.tape[max(0, len(l.tape)-tapeLength):]
		if len(l.tape) < replayBack || to.Audio && l.count%2 == 0 {
			return good
		}
		return append(good, a.inject(f, late, to, l.tape[len(l.tape)-replayBack])...)
	case "reorder":
		if !l.later {
			l.withheld = append(l.withheld, frame)
			l.later = len(l.withheld) == withholds
			f.Good--
			return nil
		}
		if len(l.withheld) == 0 {
			return good
		}
		next := l.withheld[0]
		l.withheld = l.withheld[1:]
		return append(good, a.inject(f, late, to, next)...)
	case "forge":
		for i := range forgedEach {
			good = append(good, a.inject(f, late, to, [][]byte{forged(frame[0], l.count+i)})...)
		}
		return good
	case "clear":
		return append(good, a.inject(f, late, to, [][]byte{unsealed(l.count)})...)
	}
	return good
}

// inject makes packets of a frame, unless there have been enough.
func (a *attacker) inject(f *Figures, h packet.Header, to Slot, frame [][]byte) []sent {
	if a.media.Most > 0 && f.Injected >= a.media.Most {
		return nil
	}
	f.Injected++
	var list []sent
	for i, payload := range frame {
		h.Marker = !to.Audio && i == len(frame)-1
		list = append(list, sent{h, payload})
	}
	return list
}

// forged is a frame that says it is of the same key, or of another instance or
// person, with a counter of any size and random content. Only sound, which has
// no shell, is forged.
func forged(good []byte, n int) []byte {
	header, size, err := sframe.ParseHeader(good)
	if err != nil {
		return good
	}
	switch n % 5 {
	case 0:
		header.Counter += 1 << 40 // far ahead
	case 1:
		header.KID += uint64(1+n%1000) << 26 // another instance
		header.Counter = uint64(n)
	case 2:
		header.KID ^= 1 << 8 // another leaf
	case 3:
		header.Counter++ // the very next one
	}
	body := make([]byte, len(good)-size-len(marker))
	_, _ = rand.Read(body) // never fails
	return append(append(sframe.AppendHeader(nil, header), body...), marker...)
}

// marker ends each sealed frame (docs/e2ee.md, Media).
const marker = "RND"

// unsealed is a frame of Opus (RFC 6716, 3.1) in the clear: silence of every kind,
// and sound.
func unsealed(n int) []byte {
	switch n % 4 {
	case 0:
		return []byte{0xf8, 0xff, 0xfe}
	case 1:
		return []byte{0xb0, 0x18, 0x00}
	case 2:
		return []byte{0xf8}
	}
	sound := make([]byte, 80)
	_, _ = rand.Read(sound) // never fails
	sound[0] = 0x78
	return sound
}
