package journeys

import (
	"bytes"
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// person is someone who takes part through the SDK.
type person struct {
	t       *testing.T
	name    string
	options client.Options
	network string // the interface that media uses
	session *client.Session
	m       *client.Meeting
	media   *client.Media
	stop    context.CancelFunc // of what is published
	playing sync.WaitGroup

	mu     sync.Mutex
	events []client.Event
	got    map[track]int // frames that carry the publisher's mark
	stray  int           // frames that do not
}

// track is one thing that one participant publishes.
type track struct {
	participant string
	kind        meeting.Kind
}

// createMeeting makes one of the owner's.
func createMeeting(t *testing.T, s *meeting.Settings) wire.Meeting {
	t.Helper()
	session, err := client.Dial(testContext(t), client.Options{Server: house.URL, CA: house.CA, Token: house.token})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	made, err := session.CreateMeeting(testContext(t), wire.NewMeeting{Title: t.Name(), Settings: s})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// newPerson is a guest; asOwner and others change that before they knock.
func newPerson(t *testing.T, name string) *person {
	return &person{t: t, name: name, network: "lo", got: map[track]int{}, options: client.Options{Server: house.URL, CA: house.CA}}
}

func (p *person) asOwner() *person {
	p.options.Token = house.token
	return p
}

// knock dials and asks for a seat.
func (p *person) knock(j wire.Join) error {
	p.t.Helper()
	var err error
	if p.session, err = client.Dial(testContext(p.t), p.options); err != nil {
		return err
	}
	session := p.session
	p.t.Cleanup(func() { _ = session.Close() })
	j.Name = p.name
	if p.m, err = p.session.Join(testContext(p.t), j); err != nil {
		return err
	}
	return nil
}

// join takes a seat, or fails the test.
func (p *person) join(number string) *person {
	p.t.Helper()
	if err := p.knock(wire.Join{Number: number}); err != nil {
		p.t.Fatalf("%s cannot join: %v", p.name, err)
	}
	p.follow()
	return p
}

// follow collects the events until the seat is gone.
func (p *person) follow() {
	p.playing.Go(func() {
		for {
			e, err := p.m.Next(context.Background())
			if err != nil {
				return
			}
			p.mu.Lock()
			p.events = append(p.events, e)
			p.mu.Unlock()
		}
	})
	session := p.session
	p.t.Cleanup(func() {
		p.silence()
		_ = session.Close()
		p.playing.Wait()
	})
}

func (p *person) id() string { return p.m.State().Self }

// saw reports whether an event of the type came that ok likes.
func (p *person) saw(typ string, ok func(client.Event) bool) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e.Type == typ && ok(e) {
			return true
		}
	}
	return false
}

// does fails the test when an action fails.
func (p *person) does(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", p.name, err)
	}
}

// connect offers media over the person's interface.
func (p *person) connect(o client.MediaOptions) *person {
	p.t.Helper()
	p.media = p.offer(o, p.m.Connect)
	return p
}

// offer makes a media connection over the loopback interface.
func (p *person) offer(o client.MediaOptions, connect func(context.Context, client.MediaOptions) (*client.Media, error)) *client.Media {
	p.t.Helper()
	if o.AudioSlots == 0 {
		o.AudioSlots, o.VideoSlots = client.DefaultAudioSlots, 4
	}
	o.Loopback, o.Interface = true, func(name string) bool { return name == p.network }
	o.OnFrame = p.receive
	media, err := connect(testContext(p.t), o)
	p.does(err)
	return media
}

// frameSize makes a picture of several packets.
const frameSize = 3000

// mark is in every frame of a track, so that a receiver knows whose it is.
func mark(id string, k meeting.Kind) []byte { return []byte("<" + string(k) + " of " + id + ">") }

// publish unmutes a track and sends marked frames until silence.
func (p *person) publish(kinds ...meeting.Kind) {
	p.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	before := p.stop
	p.stop = func() {
		cancel()
		if before != nil {
			before()
		}
	}
	for _, k := range kinds {
		p.does(p.media.Track(k).SetLive(testContext(p.t), true))
		p.playing.Go(func() { p.play(ctx, k) })
	}
}

