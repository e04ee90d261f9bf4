package journeys

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/load"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// TestFilesAreSealed: everybody who is offered one reads it, and the server has
// nothing of it on its disk.
func TestFilesAreSealed(t *testing.T) {
	_, members := three(t, secure.CardOptions{E2EE: true})
	ann, bob, cem := members[0], members[1], members[2]
	canary := bytes.Repeat([]byte("canary of a file that only members may read\n"), 5000)
	body := append(make([]byte, 300<<10), canary...)
	rand.Read(body[:300<<10])
	ann.does(ann.secure.SendFile(testContext(t), "", "notes.txt", "text/plain", int64(len(body)), bytes.NewReader(body)))
	ann.does(ann.secure.SendFile(testContext(t), bob.id(), "private.txt", "text/plain", 0, bytes.NewReader(nil)))
	for _, p := range []*member{bob, cem} {
		offer := p.offered("notes.txt")
		var got bytes.Buffer
		p.does(p.secure.FetchFile(testContext(t), offer, &got))
		if !bytes.Equal(got.Bytes(), body) || offer.Type != "text/plain" {
			t.Errorf("%s gets %d bytes of %s", p.name, got.Len(), offer.Type)
		}
	}
	bob.does(bob.secure.FetchFile(testContext(t), bob.offered("private.txt"), io.Discard))
	cem.mu.Lock()
	for _, c := range cem.contents {
		if c.File != nil && c.File.Name == "private.txt" {
			t.Error("Cem is offered what was for Bob")
		}
	}
	cem.mu.Unlock()
	files := 0
	err := filepath.WalkDir(house.Data, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return nil // removed meanwhile
		}
		b, _ := os.ReadFile(path)
		files++
		if bytes.Contains(b, canary[:44]) || bytes.Contains(b, []byte("notes.txt")) {
			t.Errorf("%s has the file or its name in clear", path)
		}
		return nil
	})
	if err != nil || files == 0 {
		t.Errorf("%d files looked at, %v", files, err)
	}
}

// offered waits for the offer of a file.
func (p *member) offered(name string) *session.FileOffer {
	p.t.Helper()
	var found *session.FileOffer
	eventually(p.t, p.name+" is offered "+name, func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, c := range p.contents {
			if c.Kind == session.ContentFile && c.File.Name == name {
				found = c.File
			}
		}
		return found != nil
	})
	return found
}

// loaded makes an encrypted meeting for so many people of package load; the
// context is for what they do there.
func loaded(t *testing.T, people int) (context.Context, *load.Roundel) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	target, err := load.StartSecure(ctx, client.Options{Server: house.URL, CA: house.CA, Token: house.token}, client.MediaOptions{}, people)
	if err != nil {
		t.Fatal(err)
	}
	return ctx, target
}

func TestEncryptedLoad(t *testing.T) {
	ctx, target := loaded(t, 7)
	r, err := load.Run(ctx, target, load.Options{
		Publishers: 2, Subscribers: 5, VideoBitrate: 500_000, Audio: true, Warm: 2 * time.Second, Duration: 3 * time.Second, Frames: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Close(ctx); err != nil {
		t.Error(err)
	}
	if r.Incomplete > 0 || r.LossPercent > 0.5 || r.FramesSent == 0 || r.FramesOpened < 4*r.FramesSent || r.FirstMediaMs.P50 == 0 {
		t.Errorf("%+v", r)
	}
	t.Logf("%+v", r)
}

// TestRekeyAmongIdleLeaves lets somebody leave a tree most of whose leaves belong
// to devices that only knocked: the others take new keys all the same.
func TestRekeyAmongIdleLeaves(t *testing.T) {
	o := load.RekeyOptions{Stay: 3, Idle: 6, Leaves: 2, Pause: 500 * time.Millisecond}
	ctx, target := loaded(t, o.Stay+o.Idle+o.Leaves)
	took, err := target.Rekey(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Close(ctx); err != nil {
		t.Error(err)
	}
	if len(took) != o.Leaves || len(took[0]) != o.Stay {
		t.Errorf("new keys for %v", took)
	}
	t.Logf("%v", took)
}

// ctl is one run of roundelctl join.
type ctl struct {
	out bytes.Buffer
	cmd *exec.Cmd
	in  io.WriteCloser
}

// TestRoundelctlIsAMember makes a meeting with the command, joins it by both
// links, talks and switches.
func TestRoundelctlIsAMember(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	program, err := daemon.Build(ctx, dir, "roundelctl", false)
	if err != nil {
		t.Fatal(err)
	}
	create := exec.CommandContext(ctx, program, "meeting", "create", "--server", house.URL, "--ca", house.CA, "--title", "Made", "--json")
	create.Env = append(os.Environ(), "ROUNDEL_TOKEN="+house.token)
	made, err := create.Output()
	if err != nil {
		t.Fatal(err)
	}
	var links struct{ Number, Link, Host string }
	if err := json.Unmarshal(made, &links); err != nil || !strings.HasPrefix(links.Link, house.URL+"/j/"+links.Number+"#1.") {
		t.Fatalf("%s, %v", made, err)
	}
	bob := newMember(t, "Bob").enter(links.Link)
	join := func(args ...string) *ctl {
		c := &ctl{cmd: exec.CommandContext(ctx, program, append([]string{"join", "--ca", house.CA, "--json", "--loopback", "--interface", "lo", "--chat"}, args...)...)}
		c.cmd.Env = append(os.Environ(), "ROUNDEL_TOKEN="+house.token)
		c.cmd.Stdout, c.cmd.Stderr = &c.out, &c.out
		if c.in, err = c.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		if err := c.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	files := t.TempDir()
	host := join("--host-link", links.Host, "--name", "Host", "--device", filepath.Join(dir, "device"), "--e2ee", "on", "--duration", "8s")
	guest := join("--link", links.Link, "--name", "Guest One", "--files", files, "--duration", "8s")
	bob.sees("three people under the lock", func(v *session.View) bool { return together(3)(v) && v.Lock })
	_, _ = io.WriteString(guest.in, "hello from the command\n")
	if c := bob.read("hello from the command"); !c.Sealed {
		t.Errorf("Bob reads %+v", c)
	}
	bob.does(bob.secure.SendChat(testContext(t), "", "hello back"))
	bob.does(bob.secure.SendFile(testContext(t), "", "../../a.txt", "text/plain", 5, strings.NewReader("hello")))
	code, _ := bob.secure.SecurityCode()
	for _, c := range []*ctl{host, guest} {
		if err := c.cmd.Wait(); err != nil {
			t.Fatalf("%v\n%s", err, &c.out)
		}
	}
	for _, want := range []string{code.Code.String(), "hello back", `"mode":"on"`, `"lock":true`} {
		for _, c := range []*ctl{host, guest} {
			if !strings.Contains(c.out.String(), want) {
				t.Errorf("not printed: %s\n%s", want, &c.out)
			}
		}
	}
	for _, secret := range []string{links.Link[len(links.Link)-60:], links.Host[len(links.Host)-43:]} {
		if strings.Contains(host.out.String()+guest.out.String(), secret) {
			t.Error("a secret of a link was printed")
		}
	}
	if b, err := os.ReadFile(filepath.Join(files, "a.txt")); err != nil || string(b) != "hello" {
		t.Errorf("the file: %q, %v", b, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "device", "device.key")); err != nil {
		t.Error(err)
	}
}
