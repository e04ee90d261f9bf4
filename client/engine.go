package client

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc/v4"

	"github.com/roundel-meet/roundel/core/meeting"
)

// newPeerConnection makes a peer connection with the codecs, the interceptors
// that browsers have too (NACK both ways, reports, TWCC feedback), and only the
// interfaces and SRTP suites that the options allow.
func newPeerConnection(o MediaOptions, log *slog.Logger) (*webrtc.PeerConnection, error) {
	engine := &webrtc.MediaEngine{}
	if err := registerCodecs(engine, o); err != nil {
		return nil, err
	}
	registry := &interceptor.Registry{}
	logs := pionLogs{log}
	if err := webrtc.RegisterDefaultInterceptorsWithOptions(engine, registry, webrtc.WithInterceptorLoggerFactory(logs)); err != nil {
		return nil, fmt.Errorf("register interceptors: %w", err)
	}
	settings, err := settingEngine(o)
	if err != nil {
		return nil, err
	}
	settings.LoggerFactory = logs
	api := webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings))
	pc, err := api.NewPeerConnection(webrtc.Configuration{BundlePolicy: webrtc.BundlePolicyMaxBundle})
	if err != nil {
		return nil, fmt.Errorf("make the peer connection: %w", err)
	}
	return pc, nil
}

// registerCodecs registers Opus, and the video codecs with their retransmission.
func registerCodecs(engine *webrtc.MediaEngine, o MediaOptions) error {
	register := func(c Codec, kind webrtc.RTPCodecType) error {
		f, ok := formatOf(c)
		if !ok {
			return meeting.Errorf(meeting.CodeInvalid, "There is no codec %q.", c)
		}
		err := engine.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: f.capability, PayloadType: f.payload}, kind)
		if err == nil && kind == webrtc.RTPCodecTypeVideo {
			err = engine.RegisterCodec(retransmission(f), kind)
		}
		if err != nil {
			return fmt.Errorf("register %s: %w", c, err)
		}
		return nil
	}
	if err := register(Opus, webrtc.RTPCodecTypeAudio); err != nil {
		return err
	}
	for _, c := range o.codecs() {
		if err := register(c, webrtc.RTPCodecTypeVideo); err != nil {
			return err
		}
	}
	return nil
}

// retransmission is a codec's companion for lost packets (RFC 4588, 8.1).
func retransmission(f format) webrtc.RTPCodecParameters {
	return webrtc.RTPCodecParameters{
		RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: fmt.Sprintf("apt=%d", f.payload),
		},
		PayloadType: f.payload + 1,
	}
}

// settingEngine limits interfaces and SRTP suites.
func settingEngine(o MediaOptions) (webrtc.SettingEngine, error) {
	var s webrtc.SettingEngine
	s.SetIncludeLoopbackCandidate(o.Loopback)
	if o.Interface != nil {
		s.SetInterfaceFilter(o.Interface)
	}
	var networks []webrtc.NetworkType
	if o.Transport != TCP {
		networks = append(networks, webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6)
	}
	if o.Transport != UDP {
		networks = append(networks, webrtc.NetworkTypeTCP4, webrtc.NetworkTypeTCP6)
	}
	s.SetNetworkTypes(networks)
	// The server's candidates are addresses; a multicast socket for each
	// connection would be for nothing.
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetICETimeouts(10*time.Second, 30*time.Second, 2*time.Second)
	profiles, err := srtpProfiles(o.SRTP)
	if err != nil {
		return s, err
	}
	s.SetSRTPProtectionProfiles(profiles...)
	return s, nil
}

// srtpProfiles maps IANA names to what DTLS offers (RFC 5764, 4.1.2).
func srtpProfiles(names []string) ([]dtls.SRTPProtectionProfile, error) {
	if len(names) == 0 {
		names = []string{meeting.SRTPAES256GCM, meeting.SRTPAES128GCM, meeting.SRTPAES128CM}
	}
	var profiles []dtls.SRTPProtectionProfile
	for _, name := range names {
		switch name {
		case meeting.SRTPAES256GCM:
			profiles = append(profiles, dtls.SRTP_AEAD_AES_256_GCM)
		case meeting.SRTPAES128GCM:
			profiles = append(profiles, dtls.SRTP_AEAD_AES_128_GCM)
		case meeting.SRTPAES128CM:
			profiles = append(profiles, dtls.SRTP_AES128_CM_HMAC_SHA1_80)
		default:
			return nil, meeting.Errorf(meeting.CodeInvalid, "There is no SRTP suite %q.", name)
		}
	}
	return profiles, nil
}
