package load

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync/atomic"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/secure"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// Roundel is the Joiner for this project's server: a meeting of its own, made
// with the token.
type Roundel struct {
	// immutable after Start
	opts   client.Options
	media  client.MediaOptions
	admin  *client.Session
	number string
	secure *secure.Created // nil without end-to-end encryption

	joined     atomic.Int64
	publishers []string // participant ids; written before the first Subscribe
}

// Start makes the meeting. Only options on how to connect are taken from media.
func Start(ctx context.Context, o client.Options, media client.MediaOptions) (*Roundel, error) {
	return start(ctx, o, media, func(admin *client.Session, r *Roundel) error {
		made, err := admin.CreateMeeting(ctx, wire.NewMeeting{Title: "Load"})
		r.number = made.Number
		return err
	})
}

// StartSecure makes a meeting that is end-to-end encrypted, for so many people:
// everybody joins its group by its link. The Options of the run need Frames.
func StartSecure(ctx context.Context, o client.Options, media client.MediaOptions, people int) (*Roundel, error) {
	return start(ctx, o, media, func(admin *client.Session, r *Roundel) error {
		made, err := secure.NewMeeting(ctx, admin, wire.NewMeeting{Title: "Load"}, secure.CardOptions{E2EE: true, People: people})
		r.number, r.secure = made.Meeting.Number, &made
		return err
	})
}

func start(ctx context.Context, o client.Options, media client.MediaOptions, create func(*client.Session, *Roundel) error) (*Roundel, error) {
	admin, err := client.Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	r := &Roundel{opts: o, media: media, admin: admin}
	if err := create(admin, r); err != nil {
		_ = admin.Close()
		return nil, err
	}
	r.media.Codecs = []client.Codec{client.VP8}
	if u, err := url.Parse(o.Server); err == nil && r.media.Interface == nil {
		if ip := net.ParseIP(u.Hostname()); ip != nil && ip.IsLoopback() || u.Hostname() == "localhost" {
			r.media.Loopback = true
			r.media.Interface = func(name string) bool { return name == "lo" || name == "lo0" }
		}
	}
	return r, nil
}

// Close ends the meeting.
func (r *Roundel) Close(ctx context.Context) error {
	err := r.admin.EndMeeting(ctx, r.number)
	if closeErr := r.admin.Close(); err == nil {
		err = closeErr
	}
	return err
}

// seat is one participant of the load.
type seat struct {
	*client.Meeting
	connect func(context.Context, client.MediaOptions) (*client.Media, error)
	close   func() error
}

func (s seat) Close() error { return s.close() }

// sit dials and joins.
func (r *Roundel) sit(ctx context.Context, role string) (seat, error) {
	name := fmt.Sprintf("%s %d", role, r.joined.Add(1))
	if r.secure != nil {
		return r.sitSecure(ctx, name)
	}
	s, err := client.Dial(ctx, r.opts)
	if err != nil {
		return seat{}, err
	}
	m, err := s.Join(ctx, wire.Join{Number: r.number, Name: name})
	if err == nil {
		err = m.Admitted(ctx)
	}
	if err != nil {
		_ = s.Close()
		return seat{}, err
	}
	return seat{m, m.Connect, s.Close}, nil
}

// sitSecure joins the group too; the way into it goes on while media is set up.
func (r *Roundel) sitSecure(ctx context.Context, name string) (seat, error) {
	m, err := r.dialSecure(ctx, name)
	if err != nil {
		return seat{}, err
	}
	return seat{m.Seat, m.Connect, m.Close}, nil
}

// dialSecure takes a seat and begins the way into the group, as a guest with the
// link.
func (r *Roundel) dialSecure(ctx context.Context, name string) (*secure.Meeting, error) {
	s, err := secure.Dial(ctx, r.opts)
	if err != nil {
		return nil, err
	}
	m, err := secure.Join(ctx, s, secure.Options{Invite: r.secure.Invite.Guest(), Name: name}, wire.Join{Number: r.number})
	if err != nil {
		_ = s.Close()
		return nil, err
	}
	return m, nil
}

// Publish joins with a microphone and a camera as the source has them.
func (r *Roundel) Publish(ctx context.Context, src *Source) (io.Closer, error) {
	m, err := r.sit(ctx, "Publisher")
	if err != nil {
		return nil, err
	}
	o := r.media
	if src.HasAudio() {
		o.Send = append(o.Send, client.Send{Kind: meeting.KindMic})
	}
	if src.HasVideo() {
		o.Send = append(o.Send, client.Send{Kind: meeting.KindCamera, Codec: client.VP8})
	}
	media, err := m.connect(ctx, o)
	if err != nil {
		_ = m.Close()
		return nil, err
	}
	for _, send := range o.Send {
		track := media.Track(send.Kind)
		if err := track.SetLive(ctx, true); err != nil {
			_ = m.Close()
			return nil, err
		}
		if send.Kind == meeting.KindMic {
			src.SetAudio(track)
		} else {
			src.SetVideo(track, track.KeyFrames())
		}
	}
	src.OnSpeaking(func(ctx context.Context, speaking bool) { _ = m.Speaking(ctx, speaking) })
	r.publishers = append(r.publishers, m.State().Self)
	return m, nil
}

// hd is the size at which each picture is asked for if no other is named: 720p.
const hd = 1280 * 720

// Subscribe joins with a slot for every track and wants all pictures.
func (r *Roundel) Subscribe(ctx context.Context, sink *Sink) (io.Closer, error) {
	m, err := r.sit(ctx, "Subscriber")
	if err != nil {
		return nil, err
	}
	o := r.media
	if sink.HasAudio() {
		o.AudioSlots = min(sink.Tracks(), client.DefaultAudioSlots)
	}
	var wants []wire.Want
	if sink.HasVideo() {
		o.VideoSlots = sink.Tracks()
		for _, id := range r.publishers {
			wants = append(wants, wire.Want{Participant: id, Kind: meeting.KindCamera, Pixels: cmp.Or(sink.opts.Pixels, hd)})
		}
	}
	o.OnPacket = func(p client.Packet) { sink.Packet(p.Binding.Mid, p.Codec != client.Opus, p.RTP) }
	if sink.opts.Frames {
		o.OnFrame = func(f client.Frame) { sink.Frame(f.Binding.Mid, f.Codec != client.Opus, f.Data) }
	}
	// The wants go first, so that the slots are bound when the media connects.
	if err = m.Wants(ctx, wants...); err == nil {
		_, err = m.connect(ctx, o)
	}
	if err != nil {
		_ = m.Close()
		return nil, err
	}
	return m, nil
}
