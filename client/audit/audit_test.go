package audit_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/client/audit"
)

var key = []byte{0xfb, 0xff, 0x3e, 0x01, 0x99, 0xe7, 0x5a, 0xc3, 0x10, 0x77, 0x42, 0xbf, 0xfe, 0x3d, 0x0c, 0x58}

func mustAuditor(tb testing.TB, media bool, needles ...audit.Needle) *audit.Auditor {
	tb.Helper()
	a, err := audit.New(needles, media)
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

// noise is what a disk is full of: reproducible, without the needles.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

// TestEncodings finds a key and a text in each way of writing, wherever in a
// longer base64 text they begin and wherever the chunks of reading end.
func TestEncodings(t *testing.T) {
	text := []byte("canary of the kitchen")
	utf16 := func(b []byte) []byte {
		var w []byte
		for _, c := range b {
			w = append(w, c, 0)
		}
		return w
	}
	for _, tt := range []struct {
		name     string
		needle   []byte
		written  []byte
		encoding string
	}{
		{"Raw", key, key, "raw"},
		{"Text", text, text, "raw"},
		{"HexLower", key, []byte(hex.EncodeToString(key)), "hex"},
		{"HexUpper", key, []byte(strings.ToUpper(hex.EncodeToString(key))), "hex"},
		{"UTF16", text, utf16(text), "utf16le"},
		{"Base64", key, []byte(base64.StdEncoding.EncodeToString(key)), "base64"},
		{"Base64URL", key, []byte(base64.RawURLEncoding.EncodeToString(key)), "base64"},
		{"Base64Shift1", key, []byte(base64.StdEncoding.EncodeToString(append([]byte("x"), append(key[:16:16], 'y')...))), "base64"},
		{"Base64Shift2", key, []byte(base64.RawURLEncoding.EncodeToString(append([]byte("xx"), append(key[:16:16], "yy"...)...))), "base64"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, at := range []int{0, 1000, 4<<20 - 5, 4<<20 + 64<<10 - 3, 9<<20 - len(tt.written)} {
				b := noise(9 << 20)
				copy(b[at:], tt.written)
				a := mustAuditor(t, false, audit.Needle{Name: "it", Bytes: tt.needle})
				if err := a.Reader("disk", bytes.NewReader(b)); err != nil {
					t.Fatal(err)
				}
				if len(a.Report.Findings) != 1 {
					t.Fatalf("at %d: %d findings, want 1", at, len(a.Report.Findings))
				}
				got := a.Report.Findings[0]
				if got.Encoding != tt.encoding || got.What != "it" || got.Offset < int64(at) || got.Offset > int64(at)+4 {
					t.Errorf("at %d: got %+v", at, got)
				}
			}
		})
	}
}

func TestMedia(t *testing.T) {
	pad := func(b ...byte) []byte { return append(b, make([]byte, 32)...) }
	vp8Shell := []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}
	for _, tt := range []struct {
		name, want string
		b          []byte
	}{
		{"VP8", "VP8 key frame", pad(0x50, 0x21, 0, 0x9d, 0x01, 0x2a, 0x40, 0x01, 0xb4, 0)},
		{"VP9", "VP9 key frame", pad(0x82, 0x49, 0x83, 0x42, 0x20)},
		{"H264", "H.264 parameter set", pad(0, 0, 0, 1, 0x67, 0x64, 0x00, 0x1f, 0xac)},
		{"AV1", "AV1 sequence header", pad(0x0a, 0x0b, 0, 0, 0, 0x24, 0xcf, 0x7f, 0x0d, 0xbf, 0xff, 0x30, 0x08, 0x32)},
		{"OKVP8Shell", "", append(vp8Shell, noise(64)...)},
		{"OKVP8ShellOverwritten", "", append([]byte{0x50, 0x21, 0x33, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0xb9}, noise(64)...)},
		{"VP8OfTheShellsSize", "VP8 key frame", pad(0x50, 0x21, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01, 0x02)},
		{"OKVP8Delta", "", append([]byte{0x11}, noise(64)...)},
		{"OKNoise", "", noise(8 << 20)},
		{"OKZeros", "", make([]byte, 1<<20)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := mustAuditor(t, true)
			if err := a.Reader("memory", bytes.NewReader(append(noise(100), tt.b...))); err != nil {
				t.Fatal(err)
			}
			got := ""
			if len(a.Report.Findings) > 0 {
				got = a.Report.Findings[0].What
			}
			if got != tt.want || len(a.Report.Findings) > 1 {
				t.Errorf("findings %+v, want %q", a.Report.Findings, tt.want)
			}
		})
	}
}

