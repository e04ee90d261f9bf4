//go:build !linux

// Command capture writes packets to a file; it needs Linux.
package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "capture: this needs Linux")
	os.Exit(1)
}
