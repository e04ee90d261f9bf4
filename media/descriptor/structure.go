package descriptor

// What follows a template in the list of templates (A.8.3, next_layer_idc).
const (
	sameLayer = iota
	nextTemporal
	nextSpatial
	noMore
)

// structure reads a template dependency structure (A.8.2).
func (r *reader) structure(s *Structure) {
	s.Offset = uint8(r.bits(6))
	s.Targets = uint8(r.bits(5)) + 1
	r.layers(s)
	if r.bad {
		return
	}
	templates := s.Templates[:s.Count]
	for i := range templates {
		r.indications(&templates[i], int(s.Targets))
	}
	for i := range templates {
		r.templateDifferences(&templates[i])
	}
	r.chains(s)
	s.targets()
	if r.flag() {
		for i := range s.Resolutions[:s.Spatial] {
			s.Resolutions[i] = Resolution{int(r.bits(16)) + 1, int(r.bits(16)) + 1}
		}
	}
}

// layers reads of which layer each template is.
func (r *reader) layers(s *Structure) {
	spatial, temporal := uint8(0), uint8(0)
	for {
		if s.Count == MaxTemplates || spatial == MaxSpatial || temporal == MaxTemporal {
			r.bad = true
			return
		}
		t := &s.Templates[s.Count]
		t.Spatial, t.Temporal = spatial, temporal
		s.Count++
		switch r.bits(2) {
		case nextTemporal:
			temporal++
		case nextSpatial:
			temporal = 0
			spatial++
		case noMore:
			s.Spatial = spatial + 1
			return
		}
		if r.bad {
			return
		}
	}
}

// indications reads what a frame is to each target: not present, discardable,
// switch or required.
func (r *reader) indications(d *Dependencies, targets int) {
	d.In, d.Switch, d.Discardable = 0, 0, 0
	for i := range targets {
		bit := uint32(1) << i
		switch r.bits(2) {
		case 1:
			d.In |= bit
			d.Discardable |= bit
		case 2:
			d.In |= bit
			d.Switch |= bit
		case 3:
			d.In |= bit
		}
	}
}

// templateDifferences reads the frame differences of a template.
func (r *reader) templateDifferences(d *Dependencies) {
	for r.flag() {
		r.refer(d, r.bits(4)+1)
	}
}

// differences reads the frame differences that a frame has instead of its
// template's (A.8.2, frame_fdiffs).
func (r *reader) differences(d *Dependencies) {
	d.Refs, d.Count = [MaxRefs]uint16{}, 0
	for size := r.bits(2); size > 0; size = r.bits(2) {
		r.refer(d, r.bits(4*int(size))+1)
	}
}

func (r *reader) refer(d *Dependencies, by uint16) {
	if d.Count == MaxRefs {
		r.bad = true
		r.at = 8 * len(r.b) // ends whoever counts on a mark
		return
	}
	d.Refs[d.Count] = by
	d.Count++
}

// chains reads past what says by which chain of frames a target is protected: who
// forwards whole frames, and sees what is missing, has no use for it.
func (r *reader) chains(s *Structure) {
	s.Chains = uint8(r.below(int(s.Targets) + 1))
	if s.Chains == 0 {
		return
	}
	for range s.Targets {
		r.below(int(s.Chains))
	}
	for range int(s.Count) * int(s.Chains) {
		r.bits(4)
	}
}

// targets finds what each target shows at most: the highest layer of a template
// that it has (A.8.2, decode_target_layers).
func (s *Structure) targets() {
	for i := range s.Layers[:s.Targets] {
		for _, t := range s.Templates[:s.Count] {
			if t.In>>i&1 != 0 {
				s.Layers[i].Spatial = max(s.Layers[i].Spatial, t.Spatial)
				s.Layers[i].Temporal = max(s.Layers[i].Temporal, t.Temporal)
			}
		}
	}
}

// long reads n bits, 32 at most.
func (r *reader) long(n int) uint32 {
	high := max(n-16, 0)
	v := uint32(r.bits(high))
	return v<<(n-high) | uint32(r.bits(n-high))
}
