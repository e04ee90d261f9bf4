package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/roundel-meet/roundel/client/audit"
	"github.com/roundel-meet/roundel/client/play"
)

// auditCmd looks for what a server must not have had.
type auditCmd struct {
	Data    []string `type:"path" placeholder:"DIR" help:"Data folder of the server, or any file or folder, logs included."`
	Capture []string `type:"existingfile" placeholder:"FILE" help:"Capture of the network (pcap)."`
	Memory  []string `type:"existingfile" placeholder:"FILE" help:"Dump of the server's memory."`
	PID     []int    `name:"pid" placeholder:"N" help:"Running server whose memory is read (Linux, same user)."`
	Canary  []string `placeholder:"TEXT" help:"Text that was planted in the meeting, such as a name or a chat message."`
	Secrets string   `type:"existingfile" placeholder:"FILE" help:"Keys to look for: lines of a name and hexadecimal digits."`
	Media   []string `type:"existingfile" placeholder:"FILE" help:"IVF or Ogg file that was sent: none of its frames may be found."`
	JSON    bool     `help:"Print one JSON object."`
}

var errFound = errors.New("the server had what it must not have")

// Run scans and reports; it fails when something was found.
func (c *auditCmd) Run(_ context.Context, out io.Writer) error {
	if len(c.Data)+len(c.Capture)+len(c.Memory)+len(c.PID) == 0 {
		return errors.New("name what to look at: --data, --capture, --memory or --pid")
	}
	needles, err := c.needles()
	if err != nil {
		return err
	}
	a, err := audit.New(needles, true)
	if err != nil {
		return err
	}
	for _, paths := range [][]string{c.Data, c.Capture, c.Memory} {
		for _, path := range paths {
			if err := a.Path(path); err != nil {
				return err
			}
		}
	}
	for _, pid := range c.PID {
		if err := a.Process(pid); err != nil {
			return err
		}
	}
	if err := c.print(out, a.Report, len(needles)); err != nil {
		return err
	}
	if len(a.Report.Findings) > 0 {
		return errFound
	}
	return nil
}

// needles gathers what was planted.
func (c *auditCmd) needles() ([]audit.Needle, error) {
	var needles []audit.Needle
	for i, text := range c.Canary {
		needles = append(needles, audit.Needle{Name: fmt.Sprintf("canary %d", i+1), Bytes: []byte(text)})
	}
	if c.Secrets != "" {
		keys, err := readSecrets(c.Secrets)
		if err != nil {
			return nil, err
		}
		needles = append(needles, keys...)
	}
	for _, path := range c.Media {
		frames, err := sampleFrames(path)
		if err != nil {
			return nil, err
		}
		needles = append(needles, frames...)
	}
	return needles, nil
}

// readSecrets reads lines of a name and hexadecimal digits. Errors name the line
// and not what it holds.
func readSecrets(path string) ([]audit.Needle, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the secrets: %w", err)
	}
	defer file.Close()
	var needles []audit.Needle
	lines := bufio.NewScanner(file)
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" {
			continue
		}
		at := strings.LastIndexAny(line, " \t")
		if at < 0 {
			return nil, fmt.Errorf("%s, line %d: a name and hexadecimal digits are needed", path, n)
		}
		b, err := hex.DecodeString(line[at+1:])
		if err != nil {
			return nil, fmt.Errorf("%s, line %d: these are not hexadecimal digits", path, n)
		}
		needles = append(needles, audit.Needle{Name: strings.TrimSpace(line[:at]), Bytes: b})
	}
	return needles, lines.Err()
}

// Frames are looked for by a stretch from their middle, which no header shares.
const (
	stretch     = 24 // bytes
	mostSamples = 64 // frames of one file
)

func sampleFrames(path string) ([]audit.Needle, error) {
	open := play.OpenVideo
	if strings.EqualFold(filepath.Ext(path), ".ogg") {
		open = play.OpenAudio
	}
	clip, err := open(path)
	if err != nil {
		return nil, err
	}
	var needles []audit.Needle
	step := max(1, len(clip.Samples)/mostSamples)
	for i := 0; i < len(clip.Samples); i += step {
		if b := clip.Samples[i].Data; len(b) >= 2*stretch {
			from := (len(b) - stretch) / 2
			needles = append(needles, audit.Needle{Name: fmt.Sprintf("frame %d of %s", i, path), Bytes: b[from : from+stretch]})
		}
	}
	if len(needles) == 0 {
		return nil, fmt.Errorf("%s has no frame that is large enough to look for", path)
	}
	return needles, nil
}

func (c *auditCmd) print(out io.Writer, r audit.Report, needles int) error {
	if c.JSON {
		return json.NewEncoder(out).Encode(r)
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(out, "found: %s (%s) in %s at %d\n", f.What, f.Encoding, f.Where, f.Offset); err != nil {
			return err
		}
	}
	for _, s := range r.Skipped {
		fmt.Fprintln(out, "skipped:", s)
	}
	_, err := fmt.Fprintf(out, "looked for %d secrets and clear media in %d places, %d bytes: %d findings\n",
		needles, r.Places, r.Bytes, len(r.Findings)+r.More)
	return err
}