func TestPath(t *testing.T) {
	root := t.TempDir()
	write := func(name string, b []byte) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("clean.db", noise(5000))
	write("logs/today", append(noise(70), key...))
	write("many", bytes.Repeat(key, 20))
	if err := os.Symlink("/dev/zero", filepath.Join(root, "endless")); err != nil {
		t.Fatal(err)
	}
	a := mustAuditor(t, false, audit.Needle{Name: "key", Bytes: key})
	if err := a.Path(root); err != nil {
		t.Fatal(err)
	}
	if got := a.Report.Findings[0]; got.Where != filepath.Join(root, "logs/today") || got.Offset != 70 {
		t.Errorf("first finding %+v", got)
	}
	if len(a.Report.Findings) != 6 || a.Report.More != 15 || a.Report.Places != 3 {
		t.Errorf("%d findings, %d more, %d places; want 6, 15, 3", len(a.Report.Findings), a.Report.More, a.Report.Places)
	}
	if err := a.Path(filepath.Join(root, "missing")); err == nil {
		t.Error("a missing folder was taken")
	}
}

// TestManyNeedles finds each of a thousand secrets in one pass.
func TestManyNeedles(t *testing.T) {
	disk := noise(8 << 20)
	var needles []audit.Needle
	for i := range 1000 {
		at := i * 8000
		needles = append(needles, audit.Needle{Name: strconv.Itoa(i), Bytes: disk[at : at+6+i%60]})
	}
	a := mustAuditor(t, true, needles...)
	if err := a.Reader("disk", bytes.NewReader(disk)); err != nil {
		t.Fatal(err)
	}
	found := map[string]int64{}
	for _, f := range a.Report.Findings {
		if f.Encoding == "raw" {
			found[f.What] = f.Offset
		}
	}
	for i := range 1000 {
		if at, ok := found[strconv.Itoa(i)]; !ok || at != int64(i*8000) {
			t.Fatalf("needle %d is found at %d, %v", i, at, ok)
		}
	}
}

// BenchmarkReader looks for what one meeting has of secrets and frames.
func BenchmarkReader(b *testing.B) {
	var needles []audit.Needle
	secrets := noise(150 * 32)
	for i := range 150 {
		needles = append(needles, audit.Needle{Name: strconv.Itoa(i), Bytes: secrets[i*32 : i*32+32]})
	}
	disk := make([]byte, 8<<20)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(disk) // never fails
	a := mustAuditor(b, true, needles...)
	b.SetBytes(int64(len(disk)))
	for b.Loop() {
		if err := a.Reader("disk", bytes.NewReader(disk)); err != nil {
			b.Fatal(err)
		}
	}
}

func TestNewErrors(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("short"), make([]byte, 5000)} {
		if _, err := audit.New([]audit.Needle{{Name: "odd", Bytes: b}}, false); err == nil || strings.Contains(err.Error(), "short") {
			t.Errorf("%d bytes: err = %v", len(b), err)
		}
	}
}

// TestProcess finds a secret in this process's own memory.
func TestProcess(t *testing.T) {
	secret := bytes.Repeat([]byte("in memory "), 3)
	// The needle's own copy is in this process as well: at least two places.
	a := mustAuditor(t, false, audit.Needle{Name: "it", Bytes: secret})
	err := a.Process(os.Getpid())
	if runtime.GOOS != "linux" {
		if err == nil {
			t.Error("looked into a process where that is not possible")
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Report.Findings) < 2 {
		t.Errorf("findings %v", cmp.Diff(nil, a.Report.Findings))
	}
	if string(secret[:9]) != "in memory" {
		t.Error("the secret must live until here")
	}
}
