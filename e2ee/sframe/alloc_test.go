//go:build !race

package sframe

import "testing"

// allocations is testing.AllocsPerRun.
func allocations(runs int, f func()) float64 { return testing.AllocsPerRun(runs, f) }
