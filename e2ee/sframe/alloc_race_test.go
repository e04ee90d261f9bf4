//go:build race

package sframe

// allocations runs f; the race detector's own allocations are not counted.
func allocations(runs int, f func()) float64 {
	for range runs {
		f()
	}
	return 0
}
