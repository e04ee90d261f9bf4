//go:build !js

package mls

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// hexBytes is a string of hexadecimal digits in a vector file.
type hexBytes []byte

func (h *hexBytes) UnmarshalJSON(b []byte) error {
	var text string
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	decoded, err := hex.DecodeString(text)
	*h = decoded
	return err
}

// vectors reads one of the working group's files.
func vectors[T any](t *testing.T, name string) []T {
	t.Helper()
	folder := os.Getenv("ROUNDEL_VECTORS")
	if folder == "none" {
		t.Skip("the test vectors are not on this machine")
	}
	if folder == "" {
		if os.Getenv("ROUNDEL_REQUIRE") != "" {
			t.Fatal("ROUNDEL_VECTORS names no folder with the MLS test vectors")
		}
		t.Skip("ROUNDEL_VECTORS names no folder with the MLS test vectors")
	}
	b, err := os.ReadFile(filepath.Join(folder, "mls", name))
	if err != nil {
		t.Fatal(err)
	}
	var cases []T
	if strings.HasPrefix(strings.TrimSpace(string(b)), "[") {
		err = json.Unmarshal(b, &cases)
	} else {
		cases = make([]T, 1)
		err = json.Unmarshal(b, &cases[0])
	}
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// forSuites runs the cases of the suites of this package and counts them.
func forSuites[T any](t *testing.T, name string, suiteOf func(T) uint16, run func(*testing.T, *suite, T)) {
	t.Helper()
	count := map[CipherSuite]int{}
	for i, v := range vectors[T](t, name) {
		s, err := CipherSuite(suiteOf(v)).suite()
		if err != nil {
			continue
		}
		count[s.id]++
		run(t, s, v)
		if t.Failed() {
			t.Fatalf("case %d, suite %d", i, s.id)
		}
	}
	wanted := []CipherSuite{X25519AES128, P256AES128, P384AES256}
	if name == "passive-client-random.json" || name == "tree-operations.json" {
		wanted = wanted[:1] // the files have no others
	}
	for _, c := range wanted {
		if count[c] == 0 {
			t.Errorf("no case for suite %d", c)
		}
	}
}

// signerOf makes a signature key of a vector's private key.
func signerOf(t *testing.T, s *suite, private []byte) crypto.Signer {
	t.Helper()
	if w, ok := s.signature.(weierstrass); ok {
		return must(ecdsa.ParseRawPrivateKey(w.curve, private))(t)
	}
	if len(private) == ed25519.SeedSize {
		return ed25519.NewKeyFromSeed(private)
	}
	return ed25519.PrivateKey(private)
}

func kemKey(t *testing.T, s *suite, private []byte) *privateKey {
	t.Helper()
	return newPrivateKey(must(s.kem.NewPrivateKey(private))(t))
}
