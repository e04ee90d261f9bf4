// Package descriptor reads the dependency descriptor, the RTP header extension of
// appendix A of the RTP Payload Format For AV1 (1.0): which frame a packet is of,
// which frames that one refers to, and for which decode targets (a size at a frame
// rate) it is needed. It stands outside the payload, for any codec, so it can be
// read when frames are sealed end to end. The package decides nothing about
// forwarding, and allocates nothing.
package descriptor

import "encoding/binary"

// Limits on what a descriptor may say. Those of the format are 64 templates and 32
// decode targets; encoders use four sizes, four frame rates and few references.
const (
	MaxTemplates = 64
	MaxTargets   = 32
	MaxSpatial   = 8
	MaxTemporal  = 8
	MaxRefs      = 8 // frames to which a frame refers
)

// Size is the length of the part that all descriptors have (A.8.2); nothing shorter
// is one.
const Size = 3

// Max is the longest descriptor that a header extension can carry (RFC 8285, 4.3).
const Max = 255

// Dependencies say where a frame belongs. Bit i of a mask is decode target i (A.8.3,
// decode target indications).
type Dependencies struct {
	Spatial, Temporal uint8

	In          uint32 // targets that have the frame
	Switch      uint32 // of these, those that can be decoded from here on if the frame can be
	Discardable uint32 // of these, those in which nothing refers to it

	Refs  [MaxRefs]uint16 // by how much the numbers of the frames that it refers to are smaller
	Count uint8           // of Refs
}

// Layer is what a decode target shows at most.
type Layer struct{ Spatial, Temporal uint8 }

// Resolution is a size of pictures.
type Resolution struct{ Width, Height int }

// Pixels returns width × height.
func (r Resolution) Pixels() int { return r.Width * r.Height }

// Structure is the template dependency structure of a stream (A.8.3). Two are equal
// when all they say is.
type Structure struct {
	Offset    uint8 // the id of the first template
	Count     uint8 // of Templates
	Templates [MaxTemplates]Dependencies

	Targets     uint8 // decode targets
	Layers      [MaxTargets]Layer
	Chains      uint8
	Spatial     uint8                  // sizes
	Resolutions [MaxSpatial]Resolution // by spatial id; zero when they are not said
}

// Frame is what a descriptor says of a packet's frame.
type Frame struct {
	First, Last bool // the packet is the frame's first or last
	Number      uint16
	Changed     bool   // there is another structure from this packet on, or none
	HasActive   bool   // it says which targets are active
	Active      uint32 // with HasActive: targets that the publisher sends now
	Dependencies
}

// Number returns the frame number of a descriptor of at least Size octets.
func Number(d []byte) uint16 { return binary.BigEndian.Uint16(d[1:]) }

// SetNumber replaces the frame number of a descriptor of at least Size octets. What
// it refers to is said in differences and goes along.
func SetNumber(d []byte, number uint16) { binary.BigEndian.PutUint16(d[1:], number) }

// Ends reports whether the packet is the last of its frame, in a descriptor of at
// least Size octets.
func Ends(d []byte) bool { return d[0]&0x40 != 0 }

// Reader reads the descriptors of one stream, and keeps the structure that the
// newest key frame came with. The zero Reader has none.
type Reader struct {
	Structure Structure
	Known     bool // there is a structure
	next      Structure
}

// Read reads the descriptor d and returns false when it is malformed or says less
// than where its frame belongs: one of an unknown template is. A structure that is
// malformed leaves none, for what follows it cannot be read by the one before.
func (r *Reader) Read(d []byte, f *Frame) bool {
	*f = Frame{}
	if len(d) < Size || len(d) > Max {
		return false
	}
	f.First, f.Last, f.Number = d[0]&0x80 != 0, Ends(d), Number(d)
	in := reader{b: d, at: 8 * Size}
	var structure, active, dtis, fdiffs, chains bool
	if len(d) > Size { // A.8.2, extended_descriptor_fields
		structure, active = in.flag(), in.flag()
		dtis, fdiffs, chains = in.flag(), in.flag(), in.flag()
	}
	if structure && !r.adopt(&in, f) || !r.Known {
		return false
	}
	s := &r.Structure
	if structure {
		f.HasActive, f.Active = true, mask(int(s.Targets))
	}
	if active {
		f.HasActive, f.Active = true, in.long(int(s.Targets))
	}
	template := (d[0]&0x3f + MaxTemplates - s.Offset) % MaxTemplates
	if template >= s.Count {
		return false
	}
	f.Dependencies = s.Templates[template]
	if dtis {
		in.indications(&f.Dependencies, int(s.Targets))
	}
	if fdiffs {
		in.differences(&f.Dependencies)
	}
	if chains {
		for range s.Chains {
			in.bits(8)
		}
	}
	return !in.bad
}

// adopt makes the structure that the descriptor has the stream's.
func (r *Reader) adopt(in *reader, f *Frame) bool {
	r.next = Structure{}
	in.structure(&r.next)
	if in.bad {
		f.Changed, r.Known = r.Known, false
		return false
	}
	if f.Changed = !r.Known || r.next != r.Structure; f.Changed {
		r.Structure, r.Known = r.next, true
	}
	return true
}

// mask has the n lowest bits.
func mask(n int) uint32 { return uint32(uint64(1)<<n - 1) }
