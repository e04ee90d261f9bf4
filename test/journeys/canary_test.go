package journeys

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// canaries are values by what they are, each unlike anything else in the world.
type canaries map[string]string

// make invents a canary of at most 24 letters and digits.
func (c canaries) make(what string) string {
	c[what] = "canary" + rand.Text()[:18]
	return c[what]
}

// spellings are the ways in which a value may have been written down: as it is,
// in hexadecimal, in base64 at any offset of a longer text, and, for a value that
// is base64 of bytes itself, those bytes and their hexadecimal form.
func spellings(value string) map[string][]byte {
	forms := map[string][]byte{
		"as it is":       []byte(value),
		"hexadecimal":    []byte(hex.EncodeToString([]byte(value))),
		"HEXADECIMAL":    []byte(strings.ToUpper(hex.EncodeToString([]byte(value)))),
		"base64":         inBase64(base64.RawStdEncoding, value, 0),
		"base64 + 1":     inBase64(base64.RawStdEncoding, value, 1),
		"base64 + 2":     inBase64(base64.RawStdEncoding, value, 2),
		"URL base64":     inBase64(base64.RawURLEncoding, value, 0),
		"URL base64 + 1": inBase64(base64.RawURLEncoding, value, 1),
		"URL base64 + 2": inBase64(base64.RawURLEncoding, value, 2),
	}
	_, body, found := strings.Cut(value, "_") // a token's prefix
	if !found {
		body = value
	}
	if raw, err := base64.RawURLEncoding.DecodeString(body); err == nil && len(raw) >= 16 {
		forms["decoded"] = raw
		forms["decoded, in hexadecimal"] = []byte(hex.EncodeToString(raw))
		forms["decoded, in base64"] = []byte(base64.RawStdEncoding.EncodeToString(raw))
	}
	return forms
}

// inBase64 is what does not depend on the neighbours of value in the base64 of a
// text in which it stands behind some bytes.
func inBase64(e *base64.Encoding, value string, behind int) []byte {
	whole := e.EncodeToString([]byte(strings.Repeat("x", behind) + value))
	first := (behind*8 + 5) / 6
	last := (behind + len(value)) * 8 / 6
	return []byte(whole[first:last])
}

// absentFrom fails the test for each canary that is in text in any spelling.
func (c canaries) absentFrom(t *testing.T, where string, text []byte) {
	t.Helper()
	for what, value := range c {
		for how, form := range spellings(value) {
			if at := bytes.Index(text, form); at >= 0 {
				t.Errorf("%s has the %s (%s): …%q…", where, what, how, text[max(0, at-200):min(len(text), at+200)])
			}
		}
	}
}

// folder is all files below dir, one behind the other.
func folder(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		all = append(all, content...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestSpellings holds that a canary is found however it was written down.
func TestSpellings(t *testing.T) {
	const value = "rdl_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ"
	raw, _ := base64.RawURLEncoding.DecodeString(value[4:])
	for name, text := range map[string]string{
		"as it is":          "token=" + value + ";",
		"hexadecimal":       hex.EncodeToString([]byte("<" + value + ">")),
		"base64":            base64.StdEncoding.EncodeToString([]byte(value + ">")),
		"base64 behind one": base64.StdEncoding.EncodeToString([]byte("<" + value + ">")),
		"base64 behind two": base64.URLEncoding.EncodeToString([]byte("<<" + value)),
		"decoded":           "\x00" + string(raw) + "\x00",
	} {
		found := false
		for _, form := range spellings(value) {
			found = found || strings.Contains(text, string(form))
		}
		if !found {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	for how, form := range spellings(value) {
		if strings.Contains("nothing of the kind is in here", string(form)) {
			t.Errorf("%s: found where it is not", how)
		}
	}
}
