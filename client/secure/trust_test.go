package secure

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/e2ee/session"
)

// MustMemory opens a folder's memory.
func MustMemory(tb testing.TB, folder string) *memory {
	tb.Helper()
	m, err := openMemory(folder)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

// MustMeet has a memory meet people and returns its warnings.
func MustMeet(tb testing.TB, m *memory, people ...session.PersonView) []Warning {
	tb.Helper()
	warnings, err := m.meet(people)
	if err != nil {
		tb.Fatal(err)
	}
	return warnings
}

func known(id, name string, key byte) session.PersonView {
	return session.PersonView{
		ID: id, Name: name, NameSigned: true, InTree: true, Standing: session.StandingLink,
		Device: []byte(strings.Repeat(string(rune(key)), 32)),
	}
}

func TestMemoryWarnsOfAnotherDevice(t *testing.T) {
	folder := t.TempDir()
	if got := MustMeet(t, MustMemory(t, folder), known("a1", "Ada", 'a'), known("b1", "Ben", 'b')); got != nil {
		t.Errorf("the first meeting warns: %v", got)
	}
	info, err := os.Stat(filepath.Join(folder, trustFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info, err)
	}

	later := MustMemory(t, folder)
	people := []session.PersonView{known("a2", "Ada", 'x'), known("b2", "Ben", 'b'), known("c", "B3n", 'y'), known("d", "8en", 'z')}
	want := []Warning{
		{"a2", "Ada", session.FamiliarChanged, ""},
		{"d", "8en", session.FamiliarConfused, "Ben"},
	}
	if diff := cmp.Diff(want, MustMeet(t, later, people...)); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
	if got := MustMeet(t, later, people...); got != nil {
		t.Errorf("warned twice: %v", got)
	}
	if got := len(later.trust.All()); got != 3 {
		t.Errorf("%d remembered; what is warned of must not be", got)
	}
}

func TestMemoryOfTwoProgramsInOneFolder(t *testing.T) {
	folder := t.TempDir()
	one, two := MustMemory(t, folder), MustMemory(t, folder)
	MustMeet(t, one, known("a", "Ada", 'a'))
	MustMeet(t, two, known("b", "Ben", 'b'))
	if err := one.change(func(s *session.Trust) { s.SetVerified(known("b", "Ben", 'b').Device, true) }); err != nil {
		t.Fatal(err)
	}
	kept := MustMemory(t, folder).trust
	if len(kept.All()) != 2 || len(kept.VerifiedDevices()) != 1 {
		t.Errorf("kept %v", kept.All())
	}
}

func TestMemoryWithoutAFolder(t *testing.T) {
	m := MustMemory(t, "")
	if got := MustMeet(t, m, known("a", "Ada", 'a'), known("x", "Ada", 'x')); got != nil || len(m.trust.All()) != 0 {
		t.Errorf("a device of one meeting remembers: %v, %v", got, m.trust.All())
	}
}

func TestMemoryIsRefused(t *testing.T) {
	for name, damage := range map[string]func(path string) error{
		"ErrDamaged":  func(path string) error { return os.WriteFile(path, []byte{9}, 0o600) },
		"ErrReadable": func(path string) error { return os.Chmod(path, 0o644) },
	} {
		folder := t.TempDir()
		MustMeet(t, MustMemory(t, folder), known("a", "Ada", 'a'))
		if err := damage(filepath.Join(folder, trustFile)); err != nil {
			t.Fatal(err)
		}
		if _, err := openMemory(folder); err == nil {
			t.Errorf("%s: was opened", name)
		}
	}
}
