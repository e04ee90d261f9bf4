package session

import (
	"bytes"
	"strings"
	"testing"
	"unicode"
)

// TestSecurityCode holds the code of a known authenticator still: two
// implementations must show the same.
func TestSecurityCode(t *testing.T) {
	c := SecurityCode(bytes.Repeat([]byte{0x52}, 32))
	if got, want := c.String(), "00446 05387 68455 88813 10196 59886"; got != want {
		t.Errorf("digits %s, want %s", got, want)
	}
	var names []string
	for _, e := range c.Emoji {
		names = append(names, e.Name)
	}
	if got, want := strings.Join(names, ", "), "dog, headphones, lightning, glasses, raccoon, lizard, church, turkey"; got != want {
		t.Errorf("emoji %s, want %s", got, want)
	}
}

func TestSecurityCodeDiffers(t *testing.T) {
	seen := make(map[string]bool)
	for i := range 2000 {
		authenticator := make([]byte, 32+16*(i%2))
		authenticator[0], authenticator[31] = byte(i), byte(i>>8)
		c := SecurityCode(authenticator)
		for _, group := range c.Digits {
			if len(group) != 5 || strings.Trim(group, "0123456789") != "" {
				t.Fatalf("group %q", group)
			}
		}
		if seen[c.String()] {
			t.Fatal("two epochs share a code")
		}
		seen[c.String()] = true
		for _, e := range c.Emoji {
			if e.Symbol == 0 || e.Name == "" {
				t.Fatal("an emoji is missing")
			}
		}
	}
	if SecurityCode(nil).String() == "" {
		t.Error("no authenticator, no code")
	}
}

// TestEmoji: 256 distinct pictures with distinct names, each one code point that
// needs no variation selector.
func TestEmoji(t *testing.T) {
	symbols, names := make(map[rune]bool), make(map[string]bool)
	for i, e := range emoji {
		if symbols[e.Symbol] || names[strings.ToLower(e.Name)] {
			t.Errorf("%d: %c %q comes twice", i, e.Symbol, e.Name)
		}
		symbols[e.Symbol], names[strings.ToLower(e.Name)] = true, true
		if !unicode.Is(unicode.So, e.Symbol) || len(e.Name) < 2 || strings.TrimSpace(e.Name) != e.Name {
			t.Errorf("%d: %U %q", i, e.Symbol, e.Name)
		}
		if textByDefault := e.Symbol < 0x231a; textByDefault {
			t.Errorf("%d: %U is shown as text", i, e.Symbol)
		}
	}
}

func TestKeyPackageDigits(t *testing.T) {
	a, b := KeyPackageDigits([]byte("a")), KeyPackageDigits([]byte("b"))
	if a == b || len(a) != 14 || strings.Count(a, " ") != 2 || strings.Trim(a, "0123456789 ") != "" {
		t.Errorf("%q and %q", a, b)
	}
}
