package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/roundel-meet/roundel/client/load"
)

// loadCmd puts synthetic participants on a server.
type loadCmd struct {
	server

	Publishers   int           `default:"1" help:"Participants that send."`
	Subscribers  int           `default:"10" help:"Participants that only receive."`
	VideoBitrate bitrate       `default:"1500k" help:"Bit rate of each publisher's video, for example 1500k or 2M; 0 for none."`
	Audio        bool          `help:"Publishers send audio too."`
	Duration     time.Duration `default:"15s" help:"How long to measure."`
	Warm         time.Duration `default:"2s" help:"How long media flows before that."`
	E2EE         bool          `name:"e2ee" help:"End-to-end encrypted: everybody joins the meeting's group, and what arrives is opened."`
	Gap          time.Duration `default:"15ms" help:"Pause between two joins."`
	JSON         bool          `help:"Print one JSON object."`
}

// Run makes a meeting, measures and ends it.
func (c *loadCmd) Run(ctx context.Context, out io.Writer) error {
	target, err := c.start(ctx)
	if err != nil {
		return err
	}
	report, err := load.Run(ctx, target, load.Options{
		Publishers: c.Publishers, Subscribers: c.Subscribers, VideoBitrate: int(c.VideoBitrate), Audio: c.Audio,
		Duration: c.Duration, Warm: c.Warm, Gap: c.Gap, Frames: c.E2EE,
	})
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	if endErr := target.Close(ending); err == nil {
		err = endErr
	}
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(out).Encode(report)
	}
	if c.E2EE {
		fmt.Fprintf(out, "end-to-end encrypted: %d frames sent, %d opened\n", report.FramesSent, report.FramesOpened)
	}
	_, err = fmt.Fprintf(out, "%d publishers, %d subscribers, %.1f s\n"+
		"packets      %d sent, %d received, %.3f %% lost\n"+
		"latency      %.2f ms p50, %.2f ms p99\n"+
		"join         %.0f ms p50, %.0f ms p95\n"+
		"first media  %.0f ms p50, %.0f ms p95\n",
		report.Publishers, report.Subscribers, report.Seconds,
		report.PacketsSent, report.PacketsReceived, report.LossPercent,
		report.LatencyMs.P50, report.LatencyMs.P99, report.JoinMs.P50, report.JoinMs.P95,
		report.FirstMediaMs.P50, report.FirstMediaMs.P95)
	return err
}

func (c *loadCmd) start(ctx context.Context) (*load.Roundel, error) {
	if c.E2EE {
		return load.StartSecure(ctx, c.options(), c.media(), c.Publishers+c.Subscribers)
	}
	return load.Start(ctx, c.options(), c.media())
}

// bitrate is in bit/s; on the command line k and M multiply by 1,000 and 1,000,000.
type bitrate int

// UnmarshalText reads for example 1500k.
func (b *bitrate) UnmarshalText(text []byte) error {
	s, unit := string(text), 1.0
	switch {
	case strings.HasSuffix(s, "k"), strings.HasSuffix(s, "K"):
		s, unit = s[:len(s)-1], 1e3
	case strings.HasSuffix(s, "M"), strings.HasSuffix(s, "m"):
		s, unit = s[:len(s)-1], 1e6
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || !(v >= 0 && v*unit <= 1e9) {
		return fmt.Errorf("%q is not a bit rate such as 1500k or 2M", text)
	}
	*b = bitrate(v * unit)
	return nil
}
