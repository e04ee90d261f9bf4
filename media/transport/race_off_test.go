//go:build !race

package transport

// RaceEnabled: see race_on_test.go.
const RaceEnabled = false
