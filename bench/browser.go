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
// Node and Chromium are there; else it returns nothing.
func measureBrowser(ctx context.Context, binary, dir string) (figures json.RawMessage, err error) {
	if _, err := os.Stat(browserScript); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, program := range [...]string{"node", "chromium"} {
		if _, err := exec.LookPath(program); err != nil {
			fmt.Fprintf(os.Stderr, "bench: no browser timings, for %s is not installed\n", program)
			return nil, nil
		}
	}
	err = withServer(ctx, binary, dir, func(d *daemon.Daemon, token string) error {
		cmd := exec.CommandContext(ctx, "node", browserScript)
		cmd.Env = append(cmd.Environ(), "ROUNDEL_URL="+d.URL, "ROUNDEL_CA="+d.CA, "ROUNDEL_TOKEN="+token)
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("browser timings: %w", err)
		}
		if !json.Valid(out) {
			return fmt.Errorf("browser timings: %q is not JSON", out)
		}
		figures = out
		return nil
	})
	return figures, err
}
