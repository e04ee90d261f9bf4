package arch

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"
)

// pkg is what the tests need of `go list -deps -json`.
type pkg struct {
	ImportPath string
	Standard   bool
	Doc        string
	Imports    []string
	Deps       []string
	GoFiles    []string
	Dir        string
}

func list(t *testing.T) map[string]pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-deps", "-json=ImportPath,Standard,Doc,Imports,Deps,GoFiles,Dir", Module+"/...")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, stderr.String())
	}
	pkgs := map[string]pkg{}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var p pkg
		if err := dec.Decode(&p); err != nil {
			t.Fatal(err)
		}
		pkgs[p.ImportPath] = p
	}
	return pkgs
}

// relative returns the path below the module; ok is false for other modules.
func relative(path string) (rel string, ok bool) {
	rel, ok = strings.CutPrefix(path, Module+"/")
	return rel, ok
}

func TestImportsGoDown(t *testing.T) {
	for path, p := range list(t) {
		rel, ok := relative(path)
		if !ok {
			continue
		}
		prefix, floor, known := level(rel)
		if !known {
			t.Errorf("%s stands on no floor: add its folder to the table", rel)
			continue
		}
		for _, imp := range p.Imports {
			r, ok := relative(imp)
			if !ok {
				continue
			}
			if pre, f, _ := level(r); pre != prefix && f >= floor {
				t.Errorf("%s (floor %d) imports %s (floor %d)", rel, floor, r, f)
			}
		}
	}
}

func TestCoreImportsOnlyTheStandardLibrary(t *testing.T) {
	pkgs := list(t)
	for path, p := range pkgs {
		rel, ok := relative(path)
		if !ok || !within(rel, "core") {
			continue
		}
		for _, dep := range p.Deps {
			r, ours := relative(dep)
			if (ours && !within(r, "core")) || (!ours && !pkgs[dep].Standard) {
				t.Errorf("%s depends on %s", rel, dep)
			}
		}
	}
}

func TestForbiddenEdges(t *testing.T) {
	for path, p := range list(t) {
		rel, ok := relative(path)
		if !ok {
			continue
		}
		for _, edge := range forbidden {
			if !within(rel, edge.from) {
				continue
			}
			for _, dep := range p.Deps {
				to := dep
				if r, ours := relative(dep); ours {
					to = r
				}
				if within(to, edge.to) {
					t.Errorf("%s reaches %s: %s", rel, to, edge.why)
				}
			}
		}
	}
}

func TestNobodyImportsCommands(t *testing.T) {
	for path, p := range list(t) {
		for _, imp := range p.Imports {
			if r, ok := relative(imp); ok && within(r, "cmd") {
				t.Errorf("%s imports %s", path, r)
			}
		}
	}
}
