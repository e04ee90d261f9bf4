package client

import (
	"math/rand/v2"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/meeting"
)

// Codec names a media format.
type Codec string

// The codecs of Roundel.
const (
	Opus Codec = "opus"
	VP8  Codec = "VP8"
	VP9  Codec = "VP9" // profile 0
	AV1  Codec = "AV1"
	H264 Codec = "H264" // constrained baseline 3.1, packetization mode 1
)

// videoCodecs is the SDK's order of liking for slots.
var videoCodecs = [...]Codec{VP8, VP9, AV1, H264}

// format is what the SDK needs to know of a codec.
type format struct {
	capability webrtc.RTPCodecCapability
	payload    webrtc.PayloadType // its retransmissions use the next one (RFC 4588)
	payloader  func() rtp.Payloader
	unpack     func() rtp.Depacketizer
}

// formatOf knows every codec; ok is false for any other word.
func formatOf(c Codec) (f format, ok bool) {
	video := func(mime, fmtp string) webrtc.RTPCodecCapability {
		return webrtc.RTPCodecCapability{MimeType: mime, ClockRate: 90000, SDPFmtpLine: fmtp, RTCPFeedback: []webrtc.RTCPFeedback{
			{Type: "goog-remb"}, {Type: "ccm", Parameter: "fir"},
		}}
	}
	switch c {
	case Opus:
		f = format{
			capability: webrtc.RTPCodecCapability{
				MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2,
				SDPFmtpLine: "minptime=10;useinbandfec=1;cbr=1;usedtx=0;stereo=0",
			},
			payload:   111,
			payloader: func() rtp.Payloader { return &codecs.OpusPayloader{} },
			unpack:    func() rtp.Depacketizer { return &codecs.OpusPacket{} },
		}
	case VP8:
		f = format{
			capability: video(webrtc.MimeTypeVP8, ""), payload: 96,
			payloader: func() rtp.Payloader { return &codecs.VP8Payloader{EnablePictureID: true} },
			unpack:    func() rtp.Depacketizer { return &codecs.VP8Packet{} },
		}
	case VP9:
		f = format{
			capability: video(webrtc.MimeTypeVP9, "profile-id=0"), payload: 98,
			payloader: func() rtp.Payloader { return &vp9Payloader{picture: uint16(rand.Uint32()) & maxPicture} },
			unpack:    func() rtp.Depacketizer { return &codecs.VP9Packet{} },
		}
	case AV1:
		f = format{
			capability: video(webrtc.MimeTypeAV1, "level-idx=5;profile=0;tier=0"), payload: 100,
			payloader: func() rtp.Payloader { return &codecs.AV1Payloader{} },
			unpack:    func() rtp.Depacketizer { return &codecs.AV1Depacketizer{} },
		}
	case H264:
		f = format{
			capability: video(webrtc.MimeTypeH264, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"), payload: 102,
			payloader: func() rtp.Payloader { return &codecs.H264Payloader{} },
			unpack:    func() rtp.Depacketizer { return &codecs.H264Packet{} },
		}
	default:
		return format{}, false
	}
	return f, true
}

// codecFor checks a codec against the kind of track; "" picks the default.
func codecFor(kind meeting.Kind, c Codec) (Codec, error) {
	if c == "" {
		c = VP8
		if kind.Audio() {
			c = Opus
		}
	}
	if _, ok := formatOf(c); !ok || !kind.Valid() || kind.Audio() != (c == Opus) {
		return "", meeting.Errorf(meeting.CodeInvalid, "A track of kind %q cannot carry %q.", kind, c)
	}
	return c, nil
}

// codecOfMime is the inverse of format.capability.MimeType.
func codecOfMime(mime string) (Codec, bool) {
	for _, c := range [...]Codec{Opus, VP8, VP9, AV1, H264} {
		if f, _ := formatOf(c); f.capability.MimeType == mime {
			return c, true
		}
	}
	return "", false
}
