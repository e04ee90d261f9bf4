package main

import (
	"os"
	"runtime/debug"
)

// gcPercent trades a little CPU for memory: the packet path allocates nothing,
// so collections are rare, and an idle server stays small.
const gcPercent = 50

// limitMemory sets how the garbage collector works, unless the operator did.
func limitMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
