// Command graft builds the roundel program of this module with an attacker in it
// (test/attacks/hostile): the real server, with one call in each place where
// packets, messages and files pass. The sources stay as they are; the compiler
// is shown changed copies of four of them.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const attacker = `"github.com/roundel-meet/roundel/test/attacks/hostile"`

// grafts are changes of text, each of which must fit exactly once.
var grafts = []struct{ file, old, new string }{
	{"media/sfu/layer.go", "import (\n", "import (\n\t" + attacker + "\n"},
	{
		"media/sfu/layer.go", "\tseq, ok := l.place(h, retransmitted, at)\n",
		"\thostile.Took(t.peer.id, string(t.kind), h, b)\n\tseq, ok := l.place(h, retransmitted, at)\n",
	},
	{"media/sfu/forward.go", "import (\n", "import (\n\t" + attacker + "\n"},
	// Without descriptors, which would tell a browser's receiver what was put between.
	{
		"media/sfu/forward.go", "\tp.emit(&h, sl, payload, described)\n",
		"\thostile.Forward(hostile.Slot{To: p.id, Mid: sl.mid, Audio: sl.audio}, h, payload, func(h packet.Header, payload []byte) {\n\t\tp.emit(&h, sl, payload, described[:0])\n\t})\n",
	},
	{"server/signal/socket.go", "import (\n", "import (\n\t" + attacker + "\n"},
	{
		"server/signal/socket.go", "\t\tif err := session.receive(s.ctx, data); err != nil {\n",
		"\t\thostile.Heard(s, data)\n\t\tif err := session.receive(s.ctx, data); err != nil {\n",
	},
	{
		"server/signal/socket.go", "\treturn s.ws.Write(ctx, websocket.MessageText, data)\n",
		"\tdata, ok := hostile.Say(s, data)\n\tif !ok {\n\t\treturn nil\n\t}\n\treturn s.ws.Write(ctx, websocket.MessageText, data)\n",
	},
	{"server/webui/webui.go", "import (\n", "import (\n\t" + attacker + "\n"},
	{
		"server/webui/webui.go", "\tf, ok := u.byPath[r.URL.Path]\n\tswitch {\n",
		"\tif hostile.Serve(w, r) {\n\t\treturn\n\t}\n\tf, ok := u.byPath[r.URL.Path]\n\tswitch {\n",
	},
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "graft:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 1 {
		return errors.New("say where the program is to be written")
	}
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return fmt.Errorf("find the module: %w", err)
	}
	root := strings.TrimSpace(string(out))
	folder, err := os.MkdirTemp("", "graft")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	overlay, err := grow(root, folder)
	if err != nil {
		return err
	}
	// As make builds it, so that what stays the same is compiled once.
	build := exec.Command("go", "build", "-trimpath", "-overlay", overlay, "-o", args[0], "github.com/roundel-meet/roundel/cmd/roundel")
	build.Stdout, build.Stderr = os.Stdout, os.Stderr
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	return build.Run()
}

// grow writes the changed files into a folder, and says in an overlay of the go
// command which ones they replace.
func grow(root, folder string) (overlay string, err error) {
	changed := map[string]string{}
	for _, g := range grafts {
		path := filepath.Join(root, g.file)
		text, ok := changed[path]
		if !ok {
			b, err := os.ReadFile(path)
			if err != nil {
				return "", err
			}
			text = string(b)
		}
		if strings.Count(text, g.old) != 1 {
			return "", fmt.Errorf("%s has changed: %q is not there once", g.file, g.old)
		}
		changed[path] = strings.Replace(text, g.old, g.new, 1)
	}
	replace := map[string]string{}
	for path, text := range changed {
		name := filepath.Join(folder, fmt.Sprintf("%d.go", len(replace)))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			return "", err
		}
		replace[path] = name
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay = filepath.Join(folder, "overlay.json")
	return overlay, os.WriteFile(overlay, b, 0o600)
}
