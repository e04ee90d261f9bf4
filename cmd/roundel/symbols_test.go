package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoCodeThatCouldDecrypt builds the program with its symbols and looks
// through all of them: nothing of the devices' side of end-to-end encryption may
// be linked, however it got in.
func TestNoCodeThatCouldDecrypt(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the program")
	}
	program := filepath.Join(t.TempDir(), "roundel")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	symbols, err := exec.Command("go", "tool", "nm", program).Output()
	if err != nil {
		t.Fatal(err)
	}
	const module = "github.com/roundel-meet/roundel/"
	if !bytes.Contains(symbols, []byte(module+"server/group.(*Group).Commit")) {
		t.Fatal("the program has no symbols to look through")
	}
	for line := range strings.Lines(string(symbols)) {
		for _, folder := range []string{"e2ee", "client"} {
			if strings.Contains(line, module+folder+"/") || strings.Contains(line, module+folder+".") {
				t.Errorf("the program contains %s", strings.TrimSpace(line))
			}
		}
	}
}
