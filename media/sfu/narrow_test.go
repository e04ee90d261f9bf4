package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/internal/netsim"
	"github.com/roundel-meet/roundel/media/congestion"
)

// path is the network between the server and one peer of a rig, who says when what
// arrives.
type path struct {
	r        *rig
	peer     *Peer
	line     *netsim.Line
	recorder congestion.Recorder
	travels  []arriving
	widths   map[string]int // octets of media that arrived, by layer
	layer    func(rtp.Packet) string
	padding  int // octets of packets that were sent again
	waited   time.Duration
}

type arriving struct {
	at     int64
	packet rtp.Packet
}

func newPath(r *rig, p *Peer, n netsim.Path) *path {
	layer := func(p rtp.Packet) string { return rids[numberOf(p)/100_000-1] }
	return &path{r: r, peer: p, line: netsim.NewLine(n, 1), widths: make(map[string]int), layer: layer}
}

// step takes what was sent, and hands over what arrives now and what is said of it.
func (n *path) step() {
	now := n.r.shard.now
	for _, p := range n.r.packets(n.peer) {
		octets := p.MarshalSize() + 16
		at, ok := n.line.Send(time.Duration(now), octets)
		if !ok {
			continue
		}
		n.waited = max(n.waited, at-time.Duration(now))
		n.travels = append(n.travels, arriving{int64(at), p})
	}
	for len(n.travels) > 0 && n.travels[0].at <= now {
		t := n.travels[0]
		n.travels = n.travels[1:]
		n.recorder.Arrived(binary.BigEndian.Uint16(t.packet.GetExtension(extTWCC)), t.at)
		if t.packet.SSRC >= 6000 {
			n.padding += t.packet.MarshalSize()
		} else {
			n.widths[n.layer(t.packet)] += t.packet.MarshalSize()
		}
	}
	if now%(50*ms) == 0 {
		if b := n.recorder.AppendFeedback(nil, 1, 2); b != nil {
			n.peer.control(b)
		}
	}
}

// plays returns the layer of which most arrived since it was last asked.
func (n *path) plays() string { return most(n.widths) }

// most returns the layer with most octets, and forgets them all.
func most(widths map[string]int) string {
	best := ""
	for rid, octets := range widths {
		if best == "" || octets > widths[best] {
			best = rid
		}
	}
	clear(widths)
	return best
}

// studio is a publisher of three layers at 150, 500 and 1,500 kbit/s who sends what
// it is asked for.
type studio struct {
	r     *rig
	peer  *Peer
	n     int
	seq   [3]uint16
	key   [3]bool
	sends map[string]bool
}

// film sends 25 pictures a second for so long over the viewers' paths.
func (s *studio) film(t testing.TB, d int64, paths ...*path) {
	t.Helper()
	for end := s.r.shard.now + d; s.r.shard.now < end; {
		if s.r.shard.now%(40*ms) == 0 {
			s.picture(t)
		}
		s.r.shard.now += ms
		if s.r.shard.now%(5*ms) == 0 {
			s.r.shard.tick()
		}
		for _, n := range paths {
			n.step()
		}
		s.hear()
	}
}

func (s *studio) hear() {
	for _, m := range s.r.messages(s.peer) {
		if pli, ok := m.(*rtcp.PictureLossIndication); ok {
			s.key[pli.MediaSSRC-71] = true
		}
	}
	for _, asked := range s.r.askedFor() {
		before := s.sends
		s.sends = make(map[string]bool)
		for _, rid := range asked {
			s.sends[rid] = true
			if !before[rid] {
				s.key[int(ssrcs[rid]-71)] = true
			}
		}
	}
}

func (s *studio) picture(t testing.TB) {
	s.n++
	for i, rid := range rids {
		if !s.sends[rid] {
			continue
		}
		left := []int{750, 2500, 7500}[i]
		key := s.key[i]
		if s.key[i] = false; key {
			left *= 4
		}
		for first := true; left > 0; first = false {
			size := min(left, 1100)
			left -= size
			p := frame(ssrcs[rid], s.n, key)
			p.SequenceNumber, p.Timestamp, p.Marker = s.seq[i], uint32(s.n)*3600, left == 0
			s.seq[i]++
			must(t, p.SetExtension(extMid, []byte("0")))
			must(t, p.SetExtension(extRID, []byte(rid)))
			p.Payload = append(p.Payload, make([]byte, max(0, size-len(p.Payload)))...)
			binary.BigEndian.PutUint64(p.Payload[8:], uint64((i+1)*100_000+s.n%100_000))
			if !first {
				p.Payload[0] &^= 0x10
			}
			b, err := p.Marshal()
			must(t, err)
			s.peer.receive(b, s.r.shard.now)
		}
	}
	s.r.shard.forwardAll()
	s.r.shard.settle(s.r.room)
}

