package transport_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
	"github.com/roundel-meet/roundel/media/sdp"
	"github.com/roundel-meet/roundel/media/transport"
)

// within is how long anything in these tests may take.
const within = 10 * time.Second

// browser is a full WebRTC endpoint against a Socket: it sends VP8 on one line
// and receives on another.
type browser struct {
	pc      *webrtc.PeerConnection
	out     *webrtc.TrackLocalStaticRTP
	in      chan *webrtc.TrackRemote
	session *sdp.Session
	version uint64
}

// slotSSRC is our SSRC on the browser's receiving line.
const slotSSRC = 0x51010001

func mustListen(tb testing.TB, c transport.Config) *transport.Socket {
	tb.Helper()
	if !c.Listen.IsValid() {
		c.Listen = netip.MustParseAddrPort("127.0.0.1:0")
	}
	if c.Readers == 0 {
		c.Readers = 3 // more than a small machine has
	}
	s, err := transport.Listen(c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// mustBrowser makes the endpoint with the given SRTP profiles, pion's own
// preference if there are none.
func mustBrowser(tb testing.TB, profiles ...dtls.SRTPProtectionProfile) *browser {
	tb.Helper()
	engine := webrtc.SettingEngine{}
	engine.SetIncludeLoopbackCandidate(true)
	engine.SetICETimeouts(5*time.Second, 25*time.Second, 200*time.Millisecond)
	engine.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4, webrtc.NetworkTypeUDP6})
	if len(profiles) > 0 {
		engine.SetSRTPProtectionProfiles(profiles...)
	}
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		tb.Fatal(err)
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(engine), webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		tb.Fatal(err)
	}
	b := &browser{pc: pc, in: make(chan *webrtc.TrackRemote, 1)}
	tb.Cleanup(func() {
		if err := pc.GracefulClose(); err != nil {
			tb.Error(err)
		}
	})
	b.out, err = webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "v", "s")
	if err == nil {
		_, err = pc.AddTransceiverFromTrack(b.out, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
	}
	if err == nil {
		_, err = pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	}
	if err != nil {
		tb.Fatal(err)
	}
	pc.OnTrack(func(t *webrtc.TrackRemote, _ *webrtc.RTPReceiver) { b.in <- t })
	return b
}

// mustOffer makes the browser's offer and parses it.
func (b *browser) mustOffer(tb testing.TB, o *webrtc.OfferOptions) *sdp.Session {
	tb.Helper()
	offer, err := b.pc.CreateOffer(o)
	if err == nil {
		err = b.pc.SetLocalDescription(offer)
	}
	if err != nil {
		tb.Fatal(err)
	}
	if b.session, err = sdp.Parse(offer.SDP); err != nil {
		tb.Fatal(err)
	}
	return b.session
}

// mustAnswer gives the browser the answer of s with the given credentials.
func (b *browser) mustAnswer(tb testing.TB, s *transport.Socket, ufrag, pwd string) {
	tb.Helper()
	b.version++
	answer := b.session.Answer(sdp.Params{
		Ufrag: ufrag, Pwd: pwd, Fingerprint: s.Fingerprint(), Candidates: s.Candidates(),
		SessionID: 1, Version: b.version,
		Local: func(string, sdp.Kind) sdp.Source { return sdp.Source{SSRC: slotSSRC, RTX: slotSSRC + 1} },
	})
	err := b.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	if err != nil {
		tb.Fatalf("%v in\n%s", err, answer)
	}
}

// link is a browser connected, or connecting, to a Socket.
type link struct {
	*browser
	conn   *transport.Conn
	inbox  *transport.Inbox
	states chan change
	seq    uint16
}

type change struct {
	state transport.State
	err   error
}

// mustLink connects b to s; change may spoil the parameters first.
func mustLink(tb testing.TB, s *transport.Socket, b *browser, spoil func(*transport.ConnParams)) *link {
	tb.Helper()
	o := b.mustOffer(tb, nil)
	l := &link{browser: b, inbox: transport.NewInbox(4096), states: make(chan change, 16)}
	p := transport.ConnParams{
		RemoteUfrag: o.Ufrag, RemotePwd: o.Pwd, RemoteFingerprint: o.Fingerprint,
		Inbox: l.inbox, OnState: func(st transport.State, err error) { l.states <- change{st, err} },
	}
	if spoil != nil {
		spoil(&p)
	}
	var err error
	if l.conn, err = s.Connect(p); err != nil {
		tb.Fatal(err)
	}
	b.mustAnswer(tb, s, l.conn.Ufrag(), l.conn.Pwd())
	return l
}

// mustReach waits for the next change and holds it to want.
func (l *link) mustReach(tb testing.TB, want transport.State) error {
	tb.Helper()
	select {
	case c := <-l.states:
		if c.state != want {
			tb.Fatalf("got %v (%v), want %v", c.state, c.err, want)
		}
		return c.err
	case <-time.After(within):
		tb.Fatalf("not %v after %v", want, within)
	}
	return nil
}

// take returns the RTP packets that come within d, opened and copied.
func (l *link) take(tb testing.TB, d time.Duration) [][]byte {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	var out [][]byte
	var batch []*transport.Packet
	for len(out) == 0 && l.inbox.Wait(ctx) == nil {
		batch = l.inbox.Take(batch)
		for _, p := range batch {
			if p.RTCP() {
				if _, err := l.conn.OpenRTCP(p); err != nil {
					tb.Errorf("RTCP: %v", err)
				}
			} else if b, err := l.conn.OpenRTP(p); err != nil {
				tb.Errorf("RTP: %v", err)
			} else {
				out = append(out, append([]byte(nil), b...))
			}
			p.Release()
		}
	}
	return out
}

// mustSend sends payload from the browser until it arrives: the browser may
// finish DTLS a little after us.
func (l *link) mustSend(tb testing.TB, payload []byte) rtp.Packet {
	tb.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); {
		l.seq++
		if err := l.out.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: l.seq}, Payload: payload}); err != nil {
			tb.Fatal(err)
		}
		if got := l.take(tb, 50*time.Millisecond); len(got) > 0 {
			var p rtp.Packet
			if err := p.Unmarshal(got[0]); err != nil {
				tb.Fatal(err)
			}
			return p
		}
	}
	tb.Fatal("nothing arrives from the browser")
	return rtp.Packet{}
}
