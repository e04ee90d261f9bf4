package journeys

import (
	"bytes"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/roundel-meet/roundel/bench/daemon"
	"github.com/roundel-meet/roundel/client"
	"github.com/roundel-meet/roundel/client/load"
	"github.com/roundel-meet/roundel/core/meeting"
)

func TestLoadOfTwoPublishersAndFiveSubscribers(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	target, err := load.Start(ctx, client.Options{Server: house.URL, CA: house.CA, Token: house.token}, client.MediaOptions{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := load.Run(ctx, target, load.Options{
		Publishers: 2, Subscribers: 5, VideoBitrate: 500_000, Audio: true, Warm: time.Second, Duration: 3 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Close(ctx); err != nil {
		t.Error(err)
	}
	if r.Incomplete > 0 || r.LossPercent > 0.5 || r.PacketsReceived < 4*r.PacketsSent {
		t.Errorf("%+v", r)
	}
}

// TestRoundelctl sends files of a real encoder with the command, to a person and
// back to another run of the command.
func TestRoundelctl(t *testing.T) {
	if _, err := exec.LookPath("ffmpeg"); err != nil {
		t.Skip("ffmpeg is not installed")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	dir := t.TempDir()
	ctl, err := daemon.Build(ctx, dir, "roundelctl", false)
	if err != nil {
		t.Fatal(err)
	}
	video, audio := filepath.Join(dir, "v.ivf"), filepath.Join(dir, "a.ogg")
	encode(ctx, t, "-i", "testsrc=size=320x180:rate=15", "-t", "2", "-c:v", "libvpx", "-b:v", "300k", video)
	encode(ctx, t, "-i", "sine=440", "-t", "2", "-c:a", "libopus", audio)

	number := createMeeting(t, nil).Number
	ann := newPerson(t, "Ann").asOwner().join(number)
	common := []string{"join", "--server", house.URL, "--ca", house.CA, "--number", number, "--json", "--loopback", "--interface", "lo"}
	var sent, got bytes.Buffer
	sender := exec.CommandContext(ctx, ctl, append(common, "--name", "Reel", "--video", video, "--audio", audio, "--duration", "6s")...)
	viewer := exec.CommandContext(ctx, ctl, append(common, "--name", "Viewer", "--duration", "5s")...)
	sender.Stdout, viewer.Stdout, sender.Stderr, viewer.Stderr = &sent, &got, &sent, &got
	if err := viewer.Start(); err != nil {
		t.Fatal(err)
	}
	if err := sender.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Ann sees Reel's microphone and camera live", func() bool {
		for _, p := range ann.m.State().Participants {
			if p.Name == "Reel" && p.Live[meeting.KindMic] && p.Live[meeting.KindCamera] {
				return true
			}
		}
		return false
	})
	if err := viewer.Wait(); err != nil {
		t.Fatalf("viewer: %v\n%s", err, &got)
	}
	if err := sender.Wait(); err != nil {
		t.Fatalf("sender: %v\n%s", err, &sent)
	}
	for kind, frames := range received(t, got.Bytes()) {
		if frames < 20 {
			t.Errorf("%d frames of the %s", frames, kind)
		}
	}
}

func encode(ctx context.Context, t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(ctx, "ffmpeg", append([]string{"-v", "error", "-f", "lavfi"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg: %v\n%s", err, out)
	}
}

// received reads the summary that roundelctl join prints at the end.
func received(t *testing.T, out []byte) map[meeting.Kind]int {
	t.Helper()
	frames := map[meeting.Kind]int{meeting.KindMic: 0, meeting.KindCamera: 0}
	for dec := json.NewDecoder(bytes.NewReader(out)); dec.More(); {
		var line struct {
			Type string
			Body json.RawMessage
		}
		if err := dec.Decode(&line); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if line.Type != "received" {
			continue
		}
		var rows []struct {
			Kind   meeting.Kind
			Frames int
		}
		if err := json.Unmarshal(line.Body, &rows); err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			frames[r.Kind] += r.Frames
		}
	}
	return frames
}
