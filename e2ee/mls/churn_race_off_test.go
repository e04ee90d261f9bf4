//go:build !race

package mls_test

const raceEnabled = false
