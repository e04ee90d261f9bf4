package turn_test

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	pion "github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"
	"go.uber.org/goleak"

	"github.com/roundel-meet/roundel/media/sdp"
	"github.com/roundel-meet/roundel/media/transport"
	"github.com/roundel-meet/roundel/media/turn"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const within = 10 * time.Second

// house is a socket of the SFU with a relay on a port of its own.
type house struct {
	socket *transport.Socket
	relay  *turn.Server
	addr   string
}

func mustHouse(t *testing.T) *house {
	t.Helper()
	return mustHouseAt(t, "127.0.0.1", transport.Config{Listen: netip.MustParseAddrPort("127.0.0.1:0")})
}

// mustHouseAt makes one whose relay is at an address of its own.
func mustHouseAt(t *testing.T, at string, c transport.Config) *house {
	t.Helper()
	socket, err := transport.Listen(c)
	if err != nil {
		t.Fatal(err)
	}
	relay, err := turn.New(socket)
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", net.JoinHostPort(at, "0"))
	if err != nil {
		t.Fatal(err)
	}
	accepting := make(chan struct{})
	go func() {
		defer close(accepting)
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			relay.Serve(c)
		}
	}()
	t.Cleanup(func() {
		ln.Close()
		<-accepting
		if err := relay.Close(); err != nil {
			t.Error(err)
		}
		if err := socket.Close(); err != nil {
			t.Error(err)
		}
	})
	return &house{socket, relay, ln.Addr().String()}
}

// TestMediaThroughTheRelay: a whole WebRTC endpoint that may use the relay only
// sends and gets media; the facts say how it is reached.
func TestMediaThroughTheRelay(t *testing.T) {
	h := mustHouse(t)
	user, password := h.relay.Credentials(time.Minute)
	engine := webrtc.SettingEngine{}
	engine.SetIncludeLoopbackCandidate(true)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		t.Fatal(err)
	}
	pc, err := webrtc.NewAPI(webrtc.WithSettingEngine(engine), webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(&interceptor.Registry{})).
		NewPeerConnection(webrtc.Configuration{
			ICEServers:         []webrtc.ICEServer{{URLs: []string{"turn:" + h.addr + "?transport=tcp"}, Username: user, Credential: password}},
			ICETransportPolicy: webrtc.ICETransportPolicyRelay,
		})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = pc.GracefulClose() }()
	out, err := webrtc.NewTrackLocalStaticRTP(webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8}, "v", "s")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTransceiverFromTrack(out, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly}); err != nil {
		t.Fatal(err)
	}
	if _, err := pc.AddTransceiverFromKind(webrtc.RTPCodecTypeVideo, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
		t.Fatal(err)
	}
	got := make(chan []byte, 1)
	pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		if p, _, err := track.ReadRTP(); err == nil {
			got <- p.Payload
		}
	})
	offer, err := pc.CreateOffer(nil)
	if err != nil {
		t.Fatal(err)
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(offer); err != nil {
		t.Fatal(err)
	}
	<-gathered
	session, err := sdp.Parse(pc.LocalDescription().SDP)
	if err != nil {
		t.Fatal(err)
	}
	inbox, states := transport.NewInbox(64), make(chan transport.State, 8)
	conn, err := h.socket.Connect(transport.ConnParams{
		RemoteUfrag: session.Ufrag, RemotePwd: session.Pwd, RemoteFingerprint: session.Fingerprint,
		Inbox: inbox, OnState: func(s transport.State, _ error) { states <- s },
	})
	if err != nil {
		t.Fatal(err)
	}
	answer := session.Answer(sdp.Params{
		Ufrag: conn.Ufrag(), Pwd: conn.Pwd(), Fingerprint: h.socket.Fingerprint(), Candidates: h.socket.Candidates(),
		SessionID: 1, Version: 1, Local: func(string, sdp.Kind) sdp.Source { return sdp.Source{SSRC: 7, RTX: 8} },
	})
	if err := pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer}); err != nil {
		t.Fatal(err)
	}
	select {
	case s := <-states:
		if s != transport.StateConnected {
			t.Fatal("got", s)
		}
	case <-time.After(within):
		t.Fatal("not connected")
	}
	if facts, ok := conn.Facts(); !ok || facts.Candidate != "relay" || facts.Protocol != "tcp" {
		t.Errorf("facts %+v", facts)
	}
	up := func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		for inbox.Wait(ctx) == nil {
			for _, p := range inbox.Take(nil) {
				if !p.RTCP() {
					if _, err := conn.OpenRTP(p); err == nil {
						return true
					}
				}
			}
		}
		return false
	}
	end := time.Now().Add(within)
	for seq := uint16(1); !up(); seq++ {
		if time.Now().After(end) {
			t.Fatal("nothing comes from the client")
		}
		_ = out.WriteRTP(&rtp.Packet{Header: rtp.Header{Version: 2, SequenceNumber: seq}, Payload: []byte("up")})
	}
	e := h.socket.NewEgress()
	for seq := byte(1); ; seq++ {
		e.RTP(conn, []byte{0x80, 96, 0, seq, 0, 0, 0, 1, 0, 0, 0, 7}, []byte("down"))
		e.Flush()
		select {
		case b := <-got:
			if string(b) != "down" {
				t.Errorf("got %q", b)
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
		if time.Now().After(end) {
			t.Fatal("nothing comes to the client")
		}
	}
}

// dial makes a client of the relay.
func (h *house) dial(t *testing.T, user, password string) (*pion.Client, error) {
	t.Helper()
	c, err := net.Dial("tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	client, err := pion.NewClient(&pion.ClientConfig{
		STUNServerAddr: h.addr, TURNServerAddr: h.addr, Conn: pion.NewSTUNConn(c),
		Username: user, Password: password, Realm: "roundel", RTO: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		c.Close()
	})
	return client, client.Listen()
}

