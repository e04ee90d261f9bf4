package sfu

import (
	"testing"
	"time"
)

func TestDelays(t *testing.T) {
	var one, d Delays
	for _, ns := range []int64{0, 100e3, 100e3 + 1, 10e6, 1e9} {
		one.add(ns)
	}
	d.merge(&one)
	d.merge(&one)
	packets, sum := d.Total()
	if want := 2 * (1010*time.Millisecond + 200*time.Microsecond + 1); packets != 10 || sum != want {
		t.Errorf("%d packets took %v, want 10 and %v", packets, sum, want)
	}
	buckets := d.Buckets()
	for bound, want := range map[float64]uint64{0.0001: 4, 0.00025: 6, 0.005: 6, 0.01: 8, 0.25: 8} {
		if buckets[bound] != want {
			t.Errorf("%d within %v s, want %d", buckets[bound], bound, want)
		}
	}
	if len(buckets) != len(delayBounds) {
		t.Errorf("%d bounds", len(buckets))
	}
}
