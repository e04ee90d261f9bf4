package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"

	"github.com/roundel-meet/roundel/bench/daemon"
)

// browserScript measures in Chromium how long a click on Join takes to the first
// sound and picture. It prints one JSON object, which the results keep as it is.
const browserScript = "web/e2e/bench.mjs"

// measureBrowser runs the script against a server of its own, when the script,
// Node and Chromium are there.
func measureBrowser(ctx context.Context, b *bench) error {
	if _, err := os.Stat(browserScript); errors.Is(err, fs.ErrNotExist) || !b.has("node", "chromium") {
		return nil
	}
	return b.withServer(ctx, func(d *daemon.Daemon, token string) error {
		cmd := exec.CommandContext(ctx, "node", browserScript)
		cmd.Env = append(cmd.Environ(), "ROUNDEL_URL="+d.URL, "ROUNDEL_CA="+d.CA, "ROUNDEL_TOKEN="+token)
		cmd.Stderr = b.log
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("browser timings: %w", err)
		}
		if !json.Valid(out) {
			return fmt.Errorf("browser timings: %q is not JSON", out)
		}
		b.results.Browser = out
		return nil
	})
}
