package sframe

import (
	"math/rand/v2"
	"testing"
)

// windowModel is a Window without bounds, written to be obviously right.
type windowModel struct {
	times   map[uint64]uint32
	highest uint64
	started bool
	track   uint32
	floor   uint64
}

func (m *windowModel) fresh(counter uint64) bool {
	_, seen := m.times[counter]
	return !seen && (!m.started || counter+WindowSize > m.highest)
}

func (m *windowModel) accept(counter uint64, track, time uint32) bool {
	floor := m.floor
	if m.started && track != m.track {
		floor = m.highest + 1
	}
	if counter < floor {
		return false
	}
	for c, other := range m.times {
		if c < floor || c+WindowSize <= m.highest {
			continue
		}
		if c < counter && int32(time-other) < 0 || c > counter && int32(time-other) > 0 {
			return false
		}
	}
	m.started, m.track, m.floor = true, track, floor
	m.times[counter] = time
	m.highest = max(m.highest, counter)
	return true
}

func TestWindowEqualsItsModel(t *testing.T) {
	for seed := range uint64(40) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		w, m := &Window{}, &windowModel{times: map[uint64]uint32{}}
		next, track := uint64(rnd.IntN(100)), uint32(0)
		accepted := 0
		for range 1500 {
			next += uint64(rnd.IntN(3))
			if rnd.IntN(300) == 0 {
				next += uint64(rnd.IntN(2 * WindowSize))
			}
			if rnd.IntN(400) == 0 {
				track++
			}
			counter := next - min(next, uint64(rnd.IntN(1+rnd.IntN(1+rnd.IntN(1200)))))
			time := uint32(counter)*90 + track*7777 + uint32(4294967295-50000)
			if rnd.IntN(8) == 0 {
				time += uint32(rnd.IntN(2000)) - 1000
			}
			fresh, want := w.Fresh(counter), m.fresh(counter)
			if fresh != want {
				t.Fatalf("seed %d: counter %d fresh %v, want %v", seed, counter, fresh, want)
			}
			if !fresh {
				continue
			}
			got, want := w.Accept(counter, track, time), m.accept(counter, track, time)
			if got != want {
				t.Fatalf("seed %d: counter %d time %d track %d accepted %v, want %v", seed, counter, time, track, got, want)
			}
			if got {
				accepted++
			}
		}
		if accepted < 300 {
			t.Errorf("seed %d: only %d accepted", seed, accepted)
		}
	}
}