// TestCredentials: only ours, and only for their time.
func TestCredentials(t *testing.T) {
	h := mustHouse(t)
	user, password := h.relay.Credentials(time.Minute)
	old, oldPassword := h.relay.Credentials(-2 * time.Second)
	other := mustHouse(t)
	foreign, foreignPassword := other.relay.Credentials(time.Minute)
	for _, tt := range []struct {
		name, user, password string
		ok                   bool
	}{
		{"OK", user, password, true},
		{"ErrPassword", user, password + "x", false},
		{"ErrExpired", old, oldPassword, false},
		{"ErrLonger", "9" + user, password, false},
		{"ErrOfAnotherServer", foreign, foreignPassword, false},
		{"ErrNoTime", "me", "secret", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, err := h.dial(t, tt.user, tt.password)
			if err != nil {
				t.Fatal(err)
			}
			if conn, err := client.Allocate(); (err == nil) != tt.ok {
				t.Errorf("got %v", err)
			} else if err == nil {
				_ = conn.Close()
			}
		})
	}
}

// TestRelaysToTheSFUOnly: other addresses get no permission, other ports of its
// addresses get nothing. That the SFU gets it is so in both families.
func TestRelaysToTheSFUOnly(t *testing.T) {
	loopback, v4 := netip.MustParseAddr("::1"), netip.MustParseAddr("127.0.0.1")
	t.Run("IPv4", func(t *testing.T) { toTheSFUOnly(t, mustHouse(t), v4) })
	t.Run("IPv6", func(t *testing.T) {
		c := transport.Config{Listen: netip.MustParseAddrPort("[::1]:0")}
		toTheSFUOnly(t, mustHouseAt(t, "::1", c), loopback)
	})
	t.Run("Both", func(t *testing.T) {
		c := transport.Config{Listen: netip.MustParseAddrPort("[::]:0"), Advertise: []netip.Addr{v4, loopback}}
		toTheSFUOnly(t, mustHouseAt(t, "::1", c), loopback)
	})
}

func toTheSFUOnly(t *testing.T, h *house, at netip.Addr) {
	user, password := h.relay.Credentials(time.Minute)
	client, err := h.dial(t, user, password)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := client.Allocate()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, other := range []string{"192.0.2.1", "2001:db8::1"} {
		if err := client.CreatePermission(&net.UDPAddr{IP: net.ParseIP(other), Port: 9}); err == nil {
			t.Error("a permission for somebody else,", other)
		}
	}
	victim, err := net.ListenPacket("udp", netip.AddrPortFrom(at, 0).String())
	if err != nil {
		t.Fatal(err)
	}
	defer victim.Close()
	if _, err := conn.WriteTo([]byte("hello"), victim.LocalAddr()); err != nil {
		t.Fatal(err)
	}
	before := h.socket.Stats().Received
	sfu := net.UDPAddrFromAddrPort(netip.AddrPortFrom(at, h.socket.Addr().Port()))
	for end := time.Now().Add(within); h.socket.Stats().Received == before; time.Sleep(10 * time.Millisecond) {
		if _, err := conn.WriteTo([]byte("hello to the SFU"), sfu); err != nil {
			t.Fatal(err)
		}
		if time.Now().After(end) {
			t.Fatal("nothing comes to the SFU")
		}
	}
	_ = victim.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, _, err := victim.ReadFrom(make([]byte, 64)); err == nil {
		t.Errorf("another port got %d bytes", n)
	}
}
