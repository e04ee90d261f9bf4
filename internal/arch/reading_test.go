package arch

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// maxLines is the longest a source file may be before it must be split by what
// its parts do.
const maxLines = 600

// TestEveryPackageIsExplained holds the rule that a package says what it is.
func TestEveryPackageIsExplained(t *testing.T) {
	for path, p := range list(t) {
		if rel, ok := relative(path); ok && len(p.GoFiles) > 0 && len(p.Doc) < 20 {
			t.Errorf("%s has no doc comment that says what it is", rel)
		}
	}
}

// TestNoVagueNames holds the rule that a package is a noun for what it does.
func TestNoVagueNames(t *testing.T) {
	vague := []string{"utils", "util", "common", "types", "helpers", "defs", "misc", "shared"}
	for path := range list(t) {
		if rel, ok := relative(path); ok && slices.Contains(vague, filepath.Base(rel)) {
			t.Errorf("%s is not a name for what the package does", rel)
		}
	}
}

func TestFilesStayReadable(t *testing.T) {
	for _, name := range tracked(t) {
		switch filepath.Ext(name) {
		case ".go", ".ts", ".svelte", ".mjs", ".css":
		default:
			continue
		}
		data, err := os.ReadFile(filepath.Join(root(t), name))
		if err != nil {
			continue // removed in the work tree
		}
		if bytes.Contains(data[:min(len(data), 200)], []byte("Do not edit")) {
			continue
		}
		if n := bytes.Count(data, []byte("\n")); n > maxLines {
			t.Errorf("%s has %d lines; split it by what its parts do (limit %d)", name, n, maxLines)
		}
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// tracked lists the files git knows; outside a checkout the test has nothing to read.
func tracked(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("git", "-C", root(t), "ls-files").Output()
	if err != nil {
		t.Skip("not a git checkout")
	}
	return strings.Fields(string(out))
}
