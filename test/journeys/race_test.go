//go:build race

package journeys

const raceDetector = true
