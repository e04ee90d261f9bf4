//go:build race

package transport

// RaceEnabled says that allocations and memory are not to be measured: the
// race detector makes its own, and sync.Pool drops at random.
const RaceEnabled = true
