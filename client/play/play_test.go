package play

import (
	"bytes"
	"context"
	"encoding/binary"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/roundel-meet/roundel/client"
)

// ivf makes a file with 30 frames a second at the given times.
func ivf(fourCC string, frames map[uint64]string, order ...uint64) []byte {
	b := append([]byte("DKIF\x00\x00\x20\x00"), fourCC...)
	b = binary.LittleEndian.AppendUint32(b, 64<<16|64)
	b = binary.LittleEndian.AppendUint32(b, 30)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = append(b, make([]byte, 8)...)
	for _, at := range order {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(frames[at])))
		b = binary.LittleEndian.AppendUint64(b, at)
		b = append(b, frames[at]...)
	}
	return b
}

// oggFile makes a file with one page for each list of packets.
func oggFile(pages ...[]string) []byte {
	var b []byte
	for _, packets := range pages {
		var table, body []byte
		for _, p := range packets {
			for n := len(p); ; n -= 255 {
				table = append(table, byte(min(n, 255)))
				if n < 255 {
					break
				}
			}
			body = append(body, p...)
		}
		b = append(b, "OggS\x00\x00"...)
		b = append(b, make([]byte, 20)...)
		b = append(append(append(b, byte(len(table))), table...), body...)
	}
	return b
}

func TestParseIVF(t *testing.T) {
	two := map[uint64]string{0: "key", 3: "delta", 4: "x"}
	ms := func(n float64) time.Duration { return time.Duration(n * float64(time.Second) / 30) }
	for _, tt := range []struct {
		name string
		in   []byte
		want *Clip
	}{
		{"OKVP8", ivf("VP80", two, 0, 3, 4), &Clip{client.VP8, []Sample{{[]byte("key"), ms(3)}, {[]byte("delta"), ms(1)}, {[]byte("x"), ms(1)}}}},
		{"OKAV1", ivf("AV01", two, 0), &Clip{client.AV1, []Sample{{[]byte("key"), ms(1)}}}},
		{"OKTimeGoesBack", ivf("VP90", two, 3, 0), &Clip{client.VP9, []Sample{{[]byte("delta"), minFrame}, {[]byte("key"), minFrame}}}},
		{"ErrFourCC", ivf("XXXX", two, 0), nil},
		{"ErrNoFrames", ivf("VP80", two), nil},
		{"ErrShortFrame", ivf("VP80", two, 0)[:46], nil},
		{"ErrShortHeader", ivf("VP80", two, 0)[:40], nil},
		{"ErrNotIVF", []byte("RIFF"), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseIVF(tt.in)
			if (err != nil) != (tt.want == nil) {
				t.Fatalf("err = %v", err)
			}
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestParseOgg(t *testing.T) {
	long := string(append([]byte{0x78}, bytes.Repeat([]byte{7}, 300)...))
	head := []string{"OpusHead\x01\x01"}
	for _, tt := range []struct {
		name string
		in   []byte
		want []Sample
	}{
		{"OK", oggFile(head, []string{"OpusTags"}, []string{"\x78a", long, "\x70b"}), []Sample{
			{[]byte("\x78a"), 20 * time.Millisecond}, {[]byte(long), 20 * time.Millisecond}, {[]byte("\x70b"), 10 * time.Millisecond},
		}},
		{"ErrNoPackets", oggFile(head, []string{"OpusTags"}, []string{""}), nil},
		{"ErrNotOpus", oggFile([]string{"\x01vorbis"}, []string{"a"}, []string{"b"}), nil},
		{"ErrNotOgg", []byte("RIFF"), nil},
		{"ErrCut", oggFile(head, []string{"OpusTags"}, []string{long})[:120], nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseOgg(tt.in)
			if (err != nil) != (tt.want == nil) {
				t.Fatalf("err = %v", err)
			}
			if err == nil {
				if d := cmp.Diff(tt.want, got.Samples); d != "" {
					t.Error(d)
				}
			}
		})
	}
}

func TestOpusDuration(t *testing.T) {
	for _, tt := range []struct {
		packet []byte
		want   time.Duration
	}{
		{[]byte{0x78}, 20 * time.Millisecond},                // hybrid, full band
		{[]byte{0xf8}, 20 * time.Millisecond},                // CELT, full band
		{[]byte{0xe0}, 2500 * time.Microsecond},              // CELT, 2.5 ms
		{[]byte{0x18}, 60 * time.Millisecond},                // SILK
		{[]byte{0x79}, 40 * time.Millisecond},                // two frames
		{[]byte{0x7b, 3}, 60 * time.Millisecond},             // counted
		{[]byte{0x7b}, 0}, {nil, 0}, {[]byte{0x1b, 0x3f}, 0}, // cannot be
	} {
		if got := opusDuration(tt.packet); got != tt.want {
			t.Errorf("%x: %v, want %v", tt.packet, got, tt.want)
		}
	}
}

// sink is a Track that notes when each sample came.
type sink struct {
	start  time.Time
	got    []string
	keys   chan struct{}
	stopAt int
	stop   func()
}

func (s *sink) KeyFrames() <-chan struct{} { return s.keys }
func (s *sink) WriteSample(b []byte, _ time.Duration) error {
	s.got = append(s.got, time.Since(s.start).String()+" "+string(b))
	if len(s.got) == s.stopAt {
		s.stop()
	}
	return nil
}

func TestLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s := &sink{start: time.Now(), stopAt: 4, stop: cancel, keys: make(chan struct{}, 1)}
		c := &Clip{client.VP8, []Sample{{[]byte("a"), 40 * time.Millisecond}, {[]byte("b"), 20 * time.Millisecond}}}
		if err := c.Loop(ctx, s); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"0s a", "40ms b", "60ms a", "100ms b"}, s.got); d != "" {
			t.Error(d)
		}
	})
}

func TestLoopRewindsForAKeyFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		s := &sink{start: time.Now(), stopAt: 4, stop: cancel, keys: make(chan struct{}, 1)}
		c := &Clip{client.VP8, []Sample{{[]byte("a"), time.Second}, {[]byte("b"), time.Second}, {[]byte("c"), time.Second}}}
		go func() {
			time.Sleep(1500 * time.Millisecond)
			s.keys <- struct{}{}
		}()
		if err := c.Loop(ctx, s); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff([]string{"0s a", "1s b", "2s a", "3s b"}, s.got); d != "" {
			t.Error(d)
		}
	})
}

func TestFilesOfAnEncoder(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	dir := t.TempDir()
	for _, tt := range []struct {
		file  string
		args  []string
		open  func(string) (*Clip, error)
		codec client.Codec
	}{
		{"a.ivf", []string{"-f", "lavfi", "-i", "testsrc=size=160x90:rate=15", "-t", "1", "-c:v", "libvpx"}, OpenVideo, client.VP8},
		{"b.ivf", []string{"-f", "lavfi", "-i", "testsrc=size=160x90:rate=15", "-t", "1", "-c:v", "libvpx-vp9"}, OpenVideo, client.VP9},
		{"c.ogg", []string{"-f", "lavfi", "-i", "sine=440", "-t", "1", "-c:a", "libopus"}, OpenAudio, client.Opus},
	} {
		t.Run(tt.file, func(t *testing.T) {
			path := filepath.Join(dir, tt.file)
			out, err := exec.Command("ffmpeg", append(append([]string{"-v", "error"}, tt.args...), path)...).CombinedOutput()
			if err != nil {
				t.Fatalf("ffmpeg: %v\n%s", err, out)
			}
			c, err := tt.open(path)
			if err != nil {
				t.Fatal(err)
			}
			var total time.Duration
			for _, s := range c.Samples {
				total += s.Duration
			}
			if c.Codec != tt.codec || total < 950*time.Millisecond || total > 1100*time.Millisecond {
				t.Errorf("%s of %v", c.Codec, total)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add(ivf("VP80", map[uint64]string{0: "key"}, 0))
	f.Add(oggFile([]string{"OpusHead\x01"}, []string{"OpusTags"}, []string{"\x78a"}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, parse := range []func([]byte) (*Clip, error){parseIVF, parseOgg} {
			c, err := parse(b)
			if err != nil {
				continue
			}
			for _, s := range c.Samples {
				if s.Duration <= 0 || s.Duration > maxFrame {
					t.Fatalf("a sample of %v", s.Duration)
				}
			}
		}
	})
}
