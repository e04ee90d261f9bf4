package session

import (
	"strings"
	"unicode"
)

// SameLook reports whether two names look alike: equal after folding case,
// dropping marks, spaces and punctuation, and mapping letters and digits of
// other scripts that look like Latin ones. It catches the everyday disguises
// ("Ada" with a Cyrillic а, "B0b", "Ａｄａ"), not every pair of Unicode's list of
// confusables, and it cannot know what a given font makes of rare characters:
// that it finds nothing proves nothing.
func SameLook(a, b string) bool { return skeleton(a) == skeleton(b) }

// skeleton is the form in which names are compared; a name of nothing but marks
// and punctuation stays as it is.
func skeleton(name string) string {
	var b strings.Builder
	for _, r := range name {
		if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) || unicode.IsSpace(r) || unicode.IsPunct(r) && r != '|' {
			continue
		}
		r = lookalike(narrow(r))
		b.WriteRune(lookalike(unicode.ToLower(r)))
	}
	if b.Len() == 0 {
		return name
	}
	// Letters that together look like one.
	return strings.ReplaceAll(strings.ReplaceAll(b.String(), "rn", "m"), "vv", "w")
}

// narrow maps full-width forms to ASCII.
func narrow(r rune) rune {
	if r >= 0xff01 && r <= 0xff5e {
		return r - 0xff01 + '!'
	}
	return r
}

// lookalike maps a character to the lower-case Latin letter that it resembles.
func lookalike(r rune) rune {
	if to, ok := looks[r]; ok {
		return to
	}
	return r
}

// looks is built from rows of a Latin letter and what resembles it. Capitals are
// listed where their small letter resembles another one. i and l share a row,
// since the capital of one is the other in many fonts; of the digits only those
// are here that pass for a letter.
var looks = func() map[rune]rune {
	m := make(map[rune]rune)
	for _, row := range []string{
		"aàáâãäåāăąǎаαӓɑ", "bƅьвβß8", "cçćĉċčсϲ", "dďđԁ", "eèéêëēĕėęěеёεє", "fƒ", "gĝğġģɡց", "hĥħһнΗ",
		"jĵјϳ", "kķĸкκ", "liìíîïĩīĭįıĺļľŀłіӏїι1|", "mмΜ", "nñńņňŋпηΝ", "oòóôõöøōŏőоοσө0",
		"pрρ", "qԛ", "rŕŗřгɾ", "sśŝşšșѕ5", "tţťŧțтτ", "uùúûüũūŭůűųυսμ", "vѵν", "wŵԝω", "xхχ×", "yýÿŷуүγ",
		"zźżžʐζ",
	} {
		runes := []rune(row)
		for _, r := range runes[1:] {
			m[r] = runes[0]
		}
	}
	return m
}()
