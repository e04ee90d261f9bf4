package client

import (
	"bytes"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

func loopback(name string) bool { return name == "lo" }

// frames collects what OnFrame delivers.
type frames struct {
	mu   sync.Mutex
	got  []Frame
	wake chan struct{}
}

func newFrames() *frames { return &frames{wake: make(chan struct{}, 1)} }

func (f *frames) add(fr Frame) {
	f.mu.Lock()
	f.got = append(f.got, fr)
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// await writes until a frame that ok likes has come.
func (f *frames) await(t *testing.T, write func(), ok func(Frame) bool) Frame {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		write()
		f.mu.Lock()
		for _, fr := range f.got {
			if ok(fr) {
				f.mu.Unlock()
				return fr
			}
		}
		f.mu.Unlock()
		select {
		case <-f.wake:
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			t.Fatal("no such frame came")
		}
	}
}

// picture is a frame of a codec, large enough for several packets, that begins
// as the codec's payloader needs.
func picture(c Codec, size int) []byte {
	body := bytes.Repeat([]byte{0x5a}, size)
	switch c {
	case VP9: // a key frame of profile 0 with its sync code and size (VP9 bitstream, 6.2)
		return append([]byte{0x82, 0x49, 0x83, 0x42, 0x00, 0x13, 0xf0, 0x0b, 0xf0}, body...)
	case AV1: // one frame OBU with its size (AV1 bitstream, 5.3)
		return append([]byte{0x32, byte(size&0x7f | 0x80), byte(size >> 7)}, body...)
	case H264:
		return append([]byte{0, 0, 0, 1, 0x65}, body...)
	}
	return body
}

func connectMedia(t *testing.T, m *Meeting, o MediaOptions) *Media {
	t.Helper()
	o.Loopback, o.Interface = true, loopback
	md, err := m.Connect(testContext(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return md
}

func TestMediaBothWays(t *testing.T) {
	for _, codec := range videoCodecs {
		t.Run(string(codec), func(t *testing.T) {
			f := newFakeServer(t)
			f.codec = codec
			m := mustJoin(t, mustDial(t, f))
			in := newFrames()
			md := connectMedia(t, m, MediaOptions{
				Send:       []Send{{Kind: meeting.KindMic}, {Kind: meeting.KindCamera, Codec: codec}},
				AudioSlots: 1, VideoSlots: 1, OnFrame: in.add,
			})
			f.event(2, wire.TypeSlots, wire.Slots{Slots: []wire.Binding{
				{Mid: "2", Participant: "echo", Kind: meeting.KindMic}, {Mid: "3", Participant: "echo", Kind: meeting.KindCamera},
			}})
			mustNext(t, m)
			camera, mic := md.Track(meeting.KindCamera), md.Track(meeting.KindMic)
			for _, tr := range []*Track{camera, mic} {
				if err := tr.SetLive(testContext(t), true); err != nil {
					t.Fatal(err)
				}
			}
			want := picture(codec, 3000)
			write := func() {
				if err := errors.Join(camera.WriteSample(want, 33*time.Millisecond), mic.WriteSample([]byte("sound"), 20*time.Millisecond)); err != nil {
					t.Error(err)
				}
			}
			fr := in.await(t, write, func(f Frame) bool { return f.Binding.Kind == meeting.KindCamera && f.Binding.Participant == "echo" })
			if fr.Codec != codec || !bytes.Equal(fr.Data, want) {
				t.Errorf("got %s frame of %d bytes, want %s of %d", fr.Codec, len(fr.Data), codec, len(want))
			}
			fr = in.await(t, write, func(f Frame) bool { return f.Codec == Opus && f.Binding.Kind == meeting.KindMic })
			if string(fr.Data) != "sound" {
				t.Errorf("sound = %q", fr.Data)
			}
			select {
			case <-camera.KeyFrames():
			case <-time.After(10 * time.Second):
				t.Error("the key frame request did not arrive")
			}
		})
	}
}

// xor is a Cipher that shows itself in every byte.
type xor struct{}

func (xor) Seal(_ meeting.Kind, _ Codec, b []byte) ([]byte, error) { return flip(b), nil }
func (xor) Open(f Frame) (Frame, error) {
	if len(f.Data) == 0 || f.Data[0] != 's'^0xff {
		return Frame{}, errors.New("not sealed")
	}
	f.Data = flip(f.Data)
	return f, nil
}

func flip(b []byte) []byte {
	out := make([]byte, len(b))
	for i := range b {
		out[i] = b[i] ^ 0xff
	}
	return out
}

func TestCipherSeesWholeFrames(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	in := newFrames()
	var raw sync.Map
	md := connectMedia(t, m, MediaOptions{
		Send: []Send{{Kind: meeting.KindMic}}, AudioSlots: 1, VideoSlots: 1, Cipher: xor{}, OnFrame: in.add,
		OnPacket: func(p Packet) { raw.Store(string(p.RTP.Payload), true) },
	})
	mic := md.Track(meeting.KindMic)
	if err := mic.SetLive(testContext(t), true); err != nil {
		t.Fatal(err)
	}
	in.await(t, func() { _ = mic.WriteSample([]byte("sound"), 20*time.Millisecond) }, func(f Frame) bool { return string(f.Data) == "sound" })
	if _, clear := raw.Load("sound"); clear {
		t.Error("a clear frame was on the network")
	}
}

func TestModeratorMuteStopsTheTrack(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	md := connectMedia(t, m, MediaOptions{Send: []Send{{Kind: meeting.KindMic}}, AudioSlots: 1})
	mic := md.Track(meeting.KindMic)
	if mic.Live() {
		t.Error("a new track is live")
	}
	if err := mic.SetLive(testContext(t), true); err != nil {
		t.Fatal(err)
	}
	f.event(2, wire.TypeMuted, wire.Muted{Kind: meeting.KindMic, By: "ann"})
	mustNext(t, m)
	for deadline := time.Now().Add(5 * time.Second); mic.Live(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the track is still live")
		}
	}
}

func TestSRTPSuites(t *testing.T) {
	for _, suite := range []string{meeting.SRTPAES256GCM, meeting.SRTPAES128GCM, meeting.SRTPAES128CM} {
		t.Run(suite, func(t *testing.T) {
			f := newFakeServer(t)
			f.suite = suite
			connectMedia(t, mustJoin(t, mustDial(t, f)), MediaOptions{AudioSlots: 1, VideoSlots: 1, SRTP: []string{suite}})
		})
	}
	t.Run("ErrNoCommonSuite", func(t *testing.T) {
		f := newFakeServer(t)
		f.suite = meeting.SRTPAES256GCM
		_, err := mustJoin(t, mustDial(t, f)).Connect(testContext(t), MediaOptions{
			AudioSlots: 1, VideoSlots: 1, SRTP: []string{meeting.SRTPAES128CM}, Loopback: true, Interface: loopback,
		})
		if meeting.CodeOf(err) != meeting.CodeUnavailable {
			t.Errorf("err = %v", err)
		}
	})
}

func TestMediaOptionErrors(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	for _, tt := range []struct {
		name string
		opts MediaOptions
	}{
		{"ErrCodecOfKind", MediaOptions{Send: []Send{{Kind: meeting.KindMic, Codec: VP8}}}},
		{"ErrKindTwice", MediaOptions{Send: []Send{{Kind: meeting.KindMic}, {Kind: meeting.KindMic}}}},
		{"ErrSuite", MediaOptions{SRTP: []string{"NULL"}}},
		{"ErrSlots", MediaOptions{AudioSlots: DefaultAudioSlots + 1}},
		{"ErrCodec", MediaOptions{Codecs: []Codec{"H265"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := m.Connect(testContext(t), tt.opts); meeting.CodeOf(err) != meeting.CodeInvalid {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestMediaIsOfferedAnewWhenTheSeatLostIt(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	in := newFrames()
	md := connectMedia(t, m, MediaOptions{Send: []Send{{Kind: meeting.KindMic}}, AudioSlots: 1, VideoSlots: 1, OnFrame: in.add})
	mic := md.Track(meeting.KindMic)
	if err := mic.SetLive(testContext(t), true); err != nil {
		t.Fatal(err)
	}
	write := func(s string) func() {
		return func() { _ = mic.WriteSample([]byte(s), 20*time.Millisecond) }
	}
	in.await(t, write("before"), func(f Frame) bool { return string(f.Data) == "before" })
	f.mu.Lock()
	f.replies[wire.TypeJoin] = func(wire.Message) (string, any) {
		return wire.TypeOK, wire.JoinReply{Joined: fakeJoined(false)}
	}
	f.mu.Unlock()
	f.cut()
	in.await(t, write("after"), func(fr Frame) bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		return string(fr.Data) == "after" && f.offers == 2
	})
}

func TestAddVideoSlots(t *testing.T) {
	f := newFakeServer(t)
	md := connectMedia(t, mustJoin(t, mustDial(t, f)), MediaOptions{AudioSlots: 1, VideoSlots: 1})
	if got := len(md.peer.slots); got != 2 {
		t.Fatalf("%d slots", got)
	}
	f.mu.Lock()
	f.replies[wire.TypeMediaOffer] = func(m wire.Message) (string, any) {
		return wire.TypeOK, wire.MediaAnswer{SDP: f.again(m)}
	}
	f.mu.Unlock()
	if err := md.AddVideoSlots(testContext(t), 2); err != nil {
		t.Fatal(err)
	}
	if got := len(md.peer.slots); got != 4 {
		t.Errorf("%d slots", got)
	}
}

func TestConnectTellsWhyTheSeatIsGone(t *testing.T) {
	f := newFakeServer(t)
	m := mustJoin(t, mustDial(t, f))
	f.mu.Lock()
	f.replies[wire.TypeMediaOffer] = func(wire.Message) (string, any) {
		f.event(2, wire.TypeClosed, wire.Closed{Code: "ended", Message: "The meeting has ended."})
		return wire.TypeError, wire.ErrorBody{Code: "conflict", Message: "There is no seat."}
	}
	f.mu.Unlock()
	if _, err := m.Connect(testContext(t), MediaOptions{AudioSlots: 1}); meeting.CodeOf(err) != meeting.CodeEnded {
		t.Errorf("err = %v", err)
	}
}
