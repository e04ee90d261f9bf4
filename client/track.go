package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/meeting"
	"github.com/roundel-meet/roundel/core/wire"
)

// mtu bounds an RTP packet without its extensions and SRTP tag, in bytes, so
// that the datagram stays under the 1,280 that every IPv6 path carries.
const mtu = 1200

var errPastCipher = errors.New("a track with a cipher takes no packets")

// ErrNotSealed is the error of WriteSample for a frame that the Cipher lets out
// neither sealed nor clear, for example before others have answered. The frame is
// lost; later ones may pass.
var ErrNotSealed = errors.New("client: the frame was not sealed")

// Track is one thing that a participant sends. It starts muted.
type Track struct {
	kind   meeting.Kind
	codec  Codec
	cipher Cipher
	media  *Media // set by Connect
	local  *webrtc.TrackLocalStaticRTP
	live   atomic.Bool
	wanted chan struct{} // one token when a key frame is asked for

	mu         sync.Mutex
	packetizer rtp.Packetizer
	payloader  rtp.Payloader
	clock      float64 // RTP ticks per second
	remainder  float64 // of a tick, carried to the next sample
}

func newTrack(kind meeting.Kind, codec Codec, cipher Cipher) (*Track, error) {
	f, _ := formatOf(codec)
	local, err := webrtc.NewTrackLocalStaticRTP(f.capability, string(kind), "roundel")
	if err != nil {
		return nil, fmt.Errorf("make the track %s: %w", kind, err)
	}
	payloader := f.payloader()
	return &Track{
		kind: kind, codec: codec, cipher: cipher, local: local, wanted: make(chan struct{}, 1), payloader: payloader,
		packetizer: rtp.NewPacketizerWithOptions(mtu, payloader, rtp.NewRandomSequencer(), f.capability.ClockRate,
			rtp.WithTimestamp(rand.Uint32())),
		clock: float64(f.capability.ClockRate),
	}, nil
}

// Kind is what the track carries.
func (t *Track) Kind() meeting.Kind { return t.kind }

// Codec is the track's format.
func (t *Track) Codec() Codec { return t.codec }

// Live reports whether the track is sent now. A moderator may have muted it.
func (t *Track) Live() bool { return t.live.Load() }

// SetLive mutes or unmutes the track. Muted, writes are dropped: nothing is sent.
func (t *Track) SetLive(ctx context.Context, live bool) error {
	if !live {
		t.live.Store(false) // silent before the others are told
	}
	err := t.media.meeting.do(ctx, wire.TypeMediaLive, wire.MediaLive{Kind: t.kind, Live: live})
	if err == nil && live {
		t.live.Store(true)
	}
	return err
}

// KeyFrames has a token when a receiver needs a key frame: the next sample
// should be one.
func (t *Track) KeyFrames() <-chan struct{} { return t.wanted }

// WriteSample seals, packetizes and sends one encoded frame that lasts d. A
// frame that the Cipher refuses is not sent.
func (t *Track) WriteSample(frame []byte, d time.Duration) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	exact := d.Seconds()*t.clock + t.remainder
	ticks := uint32(exact)
	t.remainder = exact - float64(ticks)
	if !t.live.Load() {
		t.packetizer.SkipSamples(ticks)
		return nil
	}
	sealed, err := t.cipher.Seal(t.kind, t.codec, frame)
	if err != nil {
		t.packetizer.SkipSamples(ticks)
		return fmt.Errorf("%w: %w", ErrNotSealed, err)
	}
	if p, ok := t.payloader.(*vp9Payloader); ok {
		p.key = KeyFrame(t.codec, frame)
	}
	for _, p := range t.packetizer.Packetize(sealed, ticks) {
		if err := t.local.WriteRTP(p); err != nil {
			return fmt.Errorf("send %s: %w", t.kind, err)
		}
	}
	return nil
}

// WriteRTP sends a packet that the caller made, past the Cipher; the SSRC and
// the payload type are set here. It is for generators and forwarders: a track
// takes either samples or packets, and packets only without a Cipher.
func (t *Track) WriteRTP(p *rtp.Packet) error {
	if t.cipher != (Clear{}) {
		return errPastCipher
	}
	if !t.live.Load() {
		return nil
	}
	if err := t.local.WriteRTP(p); err != nil {
		return fmt.Errorf("send %s: %w", t.kind, err)
	}
	return nil
}

// readRTCP drains a sender's feedback, which also feeds the interceptors that
// answer NACKs, until the sender ends.
func (t *Track) readRTCP(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				select {
				case t.wanted <- struct{}{}:
				default:
				}
			}
		}
	}
}
