package sfu

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
)

// The layers of every publisher here, with the SSRCs that they get.
var (
	rids  = []string{"q", "h", "f"}
	sizes = []Layer{{"q", 320 * 180, 150e3}, {"h", 640 * 360, 500e3}, {"f", 1280 * 720, 1500e3}}
	ssrcs = map[string]uint32{"q": 71, "h": 72, "f": 73}
)

const whole, tile = 1280 * 720, 300 * 200 // pixels of places

// show makes a peer want a camera in a place of so many pixels.
func (r *rig) show(p *Peer, id string, pixels int) {
	p.want([]Want{{Peer: id, Kind: meeting.KindCamera, Pixels: pixels}})
	r.shard.settle(p.room)
}

// layered joins a publisher of three layers, and a viewer who shows it large.
func layered(t testing.TB) (r *rig, ann, bob *Peer) {
	r = newRig(t)
	ann = r.join("ann", lines{sends: camera, rids: rids})
	ann.layers[meeting.KindCamera] = sizes
	ann.tracks[0].state()
	bob = r.join("bob", lines{video: 1})
	r.show(bob, "ann", whole)
	return r, ann, bob
}

// sized makes frame n of a layer, as browsers send it until they are sure that the
// receiver knows its SSRC.
func sized(t testing.TB, rid string, n int, key bool) rtp.Packet {
	t.Helper()
	p := frame(ssrcs[rid], n, key)
	must(t, p.SetExtension(extMid, []byte("0")))
	must(t, p.SetExtension(extRID, []byte(rid)))
	return p
}

// origins returns which layer's packets a peer got, in order, as "rid:number", and
// fails when they are not one continuous stream.
func origins(t *testing.T, r *rig, p *Peer) []string {
	t.Helper()
	var got []string
	packets := r.packets(p)
	for i, q := range packets {
		n := numberOf(q)
		got = append(got, fmt.Sprintf("%s:%d", rids[n/1000-1], n))
		if i > 0 && q.SequenceNumber != packets[i-1].SequenceNumber+1 {
			t.Errorf("numbers %d and %d are not next to each other", packets[i-1].SequenceNumber, q.SequenceNumber)
		}
		if i > 0 && int32(q.Timestamp-packets[i-1].Timestamp) < 0 {
			t.Errorf("time goes back by %d at packet %d", packets[i-1].Timestamp-q.Timestamp, i)
		}
	}
	return got
}

