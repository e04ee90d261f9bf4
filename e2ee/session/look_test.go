package session

import (
	"testing"
	"unicode"
)

// covered are the blocks whose characters look.go knows.
func covered(r rune) bool {
	return r < 0x700 || r >= 0x1e00 && r < 0x1f00 || r >= 0x1ab0 && r < 0x1b00 || r >= 0x1dc0 && r < 0x1e00 ||
		r >= 0x2000 && r < 0x2100 || r >= 0x3000 && r < 0x3040 || r >= 0xfe00 && r < 0xfe30 || r == 0xfeff
}

func TestSilentAsUnicodeHasIt(t *testing.T) {
	for r := rune(0); r < 0x10000; r++ {
		want := (unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || unicode.IsSpace(r) || unicode.IsPunct(r)) && r != '|'
		if got := isSilent(r); got != want && (covered(r) || got) {
			t.Errorf("%U: silent %v, want %v", r, got, want)
		}
	}
}

func TestLowerAsUnicodeHasIt(t *testing.T) {
	for r := rune(0); r < 0x10000; r++ {
		got, want := lower(r), unicode.ToLower(r)
		known := r < 0x180 || r >= 0x218 && r <= 0x21f || r >= 0x386 && r < 0x3cf || r >= 0x400 && r < 0x560 || r >= 0x1e00 && r < 0x1e96 || r >= 0x1ea0 && r < 0x1f00
		if got != want && (known || got != r) {
			t.Errorf("%U: %U, want %U", r, got, want)
		}
	}
}
