//go:build race

package mls_test

// raceEnabled says that curves and lattices are slow: the race detector watches
// every word of them, so plain runs take a smaller share.
const raceEnabled = true
