package scalable

import "github.com/roundel-meet/roundel/media/descriptor"

// Encoder makes pictures in Spatial sizes, each half as wide and high as the next,
// at Temporal frame rates, each half of the next (WebRTC-SVC: L3T3 and the like).
type Encoder struct {
	Spatial, Temporal int
	KeyOnly           bool // a size refers to the smaller one in key pictures only: L3T3_KEY
	Width, Height     int  // of the largest; 0: the structure says no sizes
	Offset            uint8

	number  uint16 // of the next frame
	picture int    // since the last key picture
	last    [descriptor.MaxSpatial][descriptor.MaxTemporal]uint16
}

// Frame is one coded frame: a picture in one size.
type Frame struct {
	Key               bool // of a key picture
	Spatial, Temporal int
	Number            uint16
	Refs              []uint16 // the numbers of the frames that it refers to
	template          uint8
}

// patterns are the frame rates of consecutive pictures.
var patterns = [...][]int{1: {0}, 2: {0, 1}, 3: {0, 2, 1, 2}}

// Structure returns what the encoder says of its layers: for each layer a template
// of its frames, and one for those of key pictures.
func (e *Encoder) Structure() descriptor.Structure {
	s := descriptor.Structure{Offset: e.Offset, Targets: uint8(e.Spatial * e.Temporal), Spatial: uint8(e.Spatial), Chains: uint8(e.Spatial)}
	for spatial := range e.Spatial {
		for temporal := range e.Temporal {
			s.Templates[s.Count] = e.dependencies(spatial, temporal, false)
			s.Count++
			if temporal == 0 {
				s.Templates[s.Count] = e.dependencies(spatial, temporal, true)
				s.Count++
			}
			s.Layers[spatial*e.Temporal+temporal] = descriptor.Layer{Spatial: uint8(spatial), Temporal: uint8(temporal)}
		}
		if e.Width > 0 {
			shift := e.Spatial - 1 - spatial
			s.Resolutions[spatial] = descriptor.Resolution{Width: e.Width >> shift, Height: e.Height >> shift}
		}
	}
	return s
}

// dependencies says in which targets a frame is, as libwebrtc's structures do.
func (e *Encoder) dependencies(spatial, temporal int, key bool) descriptor.Dependencies {
	d := descriptor.Dependencies{Spatial: uint8(spatial), Temporal: uint8(temporal)}
	for s := spatial; s < e.Spatial; s++ {
		if s > spatial && e.KeyOnly && !key {
			break
		}
		for t := temporal; t < e.Temporal; t++ {
			bit := uint32(1) << (s*e.Temporal + t)
			d.In |= bit
			switch {
			case key, s == spatial && temporal == 0, s == spatial && t > temporal:
				d.Switch |= bit
			case s == spatial:
				d.Discardable |= bit
			}
		}
	}
	return d
}

// Picture makes the frames of the next picture, the smallest first.
func (e *Encoder) Picture(key bool) []Frame {
	if key {
		e.picture = 0
	}
	pattern := patterns[e.Temporal]
	temporal := pattern[e.picture%len(pattern)]
	e.picture++
	frames := make([]Frame, e.Spatial)
	for s := range frames {
		f := Frame{Key: key, Spatial: s, Temporal: temporal, Number: e.number, template: e.template(s, temporal, key)}
		if !key {
			f.Refs = append(f.Refs, e.before(s, temporal))
		}
		if s > 0 && (key || !e.KeyOnly) {
			f.Refs = append(f.Refs, e.number-1)
		}
		for t := temporal; t < e.Temporal; t++ {
			e.last[s][t] = e.number // the newest up to this frame rate
		}
		frames[s] = f
		e.number++
	}
	return frames
}

// Ahead is how many pictures are left until the pattern of frame rates begins anew.
func (e *Encoder) Ahead() int {
	n := len(patterns[e.Temporal])
	return (n - e.picture%n) % n
}

// Follow makes the encoder go on counting frames where another one stopped.
func (e *Encoder) Follow(before *Encoder) { e.number = before.number }

// before returns the newest frame of the size to which one may refer.
func (e *Encoder) before(spatial, temporal int) uint16 {
	return e.last[spatial][max(temporal-1, 0)]
}

func (e *Encoder) template(spatial, temporal int, key bool) uint8 {
	i := spatial*(e.Temporal+1) + temporal
	if temporal > 0 || key {
		i++
	}
	return (e.Offset + uint8(i)) % descriptor.MaxTemplates
}

// Descriptor returns what a packet of the frame carries. The first of a key picture
// has the structure.
func (e *Encoder) Descriptor(f Frame, first, last bool) Descriptor {
	d := Descriptor{First: first, Last: last, Template: f.template, Number: f.Number}
	if f.Key && f.Spatial == 0 && first {
		s := e.Structure()
		d.Attached = &s
	}
	for _, ref := range f.Refs {
		d.Refs = append(d.Refs, int(f.Number-ref))
	}
	return d
}
