// Package scalable stands in for an encoder that makes layers inside one stream:
// it says which frames there are and writes their dependency descriptors (RTP
// Payload Format For AV1 1.0, appendix A). There is no picture in them. It is for
// tests.
package scalable

import "github.com/roundel-meet/roundel/media/descriptor"

// Descriptor is what one packet's descriptor shall say.
type Descriptor struct {
	First, Last bool
	Template    uint8 // its id, the offset included
	Number      uint16

	Attached    *descriptor.Structure    // nil: none
	Active      *uint32                  // nil: not said
	Indications *descriptor.Dependencies // nil: the template's; of it, the masks
	Refs        []int                    // nil: the template's
	Chains      []uint8                  // nil: the template's
}

// Bytes writes the descriptor; targets is the number of decode targets of the
// structure that the stream has.
func (d Descriptor) Bytes(targets int) []byte {
	w := &writer{}
	w.flag(d.First)
	w.flag(d.Last)
	w.put(uint32(d.Template), 6)
	w.put(uint32(d.Number), 16)
	if d.Attached == nil && d.Active == nil && d.Indications == nil && d.Refs == nil && d.Chains == nil {
		return w.b
	}
	w.flag(d.Attached != nil)
	w.flag(d.Active != nil)
	w.flag(d.Indications != nil)
	w.flag(d.Refs != nil)
	w.flag(d.Chains != nil)
	if d.Attached != nil {
		w.structure(d.Attached)
	}
	if d.Active != nil {
		w.put(*d.Active, targets)
	}
	if d.Indications != nil {
		w.indications(d.Indications, targets)
	}
	if d.Refs != nil {
		for _, by := range d.Refs {
			size := 1
			for by-1 >= 1<<(4*size) {
				size++
			}
			w.put(uint32(size), 2)
			w.put(uint32(by-1), 4*size)
		}
		w.put(0, 2)
	}
	for _, c := range d.Chains {
		w.put(uint32(c), 8)
	}
	return w.b
}

// writer writes numbers bit by bit, the highest first.
type writer struct {
	b []byte
	n int
}

func (w *writer) put(v uint32, n int) {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
}

func (w *writer) flag(on bool) {
	if on {
		w.put(1, 1)
	} else {
		w.put(0, 1)
	}
}

// below writes a number that is smaller than n: ns(n) of the specification.
func (w *writer) below(v, n int) {
	width := 0
	for x := n; x > 0; x >>= 1 {
		width++
	}
	short := 1<<width - n
	if v < short {
		w.put(uint32(v), width-1)
	} else {
		w.put(uint32(v+short), width)
	}
}

func (w *writer) structure(s *descriptor.Structure) {
	w.put(uint32(s.Offset), 6)
	w.put(uint32(s.Targets-1), 5)
	templates := s.Templates[:s.Count]
	for i, t := range templates {
		switch {
		case i+1 == len(templates):
			w.put(3, 2)
		case templates[i+1].Spatial > t.Spatial:
			w.put(2, 2)
		case templates[i+1].Temporal > t.Temporal:
			w.put(1, 2)
		default:
			w.put(0, 2)
		}
	}
	for i := range templates {
		w.indications(&templates[i], int(s.Targets))
	}
	for _, t := range templates {
		for _, by := range t.Refs[:t.Count] {
			w.put(1, 1)
			w.put(uint32(by-1), 4)
		}
		w.put(0, 1)
	}
	w.below(int(s.Chains), int(s.Targets)+1)
	if s.Chains > 0 {
		for i := range int(s.Targets) {
			w.below(i%int(s.Chains), int(s.Chains))
		}
		for range len(templates) * int(s.Chains) {
			w.put(5, 4)
		}
	}
	w.flag(s.Resolutions[0].Width > 0)
	if s.Resolutions[0].Width > 0 {
		for _, r := range s.Resolutions[:s.Spatial] {
			w.put(uint32(r.Width-1), 16)
			w.put(uint32(r.Height-1), 16)
		}
	}
}

func (w *writer) indications(d *descriptor.Dependencies, targets int) {
	for i := range targets {
		switch {
		case d.In>>i&1 == 0:
			w.put(0, 2)
		case d.Discardable>>i&1 != 0:
			w.put(1, 2)
		case d.Switch>>i&1 != 0:
			w.put(2, 2)
		default:
			w.put(3, 2)
		}
	}
}