// stage is a studio with viewers who show it large, each over a path of its own.
func stage(t testing.TB, networks ...netsim.Path) (*studio, []*path) {
	r := newRig(t)
	ann := r.join("ann", lines{sends: camera, rids: rids})
	ann.layers[meeting.KindCamera] = sizes
	ann.tracks[0].state()
	s := &studio{r: r, peer: ann, sends: map[string]bool{"q": true}}
	var paths []*path
	for i, n := range networks {
		p := r.join(fmt.Sprint("bob", i), lines{video: 1})
		r.show(p, "ann", whole)
		paths = append(paths, newPath(r, p, n))
	}
	return s, paths
}

func TestLayerFollowsThePath(t *testing.T) {
	network := netsim.Path{Rate: 3e6, Delay: 25 * time.Millisecond}
	s, paths := stage(t, network)
	n := paths[0]
	s.film(t, 5e9, n)
	n.plays()
	if s.film(t, 3e9, n); n.plays() != "f" {
		t.Fatalf("plays %v at 3 Mbit/s, estimate %.0f", n.plays(), n.peer.estimator.Rate())
	}
	network.Rate = 300e3
	n.line.Set(network)
	s.film(t, 3e9, n)
	n.plays()
	s.film(t, 1e9, n)
	if got := n.plays(); got != "q" {
		t.Errorf("plays %q three seconds after the path became narrow, estimate %.0f", got, n.peer.estimator.Rate())
	}
	n.waited = 0
	s.film(t, 20e9, n)
	if got := n.plays(); got != "q" || n.waited > 250*time.Millisecond {
		t.Errorf("plays %q at 300 kbit/s, packets waited %v", got, n.waited)
	}
	network.Rate = 3e6
	n.line.Set(network)
	s.film(t, 9e9, n)
	n.plays()
	s.film(t, 1e9, n)
	if got := n.plays(); got != "f" {
		t.Errorf("plays %q ten seconds after the path became wide, estimate %.0f", got, n.peer.estimator.Rate())
	}
}

func TestEachViewerByItsPath(t *testing.T) {
	rates := []float64{250e3, 900e3, 6e6}
	var networks []netsim.Path
	for _, rate := range rates {
		networks = append(networks, netsim.Path{Rate: rate, Delay: 30 * time.Millisecond})
	}
	s, paths := stage(t, networks...)
	s.film(t, 20e9, paths...)
	for _, n := range paths {
		n.plays()
		n.padding = 0
	}
	s.film(t, 20e9, paths...)
	for i, n := range paths {
		rate := n.peer.estimator.Rate()
		t.Logf("%.0f: estimate %.0f, padding %.0f bit/s", rates[i], rate, float64(n.padding)*8/20)
		if got := n.plays(); got != rids[i] {
			t.Errorf("plays %q at %.0f bit/s, estimate %.0f", got, rates[i], rate)
		}
		if float64(n.padding)*8/20 > 0.1*rates[i] {
			t.Errorf("probes take %.0f bit/s of %.0f", float64(n.padding)*8/20, rates[i])
		}
	}
}

func TestLossAloneKeepsTheLayer(t *testing.T) {
	s, paths := stage(t, netsim.Path{Rate: 8e6, Delay: 100 * time.Millisecond, Loss: 0.05})
	s.film(t, 10e9, paths...)
	paths[0].plays()
	s.film(t, 30e9, paths...)
	if got := paths[0].plays(); got != "f" {
		t.Errorf("plays %q with 5 %% loss, estimate %.0f", got, paths[0].peer.estimator.Rate())
	}
}

// A path that nobody has used yet is not flooded with the largest layer.
func TestBeginsSmall(t *testing.T) {
	s, paths := stage(t, netsim.Path{Rate: 400e3, Delay: 25 * time.Millisecond})
	large := []Layer{sizes[0], sizes[1], {"f", 1920 * 1080, 4e6}}
	s.peer.layers[meeting.KindCamera] = large
	s.peer.tracks[0].state()
	r := s.r
	late := newPath(r, r.join("late", lines{video: 1}), netsim.Path{Rate: 400e3, Delay: 25 * time.Millisecond})
	r.show(late.peer, "ann", whole)
	s.film(t, 60*ms, paths[0], late)
	if got := late.peer.slots[0].target.layer.rid; got == "f" {
		t.Errorf("shall play %q on an unknown path", got)
	}
	s.film(t, 5e9, paths[0], late)
	late.plays()
	s.film(t, 3e9, paths[0], late)
	if got := late.plays(); got != "q" {
		t.Errorf("plays %q at 400 kbit/s, estimate %.0f", got, late.peer.estimator.Rate())
	}
}
