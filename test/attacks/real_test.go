package attacks

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/audit"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// maxTape bounds what the tap keeps, in bytes.
const maxTape = 400 << 10

// exhibit is what is left of a real meeting on a real server: what was said in
// it, and where to look for it.
type exhibit struct {
	needles []audit.Needle
	folder  string                              // data of the server, its log and the tap's tape
	cipher  func(*secure.Meeting) client.Cipher // of a weakened sender; nil: the real one

	ann, bob *attendee
	tape     *tape
}

// TestRealMeetingLeavesNothing holds a meeting on the real server with the SDK,
// stops the server's process in the middle of it and looks through its memory,
// its disk, its log and what it forwarded. Without encryption everything is
// there; with it nothing is.
func TestRealMeetingLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("builds and starts the server")
	}
	t.Parallel()
	var found [2][]string
	for i, on := range []bool{false, true} {
		memory, files := hold(t, on)
		for _, r := range []audit.Report{memory, files} {
			for _, f := range r.Findings {
				if what := f.What; !slices.Contains(found[i], what) {
					found[i] = append(found[i], what)
				}
			}
			if r.Bytes == 0 {
				t.Error("nothing was looked at")
			}
		}
		slices.Sort(found[i])
		t.Logf("encryption %v: %d kB of memory and %d kB of files; found: %q", on, memory.Bytes>>10, files.Bytes>>10, found[i])
	}
	for _, what := range []string{"chat", "private chat", "name", "sound", "picture", "VP8 key frame"} {
		if !slices.Contains(found[0], what) {
			t.Errorf("%s is not found without encryption either: the audit proves nothing", what)
		}
	}
	if len(found[1]) > 0 {
		t.Error("the server had what it must not have")
	}
}

// canary is a text unlike anything else.
func canary(what string) audit.Needle {
	return audit.Needle{Name: what, Bytes: []byte("canary-" + rand.Text())}
}

