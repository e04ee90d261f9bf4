//go:build !js

// Package wasm tests the browser build from outside.
package wasm

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// maxCompressed is the budget of what a browser downloads.
const maxCompressed = 1_600_000

func build(t *testing.T) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "e2ee.wasm")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", out, ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return out
}

func TestTwoMachinesInWebAssembly(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		if os.Getenv("ROUNDEL_REQUIRE") != "" {
			t.Fatal("node is missing")
		}
		t.Skip("node is missing")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	program := build(t)
	support := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "wasm_exec.js")
	if text, err := exec.Command(node, filepath.Join("testdata", "smoke.mjs"), program, support).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}

	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d compressed", len(data), packed.Len())
	if packed.Len() > maxCompressed {
		t.Errorf("%d bytes compressed, at most %d", packed.Len(), maxCompressed)
	}
}
