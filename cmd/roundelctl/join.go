package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/play"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// joinCmd takes part in one meeting.
type joinCmd struct {
	server

	Number   string        `required:"" placeholder:"N" help:"Number of the meeting."`
	Name     string        `default:"roundelctl" help:"Name that the others see."`
	Passcode string        `env:"ROUNDEL_PASSCODE" help:"Passcode of the meeting."`
	Video    string        `type:"existingfile" placeholder:"FILE.ivf" help:"IVF file with VP8, VP9 or AV1 to send as the camera, in a loop."`
	Audio    string        `type:"existingfile" placeholder:"FILE.ogg" help:"Ogg file with Opus to send as the microphone, in a loop."`
	Duration time.Duration `help:"Leave after this time; without it at the end of the meeting or on a signal."`
	JSON     bool          `help:"Print events as JSON, one a line."`
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
	session, err := client.Dial(ctx, c.options())
	if err != nil {
		return err
	}
	defer session.Close()
	m, err := session.Join(ctx, wire.Join{Number: c.Number, Name: c.Name, Passcode: c.Passcode})
	if err != nil {
		return err
	}
	a := &attendance{meeting: m, print: printer{out: out, json: c.JSON}, clips: clips, heard: map[heardKey]*heard{}}
	media.OnFrame = a.frame
	err = a.attend(ctx, media)
	a.summary()
	leaving, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	_ = m.Leave(leaving) // the seat may be gone already
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
	meeting *client.Meeting
	print   printer
	clips   map[meeting.Kind]*play.Clip

	mu    sync.Mutex
	heard map[heardKey]*heard
}

// attend stays until the context or the meeting ends; neither is an error.
func (a *attendance) attend(ctx context.Context, media client.MediaOptions) error {
	if lobby, waiting := a.meeting.Lobby(); waiting {
		a.print.event("lobby", lobby)
	}
	if err := a.meeting.Admitted(ctx); err != nil {
		return over(ctx, err)
	}
	a.print.event("joined", entered(a.meeting.State()))
	md, err := a.meeting.Connect(ctx, media)
	if err != nil {
		return over(ctx, err)
	}
	var playing sync.WaitGroup
	defer playing.Wait()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
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
