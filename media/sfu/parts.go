package sfu

import (
	"github.com/roundel-meet/roundel/media/codec"
	"github.com/roundel-meet/roundel/media/descriptor"
	"github.com/roundel-meet/roundel/media/packet"
)

// parts is what is known of the layers inside one RTP stream: by dependency
// descriptors, or by the frame rates that VP8 and VP9 number. It is made with the
// first packet that tells of any, and allocates nothing afterwards.
type parts struct {
	reader   descriptor.Reader
	read     descriptor.Frame
	changed  int64  // last time that there was another structure
	active   uint32 // decode targets that are sent now
	activeAt uint16 // the frame that said so

	targets uint8 // how many decode targets there are
	sizes   uint8 // how many spatial layers
	layers  [descriptor.MaxTargets]descriptor.Layer
	steps   [descriptor.MaxTemporal + descriptor.MaxSpatial]step
	octets  [descriptor.MaxTargets]int // since measured
	bitrate [descriptor.MaxTargets]float64

	frames [frameWindow]coded // the newest, by the low bits of their numbers
	tiers  tiers
}

// frameWindow is how many frames of a stream are remembered, some seconds of them.
const frameWindow = 256

// coded is what is known of a coded frame.
type coded struct {
	number  uint16
	known   bool
	spatial uint8
	count   uint8
	refs    [descriptor.MaxRefs]uint16 // numbers of the frames that it refers to
	in      uint32                     // decode targets that have it
	enter   uint32                     // those that may begin with it, if what it refers to was sent
}

// tiers is what frame rates are known by when only payload descriptors tell.
type tiers struct {
	begun  bool
	newest uint16                      // picture number
	last   [descriptor.MaxTemporal]ref // to which the next of a rate may refer
}

type ref struct {
	number uint16
	is     bool
}

// frame returns what is known of the frame with this number, or nil.
func (p *parts) frame(number uint16) *coded {
	if f := &p.frames[number%frameWindow]; f.known && f.number == number {
		return f
	}
	return nil
}

// target returns the decode target that shows a layer and nothing beyond, or
// everything when there is none.
func (p *parts) target(l descriptor.Layer) int8 {
	for i, of := range p.layers[:p.targets] {
		if of == l {
			return int8(i)
		}
	}
	return everything
}

// pixels returns the size of a spatial layer, when the publisher says that the
// largest has so many; 0 stands for what is not known.
func (p *parts) pixels(spatial uint8, stated int) int {
	own, top := p.reader.Structure.Resolutions[spatial].Pixels(), p.reader.Structure.Resolutions[p.sizes-1].Pixels()
	switch {
	case stated == 0 || spatial == p.sizes-1 && stated > 0:
		return max(own, stated)
	case top > 0:
		return int(float64(stated) * float64(own) / float64(top))
	}
	return stated >> (2 * (p.sizes - 1 - spatial)) // half as wide and high each
}

// sort finds out where a packet of the layer belongs: by its descriptor d, nil for
// none, or what its payload says of frame rates. It returns the part of d that is
// worth forwarding.
func (l *layer) sort(d []byte, e *packet.Entry, octets int) []byte {
	tiered := e.Info.Tiered && e.Info.PictureLen == 15 && (l.parts != nil || e.Info.Temporal > 0)
	switch {
	case len(d) >= descriptor.Size && len(d) <= descriptor.Max:
	case tiered:
		d = nil
	default:
		return nil
	}
	if l.parts == nil {
		l.parts = new(parts)
	}
	if d != nil {
		l.describe(d, e)
	} else {
		l.tier(e)
	}
	if f := l.parts.frame(e.Frame); f != nil {
		for i := range l.parts.targets {
			if f.in>>i&1 != 0 {
				l.parts.octets[i] += octets
			}
		}
	}
	return d
}

