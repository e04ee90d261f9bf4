package sfu

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/roundel-meet/roundel/core/meeting"
)

// TestBindsWhatChanged: whatever people do, deciding everybody's slots anew
// changes nothing after those that were concerned have been.
func TestBindsWhatChanged(t *testing.T) {
	for seed := range uint64(40) {
		r, rng := newRig(t), rand.New(rand.NewPCG(seed, 0))
		c := &coming{r, rng, 0}
		for step := range 120 {
			c.act()
			r.shard.settle(r.room)
			if rng.IntN(3) > 0 {
				continue // several changes at once
			}
			r.room.tellAll(t)
			before := r.room.playing()
			for _, p := range r.room.order {
				p.move()
			}
			r.room.moved.audio = true
			r.shard.settle(r.room)
			if diff := cmp.Diff(before, r.room.playing()); diff != "" {
				t.Fatalf("seed %d, step %d: everything anew changed something (-before +after):\n%s", seed, step, diff)
			}
			r.room.events.take()
		}
	}
}

// coming is people who come, go and change their minds.
type coming struct {
	*rig
	rng   *rand.Rand
	count int
}

func (c *coming) act() {
	order := c.room.order
	if len(order) < 3 || len(order) < 12 && c.rng.IntN(6) == 0 {
		c.count++
		c.join(fmt.Sprint(c.count), c.offer())
		return
	}
	p := order[c.rng.IntN(len(order))]
	c.shard.now += ms
	switch c.rng.IntN(8) {
	case 0:
		p.gone = true
		c.room.leave(p)
		for _, sl := range p.slots {
			sl.unbind()
		}
	case 1, 2:
		p.speak(c.rng.IntN(2) == 0)
	case 3:
		p.apply(c.offer().session())
	case 4:
		for _, t := range p.tracks {
			t.choose([]uint8{ptVP8, ptVP9}[c.rng.IntN(2)])
		}
	case 5, 6:
		for _, t := range p.tracks {
			p.live[t.kind] = c.rng.IntN(3) > 0
			t.setLive(p.live[t.kind])
		}
	default:
		wants := make([]Want, c.rng.IntN(6))
		for i := range wants {
			wants[i] = Want{Peer: fmt.Sprint(1 + c.rng.IntN(c.count+1)), Kind: meeting.KindCamera, Pixels: c.rng.IntN(1 << 20)}
		}
		p.want(wants)
	}
}

func (c *coming) offer() lines {
	l := lines{audio: c.rng.IntN(4), video: c.rng.IntN(4), ssrc: uint32(1000 * (1 + c.count))}
	l.sends = [][]meeting.Kind{{}, mic, camera, {meeting.KindMic, meeting.KindCamera}}[c.rng.IntN(4)]
	l.only = []string{"", "", "VP8", "VP9"}[c.rng.IntN(4)]
	if c.rng.IntN(2) == 0 {
		l.rids = rids
	}
	return l
}

// tellAll fails when somebody was not told what the slots play.
func (r *Room) tellAll(t *testing.T) {
	t.Helper()
	for _, p := range r.order {
		told := p.told
		p.tell()
		if diff := cmp.Diff(told, p.told); diff != "" {
			t.Errorf("%s was told something else (-told +plays):\n%s", p.id, diff)
		}
	}
}

// playing returns what every slot plays, and where it is shown.
func (r *Room) playing() map[string][]string {
	all := make(map[string][]string)
	for _, p := range r.order {
		for _, sl := range p.slots {
			if t := sl.track; t != nil {
				all[p.id] = append(all[p.id], fmt.Sprintf("%s: %s %s place %d pixels %d %v", sl.mid, t.peer.id, t.kind, sl.place, sl.shown, sl.format))
			}
		}
	}
	return all
}
