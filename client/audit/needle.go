package audit

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"unicode/utf16"
	"unicode/utf8"
)

// minNeedle is the shortest secret that does not turn up by chance, in bytes.
const minNeedle = 6

// Needle is something planted that must not be found.
type Needle struct {
	Name  string
	Bytes []byte
}

// pattern is one way a needle may be written.
type pattern struct {
	what     string
	encoding string
	bytes    []byte
}

// patterns lists the ways: as it is, as UTF-16, as hexadecimal digits of both
// cases, and in both alphabets of base64 at each of the three places where it
// may begin within a longer text.
func (n Needle) patterns() []pattern {
	lower := []byte(hex.EncodeToString(n.Bytes))
	ways := []pattern{
		{n.Name, "raw", n.Bytes},
		{n.Name, "hex", lower},
	}
	if upper := bytes.ToUpper(lower); !bytes.Equal(upper, lower) {
		ways = append(ways, pattern{n.Name, "hex", upper})
	}
	if utf8.Valid(n.Bytes) {
		ways = append(ways, pattern{n.Name, "utf16le", utf16le(string(n.Bytes))})
	}
	return append(ways, n.base64()...)
}

// base64 leaves out the characters at both ends that depend on the neighbours.
func (n Needle) base64() []pattern {
	var ways []pattern
	for shift := range 3 {
		padded := append(make([]byte, shift), n.Bytes...)
		from := (shift*8 + 5) / 6 // characters that hold a bit of the padding
		to := len(padded) * 8 / 6 // characters that hold bits of the needle alone
		for _, alphabet := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			text := []byte(alphabet.EncodeToString(padded))[from:to]
			if k := len(ways); k > 0 && bytes.Equal(ways[k-1].bytes, text) {
				continue // the same in both alphabets
			}
			ways = append(ways, pattern{n.Name, "base64", text})
		}
	}
	return ways
}

func utf16le(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = append(b, byte(unit), byte(unit>>8))
	}
	return b
}

// index finds many patterns in one pass: at each place the next four bytes say
// whether a pattern may begin there.
type index struct {
	patterns []pattern
	longest  int              // bytes of the longest pattern
	may      [1 << 10]uint64  // one bit for each hash of four bytes
	by       map[uint32][]int // patterns by their first four bytes
}

// first is how many bytes a pattern is looked up by; each has more.
const first = 4

func newIndex(patterns []pattern) *index {
	x := &index{patterns: patterns, by: map[uint32][]int{}}
	for i, p := range patterns {
		begins := binary.LittleEndian.Uint32(p.bytes)
		x.by[begins] = append(x.by[begins], i)
		h := hash(begins)
		x.may[h>>6] |= 1 << (h & 63)
		x.longest = max(x.longest, len(p.bytes))
	}
	return x
}

// hash is Fibonacci hashing to 16 bits.
func hash(v uint32) uint32 { return v * 0x9e3779b1 >> 16 }

// all gives the patterns that end after fresh in b, with their places.
func (x *index) all(b []byte, fresh int) iter.Seq2[int, pattern] {
	return func(yield func(int, pattern) bool) {
		for i := max(0, fresh-x.longest+1); i+first <= len(b); i++ {
			begins := binary.LittleEndian.Uint32(b[i:])
			if h := hash(begins); x.may[h>>6]>>(h&63)&1 == 0 {
				continue
			}
			for _, n := range x.by[begins] {
				p := x.patterns[n]
				if i+len(p.bytes) > fresh && bytes.HasPrefix(b[i:], p.bytes) && !yield(i, p) {
					return
				}
			}
		}
	}
}