// describe takes in a dependency descriptor. One that cannot be read says nothing:
// its packet is forwarded as it is.
func (l *layer) describe(d []byte, e *packet.Entry) {
	p := l.parts
	ok := p.reader.Read(d, &p.read)
	e.Frame, e.Framed = p.read.Number, true
	if ok && p.read.HasActive && (p.read.Changed || int16(p.read.Number-p.activeAt) >= 0) {
		p.active, p.activeAt = p.read.Active, p.read.Number
	}
	if p.read.Changed {
		ok = l.changes() && ok
	}
	if !ok {
		return
	}
	if p.frame(p.read.Number) != nil {
		return
	}
	f := coded{
		number: p.read.Number, known: true, spatial: p.read.Spatial, count: p.read.Count,
		in: p.read.In, enter: p.read.Switch,
	}
	for i, by := range p.read.Refs[:p.read.Count] {
		f.refs[i] = f.number - by
	}
	p.frames[f.number%frameWindow] = f
}

// changes takes in another structure and reports whether it is of use. Each costs a
// look at every slot, so one that comes right behind another leaves the layer without
// any, until the key frame that is asked for.
func (l *layer) changes() bool {
	p, now := l.parts, l.track.peer.room.shard.now
	calm := p.changed == 0 || now-p.changed >= claimEvery
	if !calm {
		p.reader.Known, l.keyWanted = false, true
	}
	if calm || p.targets > 0 {
		p.changed = now
		l.restructure()
	}
	return calm
}

// restructure takes over what the structure of the descriptors says of targets.
func (l *layer) restructure() {
	l.forward() // what came before is of the structure before
	p := l.parts
	s := &p.reader.Structure
	p.targets, p.sizes = 0, 0
	p.forget()
	if p.reader.Known {
		p.targets, p.sizes, p.layers = s.Targets, s.Spatial, s.Layers
	}
	l.replan()
}

// tier takes in what the payload of VP8 and VP9 says of frame rates. A frame of a
// higher rate is taken to refer to the newest of every rate up to its own, but for
// those that it says it has no need of.
func (l *layer) tier(e *packet.Entry) {
	p, t := l.parts, e.Info.Temporal
	e.Frame, e.Framed = e.Info.Picture, true
	if t >= p.targets {
		l.raise(t + 1)
	}
	later := !p.tiers.begun || (e.Frame-p.tiers.newest)&0x7fff < 0x4000
	if p.frame(e.Frame) != nil || !later {
		return
	}
	p.tiers.begun, p.tiers.newest = true, e.Frame
	f := coded{number: e.Frame, known: true, in: ^uint32(0) << t, enter: ^uint32(0)}
	if e.Info.Key {
		p.tiers.last = [descriptor.MaxTemporal]ref{}
	}
	if !e.Info.Sync {
		for _, r := range p.tiers.last[1 : t+1] {
			if r.is {
				f.refs[f.count] = r.number
				f.count++
			}
		}
	}
	p.tiers.last[t] = ref{e.Frame, t > 0}
	if e.Info.Up {
		clear(p.tiers.last[t+1:])
	}
	p.frames[f.number%frameWindow] = f
}

// raise makes so many frame rates known.
func (l *layer) raise(count uint8) {
	l.forward()
	p := l.parts
	p.targets, p.sizes, p.active = count, 1, ^uint32(0)
	for i := range count {
		p.layers[i] = descriptor.Layer{Temporal: i}
	}
	l.replan()
}

// gauge measures what the targets take since so long ago.
func (p *parts) gauge(d int64) {
	for i := range p.targets {
		p.bitrate[i] = float64(p.octets[i]) * 8e9 / float64(d)
		p.octets[i] = 0
	}
}

// forget forgets what was measured.
func (p *parts) forget() {
	p.octets, p.bitrate = [descriptor.MaxTargets]int{}, [descriptor.MaxTargets]float64{}
}

// numbersPictures reports whether the receiver takes a missing picture number for a
// lost picture. That of VP9 knows from the layers which ones it need not have.
func numbersPictures(c codec.Codec) bool { return c == codec.VP8 }
