package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/roundel-meet/roundel/client/audit"
)

// TestAuditSecrets: keys come from a file, findings name them and never quote
// them, and a broken line is told by its number alone.
func TestAuditSecrets(t *testing.T) {
	folder := t.TempDir()
	disk, secrets := filepath.Join(folder, "disk"), filepath.Join(folder, "secrets")
	if err := os.WriteFile(disk, []byte("log: key=DEADBEEF00112233 and so on"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, lines string
		status      int
		found       string // What of the one finding, or ""
		stderr      string
	}{
		{"Found", "base key of epoch 4 deadbeef00112233\n\n", 1, "base key of epoch 4", "must not have"},
		{"Clean", "another key 0011223344556677\n", 0, "", ""},
		{"ErrNoName", "0011223344556677\n", 1, "", "line 1: a name and hexadecimal digits are needed"},
		{"ErrNotHex", "a 00112233\nb hush-hush\n", 1, "", "line 2: these are not hexadecimal digits"},
		{"ErrShort", "a 0011\n", 1, "", "2 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(secrets, []byte(tt.lines), 0o600); err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			status := run(context.Background(), []string{"audit", "--data", disk, "--secrets", secrets, "--json"}, &stdout, &stderr)
			if status != tt.status || !strings.Contains(stderr.String(), tt.stderr) || strings.Contains(stderr.String(), "hush") {
				t.Errorf("status %d, stderr: %s", status, &stderr)
			}
			if tt.found == "" {
				return
			}
			var r audit.Report
			if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
				t.Fatal(err)
			}
			if len(r.Findings) != 1 || r.Findings[0].What != tt.found || r.Findings[0].Encoding != "hex" || r.Findings[0].Offset != 9 {
				t.Errorf("findings %+v", r.Findings)
			}
			if strings.Contains(strings.ToLower(stdout.String()), "deadbeef") {
				t.Error("the report quotes the key")
			}
		})
	}
}
