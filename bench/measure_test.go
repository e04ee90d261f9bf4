package main

import (
	"math"
	"testing"
)

func TestQuantile(t *testing.T) {
	m := &meter{
		before: map[string]float64{"d_count": 100, `d_bucket{le="0.001"}`: 100, `d_bucket{le="0.01"}`: 100, `d_bucket{le="+Inf"}`: 100},
		after:  map[string]float64{"d_count": 200, `d_bucket{le="0.001"}`: 150, `d_bucket{le="0.01"}`: 190, `d_bucket{le="+Inf"}`: 200},
	}
	for _, tt := range []struct{ share, want float64 }{
		{0.25, 0.0005}, {0.5, 0.001}, {0.7, 0.0055}, {0.9, 0.01}, {0.95, 0.01},
	} {
		if got := m.quantile("d", tt.share); math.Abs(got-tt.want) > 1e-9 {
			t.Errorf("share %v: %v, want %v", tt.share, got, tt.want)
		}
	}
}
