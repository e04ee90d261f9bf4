package descriptor_test

import (
	"encoding/hex"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/internal/scalable"
	"github.com/roundel-meet/roundel/media/descriptor"
)

// simple has two targets at two frame rates; its templates are a key frame's, a
// frame's of the lower rate, and one between.
var simple = descriptor.Structure{
	Offset: 62, Count: 3, Targets: 2, Chains: 1, Spatial: 1,
	Templates: [descriptor.MaxTemplates]descriptor.Dependencies{
		{In: 3, Switch: 3},
		{In: 3, Switch: 3, Refs: [descriptor.MaxRefs]uint16{2}, Count: 1},
		{Temporal: 1, In: 2, Discardable: 2, Refs: [descriptor.MaxRefs]uint16{1, 16}, Count: 2},
	},
	Layers:      [descriptor.MaxTargets]descriptor.Layer{{}, {Temporal: 1}},
	Resolutions: [descriptor.MaxSpatial]descriptor.Resolution{{Width: 640, Height: 360}},
}

func mustHex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

func TestRead(t *testing.T) {
	two, none := uint32(2), []int{}
	for _, tt := range []struct {
		name string
		in   scalable.Descriptor
		want descriptor.Frame
	}{
		{"OKMandatory", scalable.Descriptor{First: true, Template: 63, Number: 0xfffe}, descriptor.Frame{First: true, Number: 0xfffe, Dependencies: simple.Templates[1]}},
		{"OKTemplateWraps", scalable.Descriptor{Last: true, Template: 0}, descriptor.Frame{Last: true, Dependencies: simple.Templates[2]}},
		{"OKStructureAgain", scalable.Descriptor{First: true, Template: 62, Attached: &simple}, descriptor.Frame{First: true, HasActive: true, Active: 3, Dependencies: simple.Templates[0]}},
		{"OKActive", scalable.Descriptor{Template: 63, Active: &two}, descriptor.Frame{HasActive: true, Active: 2, Dependencies: simple.Templates[1]}},
		{"OKCustomIndications", scalable.Descriptor{Template: 63, Indications: &descriptor.Dependencies{In: 3, Discardable: 1}}, descriptor.Frame{
			Dependencies: descriptor.Dependencies{In: 3, Discardable: 1, Refs: [descriptor.MaxRefs]uint16{2}, Count: 1},
		}},
		{"OKCustomDifferences", scalable.Descriptor{Template: 0, Refs: []int{1, 16, 17, 256, 257, 4096}}, descriptor.Frame{
			Dependencies: descriptor.Dependencies{Temporal: 1, In: 2, Discardable: 2, Refs: [descriptor.MaxRefs]uint16{1, 16, 17, 256, 257, 4096}, Count: 6},
		}},
		{"OKCustomNothing", scalable.Descriptor{Template: 63, Refs: none}, descriptor.Frame{Dependencies: descriptor.Dependencies{In: 3, Switch: 3}}},
		{"OKEverything", scalable.Descriptor{First: true, Last: true, Template: 62, Number: 1, Attached: &simple, Active: &two, Indications: &descriptor.Dependencies{In: 2, Switch: 2}, Refs: []int{300}, Chains: []uint8{255}}, descriptor.Frame{
			First: true, Last: true, Number: 1, HasActive: true, Active: 2,
			Dependencies: descriptor.Dependencies{In: 2, Switch: 2, Refs: [descriptor.MaxRefs]uint16{300}, Count: 1},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r descriptor.Reader
			var got descriptor.Frame
			if b := (scalable.Descriptor{Template: 62, Attached: &simple}).Bytes(2); !r.Read(b, &got) || !got.Changed || r.Structure != simple {
				t.Fatalf("structure (-want +got):\n%s", cmp.Diff(simple, r.Structure))
			}
			if !r.Read(tt.in.Bytes(2), &got) {
				t.Fatal("malformed")
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("frame (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadRefuses(t *testing.T) {
	attached := scalable.Descriptor{Template: 62, Attached: &simple}.Bytes(2)
	for _, tt := range []struct {
		name   string
		in     []byte
		keeps  bool // the structure
		before bool // a structure is known
	}{
		{"ErrEmpty", nil, true, true},
		{"ErrShort", []byte{0x80, 0}, true, true},
		{"ErrLong", make([]byte, descriptor.Max+1), true, true},
		{"ErrNoStructure", []byte{62, 0, 1}, false, false},
		{"ErrUnknownTemplate", []byte{1, 0, 1}, true, true},
		{"ErrCutStructure", attached[:len(attached)-1], false, true},
		{"ErrCutActive", []byte{62, 0, 1, 0x40, 0}[:4], true, true},
		{"ErrCutDifferences", []byte{62, 0, 1, 0x13}, true, true},
		{"ErrManyReferences", scalable.Descriptor{Template: 62, Refs: []int{1, 2, 3, 4, 5, 6, 7, 8, 9}}.Bytes(2), true, true},
		{"ErrEndlessTemplates", append([]byte{62, 0, 1, 0x80}, make([]byte, 200)...), false, true},
		{"ErrEndlessReferences", append([]byte{62, 0, 1, 0x80, 0, 0xcf}, mustHex(t, "ffffffffffffffffffff")...), false, true},
		{"ErrManySizes", append([]byte{62, 0, 1, 0x80}, mustHex(t, "00aaaaaaaaaaaa")...), false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var r descriptor.Reader
			var f descriptor.Frame
			if tt.before && !r.Read(attached, &f) {
				t.Fatal("the structure is not read")
			}
			if tt.name == "ErrCutActive" {
				r.Structure.Targets = 32 // more than there is room for
			}
			if r.Read(tt.in, &f) {
				t.Errorf("read as %+v", f)
			}
			if r.Known != tt.keeps || f.Changed != (tt.before && !tt.keeps) {
				t.Errorf("known %v, changed %v", r.Known, f.Changed)
			}
		})
	}
}

// TestBrowser reads what Chromium sends of VP9 in three sizes at three frame rates:
// the first packets of a stream, of which the first has the structure.
func TestBrowser(t *testing.T) {
	var r descriptor.Reader
	var f descriptor.Frame
	for i, want := range []descriptor.Frame{
		{First: true, Last: true, Number: 370, Changed: true, HasActive: true, Active: 511, Dependencies: descriptor.Dependencies{In: 511, Switch: 511}},
		{First: true, Number: 371, HasActive: true, Active: 63, Dependencies: descriptor.Dependencies{Spatial: 1, In: 504, Switch: 504, Refs: [descriptor.MaxRefs]uint16{1}, Count: 1}},
		{First: true, Last: true, Number: 373, HasActive: true, Active: 63, Dependencies: descriptor.Dependencies{Temporal: 2, In: 292, Discardable: 4, Refs: [descriptor.MaxRefs]uint16{3}, Count: 1}},
		{Last: true, Number: 374, HasActive: true, Active: 63, Dependencies: descriptor.Dependencies{Spatial: 1, Temporal: 2, In: 288, Discardable: 32, Refs: [descriptor.MaxRefs]uint16{3, 1}, Count: 2}},
	} {
		if !r.Read(mustHex(t, browser[i]), &f) {
			t.Fatalf("packet %d is malformed", i)
		}
		if diff := cmp.Diff(want, f); diff != "" {
			t.Errorf("packet %d (-want +got):\n%s", i, diff)
		}
	}
	s := r.Structure
	if s.Count != 15 || s.Targets != 9 || s.Chains != 3 || s.Spatial != 3 || s.Layers[5] != (descriptor.Layer{Spatial: 1, Temporal: 2}) ||
		s.Resolutions[2] != (descriptor.Resolution{Width: 480, Height: 270}) {
		t.Errorf("structure %+v", s)
	}
}

var browser = []string{
	"c1017280081485214eafffaaaa863cf0430c10c302afc0aaa0063c00430010c002a000a80006000040001d954926e082b04a0941b820ac1282503157f974000ca864330e222222eca8655304224230eca877530077004200ef008601df010d",
	"86017340fc", "c3017540fc", "48017640fc",
}

// TestEncoders reads what encoders of all shapes write.
func TestEncoders(t *testing.T) {
	for spatial := 1; spatial <= 3; spatial++ {
		for temporal := 1; temporal <= 3; temporal++ {
			e := &scalable.Encoder{Spatial: spatial, Temporal: temporal, KeyOnly: spatial == 2, Width: 1280, Height: 720, Offset: uint8(20 * spatial)}
			var r descriptor.Reader
			var f descriptor.Frame
			for n := range 20 {
				for _, frame := range e.Picture(n%10 == 0) {
					if !r.Read(e.Descriptor(frame, true, false).Bytes(spatial*temporal), &f) {
						t.Fatalf("L%dT%d: frame %d is malformed", spatial, temporal, frame.Number)
					}
					if f.Number != frame.Number || int(f.Spatial) != frame.Spatial || int(f.Temporal) != frame.Temporal || int(f.Count) != len(frame.Refs) {
						t.Errorf("L%dT%d: frame %+v read as %+v", spatial, temporal, frame, f)
					}
					for i, ref := range frame.Refs {
						if f.Number-f.Refs[i] != ref {
							t.Errorf("L%dT%d: frame %d refers to %d, not %d", spatial, temporal, f.Number, f.Number-f.Refs[i], ref)
						}
					}
					if f.Changed != (n == 0 && frame.Spatial == 0) {
						t.Errorf("L%dT%d: frame %d changed %v", spatial, temporal, frame.Number, f.Changed)
					}
				}
			}
			if diff := cmp.Diff(e.Structure(), r.Structure); diff != "" {
				t.Errorf("L%dT%d (-want +got):\n%s", spatial, temporal, diff)
			}
		}
	}
}

func TestNumber(t *testing.T) {
	d := scalable.Descriptor{Last: true, Template: 5, Number: 7}.Bytes(1)
	descriptor.SetNumber(d, 0xabcd)
	if descriptor.Number(d) != 0xabcd || d[0] != 0x45 || !descriptor.Ends(d) {
		t.Errorf("descriptor %x", d)
	}
}

func TestReadNeverAllocates(t *testing.T) {
	var r descriptor.Reader
	var f descriptor.Frame
	packets := [][]byte{mustHex(t, browser[0]), mustHex(t, browser[1])}
	if n := testing.AllocsPerRun(100, func() {
		for _, p := range packets {
			r.Read(p, &f)
		}
	}); n != 0 {
		t.Errorf("%v allocations per descriptor", n)
	}
}

// FuzzRead: no descriptors panic, whatever structure went before, and all that is
// said stays in bounds.
func FuzzRead(f *testing.F) {
	f.Add(mustHex(f, browser[0]), mustHex(f, browser[1]))
	f.Add(scalable.Descriptor{Template: 62, Attached: &simple}.Bytes(2), scalable.Descriptor{Template: 62, Refs: []int{1, 300}, Chains: []uint8{1}}.Bytes(2))
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var r descriptor.Reader
		var frame descriptor.Frame
		for _, d := range [][]byte{first, second, first} {
			if ok := r.Read(d, &frame); ok && !r.Known {
				t.Fatal("read without a structure")
			}
			s := &r.Structure
			if r.Known && (s.Count == 0 || s.Count > descriptor.MaxTemplates || s.Targets == 0 || s.Targets > descriptor.MaxTargets || s.Spatial == 0 || s.Spatial > descriptor.MaxSpatial) {
				t.Fatalf("structure %+v", s)
			}
			if frame.Count > descriptor.MaxRefs || frame.Switch&^frame.In != 0 || frame.Discardable&^frame.In != 0 {
				t.Fatalf("frame %+v", frame)
			}
		}
	})
}