func TestLayerFitsThePlace(t *testing.T) {
	for _, tt := range []struct {
		name   string
		layers []Layer
		pixels int
		want   string
	}{
		{"OKUnknownPlace", sizes, 0, "f"},
		{"OKThumbnail", sizes, 160 * 90, "q"},
		{"OKEnlargedALittle", sizes, 2 * 320 * 180, "q"},
		{"OKTooLargeForIt", sizes, 2*320*180 + 1, "h"},
		{"OKHalf", sizes, 640 * 360, "h"},
		{"OKWhole", sizes, 1280 * 720, "f"},
		{"OKLargerThanAll", sizes, 3840 * 2160, "f"},
		{"OKNothingStated", nil, 160 * 90, "f"},
		{"OKSmallCamera", sizes[:1], whole, "q"},
		{"OKMiddleCamera", sizes[:2], whole, "h"},
		{"OKOnlyOthersStated", []Layer{{RID: "x", Pixels: 1}}, whole, "q"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, ann, bob := layered(t)
			ann.layers[meeting.KindCamera] = tt.layers
			ann.tracks[0].state()
			r.show(bob, "ann", tt.pixels)
			if got := bob.slots[0].target.layer.rid; got != tt.want {
				t.Errorf("layer %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLayersSwitchAtKeyFrames(t *testing.T) {
	r, ann, bob := layered(t)
	r.feed(ann, sized(t, "q", 1000, true)) // there is a picture although the large one is not sent yet
	r.feed(ann, sized(t, "q", 1001, false))
	r.step(40 * ms)
	r.feed(ann, sized(t, "f", 3000, false)) // cannot be decoded yet
	r.feed(ann, sized(t, "q", 1002, false))
	r.messages(ann)
	r.step(60 * ms)
	pli := r.messages(ann)
	if len(pli) == 0 || pli[0].DestinationSSRC()[0] != ssrcs["f"] {
		t.Errorf("for the large layer to begin: %v, want a key frame request", pli)
	}
	r.feed(ann, sized(t, "f", 3001, true))
	r.feed(ann, sized(t, "q", 1003, false))
	r.step(40 * ms)
	r.feed(ann, sized(t, "f", 3002, false))
	if diff := cmp.Diff([]string{"q:1000", "q:1001", "q:1002", "f:3001", "f:3002"}, origins(t, r, bob)); diff != "" {
		t.Fatalf("larger (-want +got):\n%s", diff)
	}
	r.show(bob, "ann", tile)
	r.feed(ann, sized(t, "q", 1004, false))
	r.feed(ann, sized(t, "f", 3003, false))
	r.feed(ann, sized(t, "q", 1005, true))
	r.feed(ann, sized(t, "f", 3004, true)) // no way back without need
	r.feed(ann, sized(t, "q", 1006, false))
	if diff := cmp.Diff([]string{"f:3003", "q:1005", "q:1006"}, origins(t, r, bob)); diff != "" {
		t.Errorf("smaller (-want +got):\n%s", diff)
	}
}

// What comes in one batch is forwarded in the order in which it came, whatever layer
// it is of: the publisher counts the frames of all layers together.
func TestLayersKeepTheirOrderInABatch(t *testing.T) {
	r, ann, bob := layered(t)
	r.feed(ann, sized(t, "q", 1000, true))
	for _, p := range []rtp.Packet{
		sized(t, "q", 1001, false), sized(t, "f", 3001, true), sized(t, "q", 1002, false),
		sized(t, "f", 3002, false), sized(t, "f", 3003, false), sized(t, "q", 1003, false),
	} {
		b, err := p.Marshal()
		must(t, err)
		ann.receive(b, r.shard.now)
	}
	r.shard.forwardAll()
	if diff := cmp.Diff([]string{"q:1000", "q:1001", "f:3001", "f:3002", "f:3003"}, origins(t, r, bob)); diff != "" {
		t.Errorf("larger within a batch (-want +got):\n%s", diff)
	}
}

// The keys of all layers come together when a publisher begins with another one: who
// has what fits does not go back.
func TestWhatFitsIsKept(t *testing.T) {
	r, ann, bob := layered(t)
	r.feed(ann, sized(t, "h", 2000, true)) // the next best while the large one is not sent
	r.step(60 * ms)
	for i, rid := range []string{"f", "h", "q"} {
		r.feed(ann, sized(t, rid, 3001-1000*i, true))
	}
	r.feed(ann, sized(t, "f", 3002, false))
	if diff := cmp.Diff([]string{"h:2000", "f:3001", "f:3002"}, origins(t, r, bob)); diff != "" {
		t.Errorf("with all keys at once (-want +got):\n%s", diff)
	}
}

func TestSilentLayerIsReplaced(t *testing.T) {
	r, ann, bob := layered(t)
	for n := range 30 { // the large one ends after a third
		r.feed(ann, sized(t, "q", 1000+n, n == 0 || n == 29))
		if n < 10 {
			r.feed(ann, sized(t, "f", 3000+n, n == 0))
		}
		r.step(100 * ms)
	}
	r.feed(ann, sized(t, "q", 1030, false))
	got := origins(t, r, bob)
	if last := got[len(got)-2:]; !cmp.Equal(last, []string{"q:1029", "q:1030"}) {
		t.Errorf("ends with %v", last)
	}
	r.feed(ann, sized(t, "f", 3010, true))
	r.feed(ann, sized(t, "q", 1031, false))
	if diff := cmp.Diff([]string{"f:3010"}, origins(t, r, bob)); diff != "" {
		t.Errorf("when it is back (-want +got):\n%s", diff)
	}
}

func TestPublisherIsAskedForWhatIsWatched(t *testing.T) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, rids: rids})
	check := func(when string, want ...[]string) {
		t.Helper()
		if diff := cmp.Diff(want, r.askedFor()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	r.step(60 * ms)
	check("alone", []string{})
	ann.layers[meeting.KindCamera] = sizes
	ann.tracks[0].state()
	bob, cem := r.join("bob", lines{video: 1}), r.join("cem", lines{video: 1})
	r.show(bob, "ann", whole)
	check("one watches it large", []string{"f"})
	r.show(cem, "ann", tile)
	check("and another small", []string{"q", "f"})
	r.show(bob, "ann", 640*360)
	check("the first one smaller", []string{"q", "h", "f"})
	r.step(1900 * ms)
	check("which may be for a moment")
	r.step(200 * ms)
	check("or not", []string{"q", "h"})
	r.show(cem, "nobody", whole)
	r.show(bob, "nobody", whole)
	r.step(2500 * ms)
	check("nobody watches", []string{})
	r.step(5000 * ms)
	check("still nobody")
	r.show(cem, "ann", tile)
	check("somebody again", []string{"q"})
	ann.tracks[0].setLive(false)
	r.show(cem, "nobody", whole)
	r.step(2500 * ms)
	check("nobody, but there is nothing to watch")
}

// A video of one size is asked for, too, and nobody is asked for sound.
func TestSingleLayerIsAskedFor(t *testing.T) {
	r := newRig(t)
	r.join("ann", lines{sends: []meeting.Kind{meeting.KindCamera, meeting.KindMic}})
	bob := r.join("bob", lines{video: 1})
	r.step(60 * ms)
	if diff := cmp.Diff([][]string{{}}, r.askedFor()); diff != "" {
		t.Errorf("unwatched (-want +got):\n%s", diff)
	}
	r.show(bob, "ann", whole)
	r.step(60 * ms)
	if diff := cmp.Diff([][]string{{""}}, r.askedFor()); diff != "" {
		t.Errorf("watched (-want +got):\n%s", diff)
	}
}

func TestLayersAreRepaired(t *testing.T) {
	r, ann, bob := layered(t)
	r.feed(ann, sized(t, "q", 1000, true))
	r.feed(ann, sized(t, "q", 1001, false))
	r.feed(ann, sized(t, "f", 3000, true))
	sent := r.packets(bob)
	// Downstream: what was sent of the layer before, too.
	r.control(bob, &rtcp.TransportLayerNack{MediaSSRC: 5000, Nacks: []rtcp.NackPair{{PacketID: sent[1].SequenceNumber, LostPackets: 1}}})
	again := r.packets(bob)
	if len(again) != 2 || again[0].SSRC != 6000 || again[0].Payload[10+7] != sent[1].Payload[8+7] || again[0].Payload[10+6] != sent[1].Payload[8+6] {
		t.Fatalf("repaired %d packets across the switch, want 2", len(again))
	}
	// Upstream: each layer by itself.
	r.feed(ann, sized(t, "f", 3002, false))
	r.messages(ann)
	r.step(10 * ms)
	if diff := cmp.Diff([]uint16{3001}, nacked(r, ann)); diff != "" {
		t.Errorf("asked for (-want +got):\n%s", diff)
	}
	lost := rtx(frame(ssrcs["f"], 3001, false), 173, 1)
	must(t, lost.SetExtension(extMid, []byte("0")))
	must(t, lost.SetExtension(extRepaired, []byte("f")))
	r.feed(ann, lost)
	if l := ann.tracks[0].layers[2]; l.rtx != 173 || r.shard.stats.Recovered != 1 {
		t.Errorf("the retransmission was not taken for the layer's: %+v", r.shard.stats)
	}
}

func TestLayersOfNobody(t *testing.T) {
	r, ann, bob := layered(t)
	for i, change := range []func(*rtp.Packet){
		func(p *rtp.Packet) { must(t, p.SetExtension(extRID, []byte("x"))) },
		func(p *rtp.Packet) { must(t, p.DelExtension(extRID)) },
		func(p *rtp.Packet) { must(t, p.SetExtension(extMid, []byte("9"))) },
		func(p *rtp.Packet) { p.PayloadType = 50 },
	} {
		p := sized(t, "q", 1000, true)
		change(&p)
		r.feed(ann, p)
		if got := r.shard.stats.Unknown; got != uint64(i+1) || len(r.packets(bob)) != 0 {
			t.Errorf("%d: %d unknown packets", i, got)
		}
	}
}

func TestNarrowPathTakesSmallerLayers(t *testing.T) {
	r, ann, bob := layered(t)
	film := func(seconds, loss int) {
		for range seconds * 25 {
			n := int(r.shard.now / (40 * ms))
			for i, rid := range rids {
				p := sized(t, rid, 1000*(i+1)+n%900, n%25 == 0)
				p.Header.SequenceNumber, p.Timestamp = uint16(n), uint32(n)*3600
				p.Payload = append(p.Payload, make([]byte, 60<<(2*i))...)
				r.feed(ann, p)
			}
			r.step(40 * ms)
			if n%25 == 0 {
				r.control(bob, &rtcp.ReceiverReport{Reports: []rtcp.ReceptionReport{{SSRC: 5000, FractionLost: uint8(loss)}}})
			}
		}
	}
	film(3, 0)
	sl := bob.slots[0]
	if sl.layer.rid != "f" {
		t.Fatalf("plays %q on a good path", sl.layer.rid)
	}
	film(40, 120)
	if sl.layer.rid == "f" || sl.paused {
		t.Errorf("under loss: plays %q, paused %v", sl.layer.rid, sl.paused)
	}
	film(120, 0)
	if sl.layer.rid != "f" {
		t.Errorf("after the loss went: plays %q, limit %d", sl.layer.rid, sl.limit)
	}
}

func TestOfferChangesLayers(t *testing.T) {
	r, ann, bob := layered(t)
	r.feed(ann, sized(t, "f", 3000, true))
	ann.apply(lines{sends: camera, rids: []string{"q", "h"}}.session())
	r.shard.settle(r.room)
	r.feed(ann, sized(t, "f", 3001, true))
	r.feed(ann, sized(t, "h", 2000, true))
	if diff := cmp.Diff([]string{"f:3000", "h:2000"}, origins(t, r, bob)); diff != "" {
		t.Errorf("without the largest (-want +got):\n%s", diff)
	}
	ann.apply(lines{sends: camera, ssrc: 900}.session()) // no simulcast any more
	r.shard.settle(r.room)
	p := frame(900, 1000, true)
	if r.feed(ann, p); len(r.packets(bob)) != 1 {
		t.Error("the only layer is not played")
	}
}
