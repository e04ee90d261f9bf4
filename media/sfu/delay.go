package sfu

import "time"

// delayBounds are the upper bounds of Delays' counts, in nanoseconds.
var delayBounds = [...]int64{100e3, 250e3, 500e3, 1e6, 2.5e6, 5e6, 10e6, 25e6, 50e6, 100e6, 250e6}

// Delays counts how long packets that came in took until their copies were handed
// to the kernel: those that wait in no pacer.
type Delays struct {
	counts [len(delayBounds) + 1]uint64
	sum    int64 // nanoseconds
}

// add counts one packet.
func (d *Delays) add(ns int64) {
	i := 0
	for i < len(delayBounds) && ns > delayBounds[i] {
		i++
	}
	d.counts[i]++
	d.sum += ns
}

func (d *Delays) merge(o *Delays) {
	for i, n := range o.counts {
		d.counts[i] += n
	}
	d.sum += o.sum
}

// Total returns how many packets were counted and the sum of their delays.
func (d *Delays) Total() (packets uint64, sum time.Duration) {
	for _, n := range d.counts {
		packets += n
	}
	return packets, time.Duration(d.sum)
}

// Buckets returns how many packets took at most each of the bounds, in seconds.
func (d *Delays) Buckets() map[float64]uint64 {
	buckets := make(map[float64]uint64, len(delayBounds))
	n := uint64(0)
	for i, bound := range delayBounds {
		n += d.counts[i]
		buckets[float64(bound)/1e9] = n
	}
	return buckets
}