// hold holds a meeting of two and looks at what the server has of it.
func hold(t *testing.T, on bool) (memory, files audit.Report) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	e := exhibit{folder: t.TempDir()}
	server := startServer(ctx, t, filepath.Join(e.folder, "data"))
	leave := e.meet(ctx, t, addressOf(ctx, t, server), on)
	defer leave()

	// The server stands still while its memory is read.
	if err := syscall.Kill(server.PID(), syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	inMemory, err := audit.New(e.needles, false)
	if err != nil {
		t.Fatal(err)
	}
	err = inMemory.Process(server.PID())
	if e := syscall.Kill(server.PID(), syscall.SIGCONT); e != nil {
		t.Fatal(e)
	}
	if errors.Is(err, fs.ErrPermission) {
		t.Skip("this system does not let a process read another one's memory")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(e.folder, "log"), []byte(server.Log()), 0o600); err != nil {
		t.Fatal(err)
	}
	onDisk, err := audit.New(e.needles, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := onDisk.Path(e.folder); err != nil {
		t.Fatal(err)
	}
	return inMemory.Report, onDisk.Report
}

// address is where a server is, or somebody who pretends to be it.
type address struct{ URL, CA, token string }

func addressOf(ctx context.Context, t *testing.T, d *daemon.Daemon) address {
	t.Helper()
	token, err := d.Token(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return address{d.URL, d.CA, token}
}

func (a address) dial(ctx context.Context, t *testing.T, token string) *client.Session {
	t.Helper()
	s, err := secure.Dial(ctx, client.Options{Server: a.URL, CA: a.CA, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// meet lets Ann, the host, and Bob talk and write until both have been heard.
func (e *exhibit) meet(ctx context.Context, t *testing.T, at address, on bool) (leave func()) {
	t.Helper()
	dialed := at.dial(ctx, t, at.token)
	made, err := secure.NewMeeting(ctx, dialed, wire.NewMeeting{Title: "A meeting"}, secure.CardOptions{E2EE: on})
	if err != nil {
		t.Fatal(err)
	}
	chat, private, name, sound, picture := canary("chat"), canary("private chat"), canary("name"), canary("sound"), canary("picture")
	e.needles = []audit.Needle{
		chat, private, name, sound, picture,
		{Name: "secret of the link", Bytes: made.Invite.Secret[:]},
		{Name: "seed of the root", Bytes: made.Invite.Seed},
		{Name: "pre-shared key", Bytes: made.Invite.PSK(made.Meeting.ID)},
	}
	e.tape = &tape{}
	e.ann = join(ctx, t, dialed, made.Host, string(name.Bytes), nil)
	e.bob = join(ctx, t, at.dial(ctx, t, ""), made.Link, "Bob", e.tape)
	wait(t, "both are in", func() bool {
		a, b := e.ann.View(), e.bob.View()
		return a.Phase == session.PhaseIn && b.Phase == session.PhaseIn && (!on || a.Lock && b.Lock)
	})
	e.ann.connect(ctx, t, e.cipher)
	e.bob.connect(ctx, t, nil)
	stop := e.ann.play(ctx, t, sound.Bytes, picture.Bytes)
	if err := e.ann.SendChat(ctx, "", string(chat.Bytes)); err != nil {
		t.Fatal(err)
	}
	if err := e.ann.SendChat(ctx, e.bob.Seat.State().Self, string(private.Bytes)); err != nil {
		t.Fatal(err)
	}
	if err := e.bob.Seat.Wants(ctx, wire.Want{Participant: e.ann.Seat.State().Self, Kind: meeting.KindCamera, Pixels: 640 * 360}); err != nil {
		t.Fatal(err)
	}
	wait(t, "Bob hears, sees and reads Ann", func() bool {
		return (e.cipher != nil || e.tape.complete(sound.Bytes, picture.Bytes)) && e.tape.full(100) && e.bob.read(2)
	})
	if err := os.WriteFile(filepath.Join(e.folder, "forwarded"), e.tape.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		stop()
		_ = e.ann.Close()
		_ = e.bob.Close()
	}
}

func wait(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(40 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("never:", what)
		}
	}
}

// attendee is one of them.
type attendee struct {
	*secure.Meeting
	tape  *tape
	media *client.Media

	mu    sync.Mutex
	texts int
}

func join(ctx context.Context, t *testing.T, s *client.Session, link, name string, tape *tape) *attendee {
	t.Helper()
	_, number, invite, err := secure.ParseLink(link)
	if err != nil {
		t.Fatal(err)
	}
	m, err := secure.Join(ctx, s, secure.Options{Invite: invite, Name: name}, wire.Join{Number: number})
	if err != nil {
		t.Fatal(err)
	}
	a := &attendee{Meeting: m, tape: tape}
	go func() {
		for {
			event, err := m.Next(context.Background())
			if err != nil {
				return
			}
			if c, ok := event.(secure.Content); ok && c.Kind == session.ContentChat {
				a.mu.Lock()
				a.texts++
				a.mu.Unlock()
			}
		}
	}()
	go func() {
		for {
			if _, err := m.Seat.Next(context.Background()); err != nil {
				return
			}
		}
	}()
	return a
}

func (a *attendee) read(n int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.texts >= n
}

func (a *attendee) connect(ctx context.Context, t *testing.T, weakened func(*secure.Meeting) client.Cipher) {
	t.Helper()
	o := client.MediaOptions{
		AudioSlots: 2, VideoSlots: 2, Loopback: true, Interface: func(name string) bool { return name == "lo" },
	}
	if a.tape != nil {
		o.OnPacket, o.OnFrame = a.tape.packet, a.tape.frame
	} else {
		o.Send = []client.Send{{Kind: meeting.KindMic}, {Kind: meeting.KindCamera}}
	}
	connect := a.Connect
	if weakened != nil {
		o.Cipher, connect = weakened(a.Meeting), a.Seat.Connect
	}
	var err error
	if a.media, err = connect(ctx, o); err != nil {
		t.Fatal(err)
	}
}

// play sends sound and pictures with a canary in each frame.
func (a *attendee) play(ctx context.Context, t *testing.T, sound, picture []byte) (stop func()) {
	t.Helper()
	for _, k := range []meeting.Kind{meeting.KindMic, meeting.KindCamera} {
		if err := a.media.Track(k).SetLive(ctx, true); err != nil {
			t.Fatal(err)
		}
	}
	playing, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() {
		for tick := time.NewTicker(20 * time.Millisecond); playing.Err() == nil; <-tick.C {
			_ = a.media.Track(meeting.KindMic).WriteSample(append([]byte{0x78}, sound...), 20*time.Millisecond)
			_ = a.media.Track(meeting.KindCamera).WriteSample(keyFrame(picture), 20*time.Millisecond)
		}
	})
	return func() {
		cancel()
		done.Wait()
	}
}

// keyFrame is the beginning of a VP8 key frame of 320 × 240 (RFC 6386, 9.1), with
// a text in it.
func keyFrame(text []byte) []byte {
	const first = 100
	tag := uint32(1<<4 | first<<5)
	head := []byte{byte(tag), byte(tag >> 8), byte(tag >> 16), 0x9d, 0x01, 0x2a, 64, 1, 240, 0}
	return append(append(head, text...), bytes.Repeat([]byte{0x5a}, 200)...)
}

// tape is what the server forwarded to one participant, as it is below the
// encryption of the connection, and what that participant could open of it.
type tape struct {
	mu      sync.Mutex
	payload []byte
	frames  [][]byte
}

func (p *tape) packet(packet client.Packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.payload) < maxTape {
		p.payload = append(p.payload, packet.RTP.Payload...)
	}
}

func (p *tape) frame(f client.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.frames) < 1000 {
		p.frames = append(p.frames, bytes.Clone(f.Data))
	}
}

// complete reports whether enough frames of both kinds have opened.
func (p *tape) complete(sound, picture []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard, seen := 0, 0
	for _, f := range p.frames {
		if bytes.Contains(f, sound) {
			heard++
		}
		if bytes.Contains(f, picture) {
			seen++
		}
	}
	return heard >= 50 && seen >= 50
}

// full reports whether so many kilobytes were forwarded.
func (p *tape) full(kilobytes int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.payload) >= kilobytes<<10
}

func (p *tape) bytes() []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.payload)
}
