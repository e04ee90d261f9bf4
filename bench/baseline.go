package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/client/load"
)

// What the baseline program is started with and where it listens then.
const (
	baselineArgs = "-mode fast -send gso -passive -srtp gcm256 -http 127.0.0.1:7580 -udp 7582"
	baselineURL  = "http://127.0.0.1:7580"
)

// measureBaseline runs the other program under the same load.
func measureBaseline(ctx context.Context, program string, s scenario) (Cost, error) {
	args := os.Getenv("ROUNDEL_BENCH_BASELINE_ARGS")
	if args == "" {
		args = baselineArgs
	}
	cmd := exec.CommandContext(ctx, program, strings.Fields(args)...)
	if err := cmd.Start(); err != nil {
		return Cost{}, fmt.Errorf("start: %w", err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if err := awaitHTTP(ctx, baselineURL); err != nil {
		return Cost{}, err
	}
	return costOf(ctx, cmd.Process.Pid, &baseline{tracks: s.Publishers * kindsOf(s)}, s.Options)
}

// awaitHTTP waits until something answers.
func awaitHTTP(ctx context.Context, url string) error {
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return fmt.Errorf("ask %s: %w", url, err)
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			return nil
		}
	}
	return errors.New("the program does not answer")
}

// baseline is a Joiner for a program that takes an offer by POST /pub and /sub
// and answers it in the body, and forwards every track to every subscriber.
type baseline struct{ tracks int }

// kindsOf is how many tracks each publisher has.
func kindsOf(s scenario) int {
	if s.VideoBitrate > 0 && s.Audio {
		return 2
	}
	return 1
}

// Publish offers what the source has.
func (b *baseline) Publish(ctx context.Context, src *load.Source) (io.Closer, error) {
	pc, err := plainPeer()
	if err != nil {
		return nil, err
	}
	if src.HasAudio() {
		track, _, err := addTrack(pc, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2})
		if err != nil {
			return nil, err
		}
		src.SetAudio(track)
	}
	if src.HasVideo() {
		track, keys, err := addTrack(pc, webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000})
		if err != nil {
			return nil, err
		}
		src.SetVideo(track, keys)
	}
	return pc, b.offer(ctx, pc, "/pub")
}

// Subscribe offers a slot for every track.
func (b *baseline) Subscribe(ctx context.Context, sink *load.Sink) (io.Closer, error) {
	pc, err := plainPeer()
	if err != nil {
		return nil, err
	}
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		slot, video, buf := fmt.Sprint(t.SSRC()), t.Kind() == webrtc.RTPCodecTypeVideo, make([]byte, 1500)
		var p rtp.Packet
		for {
			n, _, err := t.Read(buf)
			if err != nil {
				return
			}
			if p.Unmarshal(buf[:n]) == nil {
				sink.Packet(slot, video, &p)
			}
		}
	})
	for range sink.Tracks() {
		for kind, has := range map[webrtc.RTPCodecType]bool{webrtc.RTPCodecTypeAudio: sink.HasAudio(), webrtc.RTPCodecTypeVideo: sink.HasVideo()} {
			if !has {
				continue
			}
			if _, err := pc.AddTransceiverFromKind(kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				return nil, fmt.Errorf("add a slot: %w", err)
			}
		}
	}
	return pc, b.offer(ctx, pc, "/sub")
}

// plainPeer is a peer with the SDK's interceptors and only VP8 and Opus.
func plainPeer() (*webrtc.PeerConnection, error) {
	engine, registry := &webrtc.MediaEngine{}, &interceptor.Registry{}
	err := errors.Join(
		engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}, PayloadType: 96}, webrtc.RTPCodecTypeVideo),
		engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1"}, PayloadType: 111}, webrtc.RTPCodecTypeAudio),
		webrtc.RegisterDefaultInterceptors(engine, registry),
	)
	if err != nil {
		return nil, fmt.Errorf("register codecs: %w", err)
	}
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(true)
	s.SetInterfaceFilter(func(name string) bool { return name == "lo" })
	s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	api := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(s))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("make the peer connection: %w", err)
	}
	return pc, nil
}

// addTrack adds a sending line and watches for key frame requests.
func addTrack(pc *webrtc.PeerConnection, c webrtc.RTPCodecCapability) (*webrtc.TrackLocalStaticRTP, <-chan struct{}, error) {
	track, err := webrtc.NewTrackLocalStaticRTP(c, c.MimeType, "load")
	if err != nil {
		return nil, nil, fmt.Errorf("make the track: %w", err)
	}
	sender, err := pc.AddTrack(track)
	if err != nil {
		return nil, nil, fmt.Errorf("add the track: %w", err)
	}
	keys := make(chan struct{}, 1)
	go func() {
		for {
			packets, _, err := sender.ReadRTCP()
			if err != nil {
				return
			}
			for _, p := range packets {
				if _, ok := p.(*rtcp.PictureLossIndication); ok {
					select {
					case keys <- struct{}{}:
					default:
					}
				}
			}
		}
	}()
	return track, keys, nil
}

// offer exchanges descriptions and waits until ICE and DTLS are done.
func (b *baseline) offer(ctx context.Context, pc *webrtc.PeerConnection, path string) error {
	connected := make(chan struct{})
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		if s == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		return fmt.Errorf("make the offer: %w", err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		return fmt.Errorf("set the offer: %w", err)
	}
	<-gathered
	// n is half the number of tracks: a subscriber's answer waits for all of them.
	url := fmt.Sprintf("%s%s?room=bench&n=%d", baselineURL, path, b.tracks/2)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, strings.NewReader(pc.LocalDescription().SDP))
	if err != nil {
		return fmt.Errorf("make the request: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("post the offer: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		return fmt.Errorf("the offer was not answered: %s %w", resp.Status, first(err, errors.New(string(answer))))
	}
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: string(answer)}); err != nil {
		return fmt.Errorf("set the answer: %w", err)
	}
	select {
	case <-connected:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(20 * time.Second):
		return errors.New("not connected")
	}
}
