package session

import "strings"

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
		if isSilent(r) {
			continue
		}
		r = lookalike(narrow(r))
		b.WriteRune(lookalike(lower(r)))
	}
	if b.Len() == 0 {
		return name
	}
	// Letters that together look like one.
	return strings.ReplaceAll(strings.ReplaceAll(b.String(), "rn", "m"), "vv", "w")
}

// silent are the spaces, punctuation, combining marks and invisible characters of
// Latin, Greek, Cyrillic, Armenian, Hebrew and Arabic writing and of Unicode's
// general blocks, as first and last of a range. The tables of package unicode
// would be a large part of what a browser downloads, and in Indic scripts they
// would drop vowels, which tell names apart.
var silent = []uint16{
	0x9, 0xd, 0x20, 0x23, 0x25, 0x2a, 0x2c, 0x2f, 0x3a, 0x3b, 0x3f, 0x40, 0x5b, 0x5d, 0x5f, 0x5f,
	0x7b, 0x7b, 0x7d, 0x7d, 0x85, 0x85, 0xa0, 0xa1, 0xa7, 0xa7, 0xab, 0xab, 0xad, 0xad, 0xb6, 0xb7,
	0xbb, 0xbb, 0xbf, 0xbf, 0x300, 0x36f, 0x37e, 0x37e, 0x387, 0x387, 0x483, 0x489, 0x55a, 0x55f,
	0x589, 0x58a, 0x591, 0x5c7, 0x5f3, 0x5f4, 0x600, 0x605, 0x609, 0x60a, 0x60c, 0x60d, 0x610, 0x61f,
	0x64b, 0x65f, 0x66a, 0x66d, 0x670, 0x670, 0x6d4, 0x6d4, 0x6d6, 0x6dd, 0x6df, 0x6e4, 0x6e7, 0x6e8,
	0x6ea, 0x6ed, 0x180b, 0x180f, 0x1ab0, 0x1ace, 0x1dc0, 0x1dff, 0x2000, 0x2043, 0x2045, 0x2051,
	0x2053, 0x2064, 0x2066, 0x206f, 0x207d, 0x207e, 0x208d, 0x208e, 0x20d0, 0x20f0, 0x3000, 0x3003,
	0x3008, 0x3011, 0x3014, 0x301f, 0x302a, 0x302d, 0x3030, 0x3030, 0x303d, 0x303d, 0xfe00, 0xfe19,
	0xfe20, 0xfe2f, 0xfeff, 0xfeff,
}

// isSilent reports whether a character does not count in a name.
func isSilent(r rune) bool {
	for i := 0; i < len(silent) && r >= rune(silent[i]); i += 2 {
		if r <= rune(silent[i+1]) {
			return true
		}
	}
	return r >= 0xe0000 && r < 0xe0200 // tags and variation selectors
}

// lower maps capitals of the scripts with lookalikes to small letters.
func lower(r rune) rune {
	switch {
	case r >= 'A' && r <= 'Z', r >= 0xc0 && r <= 0xde && r != 0xd7, // Latin
		r >= 0x391 && r <= 0x3ab && r != 0x3a2, r >= 0x410 && r <= 0x42f: // Greek, Cyrillic
		return r + 0x20
	case r >= 0x400 && r <= 0x40f:
		return r + 0x50
	case r >= 0x531 && r <= 0x556: // Armenian
		return r + 0x30
	case r == 0x130:
		return 'i'
	case r == 0x178:
		return 0xff
	case r >= 0x139 && r <= 0x148, r >= 0x179 && r <= 0x17e, r >= 0x4c1 && r <= 0x4ce: // pairs, the capital odd
		return r + r&1
	case r >= 0x100 && r <= 0x177 && r != 0x131 && r != 0x138, r >= 0x1e00 && r <= 0x1e95, r >= 0x1ea0 && r <= 0x1eff,
		r >= 0x218 && r <= 0x21f, r >= 0x460 && r <= 0x481, r >= 0x48a && r <= 0x4bf, r >= 0x4d0 && r <= 0x52f: // the capital even
		return r | 1
	case r == 0x4c0:
		return 0x4cf
	case r == 0x386:
		return 0x3ac
	case r >= 0x388 && r <= 0x38a:
		return r + 0x25
	case r == 0x38c:
		return 0x3cc
	case r == 0x38e, r == 0x38f:
		return r + 0x3f
	}
	return r
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
