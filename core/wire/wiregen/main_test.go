package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../../.."

// TestGeneratedFilesAreFresh fails when the Go source has changed and
// "go generate ./core/wire" has not been run.
func TestGeneratedFilesAreFresh(t *testing.T) {
	files, err := generate(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 2 {
		t.Fatalf("%d files are generated, want 2", len(files))
	}
	for path, want := range files {
		got, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("%s is out of date, run go generate ./core/wire (-want +got):\n%s", path, diff)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	text := `package sample

// Mood is how it goes.
type Mood string

const (
	Fine Mood = "fine" // well
	Sad  Mood = "sad"
)

// MaxThings is a bound.
const MaxThings = 4 << 10

// Thing is a thing.
type Thing struct {
	Name  string          ` + "`json:\"name\"`" + ` // its name
	Other *Thing          ` + "`json:\"other\"`" + `
	Moods map[Mood]bool   ` + "`json:\"moods\"`" + `
	Maybe []string        ` + "`json:\"maybe,omitempty\"`" + `
}

// Secret never leaves: its fields have no names.
type Secret struct{ Inner string }
`
	if err := os.WriteFile(filepath.Join(dir, "a.go"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	src, err := load(dir)
	if err != nil {
		t.Fatal(err)
	}
	got := typeScript(src)
	got, _, _ = strings.Cut(got, "\n/** The body and the reply")
	want := tsHeader + `
/** MaxThings is a bound. */
export const MaxThings = 4096

/** Mood is how it goes. */
export type Mood =
  /** well */
  | "fine"
  | "sad"

/** Thing is a thing. */
export interface Thing {
  /** its name */
  name: string
  other: Thing | null
  moods: Partial<Record<Mood, boolean>>
  maybe?: string[]
}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("TypeScript (-want +got):\n%s", diff)
	}
}

func TestMarkdownNeedsItsParts(t *testing.T) {
	src, err := load(filepath.Join(root, "core/meeting"), filepath.Join(root, "core/wire"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := markdown(src, "# A document without marks\n"); err == nil {
		t.Error("a document without the parts was accepted")
	}
}