// play sends 50 sounds or 25 pictures a second; every picture that is asked for
// is a key frame.
func (p *person) play(ctx context.Context, k meeting.Kind) {
	tr, every := p.media.Track(k), 40*time.Millisecond
	if k.Audio() {
		every = 20 * time.Millisecond
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for key := true; ; key = false {
		select {
		case <-ctx.Done():
			return
		case <-tr.KeyFrames():
			key = true
			<-tick.C
		case <-tick.C:
		}
		_ = tr.WriteSample(frame(tr.Codec(), key, mark(p.id(), k)), every) // ends with the connection
	}
}

// frame is what a codec's packetizer and a forwarder take for one, with a mark.
func frame(c client.Codec, key bool, mark []byte) []byte {
	body := append(bytes.Clone(mark), bytes.Repeat([]byte{0x5a}, frameSize)...)
	switch {
	case c == client.Opus:
		return append([]byte{0x78}, mark...)
	case c == client.VP8 && key: // RFC 6386, 9.1
		return append([]byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0x68, 0x01}, body...)
	case c == client.VP8:
		return append([]byte{0x11}, body...)
	case c == client.VP9 && key: // profile 0, sync code, color, 640 × 360 (VP9 bitstream, 6.2)
		return append([]byte{0x82, 0x49, 0x83, 0x42, 0x00, 0x27, 0xf0, 0x16, 0x70}, body...)
	case c == client.VP9:
		return append([]byte{0x86}, body...)
	case c == client.AV1 && key: // a sequence header, then one frame OBU (AV1 bitstream, 5.3)
		return append([]byte{0x0a, 0x0b, 0, 0, 0, 0x24, 0xc4, 0xff, 0xdf, 0x3f, 0xfe, 0x2c, 0x40, 0x32, byte(len(body)&0x7f | 0x80), byte(len(body) >> 7)}, body...)
	case c == client.AV1:
		return append([]byte{0x32, byte(len(body)&0x7f | 0x80), byte(len(body) >> 7)}, body...)
	case key: // H.264: parameter sets, then an IDR slice
		sets := []byte{0, 0, 0, 1, 0x67, 0x42, 0xe0, 0x1f, 0xda, 0x01, 0x40, 0x16, 0xe8, 0, 0, 0, 1, 0x68, 0xce, 0x3c, 0x80}
		return append(append(sets, 0, 0, 0, 1, 0x65, 0x88, 0x80), body...)
	}
	return append([]byte{0, 0, 0, 1, 0x41, 0x9a, 0x80}, body...)
}

// silence stops what publish started, without telling anybody.
func (p *person) silence() {
	if p.stop != nil {
		p.stop()
	}
}

// anyMark is what all marks have in common.
var anyMark = regexp.MustCompile(`<[a-zA-Z]+ of [0-9a-f-]{36}>`)

// receive counts a frame for whom its mark names, if the binding agrees. A frame may
// come before the word of its slot's first binding; then it only must have a mark.
func (p *person) receive(f client.Frame) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b := f.Binding
	if b.Participant == "" && anyMark.Match(f.Data) {
		return
	}
	if !bytes.Contains(f.Data, mark(b.Participant, b.Kind)) {
		p.stray++
		return
	}
	p.got[track{b.Participant, b.Kind}]++
}

func (p *person) frames(of *person, k meeting.Kind) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got[track{of.id(), k}]
}

// gets waits for more frames of a track.
func (p *person) gets(of *person, k meeting.Kind) {
	p.t.Helper()
	from := p.frames(of, k)
	eventually(p.t, p.name+" gets the "+string(k)+" of "+of.name, func() bool { return p.frames(of, k) >= from+5 })
}

// losing waits until no frame of a track comes for a while.
func (p *person) loses(of *person, k meeting.Kind) {
	p.t.Helper()
	last, since := p.frames(of, k), time.Now()
	eventually(p.t, p.name+" loses the "+string(k)+" of "+of.name, func() bool {
		if n := p.frames(of, k); n != last {
			last, since = n, time.Now()
		}
		return time.Since(since) > 500*time.Millisecond
	})
}

// wants asks for the cameras, and kinds named otherwise, of others.
func (p *person) wants(k meeting.Kind, of ...*person) {
	p.t.Helper()
	var wants []wire.Want
	for _, o := range of {
		wants = append(wants, wire.Want{Participant: o.id(), Kind: k, Pixels: 640 * 360})
	}
	p.does(p.m.Wants(testContext(p.t), wants...))
}
