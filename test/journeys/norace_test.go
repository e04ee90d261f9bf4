//go:build !race

package journeys

const raceDetector = false
