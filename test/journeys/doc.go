// Package journeys has no code, only tests: each is a way through the whole
// program. They start the real server binary in a folder of its own, and the Go
// SDK plays the people. With -race the server is built with the race detector
// too, and what it finds fails the run. The journeys of browsers are in web/e2e.
package journeys
