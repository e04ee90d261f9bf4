package sfu

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtp"
)

// tiered makes picture n of a VP8 or VP9 stream at three frame rates without
// descriptors, in the order 0 2 1 2. A frame of the second rate refers to the one
// before it of its rate, but for every other one.
func tiered(pt uint8, n int, key bool) rtp.Packet {
	p := frame(77, n, key)
	p.PayloadType = pt
	temporal := []int{0, 2, 1, 2}[n%4]
	lone := temporal == 1 && n%8 < 4 || temporal == 2 && n%4 == 1
	switch pt {
	case ptVP8: // RFC 7741, 4.2: X; I, L, T
		p.Payload[0], p.Payload[1] = 0x90, 0xe0
		p.Payload[5] = byte(temporal << 6)
		if lone {
			p.Payload[5] |= 0x20
		}
		p.Payload[6] = 1
		if key {
			p.Payload[6] = 0
		}
	case ptVP9: // RFC 9628, 4.2: I, P, L, B, E
		p.Payload[0] = 0xac
		if !key {
			p.Payload[0] |= 0x40
		}
		binary.BigEndian.PutUint16(p.Payload[1:], 0x8000|uint16(n)&0x7fff)
		p.Payload[3] = byte(temporal << 5)
		if n%8 == 0 {
			p.Payload[3] |= 0x10 // nothing later refers to what is before
		}
	}
	return p
}

// TestRatesByPayload: without descriptors the frame rate is lowered by what VP8 and
// VP9 say of it, and raised where nothing refers to what was left out.
func TestRatesByPayload(t *testing.T) {
	for _, tt := range []struct {
		name  string
		pt    uint8
		climb []int // the first pictures when all may be sent again, from number 61 on
	}{
		{"OKVP8", ptVP8, []int{61, 64, 65, 66, 67, 68}}, // 62 refers to 58, 63 to 62
		{"OKVP9", ptVP9, []int{64, 65, 66, 67, 68}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRig(t)
			ann := r.join("ann", lines{sends: camera, ssrc: 77})
			ann.tracks[0].choose(tt.pt)
			bob := r.join("bob", lines{video: 1})
			r.want(bob, "ann")
			var last *rtp.Packet
			play := func(from, to int) (got []int) {
				t.Helper()
				for n := from; n < to; n++ {
					r.feed(ann, tiered(tt.pt, n, n == 0))
					r.step(40 * ms)
				}
				for _, p := range r.media(bob) {
					if last != nil && p.SequenceNumber != last.SequenceNumber+1 {
						t.Errorf("numbers %d and %d", last.SequenceNumber, p.SequenceNumber)
					}
					if last != nil && tt.pt == ptVP8 && (picture(p)-picture(*last))&0x7fff != 1 {
						t.Errorf("pictures %d and %d", picture(*last), picture(p))
					}
					last = &p
					got = append(got, numberOf(p))
				}
				return got
			}
			if got := play(0, 40); len(got) != 40 {
				t.Fatalf("%d of 40 pictures", len(got))
			}
			restrict(bob, 0)
			if diff := cmp.Diff([]int{40, 44, 48, 52, 56}, play(40, 60)); diff != "" {
				t.Errorf("the lowest rate (-want +got):\n%s", diff)
			}
			play(60, 61)
			restrict(bob, maxRank)
			if diff := cmp.Diff(tt.climb, play(61, 69)); diff != "" {
				t.Errorf("all again (-want +got):\n%s", diff)
			}
			restrict(bob, 1)
			if diff := cmp.Diff([]int{70, 72, 74, 76}, play(69, 77)); diff != "" {
				t.Errorf("the second rate (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRatesOfSimulcast: the frame rate of the smallest layer only is lowered.
func TestRatesOfSimulcast(t *testing.T) {
	r, ann, bob := layered(t)
	for n := range 8 {
		for i, rid := range rids {
			p := sized(t, rid, 1000*(i+1)+n, false)
			q := tiered(ptVP8, n, n == 0)
			copy(p.Payload[:7], q.Payload)
			r.feed(ann, p)
		}
	}
	var got []string
	for _, st := range ann.tracks[0].steps {
		got = append(got, fmt.Sprint(st.layer.rid, st.rank%layerRanks))
	}
	if diff := cmp.Diff([]string{"q0", "q1", "q2", "h2", "f2"}, got); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got := bob.slots[0].target.layer.rid; got != "f" {
		t.Errorf("shall play %q", got)
	}
}
