package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/play"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
	"github.com/roundel-meet/roundel/e2ee/session"
)

// joinCmd takes part in one meeting.
type joinCmd struct {
	Server string `placeholder:"URL" env:"ROUNDEL_SERVER" help:"Base URL of the server; not needed with a link."`
	reach

	Number   string        `placeholder:"N" help:"Number of the meeting; not needed with a link."`
	Link     string        `placeholder:"URL#SECRET" env:"ROUNDEL_LINK" help:"Link of the meeting with its secret part. Other users of the machine can read it on the command line, not in the environment."`
	HostLink string        `placeholder:"URL#SECRET" env:"ROUNDEL_HOST_LINK" help:"Host link of the meeting, to be its host."`
	Device   string        `placeholder:"DIR" env:"ROUNDEL_DEVICE" help:"Folder of the device key by which others recognise you; without it a new key."`
	E2EE     string        `name:"e2ee" enum:"on,off," default:"" placeholder:"on|off" help:"Turn end-to-end encryption on or off, as host."`
	Chat     bool          `help:"Send lines from the standard input as chat; a line that begins with a slash is a command."`
	Files    string        `type:"existingdir" placeholder:"DIR" help:"Keep the files that others send in this folder."`
	Name     string        `default:"roundelctl" help:"Name that the others see."`
	Passcode string        `env:"ROUNDEL_PASSCODE" help:"Passcode of the meeting."`
	Video    string        `type:"existingfile" placeholder:"FILE.ivf" help:"IVF file with VP8, VP9 or AV1 to send as the camera, in a loop."`
	Audio    string        `type:"existingfile" placeholder:"FILE.ogg" help:"Ogg file with Opus to send as the microphone, in a loop."`
	Duration time.Duration `help:"Leave after this time; without it at the end of the meeting or on a signal."`
	JSON     bool          `help:"Print events as JSON, one a line."`

	in io.Reader // nil for the standard input
}

var (
	errNoServer = errors.New("missing flags: --server or --link")
	errNoNumber = errors.New("missing flags: --number or --link")
	errBadLink  = errors.New("--link is not the link of a meeting")
)

// Validate checks the flags together, before anything is done.
func (c *joinCmd) Validate() error {
	_, _, err := c.target()
	return err
}

// target is where to go and with what; flags win over what the link says.
func (c *joinCmd) target() (server, *session.Invite, error) {
	s := server{Server: c.Server, reach: c.reach}
	link := c.HostLink
	if link == "" {
		link = c.Link
	}
	if link == "" {
		switch {
		case s.Server == "":
			return s, nil, errNoServer
		case c.Number == "":
			return s, nil, errNoNumber
		}
		return s, nil, nil
	}
	base, number, invite, err := secure.ParseLink(link)
	if err != nil {
		return s, nil, errBadLink
	}
	if s.Server == "" {
		s.Server = base
	}
	if c.Number == "" {
		c.Number = number
	}
	return s, invite, nil
}

// leaveTimeout bounds the good-bye.
const leaveTimeout = 5 * time.Second

// Run joins, plays the files and prints events until the time is over.
func (c *joinCmd) Run(ctx context.Context, out io.Writer) error {
	clips, media, err := c.load()
	if err != nil {
		return err
	}
	if c.Duration > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.Duration)
		defer cancel()
	}
	target, invite, err := c.target()
	if err != nil {
		return err
	}
	dialled, err := secure.Dial(ctx, target.options())
	if err != nil {
		return err
	}
	defer dialled.Close()
	o := secure.Options{Invite: invite, Device: c.Device, Name: c.Name}
	m, err := secure.Join(ctx, dialled, o, wire.Join{Number: c.Number, Passcode: c.Passcode})
	if err != nil {
		return err
	}
	a := &attendance{
		secure: m, meeting: m.Seat, print: &printer{out: out, json: c.JSON}, clips: clips,
		files: c.Files, e2ee: c.E2EE, heard: map[heardKey]*heard{},
	}
	if c.Chat {
		if a.in = c.in; a.in == nil {
			a.in = os.Stdin
		}
	}
	media.OnFrame = a.frame
	err = a.attend(ctx, media)
	a.summary()
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	_ = m.Leave(leaving) // the seat may be gone already
	a.printing.Wait()
	return err
}

