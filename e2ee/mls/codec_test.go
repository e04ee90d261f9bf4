package mls

import (
	"bytes"
	"testing"
)

// TestLength holds the three forms of a length and that only the shortest is read.
func TestLength(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		want int
		ok   bool
	}{
		{"OKZero", []byte{0}, 0, true},
		{"OKOneByte", []byte{63}, 63, true},
		{"OKTwoBytes", []byte{0x40, 64}, 64, true},
		{"OKTwoBytesMost", []byte{0x7f, 0xff}, 16383, true},
		{"OKFourBytes", []byte{0x80, 0, 0x40, 0}, 16384, true},
		{"OKFourBytesMost", []byte{0xbf, 0xff, 0xff, 0xff}, 1<<30 - 1, true},
		{"ErrTwoForOne", []byte{0x40, 63}, 0, false},
		{"ErrFourForOne", []byte{0x80, 0, 0, 63}, 0, false},
		{"ErrFourForTwo", []byte{0x80, 0, 0x3f, 0xff}, 0, false},
		{"ErrEightBytes", []byte{0xc0, 0, 0, 0, 0, 0, 0, 1}, 0, false},
		{"ErrCutShort", []byte{0x80, 0, 0x40}, 0, false},
		{"ErrEmpty", nil, 0, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := decode(c.in)
			got := d.length()
			if ok := d.done() == nil; ok != c.ok || (ok && got != c.want) {
				t.Fatalf("got %d, %v", got, ok)
			}
			if c.ok && !bytes.Equal(appendLength(nil, c.want), c.in) {
				t.Errorf("written as %x", appendLength(nil, c.want))
			}
		})
	}
}

func TestDecoderStopsAtTheFirstFault(t *testing.T) {
	for _, c := range []struct {
		name string
		in   []byte
		read func(*decoder)
	}{
		{"ErrVectorLongerThanInput", []byte{5, 1, 2}, func(d *decoder) { d.vector() }},
		{"ErrHugeVector", []byte{0xbf, 0xff, 0xff, 0xff}, func(d *decoder) { d.vector() }},
		{"ErrOptional", []byte{2}, func(d *decoder) { d.optional() }},
		{"ErrRest", []byte{1, 2}, func(d *decoder) { d.uint8() }},
		{"ErrOddNumbers", []byte{3, 0, 1, 0}, func(d *decoder) { d.uint16s() }},
		{"ErrInNested", []byte{2, 5, 1}, func(d *decoder) { d.nested(func(d *decoder) { d.vector() }) }},
		{"ErrNumber", []byte{1, 2, 3}, func(d *decoder) { d.uint64() }},
		{"ErrExtensionTwice", []byte{6, 0, 9, 0, 0, 9, 0}, func(d *decoder) { decodeExtensions(d) }},
		{"ErrLeafSource", append(make([]byte, 11), 9, 0, 0), func(d *decoder) { decodeLeaf(d) }},
		{"ErrUnknownProposal", []byte{0x0a, 0x0a, 0}, func(d *decoder) { decodeProposal(d) }},
		{"ErrUnknownPSK", []byte{7, 0, 0}, func(d *decoder) { decodePSK(d) }},
		{"ErrPSKUsage", []byte{2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, func(d *decoder) { decodePSK(d) }},
		{"ErrUnmergedOrder", []byte{0, 0, 8, 0, 0, 0, 2, 0, 0, 0, 1}, func(d *decoder) { decodeParent(d) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := decode(c.in)
			c.read(d)
			if err := d.done(); err == nil {
				t.Fatal("no error")
			}
			if d.bad && (d.uint8() != 0 || d.vector() != nil || d.uint32() != 0) {
				t.Error("something was read after the fault")
			}
		})
	}
}

func TestNestedWritesEveryLength(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 16383, 16384, 70000} {
		content := bytes.Repeat([]byte{7}, n)
		var nested, flat encoder
		nested.uint8(1)
		nested.nested(func() { nested.raw(content) })
		nested.uint8(2)
		flat.uint8(1)
		flat.vector(content)
		flat.uint8(2)
		wantBytes(t, "nested", nested.buf, flat.buf)
	}
}

// TestUnknownTypesAreCarried: what this package does not know is read and
// written back unchanged (RFC 9420 section 13.5).
func TestUnknownTypesAreCarried(t *testing.T) {
	leaf := &leafNode{
		encryptionKey: []byte{1}, signatureKey: []byte{2},
		credential: Credential{Type: 0x1a1a, Data: []byte("somebody")},
		capabilities: capabilities{
			versions: []uint16{1, 0x2a2a}, suites: []uint16{1, 0x3a3a}, extensions: []uint16{0x4a4a},
			proposals: []uint16{0x5a5a}, credentials: []uint16{1, 0x1a1a, 0x6a6a},
		},
		source:     leafFromUpdate,
		extensions: []Extension{{Type: 0x4a4a, Data: []byte("x")}},
		signature:  []byte{3},
	}
	wantBytes(t, "leaf", leaf.detached().bytes(), leaf.bytes())
}
