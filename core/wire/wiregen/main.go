// Command wiregen writes what is derived from the Go source of the protocol: the
// tables of docs/protocol.md and the web client's types in web/src/api/wire.ts.
// "go generate ./core/wire" runs it; a test fails when its output is out of date.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	if err := run("../.."); err != nil {
		fmt.Fprintln(os.Stderr, "wiregen:", err)
		os.Exit(1)
	}
}

// run writes the generated files below root, the repository's top folder.
func run(root string) error {
	files, err := generate(root)
	if err != nil {
		return err
	}
	for path, content := range files {
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// generate returns the wanted content of each file by its path below root.
func generate(root string) (map[string]string, error) {
	src, err := load(filepath.Join(root, "core/meeting"), filepath.Join(root, "core/wire"))
	if err != nil {
		return nil, err
	}
	const protocol = "docs/protocol.md"
	document, err := os.ReadFile(filepath.Join(root, protocol))
	if err != nil {
		return nil, err
	}
	tables, err := markdown(src, string(document))
	if err != nil {
		return nil, err
	}
	return map[string]string{"web/src/api/wire.ts": typeScript(src), protocol: tables}, nil
}
