package sframe

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
)

// unhex decodes a hexadecimal string of test data.
func unhex(tb testing.TB, s string) []byte {
	tb.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// vectors reads the RFC's test vectors (RFC 9605, appendix C) from the folder that
// ROUNDEL_VECTORS names.
func vectors(t *testing.T, into any) {
	t.Helper()
	folder := os.Getenv("ROUNDEL_VECTORS")
	if folder == "none" {
		t.Skip("the test vectors are not on this machine")
	}
	if folder == "" {
		if os.Getenv("ROUNDEL_REQUIRE") == "all" {
			t.Fatal("ROUNDEL_VECTORS is not set")
		}
		t.Skip("ROUNDEL_VECTORS is not set")
	}
	b, err := os.ReadFile(filepath.Join(folder, "sframe", "test-vectors.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func TestHeaderVectors(t *testing.T) {
	var v struct {
		Header []struct {
			KID     uint64 `json:"kid"`
			Counter uint64 `json:"ctr"`
			Encoded string `json:"encoded"`
		} `json:"header"`
	}
	vectors(t, &v)
	if len(v.Header) < 289 {
		t.Fatalf("only %d header vectors", len(v.Header))
	}
	for _, want := range v.Header {
		h := Header{want.KID, want.Counter}
		encoded := AppendHeader(nil, h)
		if got := hex.EncodeToString(encoded); got != want.Encoded {
			t.Errorf("%+v: header %s, want %s", h, got, want.Encoded)
		}
		if len(encoded) != headerSize(h) {
			t.Errorf("%+v: size %d, want %d", h, headerSize(h), len(encoded))
		}
		got, n, err := ParseHeader(encoded)
		if err != nil || got != h || n != len(encoded) {
			t.Errorf("%s: parsed as %+v, %d bytes, %v", want.Encoded, got, n, err)
		}
		for cut := range encoded {
			if _, _, err := ParseHeader(encoded[:cut]); err == nil {
				t.Errorf("%s: its first %d bytes parse", want.Encoded, cut)
			}
		}
	}
}

func TestSealingVectors(t *testing.T) {
	var v struct {
		SFrame []struct {
			Suite    Suite  `json:"cipher_suite"`
			KID      uint64 `json:"kid"`
			Counter  uint64 `json:"ctr"`
			Base     string `json:"base_key"`
			Secret   string `json:"sframe_secret"`
			Key      string `json:"sframe_key"`
			Salt     string `json:"sframe_salt"`
			Nonce    string `json:"nonce"`
			Metadata string `json:"metadata"`
			Plain    string `json:"pt"`
			Sealed   string `json:"ct"`
		} `json:"sframe"`
	}
	vectors(t, &v)
	tried := map[Suite]int{}
	for _, want := range v.SFrame {
		base, metadata, plain := unhex(t, want.Base), unhex(t, want.Metadata), unhex(t, want.Plain)
		k, err := NewKey(want.Suite, want.KID, base)
		if want.Suite.keySize() == 0 {
			if err != ErrSuite {
				t.Errorf("suite %d: %v, want it refused", want.Suite, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		tried[want.Suite]++
		secret, _ := want.Suite.extract(base)
		raw, _ := want.Suite.expand(secret, "key", want.KID, want.Suite.keySize())
		k.setNonce(want.Counter)
		for what, pair := range map[string][2]string{
			"secret": {hex.EncodeToString(secret), want.Secret}, "key": {hex.EncodeToString(raw), want.Key},
			"salt": {hex.EncodeToString(k.salt[:]), want.Salt}, "nonce": {hex.EncodeToString(k.nonce[:]), want.Nonce},
			"frame": {hex.EncodeToString(k.Seal(nil, want.Counter, metadata, plain)), want.Sealed},
		} {
			if pair[0] != pair[1] {
				t.Errorf("suite %d: %s %s, want %s", want.Suite, what, pair[0], pair[1])
			}
		}
		got, err := k.Open(nil, metadata, unhex(t, want.Sealed))
		if err != nil || !bytes.Equal(got, plain) {
			t.Errorf("suite %d: opened %x, %v", want.Suite, got, err)
		}
	}
	if tried[AES128GCM] == 0 || tried[AES256GCM] == 0 {
		t.Errorf("vectors by suite: %v, want both", tried)
	}
}
