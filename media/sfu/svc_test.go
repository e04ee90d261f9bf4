package sfu

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/internal/netsim"
	"github.com/roundel-meet/roundel/internal/scalable"
)

var (
	fullSVC = scalable.Encoder{Spatial: 3, Temporal: 3, Width: 1280, Height: 720}
	keySVC  = scalable.Encoder{Spatial: 3, Temporal: 3, Width: 1280, Height: 720, KeyOnly: true, Offset: 40}
	rateSVC = scalable.Encoder{Spatial: 1, Temporal: 3, Width: 1280, Height: 720}
)

// rated returns how many of eight pictures at three frame rates are of this size.
func rated(size int) map[string]int {
	return map[string]int{fmt.Sprint(size, "/0"): 2, fmt.Sprint(size, "/1"): 2, fmt.Sprint(size, "/2"): 4}
}

// TestSizeFollowsThePlace: each place gets the size that it has a use for, of one
// stream, and every picture can be decoded. Only another size that refers to what
// was left out costs a key picture.
func TestSizeFollowsThePlace(t *testing.T) {
	for _, tt := range []struct {
		name    string
		encoder scalable.Encoder
		keys    []int
	}{
		{"OKFull", fullSVC, []int{1, 0, 1, 1, 0, 0}},
		{"OKKeyOnly", keySVC, []int{1, 1, 1, 1, 1, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, bob := newFilm(t, tt.encoder)
			w := watch(f, bob)
			var keys []int
			for i, place := range []struct{ pixels, size int }{
				{whole, 2}, {tile, 0}, {640 * 360, 1}, {whole, 2}, {640 * 360, 1}, {tile, 0},
			} {
				f.r.show(bob, "ann", place.pixels)
				before := f.keys
				f.take(16)
				w.shows()
				for f.encoder.Ahead() != 0 {
					f.take(1)
				}
				w.shows()
				f.take(8)
				if diff := cmp.Diff(rated(place.size), sum(w.shows())); diff != "" {
					t.Errorf("place %d (-want +got):\n%s", i, diff)
				}
				keys = append(keys, f.keys-before)
			}
			if diff := cmp.Diff(tt.keys, keys); diff != "" {
				t.Errorf("key pictures (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSmallerAtOnce: without a key picture the next picture is small.
func TestSmallerAtOnce(t *testing.T) {
	f, bob := newFilm(t, fullSVC)
	w := watch(f, bob)
	f.take(18) // the last is of the second rate
	w.shows()
	f.r.show(bob, "ann", tile)
	f.take(4)
	if diff := cmp.Diff([]string{"0/1", "0/2", "0/0", "0/2"}, w.shows()); diff != "" {
		t.Errorf("pictures (-want +got):\n%s", diff)
	}
}

// TestRateIsLowered: a path that does not carry the smallest size gets fewer pictures
// of it, and more again, without any key picture.
func TestRateIsLowered(t *testing.T) {
	for _, encoder := range []scalable.Encoder{rateSVC, fullSVC} {
		t.Run(fmt.Sprintf("OKL%dT%d", encoder.Spatial, encoder.Temporal), func(t *testing.T) {
			f, bob := newFilm(t, encoder)
			f.r.show(bob, "ann", tile)
			w := watch(f, bob)
			f.take(8)
			for _, step := range []struct {
				rank int
				want map[string]int
			}{
				{maxRank, rated(0)},
				{0, map[string]int{"0/0": 2}},
				{1, map[string]int{"0/0": 2, "0/1": 2}},
				{2, rated(0)},
				{0, map[string]int{"0/0": 2}},
				{maxRank, rated(0)},
			} {
				restrict(bob, step.rank)
				f.take(8)
				w.shows()
				f.take(8)
				if diff := cmp.Diff(step.want, sum(w.shows())); diff != "" {
					t.Errorf("rank %d (-want +got):\n%s", step.rank, diff)
				}
			}
			if f.keys != 1 {
				t.Errorf("%d key pictures", f.keys)
			}
		})
	}
}

// TestShareOfThePath: who gets less than a whole stream has fewer pictures before
// none, and of the larger sizes those that fit.
func TestShareOfThePath(t *testing.T) {
	for _, tt := range []struct {
		rate   float64
		want   int // rank
		paused bool
	}{
		{3e6, 2*sizeRanks + 2, false},
		{700e3, 1*sizeRanks + 2, false},
		{170e3, 2, false},
		{125e3, 1, false},
		{60e3, 0, false},
		{30e3, 0, true},
	} {
		t.Run(fmt.Sprint(tt.rate), func(t *testing.T) {
			f, bob := newFilm(t, fullSVC)
			f.octets = [3]int{400, 1000, 1400} // 160, 560 and 1,120 kbit/s
			bob.apply(lines{video: 2, described: true}.session())
			carl := f.r.join("carl", lines{sends: camera, ssrc: 500})
			bob.want([]Want{{Peer: "carl", Kind: meeting.KindCamera}, {Peer: "ann", Kind: meeting.KindCamera}})
			f.r.shard.settle(bob.room)
			f.r.feed(carl, frame(500, 1, true))
			f.take(60)
			slots := bob.byWant()
			bob.apportion(slots, tt.rate)
			sl := slots[1]
			if got := sl.target.rank; got != tt.want || sl.paused != tt.paused {
				for _, st := range sl.track.steps {
					t.Logf("rank %d: %.0f bit/s", st.rank, st.rate())
				}
				t.Errorf("rank %d, paused %v", got, sl.paused)
			}
		})
	}
}

// TestStepsFollowThePath: size and frame rate of one stream go with the path, and
// pictures come on the narrowest.
func TestStepsFollowThePath(t *testing.T) {
	network := netsim.Path{Rate: 3e6, Delay: 25 * time.Millisecond}
	f, bob := newFilm(t, fullSVC)
	f.octets = [3]int{400, 1000, 1100} // 160, 560 and 1,000 kbit/s
	n := newPath(f.r, bob, network)
	n.layer = func(p rtp.Packet) string { return fmt.Sprint(p.Payload[12]) }
	for _, step := range []struct {
		rate    float64
		seconds int64
		size    string
		slow    bool
	}{{3e6, 8, "2", false}, {800e3, 12, "1", false}, {130e3, 15, "0", true}, {3e6, 15, "2", false}} {
		network.Rate = step.rate
		n.line.Set(network)
		f.over(step.seconds*1e9, n)
		clear(n.widths)
		before := f.pictures
		n.waited = 0
		f.over(4e9, n)
		sl := bob.slots[0]
		largest := ""
		for size := range n.widths {
			largest = max(largest, size)
		}
		if largest != step.size || sl.target.slow != step.slow || sl.paused || n.waited > 300*time.Millisecond {
			t.Errorf("at %.0f bit/s: size %q, rank %d, paused %v, waited %v, %d pictures, estimate %.0f", step.rate, largest, sl.target.rank, sl.paused, n.waited, f.pictures-before, bob.estimator.Rate())
		}
	}
}

// TestViewersOfOneStream: each viewer has its own choice, and the publisher is told
// only whether anybody watches.
func TestViewersOfOneStream(t *testing.T) {
	f, bob := newFilm(t, fullSVC)
	eve := f.r.join("eve", lines{video: 1, described: true})
	f.r.show(eve, "ann", tile)
	large, small := watch(f, bob), watch(f, eve)
	f.take(16)
	f.r.askedFor()
	large.shows()
	small.shows()
	f.take(8)
	if got := []map[string]int{sum(large.shows()), sum(small.shows())}; !cmp.Equal(got, []map[string]int{rated(2), rated(0)}) {
		t.Errorf("show %v", got)
	}
	f.r.show(bob, "nobody", 0)
	f.r.step(3000 * ms)
	if asked := f.r.askedFor(); len(asked) != 0 {
		t.Errorf("asked for %q while somebody watches", asked)
	}
	f.r.show(eve, "nobody", 0)
	f.r.step(3000 * ms)
	if diff := cmp.Diff([][]string{{}}, f.r.askedFor()); diff != "" {
		t.Errorf("asked for, when nobody watches (-want +got):\n%s", diff)
	}
}

// TestLossOnTheWayIn: packets that come late, of frames that are sent and of frames
// that are left out, make one stream without gaps in the end.
func TestLossOnTheWayIn(t *testing.T) {
	for _, pixels := range []int{whole, 640 * 360, tile} {
		t.Run(fmt.Sprint(pixels), func(t *testing.T) {
			f, bob := newFilm(t, fullSVC)
			f.r.show(bob, "ann", pixels)
			f.take(4)
			f.lose = func(seq uint16) bool { return seq%7 == 3 }
			recovered := 0
			for i := range 70 {
				if i == 60 {
					f.lose = nil
				}
				f.take(1)
				for _, seq := range nacked(f.r, f.peer) {
					lost := rtx(*f.sent[seq], 177, recovered)
					lost.PayloadType = ptVP9RTX
					extend(t, &lost, f.sent[seq].GetExtension(extDescriptor))
					f.r.feed(f.peer, lost)
					recovered++
				}
			}
			got := f.r.media(bob)
			first := got[0].SequenceNumber
			slices.SortFunc(got, func(a, b rtp.Packet) int {
				return int(a.SequenceNumber-first) - int(b.SequenceNumber-first)
			})
			if pictures := watch(f, bob).look(got); len(pictures) < 60 || recovered < 30 {
				t.Errorf("%d pictures, %d packets recovered", len(pictures), recovered)
			}
		})
	}
}

// TestRetransmissionIsTheSame: what a receiver asks for again is as it was, also when
// the slot plays another size by then.
func TestRetransmissionIsTheSame(t *testing.T) {
	f, bob := newFilm(t, fullSVC)
	f.r.show(bob, "ann", tile)
	f.take(12)
	sent := f.r.media(bob)
	f.r.show(bob, "ann", whole)
	f.take(2)
	f.r.media(bob)
	for _, want := range sent[len(sent)-6:] {
		f.r.control(bob, &rtcp.TransportLayerNack{MediaSSRC: 5000, Nacks: []rtcp.NackPair{{PacketID: want.SequenceNumber}}})
		got := f.r.packets(bob)
		if len(got) != 1 || got[0].SSRC != 6000 {
			t.Fatalf("%d packets for a NACK", len(got))
		}
		if got[0].Marker != want.Marker || got[0].Timestamp != want.Timestamp || !cmp.Equal(got[0].Payload[2:], want.Payload) ||
			!cmp.Equal(got[0].GetExtension(extDescriptor), want.GetExtension(extDescriptor)) {
			t.Errorf("again %+v, it was %+v", got[0].Header, want.Header)
		}
	}
}

// TestReceiverWithoutDescriptors: VP9 can be put together by its payload, of AV1 only
// the smallest size.
func TestReceiverWithoutDescriptors(t *testing.T) {
	for _, tt := range []struct {
		name string
		pt   uint8
		size int
	}{{"OKVP9", ptVP9, 1}, {"OKAV1", ptAV1, 0}} {
		t.Run(tt.name, func(t *testing.T) {
			f, bob := newFilm(t, fullSVC)
			f.pt = tt.pt
			f.r.step(200 * ms) // another codec is accepted then
			bob.apply(lines{video: 1}.session())
			f.r.show(bob, "ann", 640*360)
			w := watch(f, bob)
			w.plain = true
			f.take(16)
			w.look(nil)
			f.r.media(bob)
			w.last, w.closed = nil, true
			f.take(8)
			if diff := cmp.Diff(rated(tt.size), sum(w.shows())); diff != "" {
				t.Errorf("shows (-want +got):\n%s", diff)
			}
		})
	}
}

// TestStructureChanges: a publisher goes over to other layers in mid-stream.
func TestStructureChanges(t *testing.T) {
	f, bob := newFilm(t, fullSVC)
	f.r.show(bob, "ann", 640*360)
	w := watch(f, bob)
	f.take(16)
	w.shows()
	for _, e := range []struct {
		encoder scalable.Encoder
		want    map[string]int
	}{
		{scalable.Encoder{Spatial: 2, Temporal: 1, Width: 640, Height: 360, Offset: 20}, map[string]int{"1/0": 8}},
		{scalable.Encoder{Spatial: 1, Temporal: 2, Offset: 30}, map[string]int{"0/0": 4, "0/1": 4}},
		{keySVC, rated(1)},
	} {
		e.encoder.Follow(&f.encoder)
		f.encoder, f.key = e.encoder, true
		f.take(8)
		if diff := cmp.Diff(e.want, sum(w.shows())); diff != "" {
			t.Errorf("L%dT%d (-want +got):\n%s", e.encoder.Spatial, e.encoder.Temporal, diff)
		}
	}
}

// TestStructuresWithoutEnd: a publisher whose layers change with every packet costs
// its viewers' slots one look in a while, and is forwarded as it comes.
func TestStructuresWithoutEnd(t *testing.T) {
	f, bob := newFilm(t, fullSVC)
	f.r.show(bob, "ann", tile)
	f.take(8)
	f.r.media(bob)
	looks := f.peer.tracks[0].layers[0].parts.changed
	changes, fed := 0, 0
	for n := range 1000 {
		e := scalable.Encoder{Spatial: 1 + n%3, Temporal: 1 + n%2, Offset: uint8(n % 64)}
		e.Follow(&f.encoder)
		f.encoder, f.key = e, true
		f.r.feed(f.peer, f.picture()[0])
		fed++
		if now := f.peer.tracks[0].layers[0].parts.changed; now != looks {
			looks = now
			changes++
		}
		f.r.shard.now += ms
	}
	if got := len(f.r.media(bob)); changes > 20 || got != fed {
		t.Errorf("%d looks in a second, %d of %d packets", changes, got, fed)
	}
	f.r.step(400 * ms)
	next := fullSVC
	next.Follow(&f.encoder)
	f.encoder = next
	f.take(4)
	w := watch(f, bob)
	f.r.media(bob)
	f.key = true
	f.take(8)
	if diff := cmp.Diff(rated(0), sum(w.shows())); diff != "" {
		t.Errorf("afterwards (-want +got):\n%s", diff)
	}
}

// TestMalformedDescriptors: what cannot be read is forwarded as it is, and nothing is
// left out by it.
func TestMalformedDescriptors(t *testing.T) {
	for _, tt := range []struct {
		name string
		bad  func(d []byte) []byte
	}{
		{"ErrStructure", func(d []byte) []byte { return d[:min(len(d), 20)] }},
		{"ErrTemplates", func(d []byte) []byte { return append([]byte{d[0] | 0x3f}, d[1:3]...) }},
		{"ErrShort", func(d []byte) []byte { return d[:2] }},
		{"ErrNone", func([]byte) []byte { return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, bob := newFilm(t, fullSVC)
			f.r.show(bob, "ann", tile)
			fed, got := 0, 0
			for range 20 {
				for _, p := range f.picture() {
					d := p.GetExtension(extDescriptor)
					must(t, p.DelExtension(extDescriptor))
					if d = tt.bad(d); d != nil {
						extend(t, &p, d)
					}
					f.r.feed(f.peer, p)
					fed++
				}
				f.r.step(40 * ms)
				got += len(f.r.media(bob))
			}
			if fed != 120 || got != fed {
				t.Errorf("%d of %d packets are forwarded", got, fed)
			}
			f.key = true // and it recovers
			f.take(16)
			w := watch(f, bob)
			f.r.media(bob)
			f.key = true
			f.take(8)
			if diff := cmp.Diff(rated(0), sum(w.shows())); diff != "" {
				t.Errorf("afterwards (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInactiveTargets: while a publisher does not send its largest size, the next
// one is shown.
func TestInactiveTargets(t *testing.T) {
	f, bob := newFilm(t, keySVC)
	w := watch(f, bob)
	f.take(16)
	w.shows()
	without := uint32(1)<<6 - 1
	f.active = &without
	f.key = true
	f.take(4)
	f.active = nil
	f.take(12)
	got := w.shows()
	if diff := cmp.Diff(rated(1), sum(got[len(got)-8:])); diff != "" {
		t.Errorf("without the largest (-want +got):\n%s", diff)
	}
	f.encoder.Spatial, f.key = 3, true
	f.take(16)
	got = w.shows()
	if diff := cmp.Diff(rated(2), sum(got[len(got)-8:])); diff != "" {
		t.Errorf("with it again (-want +got):\n%s", diff)
	}
}

// TestFramesGoOnAcrossTracks: a slot that shows somebody else goes on counting
// frames, or its receiver would take the new ones for old.
func TestFramesGoOnAcrossTracks(t *testing.T) {
	f, bob := newFilm(t, fullSVC)
	w := watch(f, bob)
	f.take(16)
	w.shows()
	carl := &film{tb: t, r: f.r, encoder: keySVC, pt: ptVP9, octets: f.octets, sent: make(map[uint16]*rtp.Packet), ssrc: 88, key: true}
	carl.encoder.Picture(true) // its numbers are behind
	carl.peer = f.r.join("carl", lines{sends: camera, ssrc: 88, described: true})
	f.r.show(bob, "carl", whole)
	carl.take(8)
	if diff := cmp.Diff(rated(2), sum(w.shows())); diff != "" {
		t.Errorf("the other's (-want +got):\n%s", diff)
	}
	f.r.show(bob, "ann", whole)
	f.take(8)
	if diff := cmp.Diff(rated(2), sum(w.shows())); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
}