// load reads the files before anything is dialled.
func (c *joinCmd) load() (map[meeting.Kind]*play.Clip, client.MediaOptions, error) {
	clips := map[meeting.Kind]*play.Clip{}
	media := c.media()
	media.AudioSlots, media.VideoSlots = client.DefaultAudioSlots, client.DefaultVideoSlots
	for _, f := range []struct {
		path string
		kind meeting.Kind
		open func(string) (*play.Clip, error)
	}{{c.Audio, meeting.KindMic, play.OpenAudio}, {c.Video, meeting.KindCamera, play.OpenVideo}} {
		if f.path == "" {
			continue
		}
		clip, err := f.open(f.path)
		if err != nil {
			return nil, media, err
		}
		clips[f.kind] = clip
		media.Send = append(media.Send, client.Send{Kind: f.kind, Codec: clip.Codec})
	}
	return clips, media, nil
}

// attendance is one stay in a meeting.
type attendance struct {
	secure  *secure.Meeting
	meeting *client.Meeting
	print   *printer
	clips   map[meeting.Kind]*play.Clip
	files   string    // folder for what others send, or ""
	e2ee    string    // on, off or ""
	in      io.Reader // lines to say, or nil

	printing sync.WaitGroup

	mu    sync.Mutex
	heard map[heardKey]*heard
}

// attend stays until the context or the meeting ends; neither is an error.
func (a *attendance) attend(ctx context.Context, media client.MediaOptions) error {
	a.printing.Go(func() { a.group(context.WithoutCancel(ctx)) })
	if lobby, waiting := a.meeting.Lobby(); waiting {
		a.print.event("lobby", lobby)
	}
	if err := a.meeting.Admitted(ctx); err != nil {
		return over(ctx, err)
	}
	a.print.event("joined", entered(a.meeting.State()))
	md, err := a.secure.Connect(ctx, media)
	if err != nil {
		return over(ctx, err)
	}
	var playing sync.WaitGroup
	defer playing.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if a.e2ee != "" {
		playing.Go(func() { a.toggle(ctx, a.e2ee == "on") })
	}
	if a.in != nil {
		go a.read(ctx, a.in) // a read of the terminal cannot be interrupted
	}
	for kind, clip := range a.clips {
		track := md.Track(kind)
		if err := track.SetLive(ctx, true); err != nil {
			return over(ctx, err)
		}
		playing.Go(func() { _ = clip.Loop(ctx, track) }) // ends with the connection, which events tell
	}
	return over(ctx, a.follow(ctx))
}

// follow prints events and asks for every picture that there is.
func (a *attendance) follow(ctx context.Context) error {
	var asked []wire.Want
	for {
		if wants := wantsOf(a.meeting.State()); !same(wants, asked) {
			if err := a.meeting.Wants(ctx, wants...); err != nil {
				return err
			}
			asked = wants
		}
		e, err := a.meeting.Next(ctx)
		if err != nil {
			return err
		}
		a.print.sdkEvent(e)
	}
}

// over turns the expected ends of a stay into success.
func over(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil && errors.Is(err, ctx.Err()) || meeting.CodeOf(err) == meeting.CodeEnded {
		return nil
	}
	return fmt.Errorf("the meeting is over for us: %w", err)
}

// wantsOf lists all live cameras and screens of the others, screens first.
func wantsOf(s client.State) []wire.Want {
	var wants []wire.Want
	for _, kind := range [...]meeting.Kind{meeting.KindScreen, meeting.KindCamera} {
		for _, p := range s.Participants {
			if p.ID != s.Self && p.Live[kind] {
				wants = append(wants, wire.Want{Participant: p.ID, Kind: kind, Pixels: 1280 * 720})
			}
		}
	}
	return wants
}

func same(a, b []wire.Want) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
